"""The chain of events, for administrators."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from labeler.flows import reading
from labeler.web.access import Admin, SiteOf
from labeler.web.api.cursors import Cursor, Limit, number_after

router = APIRouter(prefix="/api/v1", tags=["audit"])


class EventOut(BaseModel):
    """One event; its hash covers its content and the hash before it."""

    number: int
    at: datetime
    actor: str
    action: str
    subject: str
    data: dict[str, Any]
    previous_hash: str
    hash: str


class EventList(BaseModel):
    """Events in order; `next_cursor` may be given as `cursor` or as `after`."""

    items: list[EventOut]
    next_cursor: str | None


@router.get("/audit")
def list_events(
    site: SiteOf,
    who: Admin,
    after: Annotated[int, Query(ge=0, le=10**15)] = 0,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> EventList:
    """Events after a number; of `after` and `cursor` the later one holds."""
    del who  # its declaration is the guard
    start = max(after, number_after(cursor, start=0))
    found = reading.list_events(site, after=start, limit=limit)
    items = [
        EventOut(
            number=e.number, at=e.at, actor=e.actor, action=e.action, subject=e.subject,
            data=dict(e.data), previous_hash=e.previous_hash, hash=e.hash,
        )
        for e in found
    ]  # fmt: skip
    return EventList(
        items=items, next_cursor=str(found[-1].number) if len(found) == limit else None
    )
