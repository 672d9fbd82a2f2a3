"""Adding people, tokens and memberships, and taking them back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from labeler.core.audit import OPERATOR
from labeler.core.errors import Conflict, FieldError, InvalidInput, MissingScope, NotFound
from labeler.core.people import Principal, check_name, check_password, check_pin
from labeler.core.terms import ROLE_SCOPES, Language, Role, Scope
from labeler.flows.scope import project_for
from labeler.flows.secrets import hash_secret
from labeler.flows.site import Site, secret_sha256
from labeler.store import audit, people
from labeler.store.tables import ApiToken, Member, User

NOBODY = "There is no such person for you."


@dataclass(frozen=True, slots=True)
class Person:
    """A person as the lists show them."""

    id: str
    name: str
    role: Role
    projects: tuple[str, ...]
    has_badge: bool = False


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """A token without its secret."""

    id: str
    prefix: str
    user: str
    scopes: tuple[Scope, ...]
    expires_at: datetime | None


def add_user(
    site: Site,
    name: str,
    role: Role,
    *,
    pin: str | None = None,
    password: str | None = None,
    by: Principal | None = None,
) -> Person:
    """Add a person: a reviewer with a PIN, anybody else with a password.

    A lead adds reviewers; everybody else is added by an administrator or, with `by`
    None, by whoever may run commands on the server. Raises `InvalidInput`, `Conflict`.
    """
    if by is not None and by.role is not Role.ADMIN and role is not Role.REVIEWER:
        raise InvalidInput(
            "A lead adds reviewers only. Ask an administrator for this role.",
            fields=[FieldError("role", "Choose reviewer.")],
        )
    if by is not None:
        _require_admin_for(by, role)
    row = User(id=site.new_id(), name=check_name(name), role=role, created_at=site.now())
    if pin is not None:
        if role is not Role.REVIEWER:
            raise InvalidInput(
                "Only reviewers sign in with a PIN.",
                fields=[FieldError("pin", "Give a password instead.")],
            )
        row.pin_hash = hash_secret(check_pin(pin))
    if password is not None:
        row.password_hash = hash_secret(check_password(password))

    def deed(session: Session) -> None:
        if people.user_by_name(session, row.name):
            raise Conflict(
                "There is somebody called {name} already. Choose another name.",
                name=row.name, current={"name": row.name},
            )  # fmt: skip
        people.add(session, row)
        audit.append(
            session, at=site.now(), actor=actor_of(by), action="user.added", subject=row.id,
            data={"name": row.name, "role": role},
        )  # fmt: skip

    site.database.write(deed)
    return Person(row.id, row.name, role, ())


def list_people(site: Site, who: Principal) -> list[Person]:
    """Everybody for an administrator; for a lead those who share a project."""
    with site.database.read() as session:
        found = (
            people.users(session)
            if who.sees_every_project
            else people.users_beside(session, who.user_id)
        )
        codes = people.memberships(session)
        return [
            Person(u.id, u.name, Role(u.role), tuple(codes.get(u.id, ())), u.badge_hash is not None)
            for u in found
        ]


def remove_user(site: Site, user_id: str, by: Principal) -> None:
    """Deactivate a person and end their sessions; what they said stays. Raises `NotFound`."""

    def deed(session: Session) -> None:
        row = person_for(session, by, user_id)
        if row.id == by.user_id:
            raise Conflict("You cannot remove yourself. Ask another administrator.")
        row.active = False
        people.end_sessions_of(session, row.id, site.now())
        audit.append(
            session, at=site.now(), actor=by.user_id, action="user.removed", subject=row.id
        )

    site.database.write(deed)


def set_language(site: Site, who: Principal, language: Language) -> None:
    """Remember the language that a person reads."""

    def deed(session: Session) -> None:
        row = people.user_by_id(session, who.user_id)
        if row is not None:
            row.language = language
            audit.append(
                session, at=site.now(), actor=who.user_id, action="user.language",
                subject=who.user_id, data={"language": language},
            )  # fmt: skip

    site.database.write(deed)


def add_member(site: Site, code: str, user: str, by: Principal) -> None:
    """Let a person (by id or name) see a project. Raises `NotFound`."""

    def deed(session: Session) -> None:
        project = project_for(session, by, code)
        row = people.user_by_id(session, user) or people.user_by_name(session, user)
        if row is None or not row.active or not _may_add(by, Role(row.role)):
            raise NotFound(NOBODY)
        if people.is_member(session, project.id, row.id):
            return
        session.add(Member(project_id=project.id, user_id=row.id))
        audit.append(
            session, at=site.now(), actor=by.user_id, action="member.added", subject=row.id,
            data={"project": code},
        )  # fmt: skip

    site.database.write(deed)


def remove_member(site: Site, code: str, user: str, by: Principal) -> None:
    """Take a person (by id or name) out of a project. Raises `NotFound`."""

    def deed(session: Session) -> None:
        project = project_for(session, by, code)
        row = people.user_by_id(session, user) or people.user_by_name(session, user)
        if row is None or not _may_add(by, Role(row.role)):
            raise NotFound(NOBODY)
        if not people.remove_member(session, project.id, row.id):
            raise NotFound(NOBODY)
        audit.append(
            session, at=site.now(), actor=by.user_id, action="member.removed",
            subject=row.id, data={"project": code},
        )  # fmt: skip

    site.database.write(deed)


def create_token(
    site: Site,
    user: str,
    scopes: Sequence[Scope] = (),
    *,
    days: int | None = None,
    by: Principal | None = None,
) -> tuple[TokenInfo, str]:
    """A token for a person (by id or name), and its secret, shown this once.

    Without scopes it gets the role's, as far as `by` has them. Anybody may make tokens for
    themselves, an administrator for everybody, a lead for the reviewers of their projects.
    Whoever came with a token needs its scope lead or admin (an administrator's needs
    admin to make one for others), and the new one ends with it at the latest.
    Raises `NotFound`, `InvalidInput`, `MissingScope` for a scope that `by` came without.
    """
    if days is not None and not 1 <= days <= 3650:
        raise InvalidInput(
            "A token lasts 1 to 3650 days.", fields=[FieldError("days", "Give 1 to 3650.")]
        )
    if by is not None:
        _require_maker(by)
    secret = f"lbl_{site.new_secret()}"
    now = site.now()

    def deed(session: Session) -> TokenInfo:
        owner = people.user_by_id(session, user) or people.user_by_name(session, user)
        if owner is None or not owner.active:
            raise NotFound(NOBODY)
        if by is not None and owner.id != by.user_id:
            _require_keeper(by)
            person_for(session, by, owner.id)
        role = Role(owner.role)
        granted = _granted(role, scopes, by)
        row = ApiToken(
            id=site.new_id(), secret_sha256=secret_sha256(secret), prefix=secret[:8],
            user_id=owner.id, scopes=[s.value for s in granted], created_at=now,
            expires_at=_end(now, days, by),
        )  # fmt: skip
        people.add(session, row)
        audit.append(
            session, at=now, actor=actor_of(by), action="token.created", subject=row.id,
            data={"user": owner.id, "scopes": row.scopes},
        )  # fmt: skip
        return TokenInfo(row.id, row.prefix, owner.name, granted, row.expires_at)

    return site.database.write(deed), secret


def list_tokens(site: Site, who: Principal) -> list[TokenInfo]:
    """The caller's live tokens; for an administrator everybody's."""
    with site.database.read() as session:
        found = people.tokens(session, None if who.role is Role.ADMIN else who.user_id)
        listed = []
        for row in found:
            owner = people.user_by_id(session, row.user_id)
            scopes = tuple(Scope(s) for s in row.scopes)
            name = owner.name if owner else ""
            listed.append(TokenInfo(row.id, row.prefix, name, scopes, row.expires_at))
        return listed


def revoke_token(site: Site, token_id: str, by: Principal) -> None:
    """End a token at once; somebody else's needs the scope admin.

    Raises `NotFound`, `MissingScope`.
    """

    def deed(session: Session) -> None:
        row = people.token_by_id(session, token_id)
        mine = row is not None and (by.role is Role.ADMIN or row.user_id == by.user_id)
        if row is None or row.revoked_at or not mine:
            raise NotFound("There is no such token for you.")
        if row.user_id != by.user_id:
            _require_keeper(by)
        row.revoked_at = site.now()
        audit.append(
            session, at=site.now(), actor=by.user_id, action="token.revoked", subject=row.id
        )

    site.database.write(deed)


def actor_of(by: Principal | None) -> str:
    """Who stands in the chain of events as having done it."""
    return by.user_id if by else OPERATOR


def _granted(role: Role, scopes: Sequence[Scope], by: Principal | None) -> tuple[Scope, ...]:
    held = by.scopes if by else frozenset(Scope)
    # Otherwise a token that may only read could make itself one that may do more.
    for scope in scopes:
        if scope not in held:
            raise MissingScope("This token lacks the scope {scope}.", scope=scope)
    return tuple(scopes) or tuple(s for s in Scope if s in ROLE_SCOPES[role] & held)


def _require_maker(by: Principal) -> None:
    # One that may only read would otherwise make another of its kind before it is revoked.
    if by.by_token and by.scopes.isdisjoint({Scope.LEAD, Scope.ADMIN}):
        raise MissingScope(
            "A token makes others only with the scope {scope}. Sign in to make one.",
            scope=Scope.LEAD,
        )


def _require_keeper(by: Principal) -> None:
    """Other people's tokens take the scope that the role does this with."""
    scope = Scope.ADMIN if by.role is Role.ADMIN else Scope.LEAD
    if by.role in (Role.ADMIN, Role.LEAD) and scope not in by.scopes:
        raise MissingScope("This token lacks the scope {scope}.", scope=scope)


def _require_admin_for(by: Principal, role: Role) -> None:
    """An administrator's token acts on leads, engineers and administrators with that scope only."""
    if by.role is Role.ADMIN and role is not Role.REVIEWER and Scope.ADMIN not in by.scopes:
        raise MissingScope("This token lacks the scope {scope}.", scope=Scope.ADMIN)


def _end(now: datetime, days: int | None, by: Principal | None) -> datetime | None:
    """When a new token ends: never after the one that it was made with."""
    asked = now + timedelta(days=days) if days else None
    ends = [end for end in (asked, by.token_ends_at if by else None) if end is not None]
    return min(ends, default=None)


def _may_add(by: Principal, role: Role) -> bool:
    return by.role is Role.ADMIN or role is Role.REVIEWER


def person_for(session: Session, by: Principal, user_id: str) -> User:
    """Somebody whom `by` looks after: anybody for an administrator, a lead's reviewers.

    Raises `NotFound`, `MissingScope`.
    """
    row = people.user_by_id(session, user_id)
    if row is None or not row.active:
        raise NotFound(NOBODY)
    if by.role is Role.ADMIN:
        _require_admin_for(by, Role(row.role))
        return row
    shared = {u.id for u in people.users_beside(session, by.user_id)}
    if by.role is not Role.LEAD or row.role != Role.REVIEWER or row.id not in shared:
        raise NotFound(NOBODY)
    return row
