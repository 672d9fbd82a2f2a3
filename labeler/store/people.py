"""Rows of people, memberships, sessions, tokens, stations."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, func, or_, select, update
from sqlmodel import Session, col

from labeler.store.core_tables import SESSION, STATION, TOKEN, USER
from labeler.store.prepared import Prepared, Row, Wire
from labeler.store.tables import (
    ApiToken,
    Member,
    Project,
    SetupCode,
    SignInFailure,
    SignInSession,
    Station,
    User,
)

_U = USER.c


def add(session: Session, row: User | SignInSession | ApiToken | Station | SetupCode) -> None:
    """Insert a row."""
    session.add(row)
    session.flush()


def user_by_name(session: Session, name: str) -> User | None:
    """A person by their name, active or not."""
    return session.execute(select(User).where(col(User.name) == name)).scalar_one_or_none()


def user_by_id(session: Session, user_id: str) -> User | None:
    """A person by id, active or not."""
    return session.get(User, user_id)


def users(
    session: Session, *, project_id: str | None = None, role: str | None = None
) -> Sequence[User]:
    """Active people in the order of their names, of one project or all."""
    statement = select(User).where(col(User.active)).order_by(col(User.name))
    if project_id is not None:
        statement = statement.join(Member, col(Member.user_id) == col(User.id)).where(
            col(Member.project_id) == project_id
        )
    if role is not None:
        statement = statement.where(col(User.role) == role)
    return session.execute(statement).scalars().all()


def user_by_badge(session: Session, badge_hash: str) -> User | None:
    """Whose badge this is, active or not."""
    return session.execute(
        select(User).where(col(User.badge_hash) == badge_hash)
    ).scalar_one_or_none()


def users_beside(session: Session, user_id: str) -> Sequence[User]:
    """Active people who share a project with this one, and themselves."""
    mine = select(col(Member.project_id)).where(col(Member.user_id) == user_id)
    beside = select(col(Member.user_id)).where(col(Member.project_id).in_(mine))
    statement = (
        select(User)
        .where(col(User.active), or_(col(User.id).in_(beside), col(User.id) == user_id))
        .order_by(col(User.name))
    )
    return session.execute(statement).scalars().all()


def count_users(session: Session) -> int:
    """How many people there are, active or not."""
    return int(session.execute(select(func.count()).select_from(User)).scalar_one())


def is_member(session: Session, project_id: str, user_id: str) -> bool:
    """Whether somebody may see a project."""
    return session.get(Member, (project_id, user_id)) is not None


def count_members(session: Session, project_id: str, role: str) -> int:
    """How many active members of a project have a role."""
    statement = (
        select(func.count())
        .select_from(Member)
        .join(User, col(User.id) == col(Member.user_id))
        .where(col(Member.project_id) == project_id, col(User.role) == role, col(User.active))
    )
    return int(session.execute(statement).scalar_one())


def memberships(session: Session) -> dict[str, list[str]]:
    """The project codes of each member."""
    statement = (
        select(col(Member.user_id), col(Project.code))
        .join(Project, col(Project.id) == col(Member.project_id))
        .order_by(col(Project.code))
    )
    found: dict[str, list[str]] = {}
    for user_id, code in session.execute(statement):
        found.setdefault(user_id, []).append(code)
    return found


def remove_member(session: Session, project_id: str, user_id: str) -> bool:
    """Take a membership back; whether there was one."""
    statement = delete(Member).where(
        col(Member.project_id) == project_id, col(Member.user_id) == user_id
    )
    return session.execute(statement.returning(col(Member.user_id))).first() is not None


_SESSION = Prepared(
    select(_U.id, _U.name, _U.role, _U.language, SESSION.c.station_id)
    .join(USER, _U.id == SESSION.c.user_id)
    .outerjoin(STATION, STATION.c.id == SESSION.c.station_id)
    .where(_U.active, SESSION.c.revoked_at.is_(None), STATION.c.revoked_at.is_(None))
    .where(SESSION.c.id_sha256 == bindparam("id_sha256"))
    .where(SESSION.c.expires_at > bindparam("now"))
    .where(
        or_(
            SESSION.c.station_id.is_(None),
            func.coalesce(SESSION.c.last_seen_at, SESSION.c.created_at) > bindparam("seen_after"),
        )
    )
)


def session_owner(wire: Wire, id_sha256: str, now: datetime, *, seen_after: datetime) -> Row | None:
    """(id, name, role, language, station) of a live session's person.

    A session on a tablet lives only while somebody has touched it after `seen_after`.
    """
    return _SESSION.first(wire, id_sha256=id_sha256, now=now, seen_after=seen_after)


def note_presence(session: Session, id_sha256: str, now: datetime) -> None:
    """Write down that somebody touches the tablet that a session is on."""
    session.execute(
        update(SignInSession)
        .where(col(SignInSession.id_sha256) == id_sha256)
        .values(last_seen_at=now)
    )


_TOKEN = Prepared(
    select(_U.id, _U.name, _U.role, _U.language, TOKEN.c.scopes, TOKEN.c.expires_at)
    .join(USER, _U.id == TOKEN.c.user_id)
    .where(_U.active, TOKEN.c.revoked_at.is_(None))
    .where(TOKEN.c.secret_sha256 == bindparam("secret_sha256"))
    .where(or_(TOKEN.c.expires_at.is_(None), TOKEN.c.expires_at > bindparam("now")))
)


def token_owner(wire: Wire, secret_sha256: str, now: datetime) -> Row | None:
    """(id, name, role, language, scopes, end) of a live token's person."""
    return _TOKEN.first(wire, secret_sha256=secret_sha256, now=now)


def tokens(session: Session, user_id: str | None) -> Sequence[ApiToken]:
    """Live tokens of one person, or of all."""
    statement = (
        select(ApiToken)
        .where(col(ApiToken.revoked_at).is_(None))
        .order_by(col(ApiToken.created_at))
    )
    if user_id is not None:
        statement = statement.where(col(ApiToken.user_id) == user_id)
    return session.execute(statement).scalars().all()


def token_by_id(session: Session, token_id: str) -> ApiToken | None:
    """A token's row."""
    return session.get(ApiToken, token_id)


def end_session(session: Session, id_sha256: str, now: datetime) -> None:
    """Revoke one session."""
    session.execute(
        update(SignInSession)
        .where(col(SignInSession.id_sha256) == id_sha256)
        .values(revoked_at=now)
    )


def end_sessions_of(session: Session, user_id: str, now: datetime) -> None:
    """Revoke every session of a person."""
    session.execute(
        update(SignInSession)
        .where(col(SignInSession.user_id) == user_id, col(SignInSession.revoked_at).is_(None))
        .values(revoked_at=now)
    )


def failures(session: Session, subject: str) -> SignInFailure | None:
    """The wrong secrets in a row of a subject."""
    return session.get(SignInFailure, subject)


def record_failure(
    session: Session, subject: str, failures_in_a_row: int, blocked_until: datetime | None
) -> None:
    """Write down the state after a wrong secret."""
    session.merge(
        SignInFailure(subject=subject, failures=failures_in_a_row, blocked_until=blocked_until)
    )


def clear_failures(session: Session, subject: str) -> None:
    """Forget wrong secrets after a right one."""
    session.execute(delete(SignInFailure).where(col(SignInFailure.subject) == subject))


def station_by_key(session: Session, key_sha256: str) -> Station | None:
    """The enrolled tablet with this device key."""
    statement = select(Station).where(
        col(Station.key_sha256) == key_sha256, col(Station.revoked_at).is_(None)
    )
    return session.execute(statement).scalar_one_or_none()


def station_by_code(session: Session, code_sha256: str, now: datetime) -> Station | None:
    """The tablet that waits for this one-time code."""
    statement = select(Station).where(
        col(Station.code_sha256) == code_sha256,
        col(Station.code_expires_at) > now,
        col(Station.revoked_at).is_(None),
    )
    return session.execute(statement).scalar_one_or_none()


def stations(session: Session) -> Sequence[Station]:
    """Every tablet that is not revoked."""
    statement = (
        select(Station).where(col(Station.revoked_at).is_(None)).order_by(col(Station.created_at))
    )
    return session.execute(statement).scalars().all()


def station_by_id(session: Session, station_id: str) -> Station | None:
    """A tablet's row."""
    return session.get(Station, station_id)


def take_setup_code(session: Session, code_sha256: str) -> bool:
    """Use up the one-time set-up code; whether it was the right one."""
    statement = delete(SetupCode).where(col(SetupCode.code_sha256) == code_sha256)
    return session.execute(statement.returning(col(SetupCode.code_sha256))).first() is not None


def forget_setup_codes(session: Session) -> None:
    """Drop earlier codes, so that only the last one printed works."""
    session.execute(delete(SetupCode))
