"""The pictures of the labeling standard's examples."""

from typing import Annotated

from fastapi import APIRouter, File, Path, Query, Request, Response, UploadFile
from pydantic import BaseModel
from starlette.responses import FileResponse

from labeler.flows import examples
from labeler.web.access import Lead, Member, SiteOf
from labeler.web.api.images import kept_picture

router = APIRouter(prefix="/api/v1/projects/{code}/examples", tags=["projects"])


class ExampleOut(BaseModel):
    """What to write as an example's `image`."""

    image: str


@router.post("", status_code=201)
def upload(code: str, site: SiteOf, who: Lead, file: Annotated[UploadFile, File()]) -> ExampleOut:
    """Keep a picture for the standard's examples; nobody is asked to judge it."""
    sha256 = examples.upload_example(site, who, code, file.filename or "example", file.file)
    return ExampleOut(image=sha256)


@router.get("/{sha256}", response_class=FileResponse)
def show(
    code: str,
    sha256: Annotated[str, Path(pattern="^[0-9a-f]{64}$")],
    request: Request,
    site: SiteOf,
    who: Member,
    width: Annotated[int, Query()] = 640,
) -> Response:
    """An example that a published version shows, re-encoded; leads also see their draft's."""
    path, tag = examples.example_preview(site, who, code, sha256, width)
    return kept_picture(request, path, tag)
