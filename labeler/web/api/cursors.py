"""Opaque cursors of lists."""

import base64
import binascii
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Annotated, TypeVar

from fastapi import Query

from labeler.core.errors import FieldError, InvalidInput

Entry = TypeVar("Entry")
Limit = Annotated[int, Query(ge=1, le=500)]
Cursor = Annotated[str | None, Query(max_length=300)]


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


def page_by(
    found: Iterable[Entry],
    key: Callable[[Entry], str],
    *,
    cursor: str | None,
    limit: int,
    latest_first: bool = False,
) -> tuple[list[Entry], str | None]:
    """A page of a short list in the order of `key`, unique in it, and the next page's cursor.

    The cursor names a key, not a number of entries: what is added or removed meanwhile makes
    no other entry come twice or not at all. Raises `InvalidInput`.
    """
    entries = sorted(found, key=key, reverse=latest_first)
    if cursor is not None:
        last = _read_key(cursor)
        entries = [e for e in entries if (key(e) < last if latest_first else key(e) > last)]
    page = entries[:limit]
    return page, _key_cursor(key(page[-1])) if len(entries) > limit else None


def _key_cursor(key: str) -> str:
    # Names may hold what an address must not.
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


def _read_key(cursor: str) -> str:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        key = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise _wrong() from None
    if not key:
        raise _wrong()
    return key


def pair_after(cursor: str | None) -> tuple[int, str]:
    """The number and word that a cursor stands for, (-1, "") without one. Raises `InvalidInput`."""
    if cursor is None:
        return -1, ""
    number, _, word = cursor.partition("~")
    return number_after(number, start=-1), word


def pair_cursor(number: int, word: str) -> str:
    """The cursor behind an entry with this number and word."""
    return f"{number}~{word}"


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
