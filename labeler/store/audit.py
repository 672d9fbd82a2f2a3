"""Appending to the chain of events, and walking it."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from labeler.core.audit import GENESIS, OPERATOR, ChainedEvent, ChainHead, event_hash
from labeler.store.core_tables import EVENT
from labeler.store.prepared import Prepared
from labeler.store.tables import Event

_HEAD = Prepared(select(EVENT.c.number, EVENT.c.hash).order_by(EVENT.c.number.desc()).limit(1))
_INSERT = Prepared(EVENT.insert().inline(), columns=(c.name for c in EVENT.columns))
_KNOWN_HEAD = "audit head"


def head(session: Session) -> ChainHead:
    """The end of the chain; number 0 before the first event."""
    row = _HEAD.first(session)
    return ChainHead(row[0], row[1]) if row else ChainHead(0, GENESIS)


def holds(session: Session, known: ChainHead) -> bool:
    """Whether the chain still has the event that once was its end."""
    if known.number == 0:
        return True
    found = session.execute(select(EVENT.c.hash).where(EVENT.c.number == known.number)).scalar()
    return bool(found == known.hash)


def append(
    session: Session,
    *,
    at: datetime,
    actor: str,
    action: str,
    subject: str,
    data: Mapping[str, object] | None = None,
) -> None:
    """Add one event inside the caller's transaction; `data` must be fit for JSON.

    An empty `actor` is that of a principal without an account: the server's operator.
    """
    # A deed runs alone, so the head it wrote itself is still the head.
    end: ChainHead = session.info.get(_KNOWN_HEAD) or head(session)
    content = dict(data or {})
    actor = actor or OPERATOR
    number = end.number + 1
    digest = event_hash(end.hash, number, at, actor, action, subject, content)
    _INSERT.run(
        session, number=number, at=at, actor=actor, action=action, subject=subject,
        data=content, previous_hash=end.hash, hash=digest,
    )  # fmt: skip
    session.info[_KNOWN_HEAD] = ChainHead(number, digest)


def walk(session: Session, *, after: int = 0, limit: int | None = None) -> Iterator[ChainedEvent]:
    """The events after a number, in order."""
    statement = select(Event).where(col(Event.number) > after).order_by(col(Event.number))
    if limit is not None:
        statement = statement.limit(limit)
    rows = session.execute(statement.execution_options(yield_per=2_000)).scalars()
    for row in rows:
        yield ChainedEvent(
            row.number, row.at, row.actor, row.action, row.subject, row.data,
            row.previous_hash, row.hash,
        )  # fmt: skip
