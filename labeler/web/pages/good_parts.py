"""The page on which a lead chooses the good part of each camera station."""

from typing import Annotated

from fastapi import APIRouter, File, Form, Request, UploadFile
from starlette.responses import RedirectResponse, Response

from labeler.core.errors import InvalidInput
from labeler.core.people import Principal
from labeler.flows import good_parts, projects
from labeler.flows.site import Site
from labeler.web.access import Lead, SiteOf
from labeler.web.problems import explain
from labeler.web.rendering import render

router = APIRouter(prefix="/projects/{code}/images/good-parts", include_in_schema=False)


@router.get("")
def page(request: Request, code: str, site: SiteOf, who: Lead) -> Response:
    """Each camera station with its good part."""
    return _show(request, site, who, code)


@router.post("")
def choose(
    request: Request,
    code: str,
    site: SiteOf,
    who: Lead,
    station: Annotated[str, Form(max_length=500)],
    file: Annotated[UploadFile, File()],
) -> Response:
    """Take the picture; what is refused is said beside the station."""
    try:
        good_parts.set_good_part(site, who, code, station, file.filename or "", file.file)
    except InvalidInput as error:
        return _show(request, site, who, code, error, station)
    return RedirectResponse(f"/projects/{code}/images/good-parts", 303)


@router.post("/removal")
def remove(
    code: str, site: SiteOf, who: Lead, station: Annotated[str, Form(max_length=500)]
) -> Response:
    """Show none for this station any more."""
    good_parts.remove_good_part(site, who, code, station)
    return RedirectResponse(f"/projects/{code}/images/good-parts", 303)


def _show(
    request: Request,
    site: Site,
    who: Principal,
    code: str,
    error: InvalidInput | None = None,
    station: str = "",
) -> Response:
    problem = explain(request, error) if error else None
    return render(
        request, "images/good_parts.html",
        status_code=problem.status if problem else 200,
        project=projects.get_project(site, who, code),
        parts=good_parts.list_good_parts(site, who, code),
        problem=problem,
        refused=station,
    )  # fmt: skip
