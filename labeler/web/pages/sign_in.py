"""Signing in: a password at a desk, a tile and a PIN or a badge on an enrolled tablet."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from labeler.core.errors import LabelerError
from labeler.flows import sign_in as signing
from labeler.flows.set_up import needs_set_up
from labeler.flows.site import Site
from labeler.flows.stations import is_enrolled
from labeler.web.access import Anybody, SiteOf
from labeler.web.addresses import local_path
from labeler.web.identity import DEVICE, SESSION, device_key, drop_cookie, set_cookie
from labeler.web.landing import landing
from labeler.web.problems import Problem, explain
from labeler.web.rendering import render

router = APIRouter(include_in_schema=False)

Text = Annotated[str, Form(max_length=1_000)]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the sign-in page is to show: `person` has tapped their tile."""

    person: str = ""
    by_password: bool = False
    name: str = ""
    target: str = ""


def _page(request: Request, site: Site, asked: _Asked, problem: Problem | None = None) -> Response:
    key = device_key(request)
    enrolled = is_enrolled(site, key)
    tiles = signing.tiles(site, key) if enrolled else []
    return render(
        request, "sign_in/page.html",
        status_code=problem.status if problem else 200,
        headers=problem.headers if problem else None,
        theme="light" if enrolled else "auto",
        enrolled=enrolled, tiles=tiles, problem=problem, name=asked.name,
        person=next((t for t in tiles if t.user_id == asked.person), None),
        by_password=asked.by_password or not enrolled,
        target=local_path(asked.target),
    )  # fmt: skip


@router.get("/sign-in")
def sign_in_page(
    request: Request,
    site: SiteOf,
    who: Anybody,
    person: Annotated[str, Query(max_length=100)] = "",
    by: Literal["", "password"] = "",
    target: Annotated[str, Query(alias="next", max_length=2_000)] = "",
) -> Response:
    """The form for a password; on an enrolled tablet the tiles, then the PIN pad."""
    del who
    if needs_set_up(site):
        return RedirectResponse("/setup", 303)
    return _page(request, site, _Asked(person, by == "password", target=target))


@router.post("/sign-in")
def sign_in(
    request: Request,
    site: SiteOf,
    who: Anybody,
    name: Text = "",
    password: Text = "",
    person: Text = "",
    pin: Text = "",
    badge: Text = "",
    target: Annotated[str, Form(alias="next", max_length=2_000)] = "",
) -> Response:
    """Open a session and go on; the session that the browser had before ends."""
    key = device_key(request)
    try:
        if badge:
            cookie = signing.with_badge(site, key, badge)
        elif person:
            cookie = signing.with_pin(site, key, person, pin)
        else:
            cookie = signing.with_password(site, name, password, key)
    except LabelerError as error:
        asked = _Asked(person, not (person or badge), name, target)
        return _page(request, site, asked, explain(request, error))
    if who is not None:
        signing.sign_out(site, who)
    signed_in = signing.session_principal(site, cookie)
    place = landing(site, signed_in, target) if signed_in else "/sign-in"
    answer = RedirectResponse(place, 303)
    set_cookie(request, answer, SESSION, cookie)
    if person or badge:
        # Browsers keep a cookie for 400 days at most; each sign-in starts them again.
        set_cookie(request, answer, DEVICE, key)
    return answer


@router.post("/sign-out")
def sign_out(request: Request, site: SiteOf, who: Anybody) -> Response:
    """End the session; a shared tablet shows its tiles again."""
    if who is not None:
        signing.sign_out(site, who)
    answer = RedirectResponse("/sign-in", 303)
    drop_cookie(request, answer, SESSION)
    return answer
