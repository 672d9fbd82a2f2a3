"""Every route declares who may use it; an undeclared one stops the application's start.

    @router.get("/projects/{code}/progress")
    def progress(code: str, site: SiteOf, who: Overseer): ...

The types below are such declarations: FastAPI resolves them to the `Principal` who asks,
or refuses. A wrong role is 404, as is a foreign object (the flows see to that); a token
without the scope is 403 and names it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, NoReturn

from fastapi import Depends, FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import Mount

from labeler.core.errors import MissingScope, NotFound, NotSignedIn, Unavailable
from labeler.core.people import Principal
from labeler.core.terms import Role, Scope
from labeler.flows.site import Site
from labeler.web.identity import find_principal, session_mark

EXPECTED = "labeler-user"  # the header in which a page says whose it is
EXPECTED_SESSION = "labeler-session"  # and in which session: the mark that the page came with


async def site_of(request: Request) -> Site:
    """The installation behind this application."""
    site: Site = request.app.state.site
    return site


async def _identify(request: Request) -> Principal | None:
    site: Site = request.app.state.site
    if site.database.answers_at_once:
        return find_principal(request, site)
    return await run_in_threadpool(find_principal, request, site)


@dataclass(frozen=True)
class Access:
    """Who may use a route: no roles means everybody, signed in or not."""

    roles: frozenset[Role]
    scope: Scope | None

    async def __call__(self, request: Request) -> Principal:
        """Resolve who asks. Raises `NotSignedIn`, `NotFound`, `MissingScope`."""
        who = await _identify(request)
        if who is None:
            raise NotSignedIn("Sign in first.")
        request.state.who = who
        require_expected(request, who)
        if who.role not in self.roles:
            raise NotFound("There is nothing here for you.")
        if self.scope is not None and self.scope not in who.scopes:
            raise MissingScope("This token lacks the scope {scope}.", scope=self.scope)
        return who


def require_expected(request: Request, who: Principal) -> None:
    """A page that was made for one person is not served as another who signed in since.

    Raises `NotSignedIn` when the person or the session that the request names is not `who`'s.
    """
    person = request.headers.get(EXPECTED, who.user_id)
    session = request.headers.get(EXPECTED_SESSION, session_mark(who))
    if person != who.user_id or session != session_mark(who):
        raise NotSignedIn("Somebody else has signed in here. Sign in again.")


@dataclass(frozen=True)
class OpenAccess(Access):
    """Everybody may use the route; who asks is still known to the page."""

    async def __call__(self, request: Request) -> Principal | None:  # type: ignore[override]
        """Who asks, or None; nobody too while that cannot be found out."""
        try:
            who = await _identify(request)
        except (NotSignedIn, Unavailable):
            who = None
        request.state.who = who
        return who


def _allow(scope: Scope, *roles: Role) -> Any:
    return Depends(Access(frozenset(roles), scope))


SiteOf = Annotated[Site, Depends(site_of)]
_R, _L, _E, _A = Role.REVIEWER, Role.LEAD, Role.ENGINEER, Role.ADMIN
Anybody = Annotated[Principal | None, Depends(OpenAccess(frozenset(), None))]
Member = Annotated[Principal, _allow(Scope.READ, _R, _L, _E, _A)]
Judge = Annotated[Principal, _allow(Scope.REVIEW, _R, _L, _A)]
Overseer = Annotated[Principal, _allow(Scope.READ, _L, _E, _A)]
Lead = Annotated[Principal, _allow(Scope.LEAD, _L, _A)]
Exporter = Annotated[Principal, _allow(Scope.EXPORT, _L, _E, _A)]
Admin = Annotated[Principal, _allow(Scope.ADMIN, _A)]


def declared_access(route: APIRoute) -> Access | None:
    """The access that a route declares, if it declares exactly one."""
    found = [d.call for d in route.dependant.dependencies if isinstance(d.call, Access)]
    return found[0] if len(found) == 1 else None


def api_routes(app: FastAPI) -> Iterator[APIRoute]:
    """Every route of the application that runs code of ours.

    `app.routes` itself holds one entry per included router, so it is walked, not filtered.
    Raises `RuntimeError` on a route of another kind: it could not declare anything.
    """
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, APIRoute):
            yield route
        elif not isinstance(route, Mount) or route.name != "static":
            message = f"{route} is neither a route of ours nor the static files"
            raise RuntimeError(message)


def require_declarations(app: FastAPI) -> None:
    """Refuse to start with a route that does not say who may use it."""
    for route in api_routes(app):
        if declared_access(route) is None:
            _undeclared(route)


def _undeclared(route: APIRoute) -> NoReturn:
    message = f"{sorted(route.methods or ())} {route.path} does not declare who may use it"
    raise RuntimeError(message)
