"""The first start: a one-time code makes the first administrator."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from labeler.core.errors import LabelerError
from labeler.flows.set_up import first_administrator, needs_set_up
from labeler.flows.sign_in import with_password
from labeler.web.access import Anybody, SiteOf
from labeler.web.identity import SESSION, set_cookie
from labeler.web.pages.sign_in import Text
from labeler.web.problems import explain
from labeler.web.rendering import render

router = APIRouter(include_in_schema=False)


@router.get("/setup")
def set_up_page(request: Request, site: SiteOf, who: Anybody) -> Response:
    """The form, while nobody exists."""
    del who
    if not needs_set_up(site):
        return RedirectResponse("/sign-in", 303)
    return render(request, "set_up/page.html", problem=None, name="")


@router.post("/setup")
def set_up(
    request: Request, site: SiteOf, who: Anybody, code: Text, name: Text, password: Text
) -> Response:
    """Make the first administrator, signed in at once."""
    del who
    try:
        first_administrator(site, code, name, password)
        cookie = with_password(site, name, password)
    except LabelerError as error:
        problem = explain(request, error)
        return render(
            request, "set_up/page.html", status_code=problem.status, headers=problem.headers,
            problem=problem, name=name,
        )  # fmt: skip
    answer = RedirectResponse("/", 303)
    set_cookie(request, answer, SESSION, cookie)
    return answer
