"""What a new PIN or password ends: sessions, tokens, and the wait after wrong attempts."""

from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlmodel import Session, col

from labeler.store.tables import ApiToken, SignInFailure, SignInSession


def end_other_sessions(session: Session, user_id: str, now: datetime, *, but: str | None) -> None:
    """Revoke every session of a person except the one with the hash `but`."""
    statement = update(SignInSession).where(
        col(SignInSession.user_id) == user_id, col(SignInSession.revoked_at).is_(None)
    )
    if but is not None:
        statement = statement.where(col(SignInSession.id_sha256) != but)
    session.execute(statement.values(revoked_at=now))


def _working_tokens(user_id: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        col(ApiToken.user_id) == user_id,
        col(ApiToken.revoked_at).is_(None),
        or_(col(ApiToken.expires_at).is_(None), col(ApiToken.expires_at) > now),
    )


def count_tokens(session: Session, user_id: str, now: datetime) -> int:
    """How many tokens of a person work."""
    statement = select(func.count()).select_from(ApiToken).where(*_working_tokens(user_id, now))
    return int(session.execute(statement).scalar_one())


def end_tokens(session: Session, user_id: str, now: datetime) -> int:
    """Revoke every working token of a person; how many there were."""
    statement = update(ApiToken).where(*_working_tokens(user_id, now)).values(revoked_at=now)
    return len(session.execute(statement.returning(col(ApiToken.id))).all())


def forget_failures(session: Session, user_id: str, password_subject: str) -> None:
    """Forget a person's wrong secrets: passwords under `password_subject`, PINs on any tablet."""
    subject = col(SignInFailure.subject)
    pins = subject.startswith("pin:") & subject.endswith(f":{user_id}", autoescape=True)
    session.execute(
        delete(SignInFailure).where(or_(pins, subject == password_subject)),
        execution_options={"synchronize_session": False},
    )
