"""How long reviewers look: middle values, which one long break does not move."""

from collections.abc import Mapping
from dataclasses import dataclass

# With fewer timed reviews a middle value is that of a few pictures, not of a person.
FEWEST_TIMED = 20


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds per image: the median, and the ends of the middle half.

    None with fewer than `FEWEST_TIMED` of `reviews` timed. It says nothing about how good
    somebody is: hard parts take long.
    """

    reviews: int
    timed: int
    median_s: float | None
    low_s: float | None
    high_s: float | None

    def document(self) -> dict[str, object]:
        """The pace as JSON."""
        return {
            "reviews": self.reviews,
            "timed": self.timed,
            "median_s": self.median_s,
            "low_s": self.low_s,
            "high_s": self.high_s,
        }


def quantile(counts: Mapping[float, int], share: float) -> float:
    """The value below which `share` of all values lie; between two, their mean.

    The inverse of the empirical distribution, averaged where it jumps (type 2 of Hyndman and
    Fan 1996). `counts` says how often each value occurs, at least once in all.

    >>> quantile({1.0: 1, 2.0: 1, 9.0: 2}, 0.5)
    5.5
    """
    wanted = share * sum(counts.values())
    below = 0
    ordered = sorted(value for value, count in counts.items() if count)
    for index, value in enumerate(ordered):
        below += counts[value]
        if below > wanted or index == len(ordered) - 1:
            return value
        if below == wanted:
            return (value + ordered[index + 1]) / 2
    raise ValueError("a quantile needs a value")


def pace(seconds: Mapping[float | None, int]) -> Pace:
    """The pace behind counts of seconds per review; None counts those without a time."""
    timed = {value: count for value, count in seconds.items() if value is not None}
    total = sum(timed.values())
    if total < FEWEST_TIMED:
        return Pace(sum(seconds.values()), total, None, None, None)
    median, low, high = (quantile(timed, share) for share in (0.5, 0.25, 0.75))
    return Pace(sum(seconds.values()), total, median, low, high)
