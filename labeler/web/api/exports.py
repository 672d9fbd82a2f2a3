"""Exports: ask for one, watch it, download it."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request, Response
from pydantic import BaseModel
from starlette.responses import FileResponse

from labeler.flows import export
from labeler.web.access import Exporter, SiteOf
from labeler.web.api.cursors import Cursor, Limit, page_by
from labeler.web.api.downloads import kept_download

router = APIRouter(prefix="/api/v1", tags=["exports"])


class ExportOut(BaseModel):
    """An export; `done` of `total` files are rendered."""

    id: str
    project: str
    status: str
    done: int
    total: int
    recipe: dict[str, Any]
    counts: dict[str, Any] | None
    sha256: str | None
    bytes: int | None
    file: str | None
    error: str | None
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, info: export.ExportInfo) -> "ExportOut":
        """From the value."""
        return cls(
            id=info.id, project=info.project, status=info.status, done=info.done,
            total=info.total, recipe=dict(info.recipe),
            counts=dict(info.counts) if info.counts is not None else None, sha256=info.sha256,
            bytes=info.bytes, file=info.file, error=info.error, created_at=info.created_at,
            finished_at=info.finished_at,
        )  # fmt: skip


class ExportList(BaseModel):
    """Exports, the latest first."""

    items: list[ExportOut]
    next_cursor: str | None = None


@router.post("/projects/{code}/exports", status_code=202)
def request_export(
    code: str,
    recipe: Annotated[dict[str, Any], Body()],
    site: SiteOf,
    who: Exporter,
    response: Response,
) -> ExportOut:
    """Queue an export of a recipe (`{}` is a valid one); poll the `Location`."""
    info = export.request_export(site, who, code, recipe)
    response.headers["Location"] = f"/api/v1/exports/{info.id}"
    return ExportOut.of(info)


@router.get("/projects/{code}/exports")
def list_exports(
    code: str, site: SiteOf, who: Exporter, cursor: Cursor = None, limit: Limit = 100
) -> ExportList:
    """Every export of a project."""
    found, after = page_by(
        export.list_exports(site, who, code),
        lambda one: f"{one.created_at.timestamp():020.6f} {one.id}",
        cursor=cursor, limit=limit, latest_first=True,
    )  # fmt: skip
    return ExportList(items=[ExportOut.of(i) for i in found], next_cursor=after)


@router.get("/exports/{export_id}")
def get_export(export_id: str, site: SiteOf, who: Exporter) -> ExportOut:
    """One export."""
    return ExportOut.of(export.get_export(site, who, export_id))


@router.delete("/exports/{export_id}", status_code=204)
def delete_export(export_id: str, site: SiteOf, who: Exporter) -> None:
    """Stop a waiting or running export, or delete a finished one."""
    export.cancel_export(site, who, export_id)


@router.head("/exports/{export_id}/download", response_class=FileResponse)
@router.get("/exports/{export_id}/download", response_class=FileResponse)
def download(export_id: str, request: Request, site: SiteOf, who: Exporter) -> Response:
    """The zip; takes Range, so that a broken download goes on where it stopped."""
    path, info = export.finished_file(site, who, export_id, "dataset.zip")
    return kept_download(
        request, path, tag=info.sha256 or "", media_type="application/zip", filename=info.file
    )


@router.get("/exports/{export_id}/manifest", response_class=FileResponse)
def manifest(export_id: str, site: SiteOf, who: Exporter) -> Response:
    """The manifest: every file with its hash, split and lineage."""
    path, _info = export.finished_file(site, who, export_id, "manifest.json")
    return FileResponse(path, media_type="application/json")


@router.get("/exports/{export_id}/receipt")
def receipt(export_id: str, site: SiteOf, who: Exporter) -> dict[str, Any]:
    """When, by whom, from what, with the signed head of the audit."""
    return dict(export.receipt_of(site, who, export_id))
