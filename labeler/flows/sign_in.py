"""Signing in and out: passwords anywhere, PINs and badges only on an enrolled tablet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session

from labeler.core.errors import InvalidInput, NotSignedIn
from labeler.core.people import Principal, effective_scopes
from labeler.core.terms import Role, Scope
from labeler.flows.attempts import one_guess
from labeler.flows.badges import badge_digest
from labeler.flows.secrets import secret_matches
from labeler.flows.site import Site, secret_sha256
from labeler.store import audit, people
from labeler.store.tables import SignInSession, Station, User

_WRONG = "Name or password is wrong. Try again, or ask your administrator."
_WRONG_BADGE = "This badge is not known on this tablet. Use your PIN, or ask your lead."
_BADGES_FORGOTTEN = timedelta(hours=1)
_WRONG_PIN = "The PIN is wrong. Try again, or ask your lead."


@dataclass(frozen=True, slots=True)
class Tile:
    """A person to tap on an enrolled tablet."""

    user_id: str
    name: str


def session_principal(site: Site, cookie: str) -> Principal | None:
    """Who a session cookie belongs to, while it lasts."""
    hashed = secret_sha256(cookie)
    now = site.now()
    with site.database.glance() as wire:
        row = people.session_owner(wire, hashed, now, seen_after=now - idle_limit(site))
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
    return Principal(
        row[0], row[1], role, effective_scopes(role, granted), row[3], by_token=True,
        token_ends_at=row[5],
    )  # fmt: skip


def password_subject(name: str) -> str:
    """Under what wrong passwords of a name are counted."""
    return f"password:{name.strip()[:40].casefold()}"


def with_password(site: Site, name: str, password: str, device_key: str = "") -> str:
    """Sign in with name and password; the session cookie's value.

    On an enrolled tablet the session belongs to it, and ends when nobody touches it.
    Raises `NotSignedIn`, or `TooManyAttempts` after five wrong ones in a row.
    """
    subject = password_subject(name)
    with one_guess(site, subject) as wrong:
        with site.database.read() as session:
            user = people.user_by_name(session, name.strip())
            station = _find_station(session, device_key)
        hashed = user.password_hash if user and user.active else None
        if user is None or not secret_matches(password, hashed):
            wrong()
            raise NotSignedIn(_WRONG)
    return _open_session(site, user, subject, station=station)


def tiles(site: Site, device_key: str) -> list[Tile]:
    """The reviewers to show on an enrolled tablet. Raises `NotSignedIn` on any other."""
    _, offered = _at_station(site, device_key)
    return [Tile(u.id, u.name) for u in offered if u.pin_hash]


def with_pin(site: Site, device_key: str, user_id: str, pin: str) -> str:
    """Sign in on an enrolled tablet by tile and PIN; the session cookie's value.

    Raises `NotSignedIn`, or `TooManyAttempts` after five wrong ones in a row.
    """
    station, offered = _at_station(site, device_key)
    subject = f"pin:{station.id}:{user_id[:64]}"
    with one_guess(site, subject) as wrong:
        user = next((u for u in offered if u.id == user_id), None)
        if user is None or not secret_matches(pin, user.pin_hash):
            wrong()
            raise NotSignedIn(_WRONG_PIN)
    return _open_session(site, user, subject, station=station)


def with_badge(site: Site, device_key: str, badge: str) -> str:
    """Sign in on an enrolled tablet by a badge; the session cookie's value.

    Wrong badges count for the tablet, since they name nobody, and a right one clears
    nothing: else the owner of one could try all others. Raises `NotSignedIn`, or
    `TooManyAttempts` after five wrong ones within an hour.
    """
    station, offered = _at_station(site, device_key)
    with one_guess(site, f"badge:{station.id}", forget_after=_BADGES_FORGOTTEN) as wrong:
        user = _holder(site, offered, badge)
        if user is None:
            wrong()
            raise NotSignedIn(_WRONG_BADGE)
    return _open_session(site, user, None, station=station)


def _at_station(site: Site, device_key: str) -> tuple[Station, Sequence[User]]:
    """The tablet, and the reviewers who may sign in there."""
    with site.database.read() as session:
        station = _station(session, device_key)
        return station, people.users(session, project_id=station.project_id, role=Role.REVIEWER)


def _holder(site: Site, offered: Sequence[User], badge: str) -> User | None:
    try:
        hashed = badge_digest(site, badge)
    except InvalidInput:
        return None
    return next((u for u in offered if u.badge_hash == hashed), None)


def note_presence(site: Site, who: Principal) -> None:
    """Somebody touches the tablet that `who` is signed in on: the session goes on.

    No event is written: nothing that anybody could ask about later has changed.
    """
    kept = who.session_sha256
    if kept is None or who.station_id is None:
        return
    site.database.write(lambda session: people.note_presence(session, kept, site.now()))


def idle_limit(site: Site) -> timedelta:
    """How long the server keeps a session on a tablet that tells of no touch.

    The tablet locks after `idle_lock_s` and says so; this ends the sessions of tablets that
    cannot. They tell of touches every quarter of that time, and networks are slow.
    """
    return timedelta(seconds=site.settings.idle_lock_s * 1.5 + 5)


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


def _find_station(session: Session, device_key: str) -> Station | None:
    return people.station_by_key(session, secret_sha256(device_key)) if device_key else None


def _station(session: Session, device_key: str) -> Station:
    found = _find_station(session, device_key)
    if found is None:
        raise NotSignedIn("This tablet is not enrolled. Ask your lead for an enrolment link.")
    return found


def _open_session(site: Site, user: User, subject: str | None, *, station: Station | None) -> str:
    cookie = site.new_secret()
    now = site.now()

    def deed(session: Session) -> None:
        if subject is not None:
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
