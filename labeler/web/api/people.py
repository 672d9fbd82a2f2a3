"""People, API tokens, tablets."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from labeler.core.terms import Role, Scope
from labeler.flows import badges, people, renew_secret, stations
from labeler.web.access import Lead, Member, SiteOf
from labeler.web.api.cursors import Cursor, Limit, page_by
from labeler.web.bodies import Body

router = APIRouter(prefix="/api/v1", tags=["people"])


class UserIn(Body):
    """A new person: a reviewer with a PIN, anybody else with a password."""

    name: str
    role: Role
    pin: str | None = None
    password: str | None = None


class UserOut(BaseModel):
    """A person and the projects they may see."""

    id: str
    name: str
    role: Role
    projects: list[str]

    @classmethod
    def of(cls, person: people.Person) -> "UserOut":
        """From the value."""
        return cls(id=person.id, name=person.name, role=person.role, projects=list(person.projects))


class UserList(BaseModel):
    """Active people by name."""

    items: list[UserOut]
    next_cursor: str | None = None


class SecretIn(Body):
    """What to give somebody who forgot theirs; with neither of the two it is drawn."""

    pin: str | None = None
    password: str | None = None
    end_tokens: bool = False


class SecretOut(BaseModel):
    """The new secret where it was drawn, there only in this answer; how many tokens work on."""

    id: str
    name: str
    kind: str
    secret: str | None
    tokens: int


class BadgeIn(Body):
    """A badge's number as its reader types it."""

    badge: Annotated[str, Field(max_length=200)]


class PasswordIn(Body):
    """One's own present password, and the new one."""

    old: str
    password: str


class TokenIn(Body):
    """A token for a person (by id or name; the caller when left out)."""

    user: str | None = None
    scopes: Annotated[list[Scope], Field(default_factory=list)]
    days: Annotated[int, Field(ge=1, le=3650)] | None = None


class TokenOut(BaseModel):
    """A token; `token` is the secret, there only in the answer that made it."""

    id: str
    prefix: str
    user: str
    scopes: list[Scope]
    expires_at: datetime | None
    token: str | None = None

    @classmethod
    def of(cls, info: people.TokenInfo, secret: str | None = None) -> "TokenOut":
        """From the value."""
        return cls(
            id=info.id, prefix=info.prefix, user=info.user, scopes=list(info.scopes),
            expires_at=info.expires_at, token=secret,
        )  # fmt: skip


class TokenList(BaseModel):
    """Live tokens."""

    items: list[TokenOut]
    next_cursor: str | None = None


class StationIn(Body):
    """A tablet to enrol for a project."""

    name: str
    project: str


class StationOut(BaseModel):
    """A tablet; `enrol` is the one-time link, there only in the answer that made it."""

    id: str
    name: str
    enrolled: bool
    enrol: str | None = None


class StationList(BaseModel):
    """Tablets that are not revoked."""

    items: list[StationOut]
    next_cursor: str | None = None


@router.post("/users", status_code=201)
def add_user(body: UserIn, site: SiteOf, who: Lead) -> UserOut:
    """Add a person; a lead adds reviewers."""
    return UserOut.of(
        people.add_user(site, body.name, body.role, pin=body.pin, password=body.password, by=who)
    )


@router.get("/users")
def list_users(site: SiteOf, who: Lead, cursor: Cursor = None, limit: Limit = 100) -> UserList:
    """Everybody for an administrator; for a lead those who share a project."""
    found, after = page_by(
        people.list_people(site, who), lambda person: person.name, cursor=cursor, limit=limit
    )
    return UserList(items=[UserOut.of(p) for p in found], next_cursor=after)


@router.delete("/users/{user}", status_code=204)
def remove_user(user: str, site: SiteOf, who: Lead) -> None:
    """Deactivate a person and end their sessions; their reviews stay."""
    people.remove_user(site, user, who)


@router.post("/users/{user}/secret")
def reset_secret(user: str, body: SecretIn, site: SiteOf, who: Lead) -> SecretOut:
    """Give somebody (by id or name) a new PIN or password; their sessions end, reviews stay."""
    made = renew_secret.reset_secret(
        site, user, pin=body.pin, password=body.password, end_tokens=body.end_tokens, by=who
    )
    return SecretOut(
        id=made.user_id, name=made.name, kind=made.kind, secret=made.secret, tokens=made.tokens
    )


@router.put("/users/{user}/badge", status_code=204)
def set_badge(user: str, body: BadgeIn, site: SiteOf, who: Lead) -> None:
    """Give a reviewer (by id or name) a badge; whoever used the old one is signed out."""
    badges.set_badge(site, user, body.badge, who)


@router.delete("/users/{user}/badge", status_code=204)
def take_badge(user: str, site: SiteOf, who: Lead) -> None:
    """Take a reviewer's badge back; whoever used it is signed out."""
    badges.set_badge(site, user, None, who)


@router.put("/password", status_code=204)
def change_password(body: PasswordIn, site: SiteOf, who: Member) -> None:
    """Change one's own password with the old one; the person's other sessions end."""
    renew_secret.change_password(site, who, body.old, body.password)


@router.post("/tokens", status_code=201)
def create_token(body: TokenIn, site: SiteOf, who: Member) -> TokenOut:
    """A token, with its secret shown this once; one made with a token ends with it."""
    info, secret = people.create_token(
        site, body.user or who.user_id, body.scopes, days=body.days, by=who
    )
    return TokenOut.of(info, secret)


@router.get("/tokens")
def list_tokens(site: SiteOf, who: Member, cursor: Cursor = None, limit: Limit = 100) -> TokenList:
    """The caller's tokens; for an administrator everybody's."""
    # Ids made later sort later.
    found, after = page_by(
        people.list_tokens(site, who), lambda token: token.id, cursor=cursor, limit=limit
    )
    return TokenList(items=[TokenOut.of(t) for t in found], next_cursor=after)


@router.delete("/tokens/{token}", status_code=204)
def revoke_token(token: str, site: SiteOf, who: Member) -> None:
    """End a token at once; somebody else's with the scope admin."""
    people.revoke_token(site, token, who)


@router.post("/stations", status_code=201)
def add_station(body: StationIn, request: Request, site: SiteOf, who: Lead) -> StationOut:
    """Announce a tablet; open the link on it once, within a day."""
    made = stations.add_station(site, body.name, body.project, who)
    link = f"{request.url.scheme}://{request.url.netloc}/enrol/{made.code}"
    return StationOut(id=made.id, name=made.name, enrolled=False, enrol=link)


@router.get("/stations")
def list_stations(
    site: SiteOf, who: Lead, cursor: Cursor = None, limit: Limit = 100
) -> StationList:
    """Tablets that are not revoked."""
    found, after = page_by(
        stations.list_stations(site, who), lambda tablet: tablet.id, cursor=cursor, limit=limit
    )
    items = [StationOut(id=s.id, name=s.name, enrolled=s.enrolled) for s in found]
    return StationList(items=items, next_cursor=after)


@router.delete("/stations/{station}", status_code=204)
def revoke_station(station: str, site: SiteOf, who: Lead) -> None:
    """End a tablet and every session on it."""
    stations.revoke_station(site, station, who)
