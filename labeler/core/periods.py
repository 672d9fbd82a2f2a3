"""Plant time cut into ISO weeks and shifts."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta

from labeler.core.errors import InvalidInput

_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])\Z")
_MOST_SHIFTS = 12


def iso_week(local: datetime) -> str:
    """The week of ISO 8601 that a plant time lies in; it begins on Monday.

    >>> iso_week(datetime(2027, 1, 3)), iso_week(datetime(2027, 1, 4))
    ('2026-W53', '2027-W01')
    """
    year, week, _day = local.isocalendar()
    return f"{year}-W{week:02}"


@dataclass(frozen=True, slots=True)
class Shifts:
    """Minutes of the day at which shifts begin, in order; the last one goes on over midnight."""

    starts_min: tuple[int, ...]

    def of(self, local: datetime) -> str:
        """The shift that a plant time lies in, by its hours.

        >>> read_shifts("06:00,14:00,22:00").of(datetime(2026, 3, 2, 5, 59))
        '22:00-06:00'
        """
        index = self._index(local)
        begin = self.starts_min[index]
        end = self.starts_min[(index + 1) % len(self.starts_min)]
        return f"{_clock(begin)}-{_clock(end)}"

    def dated(self, local: datetime) -> str:
        """The one shift that a plant time lies in, by the day on which it began and its hours.

        Such names sort in time.

        >>> read_shifts("06:00,14:00,22:00").dated(datetime(2026, 3, 2, 5, 59))
        '2026-03-01 22:00-06:00'
        """
        began = local - timedelta(days=1) if self._index(local) < 0 else local
        return f"{began.date()} {self.of(local)}"

    def _index(self, local: datetime) -> int:
        # Before the first start it is still the shift of the evening: -1.
        return bisect_right(self.starts_min, local.hour * 60 + local.minute) - 1


def read_shifts(text: str) -> Shifts | None:
    """Start times with commas between; None for an empty text. Raises `InvalidInput`.

    >>> read_shifts("22:00, 06:00").starts_min
    (360, 1320)
    """
    if not text.strip():
        return None
    starts = set()
    words = [word.strip() for word in text.split(",")]
    for word in words:
        found = _TIME.match(word)
        if not found:
            raise InvalidInput("Give start times of shifts like 06:00,14:00,22:00.")
        starts.add(int(found[1]) * 60 + int(found[2]))
    if len(starts) < len(words) or not 2 <= len(starts) <= _MOST_SHIFTS:
        raise InvalidInput("Give 2 to {most} different start times.", most=_MOST_SHIFTS)
    return Shifts(tuple(sorted(starts)))


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
