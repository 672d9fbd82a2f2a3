"""Changing one's own password."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from labeler.core.errors import LabelerError
from labeler.core.people import Principal
from labeler.flows import renew_secret
from labeler.flows.site import Site
from labeler.web.access import Member, SiteOf
from labeler.web.problems import Problem, explain
from labeler.web.rendering import render

router = APIRouter(prefix="/password", include_in_schema=False)

Secret = Annotated[str, Form(max_length=1_000)]


def _page(
    request: Request,
    site: Site,
    who: Principal,
    problem: Problem | None = None,
    *,
    done: bool = False,
) -> Response:
    return render(
        request, "password/page.html",
        status_code=problem.status if problem else 200,
        headers=problem.headers if problem else None,
        has_password=renew_secret.has_password(site, who), problem=problem, done=done,
    )  # fmt: skip


@router.get("")
def password_page(request: Request, site: SiteOf, who: Member) -> Response:
    """The form; for a reviewer who has a PIN alone, whom to ask."""
    return _page(request, site, who)


@router.post("")
def change(request: Request, site: SiteOf, who: Member, old: Secret, password: Secret) -> Response:
    """Change one's own password; whoever else is signed in as this person is out."""
    try:
        renew_secret.change_password(site, who, old, password)
    except LabelerError as error:
        return _page(request, site, who, explain(request, error))
    return _page(request, site, who, done=True)
