"""Slowing down whoever guesses secrets."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlmodel import Session

from labeler.core.audit import NOBODY
from labeler.core.errors import TooManyAttempts
from labeler.core.people import delay_after
from labeler.flows.site import Site
from labeler.store import audit, people
from labeler.store.tables import SignInFailure

_TURNS = tuple(threading.Lock() for _ in range(64))


@contextmanager
def one_guess(
    site: Site, subject: str, *, forget_after: timedelta | None = None
) -> Iterator[Callable[[], None]]:
    """A look at a secret of `subject`; gives what to call when it was wrong.

    From the fifth wrong one in a row on, `subject` has to wait: `TooManyAttempts` until then. In
    one process looks at the same subject take turns, else many that come at once would all be
    taken before the first wrong one is counted. With `forget_after` the count begins anew when
    nothing was wrong for so long. That is for subjects whose count no right secret clears.
    """
    with _TURNS[hash(subject) % len(_TURNS)]:
        _refuse_while_blocked(site, subject)
        yield lambda: _note_failure(site, subject, forget_after)


def _refuse_while_blocked(site: Site, subject: str) -> None:
    with site.database.read() as session:
        state = people.failures(session, subject)
    now = site.now()
    if state and state.blocked_until and state.blocked_until > now:
        raise TooManyAttempts(
            "Too many wrong attempts. Wait {seconds} seconds, then try again.",
            retry_after_s=int((state.blocked_until - now).total_seconds()) + 1,
        )


def _note_failure(site: Site, subject: str, forget_after: timedelta | None) -> None:
    def deed(session: Session) -> None:
        now = site.now()
        state = people.failures(session, subject)
        count = (0 if state is None or _is_old(state, now, forget_after) else state.failures) + 1
        wait = delay_after(count)
        # Where time forgets, the end of the wait says when the last one was, even without a wait.
        until = now + wait if wait or forget_after else None
        people.record_failure(session, subject, count, until)
        audit.append(
            session, at=now, actor=NOBODY, action="secret.refused", subject=subject,
            data={"in_a_row": count},
        )  # fmt: skip

    site.database.write(deed)


def _is_old(state: SignInFailure, now: datetime, forget_after: timedelta | None) -> bool:
    last = state.blocked_until
    return forget_after is not None and last is not None and last + forget_after < now
