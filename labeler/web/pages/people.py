"""People, the tablets they share, and tokens for programs."""

import io
from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any, Literal

import segno
from fastapi import APIRouter, Form, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from labeler.core.errors import LabelerError
from labeler.core.people import Principal
from labeler.core.terms import ROLE_SCOPES, Role, Scope
from labeler.flows import badges, people, projects, renew_secret, stations
from labeler.flows.site import Site
from labeler.web.access import Lead, SiteOf
from labeler.web.addresses import is_loopback, own_address
from labeler.web.problems import explain
from labeler.web.rendering import render, wants_fragment

router = APIRouter(prefix="/people", include_in_schema=False)

Text = Annotated[str, Form(max_length=1_000)]
Section = Literal["people", "stations", "tokens"]
_SECTIONS: tuple[Section, ...] = ("people", "stations", "tokens")
_EMPTY: Mapping[str, Any] = {"problem": None, "given": {}, "made": None, "done": None, "of": ""}


def _context(site: Site, who: Principal) -> dict[str, Any]:
    everybody = people.list_people(site, who)
    is_admin = who.role is Role.ADMIN
    return {
        "everybody": everybody,
        "projects": projects.list_projects(site, who),
        "roles": list(Role) if is_admin else [Role.REVIEWER],
        "stations": stations.list_stations(site, who),
        "tokens": people.list_tokens(site, who),
        "owners": [p for p in everybody if is_admin or p.id == who.user_id or _may_hold(p)],
        "scopes": [s for s in Scope if is_admin or s in ROLE_SCOPES[who.role]],
        "is_admin": is_admin,
    }


def _may_hold(person: people.Person) -> bool:
    return person.role is Role.REVIEWER


def _show(
    request: Request, site: Site, who: Principal, section: Section | None = None, **more: Any
) -> Response:
    """The page, or the one section that htmx asked for; `more` belongs to that section."""
    told = {name: dict(_EMPTY) for name in _SECTIONS}
    problem = more.get("problem")
    if section:
        told[section] |= more
    template = "people/page.html"
    if section and wants_fragment(request):
        template = f"people/_{section}.html"
    return render(
        request, template,
        status_code=problem.status if problem else 200,
        headers=problem.headers if problem else None,
        told=told, **_context(site, who),
    )  # fmt: skip


def _do(
    request: Request,
    site: Site,
    who: Principal,
    section: Section,
    deed: Callable[[], object],
    given: Mapping[str, str] | None = None,
) -> Response:
    """Do it; then the section anew, or back to the page. A refusal stands beside its form."""
    try:
        deed()
    except LabelerError as error:
        return _show(
            request, site, who, section, problem=explain(request, error), given=given or {}
        )
    if wants_fragment(request):
        return _show(request, site, who, section, done=True)
    return RedirectResponse(f"/people#people-{section}", 303)


@router.get("")
def people_page(request: Request, site: SiteOf, who: Lead) -> Response:
    """Everything a lead or an administrator keeps about people."""
    return _show(request, site, who)


@router.post("")
def add_person(
    request: Request,
    site: SiteOf,
    who: Lead,
    name: Text,
    role: Annotated[Role, Form()],
    pin: Text = "",
    password: Text = "",
    project: Text = "",
) -> Response:
    """Add a person, and let them into a project at once."""

    def deed() -> None:
        if project:
            projects.get_project(site, who, project)  # refuse before anybody is added
        added = people.add_user(
            site, name, role, by=who,
            pin=pin if role is Role.REVIEWER else None,
            password=None if role is Role.REVIEWER else password,
        )  # fmt: skip
        if project:
            people.add_member(site, project, added.id, who)

    given = {"name": name, "role": role.value, "project": project}
    return _do(request, site, who, "people", deed, given)


@router.post("/{user}/removal")
def remove_person(user: str, request: Request, site: SiteOf, who: Lead) -> Response:
    """End a person's access; what they said stays."""
    return _do(request, site, who, "people", lambda: people.remove_user(site, user, who))


@router.post("/{user}/secret")
def reset_secret(
    user: str,
    request: Request,
    site: SiteOf,
    who: Lead,
    pin: Text = "",
    password: Text = "",
    *,
    end_tokens: Annotated[bool, Form()] = False,
) -> Response:
    """Give somebody a new PIN or password. Where it was drawn it stands in this one answer."""
    try:
        made = renew_secret.reset_secret(
            site, user, pin=pin or None, password=password or None, end_tokens=end_tokens, by=who
        )
    except LabelerError as error:
        return _show(request, site, who, "people", problem=explain(request, error), of=user)
    return _show(request, site, who, "people", made=made)


@router.post("/{user}/badge")
def set_badge(user: str, request: Request, site: SiteOf, who: Lead, badge: Text = "") -> Response:
    """Give a reviewer a badge; left empty, theirs is taken back."""
    try:
        badges.set_badge(site, user, badge or None, who)
    except LabelerError as error:
        return _show(request, site, who, "people", problem=explain(request, error), of=user)
    if wants_fragment(request):
        return _show(request, site, who, "people", done=True)
    return RedirectResponse("/people#people-people", 303)


@router.post("/{user}/projects")
def add_member(user: str, request: Request, site: SiteOf, who: Lead, code: Text) -> Response:
    """Let a person into a project."""
    return _do(request, site, who, "people", lambda: people.add_member(site, code, user, who))


@router.post("/{user}/projects/{code}/removal")
def remove_member(user: str, code: str, request: Request, site: SiteOf, who: Lead) -> Response:
    """Take a person out of a project."""
    return _do(request, site, who, "people", lambda: people.remove_member(site, code, user, who))


def qr_code(text: str) -> Markup:
    """A QR code as SVG that stands in the page itself: dark on white in every theme."""
    out = io.BytesIO()
    segno.make(text, error="m").save(
        out, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=4,
        dark="#000", light="#fff", svgclass="qr", lineclass=None,
    )  # fmt: skip
    return Markup(out.getvalue().decode())  # noqa: S704  drawn by us from modules alone


@router.post("/stations")
def add_station(request: Request, site: SiteOf, who: Lead, name: Text, project: Text) -> Response:
    """Announce a tablet. The link stands in this one answer: it is not stored readably."""
    try:
        made = stations.add_station(site, name, project, who)
    except LabelerError as error:
        return _show(
            request, site, who, "stations", problem=explain(request, error),
            given={"name": name, "project": project},
        )  # fmt: skip
    link = f"{own_address(request)}/enrol/{made.code}"
    code = made.code or ""
    shown = {
        "code": f"{code[:4]}-{code[4:]}", "page": f"{own_address(request)}/enrol",
        "name": made.name, "link": link, "qr": qr_code(link), "hours": stations.CODE_HOURS,
        "loopback": is_loopback(request),
    }  # fmt: skip
    return _show(request, site, who, "stations", made=shown)


@router.post("/stations/{station}/revocation")
def revoke_station(station: str, request: Request, site: SiteOf, who: Lead) -> Response:
    """End a tablet and every session on it."""
    return _do(request, site, who, "stations", partial(stations.revoke_station, site, station, who))


@router.post("/tokens")
def create_token(
    request: Request,
    site: SiteOf,
    who: Lead,
    user: Text,
    days: Annotated[int, Form()] = 90,
    scopes: Annotated[list[Scope] | None, Form()] = None,
) -> Response:
    """Make a token; its secret stands in this one answer. Zero days: without an end."""
    try:
        info, secret = people.create_token(site, user, scopes or (), days=days or None, by=who)
    except LabelerError as error:
        return _show(
            request, site, who, "tokens", problem=explain(request, error), given={"user": user}
        )
    return _show(request, site, who, "tokens", made={"secret": secret, "user": info.user})


@router.post("/tokens/{token}/revocation")
def revoke_token(token: str, request: Request, site: SiteOf, who: Lead) -> Response:
    """End a token at once."""
    return _do(request, site, who, "tokens", lambda: people.revoke_token(site, token, who))
