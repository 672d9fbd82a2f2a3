"""Enrolling the tablets that reviewers share."""

from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import Session

from labeler.core.errors import FieldError, InvalidInput, NotFound
from labeler.core.people import Principal
from labeler.core.terms import Role
from labeler.flows.attempts import one_guess
from labeler.flows.scope import project_for
from labeler.flows.secrets import draw_code
from labeler.flows.site import Site, secret_sha256
from labeler.store import audit, people
from labeler.store.tables import Station

CODE_HOURS = 24
_CODES_FORGOTTEN = timedelta(hours=1)
_GONE = "There is no such tablet for you."


@dataclass(frozen=True, slots=True)
class StationInfo:
    """A tablet; `code` is the one-time enrolment code, given only when it is made."""

    id: str
    name: str
    enrolled: bool
    code: str | None = None


def add_station(site: Site, name: str, code: str, by: Principal) -> StationInfo:
    """Announce a tablet for a project; its code works once, within a day.

    Raises `NotFound` for a foreign project, `InvalidInput`.
    """
    name = name.strip()
    if not 1 <= len(name) <= 40:
        raise InvalidInput(
            "This name cannot be used.", fields=[FieldError("name", "Give 1 to 40 characters.")]
        )
    enrol = draw_code(site.entropy)
    now = site.now()

    def deed(session: Session) -> StationInfo:
        project = project_for(session, by, code)
        row = Station(
            id=site.new_id(), name=name, project_id=project.id,
            code_sha256=secret_sha256(enrol), code_expires_at=now + timedelta(hours=CODE_HOURS),
            created_by=by.user_id, created_at=now,
        )  # fmt: skip
        people.add(session, row)
        audit.append(
            session, at=now, actor=by.user_id, action="station.added", subject=row.id,
            data={"name": name, "project": code},
        )  # fmt: skip
        return StationInfo(row.id, name, enrolled=False, code=enrol)

    return site.database.write(deed)


def plain_code(typed: str) -> str:
    """An enrolment code as it is stored, from what somebody typed.

    >>> plain_code(" AB2D-efgh ")
    'ab2defgh'
    """
    return "".join(c for c in typed if c.isalnum()).lower()


def enrol(site: Site, code: str, *, origin: str = "") -> str:
    """Use up a one-time code; the device key for the tablet's cookie.

    A code is short enough to type, so wrong ones make their `origin`, the address they come
    from, wait. Raises `NotFound`, `TooManyAttempts`.
    """
    key = site.new_secret()
    now = site.now()
    subject = f"enrol:{origin[:64]}"

    def deed(session: Session) -> bool:
        row = people.station_by_code(session, secret_sha256(plain_code(code)), now)
        if row is None:
            return False
        row.code_sha256 = None
        row.key_sha256 = secret_sha256(key)
        row.enrolled_at = now
        audit.append(
            session, at=now, actor=row.created_by, action="station.enrolled", subject=row.id
        )
        return True

    with one_guess(site, subject, forget_after=_CODES_FORGOTTEN) as wrong:
        if not site.database.write(deed):
            wrong()
            raise NotFound("This enrolment link was used or is too old. Ask your lead for one.")
    return key


def is_enrolled(site: Site, device_key: str) -> bool:
    """Whether a tablet's cookie is that of an enrolled tablet."""
    if not device_key:
        return False
    with site.database.read() as session:
        return people.station_by_key(session, secret_sha256(device_key)) is not None


def station_of(site: Site, device_key: str) -> StationInfo | None:
    """The enrolled tablet that a cookie belongs to."""
    if not device_key:
        return None
    with site.database.read() as session:
        row = people.station_by_key(session, secret_sha256(device_key))
    return None if row is None else StationInfo(row.id, row.name, enrolled=True)


def list_stations(site: Site, who: Principal) -> list[StationInfo]:
    """Every tablet for an administrator; for a lead those they announced."""
    with site.database.read() as session:
        return [
            StationInfo(row.id, row.name, enrolled=row.enrolled_at is not None)
            for row in people.stations(session)
            if who.role is Role.ADMIN or row.created_by == who.user_id
        ]


def revoke_station(site: Site, station_id: str, by: Principal) -> None:
    """End a tablet and every session on it. Raises `NotFound`."""

    def deed(session: Session) -> None:
        row = people.station_by_id(session, station_id)
        mine = row is not None and (by.role is Role.ADMIN or row.created_by == by.user_id)
        if row is None or row.revoked_at or not mine:
            raise NotFound(_GONE)
        row.revoked_at = site.now()
        audit.append(
            session, at=site.now(), actor=by.user_id, action="station.revoked", subject=row.id
        )

    site.database.write(deed)
