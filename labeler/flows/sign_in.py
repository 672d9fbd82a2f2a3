"""Signing in and out: passwords anywhere, PINs only on an enrolled tablet."""

from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session

from labeler.core.errors import NotSignedIn
from labeler.core.people import Principal, effective_scopes
from labeler.core.terms import Role, Scope
from labeler.flows.attempts import note_failure, refuse_while_blocked
from labeler.flows.secrets import secret_matches
from labeler.flows.site import Site, secret_sha256
from labeler.store import audit, people
from labeler.store.tables import SignInSession, Station, User

_WRONG = "Name or password is wrong. Try again, or ask your administrator."
_WRONG_PIN = "The PIN is wrong. Try again, or ask your lead."


@dataclass(frozen=True, slots=True)
class Tile:
    """A person to tap on an enrolled tablet."""

    user_id: str
    name: str


def session_principal(site: Site, cookie: str) -> Principal | None:
    """Who a session cookie belongs to, while it lasts."""
    hashed = secret_sha256(cookie)
    with site.database.glance() as wire:
        row = people.session_owner(wire, hashed, site.now())
    if row is None:
        return None
    role = Role(row[2])
    return Principal(row[0], row[1], role, effective_scopes(role, None), row[3], row[4], hashed)


def token_principal(site: Site, token: str) -> Principal | None:
    """Who an API token belongs to, while it lasts."""
    with site.database.glance() as wire:
        row = people.token_owner(wire, secret_sha256(token), site.now())
    if row is None:
        return None
    role = Role(row[2])
    granted = frozenset(Scope(s) for s in row[4])
    return Principal(row[0], row[1], role, effective_scopes(role, granted), row[3])


def password_subject(name: str) -> str:
    """Under what wrong passwords of a name are counted."""
    return f"password:{name.strip()[:40].casefold()}"


def with_password(site: Site, name: str, password: str) -> str:
    """Sign in with name and password; the session cookie's value.

    Raises `NotSignedIn`, or `TooManyAttempts` after five wrong ones in a row.
    """
    subject = password_subject(name)
    with site.database.read() as session:
        user = people.user_by_name(session, name.strip())
        refuse_while_blocked(site, session, subject)
    hashed = user.password_hash if user and user.active else None
    if user is None or not secret_matches(password, hashed):
        note_failure(site, subject)
        raise NotSignedIn(_WRONG)
    return _open_session(site, user, subject, station=None)


def tiles(site: Site, device_key: str) -> list[Tile]:
    """The reviewers to show on an enrolled tablet. Raises `NotSignedIn` on any other."""
    with site.database.read() as session:
        station = _station(session, device_key)
        found = people.users(session, project_id=station.project_id, role=Role.REVIEWER)
        return [Tile(u.id, u.name) for u in found if u.pin_hash]


def with_pin(site: Site, device_key: str, user_id: str, pin: str) -> str:
    """Sign in on an enrolled tablet by tile and PIN; the session cookie's value.

    Raises `NotSignedIn`, or `TooManyAttempts` after five wrong ones in a row.
    """
    with site.database.read() as session:
        station = _station(session, device_key)
        subject = f"pin:{station.id}:{user_id[:64]}"
        refuse_while_blocked(site, session, subject)
        offered = people.users(session, project_id=station.project_id, role=Role.REVIEWER)
    user = next((u for u in offered if u.id == user_id), None)
    if user is None or not secret_matches(pin, user.pin_hash):
        note_failure(site, subject)
        raise NotSignedIn(_WRONG_PIN)
    return _open_session(site, user, subject, station=station)


def sign_out(site: Site, who: Principal) -> None:
    """End the session that `who` came with."""
    ended = who.session_sha256
    if ended is None:
        return

    def deed(session: Session) -> None:
        people.end_session(session, ended, site.now())
        audit.append(
            session, at=site.now(), actor=who.user_id, action="session.ended",
            subject=who.user_id,
        )  # fmt: skip

    site.database.write(deed)


def _station(session: Session, device_key: str) -> Station:
    found = people.station_by_key(session, secret_sha256(device_key)) if device_key else None
    if found is None:
        raise NotSignedIn("This tablet is not enrolled. Ask your lead for an enrolment link.")
    return found


def _open_session(site: Site, user: User, subject: str, *, station: Station | None) -> str:
    cookie = site.new_secret()
    now = site.now()

    def deed(session: Session) -> None:
        people.clear_failures(session, subject)
        people.add(
            session,
            SignInSession(
                id_sha256=secret_sha256(cookie),
                user_id=user.id,
                station_id=station.id if station else None,
                created_at=now,
                expires_at=now + timedelta(hours=site.settings.session_hours),
            ),
        )
        audit.append(
            session, at=now, actor=user.id, action="session.opened", subject=user.id,
            data={"station": station.id} if station else {},
        )  # fmt: skip

    site.database.write(deed)
    return cookie
