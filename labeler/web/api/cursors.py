"""Opaque cursors of lists."""

from datetime import datetime
from typing import Annotated

from fastapi import Query

from labeler.core.errors import FieldError, InvalidInput

Limit = Annotated[int, Query(ge=1, le=500)]
Cursor = Annotated[str | None, Query(max_length=200)]


def _wrong() -> InvalidInput:
    return InvalidInput(
        "This cursor is not one of ours.",
        fields=[FieldError("cursor", "Use next_cursor of the answer before, or leave it out.")],
    )


def number_after(cursor: str | None, *, start: int) -> int:
    """The number that a cursor stands for; `start` without one. Raises `InvalidInput`."""
    if cursor is None:
        return start
    if not cursor.isascii() or not cursor.isdecimal() or len(cursor) > 18:
        raise _wrong()
    return int(cursor)


def moment_after(cursor: str | None) -> tuple[datetime, str] | None:
    """The instant and id that a cursor stands for. Raises `InvalidInput`."""
    if cursor is None:
        return None
    at, _, last = cursor.partition("~")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise _wrong() from None
    if moment.tzinfo is None or not last:
        raise _wrong()
    return moment, last


def moment_cursor(at: datetime, last: str) -> str:
    """The cursor behind an entry with this instant and id."""
    return f"{at.isoformat()}~{last}"
