"""Turning a tablet into one that reviewers sign in on with a PIN."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from labeler.core.errors import LabelerError
from labeler.flows.sign_in import sign_out
from labeler.flows.stations import enrol, plain_code
from labeler.web.access import Anybody, SiteOf
from labeler.web.identity import DEVICE, SESSION, drop_cookie, set_cookie
from labeler.web.problems import explain
from labeler.web.rendering import render

router = APIRouter(include_in_schema=False)

Code = Annotated[str, Path(max_length=100)]


@router.get("/enrol")
def enrol_by_hand(
    request: Request, who: Anybody, code: Annotated[str, Query(max_length=100)] = ""
) -> Response:
    """A field for the code, for a tablet that cannot scan; then the page that asks.

    What cannot be a code, as a keyboard types that is set to Korean, is said.
    """
    del who
    plain = plain_code(code)
    # Only what can stand in an address unchanged: anything else is no code of ours.
    if plain.isascii() and plain:
        return RedirectResponse(f"/enrol/{plain}", 303)
    return render(request, "enrol/code.html", typed=code, theme="light")


@router.get("/enrol/{link}")
def enrol_page(link: Code, request: Request, who: Anybody) -> Response:
    """Ask before anything happens: a messenger's link preview must not use the link up."""
    del who
    return render(request, "enrol/page.html", code=link, problem=None, theme="light")


@router.post("/enrol/{link}")
def enrol_tablet(link: Code, request: Request, site: SiteOf, who: Anybody) -> Response:
    """Use the link up, give this browser its key, and show the tiles."""
    try:
        key = enrol(site, link, origin=request.client.host if request.client else "")
    except LabelerError as error:
        problem = explain(request, error)
        return render(
            request, "enrol/page.html", status_code=problem.status, headers=problem.headers,
            code=link, problem=problem, theme="light",
        )  # fmt: skip
    if who is not None:
        # Whoever brought the tablet must not stay signed in on it.
        sign_out(site, who)
    answer = RedirectResponse("/sign-in", 303)
    drop_cookie(request, answer, SESSION)
    set_cookie(request, answer, DEVICE, key)
    return answer
