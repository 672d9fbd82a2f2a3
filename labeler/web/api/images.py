"""Importing images and looking at them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Query, Request, Response, UploadFile
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel
from starlette.responses import FileResponse

from labeler.core.errors import InvalidInput, TooLarge
from labeler.core.imports import ImportStatus
from labeler.core.people import Principal
from labeler.core.terms import ImageState
from labeler.flows import images, tiles
from labeler.flows.ingest import FileResult, ImportReport, ingest, read_manifest
from labeler.flows.site import Site
from labeler.store.intake import IntakeFile, IntakeLimits, walk_upload
from labeler.web.access import Lead, Member, SiteOf
from labeler.web.api.cursors import Cursor, Limit, number_after
from labeler.web.api.form_fields import only_fields
from labeler.web.api.pyramids import TilesOut
from labeler.web.api.tiles import Value, windowed_preview

router = APIRouter(prefix="/api/v1", tags=["images"])


class FileOut(BaseModel):
    """What became of one file."""

    file: str
    status: ImportStatus
    image: str | None
    reason: str | None

    @classmethod
    def of(cls, result: FileResult) -> "FileOut":
        """From the value."""
        return cls(
            file=result.file, status=result.status, image=result.image, reason=result.explanation
        )


class ImportOut(BaseModel):
    """One result per file; the names in the manifest that no file of this request fits."""

    results: list[FileOut]
    unmatched: list[str]


class ImageOut(BaseModel):
    """An image; the last two are null for reviewers, who must not learn of each other.

    `bits` is 8 or 16; `window` are the values that its preview shows as black and white, given
    with one image of 16 bits.
    """

    id: str
    sha256: str
    file: str
    width_px: int
    height_px: int
    bit_depth: int
    bits: int
    window: tuple[int, int] | None = None
    tiles: TilesOut
    lot: str | None
    unit: str | None
    line: str | None
    station: str | None
    captured_at: datetime | None
    labels: list[dict[str, Any]]
    settled: bool | None
    reviews_needed: int | None

    @classmethod
    def of(cls, info: images.ImageInfo) -> "ImageOut":
        """From the value."""
        return cls(
            id=info.id, sha256=info.sha256, file=info.file, width_px=info.width_px,
            height_px=info.height_px, bit_depth=info.bit_depth, bits=info.bit_depth,
            tiles=TilesOut.of(info.id, info.width_px, info.height_px), lot=info.lot, unit=info.unit,
            line=info.line, station=info.station, captured_at=info.captured_at,
            labels=list(info.labels), settled=info.settled, reviews_needed=info.reviews_needed,
        )  # fmt: skip


class ImageList(BaseModel):
    """Images in the order of import."""

    items: list[ImageOut]
    next_cursor: str | None


class HistoryOut(BaseModel):
    """What happened to an image, in order."""

    items: list[dict[str, Any]]
    next_cursor: str | None


@router.post("/projects/{code}/images")
def import_images(
    code: str,
    site: SiteOf,
    who: Lead,
    files: Annotated[list[UploadFile], File()],
    manifest: Annotated[UploadFile | None, File()] = None,
    _known: Annotated[None, Depends(only_fields("files", "manifest"))] = None,
) -> ImportOut:
    """Import files and zips; a bad one is refused with its reason, the rest goes on."""
    report = import_uploads(code, site, who, files, manifest)
    return ImportOut(
        results=[FileOut.of(r) for r in report.results], unmatched=list(report.unmatched)
    )


def import_uploads(
    code: str,
    site: Site,
    who: Principal,
    files: list[UploadFile],
    manifest: UploadFile | None,
    *,
    among: Sequence[str] = (),
) -> ImportReport:
    """Import what a request brought; `among` are files that other requests bring.

    Raises `TooLarge`, `InvalidInput`, `NotFound`.
    """
    settings = site.settings
    if len(files) > settings.max_upload_files:
        raise TooLarge(
            "At most {most} files fit into one request. Send several.",
            most=settings.max_upload_files,
        )
    rows = None
    if manifest is not None:
        try:
            text = manifest.file.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise InvalidInput("The manifest is not UTF-8 text. Save it as UTF-8.") from error
        rows = read_manifest(site, who, code, text)
    limits = IntakeLimits(
        max_file_bytes=settings.max_file_mb << 20,
        max_entries=settings.max_upload_files,
        max_total_bytes=settings.max_upload_mb << 22,
    )

    def incoming() -> Iterator[IntakeFile]:
        for upload in files:
            yield from walk_upload(upload.filename or "", upload.file, limits)

    names = [*(one.name for one in incoming()), *among] if rows else None
    return ingest(site, who, code, incoming(), manifest=rows, names=names)


@router.get("/projects/{code}/images")
def list_images(
    code: str,
    site: SiteOf,
    who: Member,
    cursor: Cursor = None,
    limit: Limit = 100,
    state: ImageState | None = None,
) -> ImageList:
    """Images of a project; for reviewers those they hold or held."""
    after = number_after(cursor, start=-1)
    found = images.list_images(site, who, code, after=after, limit=limit, state=state)
    next_cursor = str(found[-1].number) if len(found) == limit else None
    return ImageList(items=[ImageOut.of(i) for i in found], next_cursor=next_cursor)


@router.get("/images/{image}")
def get_image(image: str, site: SiteOf, who: Member) -> ImageOut:
    """One image."""
    info = images.get_image(site, who, image)
    known = tiles.stored_tone(site, info.sha256) if info.bit_depth == 16 else None
    window = (known.window.low, known.window.high) if known else None
    return ImageOut.of(info).model_copy(update={"window": window})


@router.get("/images/{image}/history")
def history(
    image: str, site: SiteOf, who: Lead, cursor: Cursor = None, limit: Limit = 100
) -> HistoryOut:
    """Reviews, withdrawals and rulings of an image."""
    told = images.image_history(site, who, image)
    end = number_after(cursor, start=0) + limit
    return HistoryOut(
        items=told[end - limit : end], next_cursor=str(end) if end < len(told) else None
    )


_KEEP = {"Cache-Control": "private, max-age=31536000, immutable"}
_SANDBOX = {"Content-Security-Policy": "sandbox; default-src 'none'"}


@router.get("/images/{image}/preview", response_class=FileResponse)
async def preview(
    image: str,
    request: Request,
    site: SiteOf,
    who: Member,
    width: Annotated[int, Query()] = 1280,
    low: Value = None,
    high: Value = None,
) -> Response:
    """A re-encoded picture of the upright image, never wider than it is."""
    ends: dict[str, Any] = {"low": low, "high": high}
    if low is not None or high is not None:
        asked = await run_in_threadpool(tiles.find_preview, site, who, image, width, **ends)
        if asked is not None:
            return await windowed_preview(request, site, asked)
    path, tag = await run_in_threadpool(images.preview, site, who, image, width, **ends)
    return kept_picture(request, path, tag)


@router.get("/images/{image}/golden", response_class=FileResponse)
def golden(
    image: str,
    request: Request,
    site: SiteOf,
    who: Member,
    width: Annotated[int, Query()] = 1280,
) -> Response:
    """The picture of a good part beside an image, re-encoded."""
    path, tag = images.golden_preview(site, who, image, width)
    # Another picture may come under the same name: ask each time.
    return kept_picture(request, path, tag, keep={"Cache-Control": "private, no-cache"})


def kept_picture(
    request: Request, path: Path, tag: str, *, keep: Mapping[str, str] = _KEEP
) -> Response:
    """A re-encoded picture for this person to keep, for good unless `keep` says otherwise."""
    headers = {**keep, **_SANDBOX, "ETag": f'"{tag}"', "Vary": "Cookie, Authorization"}
    if f'"{tag}"' in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return FileResponse(path, media_type="image/jpeg", headers=headers)


@router.get("/images/{image}/original", response_class=FileResponse)
def original(image: str, site: SiteOf, who: Member) -> Response:
    """The bytes as they were imported, as a download."""
    path, info = images.original(site, who, image)
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", info.file.rsplit("/", 1)[-1]) or "image"
    headers = {**_KEEP, **_SANDBOX, "Vary": "Cookie, Authorization"}
    return FileResponse(
        path, media_type="application/octet-stream", headers=headers, filename=plain
    )
