"""The tablet itself: who works on it, signing in without leaving the page, and presence."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, model_validator
from starlette.responses import Response

from labeler.core.errors import NotSignedIn
from labeler.core.people import Principal
from labeler.flows import sign_in as signing
from labeler.flows.site import Site
from labeler.flows.stations import station_of
from labeler.web.access import Anybody, Member, SiteOf, require_expected
from labeler.web.bodies import Body
from labeler.web.identity import (
    DEVICE,
    SESSION,
    device_key,
    drop_cookie,
    session_mark,
    set_cookie,
)
from labeler.web.landing import landing

router = APIRouter(prefix="/api/v1/station", tags=["station"])

Secret = Annotated[str, Field(max_length=1_000)]


class TileOut(BaseModel):
    """Somebody to tap."""

    id: str
    name: str


class StationNow(BaseModel):
    """This tablet, the reviewers with a PIN, who is signed in, and when it locks.

    On a device that is not enrolled there is no name and there are no tiles.
    """

    enrolled: bool
    name: str | None
    tiles: list[TileOut]
    person: TileOut | None
    idle_lock_s: int


class SignIn(Body):
    """A tile's person and their PIN, or a badge; and the page that they would go on with."""

    person: Secret | None = None
    pin: Secret | None = None
    badge: Secret | None = None
    next: Annotated[str, Field(max_length=2_000)] = ""

    @model_validator(mode="after")
    def _one_way(self) -> "SignIn":
        if (self.badge is None) == (self.person is None or self.pin is None):
            message = "Give person and pin, or badge."
            raise ValueError(message)
        return self


class SignedIn(BaseModel):
    """Who signed in, the page that their work begins on, and what tells the session apart."""

    person: TileOut
    landing: str
    session: str


@router.get("")
def station(request: Request, site: SiteOf, who: Anybody) -> StationNow:
    """What this tablet's lock screen shows."""
    key = device_key(request)
    found = station_of(site, key)
    offered = signing.tiles(site, key) if found else []
    return StationNow(
        enrolled=found is not None,
        name=found.name if found else None,
        tiles=[TileOut(id=tile.user_id, name=tile.name) for tile in offered],
        person=_tile(who) if who else None,
        idle_lock_s=site.settings.idle_lock_s,
    )


@router.post("/session")
def open_session(
    body: SignIn, request: Request, response: Response, site: SiteOf, who: Anybody
) -> SignedIn:
    """Sign in on this tablet; the session that it had before ends."""
    key = device_key(request)
    if body.badge is not None:
        cookie = signing.with_badge(site, key, body.badge)
    else:
        cookie = signing.with_pin(site, key, body.person or "", body.pin or "")
    if who is not None:
        signing.sign_out(site, who)
    signed_in = _just_signed_in(site, cookie)
    set_cookie(request, response, SESSION, cookie)
    set_cookie(request, response, DEVICE, key)
    return SignedIn(
        person=_tile(signed_in), landing=landing(site, signed_in, body.next),
        session=session_mark(signed_in) or "",
    )  # fmt: skip


@router.delete("/session", status_code=204)
def end_session(request: Request, site: SiteOf, who: Anybody) -> Response:
    """End the session of this browser: the tablet locks. Never another one than a page names."""
    if who is not None:
        require_expected(request, who)
        signing.sign_out(site, who)
    answer = Response(status_code=204)
    drop_cookie(request, answer, SESSION)
    return answer


@router.post("/presence", status_code=204)
def presence(site: SiteOf, who: Member) -> None:
    """Somebody touches the tablet: the session does not end for want of it."""
    signing.note_presence(site, who)


def _tile(who: Principal) -> TileOut:
    return TileOut(id=who.user_id, name=who.name)


def _just_signed_in(site: Site, cookie: str) -> Principal:
    found = signing.session_principal(site, cookie)
    if found is None:  # the tablet was revoked at this very moment
        raise NotSignedIn("Sign in first.")
    return found
