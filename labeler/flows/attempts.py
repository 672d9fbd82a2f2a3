"""Slowing down whoever guesses secrets."""

from sqlmodel import Session

from labeler.core.audit import NOBODY
from labeler.core.errors import TooManyAttempts
from labeler.core.people import delay_after
from labeler.flows.site import Site
from labeler.store import audit, people


def refuse_while_blocked(site: Site, session: Session, subject: str) -> None:
    """Raise `TooManyAttempts` while `subject` has to wait after wrong secrets."""
    state = people.failures(session, subject)
    now = site.now()
    if state and state.blocked_until and state.blocked_until > now:
        raise TooManyAttempts(
            "Too many wrong attempts. Wait {seconds} seconds, then try again.",
            retry_after_s=int((state.blocked_until - now).total_seconds()) + 1,
        )


def note_failure(site: Site, subject: str) -> None:
    """Count one more wrong secret; from the fifth in a row on, `subject` has to wait."""

    def deed(session: Session) -> None:
        state = people.failures(session, subject)
        count = (state.failures if state else 0) + 1
        wait = delay_after(count)
        people.record_failure(session, subject, count, site.now() + wait if wait else None)
        audit.append(
            session, at=site.now(), actor=NOBODY, action="secret.refused", subject=subject,
            data={"in_a_row": count},
        )  # fmt: skip

    site.database.write(deed)
