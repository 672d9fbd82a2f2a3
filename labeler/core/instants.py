"""Instants that people and programs write down, as UTC."""

from datetime import UTC, datetime, tzinfo

# What a clock can be wrong by: beyond this a plant's time zone could leave the calendar.
_FIRST_YEAR, _LAST_YEAR = 1900, 2200
HOW = "Give a time like 2026-03-31T14:05:00."


def to_utc(at: datetime) -> datetime:
    """The same instant in UTC. Raises `ValueError` where no plant can mean it.

    >>> to_utc(datetime.fromisoformat("2026-03-02T07:00:00+01:00")).hour
    6
    """
    if not _FIRST_YEAR < at.year < _LAST_YEAR:
        raise ValueError(HOW)
    return at.astimezone(UTC)


def read_instant(raw: str, zone: tzinfo) -> datetime:
    """An ISO 8601 time; without a zone it is that of `zone`. Raises `ValueError`."""
    at = datetime.fromisoformat(raw)
    return to_utc(at if at.tzinfo else at.replace(tzinfo=zone))
