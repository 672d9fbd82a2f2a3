"""Switching the language, for a person and for a browser that nobody is signed in on."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from labeler.core.terms import Language
from labeler.flows.people import set_language
from labeler.web.access import Anybody, SiteOf
from labeler.web.addresses import local_path
from labeler.web.rendering import LANGUAGE

router = APIRouter(include_in_schema=False)

_YEAR_S = 365 * 86_400


@router.post("/language")
def choose(
    request: Request,
    site: SiteOf,
    who: Anybody,
    language: Annotated[Language, Form()],
    target: Annotated[str, Form(alias="next", max_length=2_000)] = "/",
) -> Response:
    """Remember the language here and, when signed in, for the person; back to the page."""
    if who is not None:
        set_language(site, who, language)
    answer = RedirectResponse(local_path(target), 303)
    answer.set_cookie(
        LANGUAGE, language.value, max_age=_YEAR_S, path="/", httponly=True, samesite="strict",
        secure=request.url.scheme == "https",
    )  # fmt: skip
    return answer
