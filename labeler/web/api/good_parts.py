"""The picture of a good part for each camera station."""

from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Path, Query, Request, Response, UploadFile
from pydantic import BaseModel, Field
from starlette.responses import FileResponse

from labeler.flows import good_parts
from labeler.web.access import Lead, Member, SiteOf
from labeler.web.api.form_fields import only_fields
from labeler.web.api.images import kept_picture
from labeler.web.bodies import Body

router = APIRouter(prefix="/api/v1/projects/{code}/good-parts", tags=["images"])


class GoodPartOut(BaseModel):
    """A camera station and its good part; `sha256` and `file` are null where it has none."""

    station: str
    images: int
    sha256: str | None
    file: str | None

    @classmethod
    def of(cls, part: good_parts.GoodPart) -> "GoodPartOut":
        """From the value."""
        return cls(station=part.station, images=part.images, sha256=part.sha256, file=part.file)


class StationIn(Body):
    """A camera station, by the name that the images give it."""

    station: Annotated[str, Field(max_length=500)]


class GoodPartList(BaseModel):
    """Every camera station that an image names."""

    items: list[GoodPartOut]


@router.get("")
def list_all(code: str, site: SiteOf, who: Lead) -> GoodPartList:
    """The camera stations of a project's images, each with its good part."""
    found = good_parts.list_good_parts(site, who, code)
    return GoodPartList(items=[GoodPartOut.of(part) for part in found])


@router.post("", status_code=201)
def choose(
    code: str,
    site: SiteOf,
    who: Lead,
    station: Annotated[str, Form(max_length=500)],
    file: Annotated[UploadFile, File()],
    _known: Annotated[None, Depends(only_fields("station", "file"))] = None,
) -> GoodPartOut:
    """Show this picture beside the station's images that have no good part of their own."""
    name = file.filename or "good part"
    return GoodPartOut.of(good_parts.set_good_part(site, who, code, station, name, file.file))


@router.post("/removal", status_code=204)
def remove(code: str, body: StationIn, site: SiteOf, who: Lead) -> None:
    """Show none for this station any more."""
    good_parts.remove_good_part(site, who, code, body.station)


@router.get("/{good}", response_class=FileResponse)
def show(
    code: str,
    good: Annotated[str, Path(pattern="^[0-9a-f]{64}$")],
    request: Request,
    site: SiteOf,
    who: Member,
    width: Annotated[int, Query()] = 1280,
) -> Response:
    """The picture of a good part that a station shows, re-encoded."""
    path, tag = good_parts.good_part_preview(site, who, code, good, width)
    return kept_picture(request, path, tag)
