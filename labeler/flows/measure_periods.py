"""Agreement by week and by shift: the moment of an image's capture as a part to compare.

The database tells the minute, in UTC; plant time, with its summer time, is worked out
here. Neither database then needs to know time zones, and both give the same parts.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

from sqlmodel import Session

from labeler.core.errors import FieldError, InvalidInput
from labeler.core.periods import Shifts, iso_week, read_shifts
from labeler.flows.judged_counts import DatedPeriods
from labeler.flows.rating_counts import Split
from labeler.flows.site import Site
from labeler.store import patterns

WEEK, SHIFT = "week", "shift"


def periods(site: Site) -> tuple[str, ...]:
    """The periods that this installation can tell apart."""
    return (WEEK, SHIFT) if site.settings.shifts else (WEEK,)


def period_split(site: Site, session: Session, project_id: str, by: str) -> Split | None:
    """Splitting by week or shift of capture; None where `by` is a column.

    A manifest's own column of that name goes before: the plant knows its shifts best.
    Raises `InvalidInput` where shifts are not set up.
    """
    if by not in (WEEK, SHIFT) or site.rating_counts.has_column(session, project_id, by):
        return None
    of = iso_week if by == WEEK else _shifts(site).of
    return Split(_rule(site, by), patterns.CAPTURED, _cached(site.settings.zone, of))


def dated_periods(site: Site, by: str) -> DatedPeriods:
    """The weeks, or the single shifts, of plant time.

    Raises `InvalidInput` where shifts are not set up, or `by` is neither.
    """
    if by not in (WEEK, SHIFT):
        raise InvalidInput(
            "This cannot be followed over time.", fields=[FieldError("by", "Give week or shift.")]
        )
    of = iso_week if by == WEEK else _shifts(site).dated
    return DatedPeriods(_rule(site, by), _cached(site.settings.zone, of))


def _rule(site: Site, by: str) -> str:
    """What tells periods apart that are kept under it."""
    zone = site.settings.zone.key
    return f"{by} {zone}" if by == WEEK else f"{by} {zone} {site.settings.shifts}"


def _shifts(site: Site) -> Shifts:
    shifts = read_shifts(site.settings.shifts)
    if shifts is None:
        raise InvalidInput(
            "This installation does not know its shifts.",
            fields=[
                FieldError(
                    "by",
                    "Set LABELER_SHIFTS to their start times, like 06:00,14:00,22:00, or give "
                    "the manifest a column shift.",
                )
            ],
        )
    return shifts


def _cached(zone: ZoneInfo, name: Callable[[datetime], str]) -> Callable[[str], str]:
    return lru_cache(maxsize=4_096)(partial(_named, zone, name))


def _named(zone: ZoneInfo, name: Callable[[datetime], str], minute: str) -> str:
    return name(datetime.fromisoformat(minute).replace(tzinfo=UTC).astimezone(zone))
