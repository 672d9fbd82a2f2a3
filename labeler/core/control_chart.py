"""Control charts of shares (p-charts): which period is unlike the others by more than chance.

Limits are those of the binomial distribution itself: beyond them lies as little on either
side as beyond three standard deviations of a normal one. With few or rare events the usual
formula, centre ± 3 sqrt(p(1-p)/n), cries out far too often. The units counted (images) are
taken to be independent of each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist

# What a normal distribution leaves beyond three standard deviations on one side: .00135.
TAIL = NormalDist().cdf(-3.0)
RUN_LENGTH = 8
# With fewer periods the limits still move with every new one.
PERIODS_FOR_FIRM_LIMITS = 20


class Signal(StrEnum):
    """What is unlike the other periods."""

    ABOVE = "above"
    BELOW = "below"
    RUN_ABOVE = "run_above"
    RUN_BELOW = "run_below"

    @property
    def upward(self) -> bool:
        """Whether there is more of it than usual."""
        return self in (Signal.ABOVE, Signal.RUN_ABOVE)

    @property
    def of_a_run(self) -> bool:
        """Whether several periods together make it."""
        return self in (Signal.RUN_ABOVE, Signal.RUN_BELOW)


@dataclass(frozen=True, slots=True)
class Sample:
    """One period: `count` of `of` units have the property."""

    period: str
    count: int
    of: int


@dataclass(frozen=True, slots=True)
class Point:
    """A sample with its limits: counts from `low` to `high` are what chance alone gives."""

    sample: Sample
    low: int
    high: int
    signals: tuple[Signal, ...]

    @property
    def share(self) -> float:
        """The share of the period, 0–1."""
        return self.sample.count / self.sample.of

    def document(self) -> dict[str, object]:
        """The point as JSON, its limits as shares too."""
        of = self.sample.of
        return {
            "period": self.sample.period,
            "count": self.sample.count,
            "of": of,
            "share": self.share,
            "low": self.low / of,
            "high": self.high / of,
            "signals": [str(signal) for signal in self.signals],
        }


@dataclass(frozen=True, slots=True)
class ControlChart:
    """The periods in order around `centre`; empty periods are left out.

    `centre` is the common share of the usual periods: those beyond the limits around the
    share of all do not count, or one bad week would make the others look too good.
    """

    centre: float
    points: tuple[Point, ...]

    @property
    def comparable(self) -> bool:
        """Whether anything could stand out at all: the limits of a lone period come from itself."""
        return len(self.points) > 1

    @property
    def firm(self) -> bool:
        """Whether there are enough periods for the limits to stay where they are."""
        return len(self.points) >= PERIODS_FOR_FIRM_LIMITS


def limits(of: int, share: float) -> tuple[int, int]:
    """The least and the largest count that `of` units with this share give by chance alone.

    Each as near to the middle as leaves at most `TAIL` beyond it. Worked example: of 10 units
    at .1 more than 4 have a probability of .0016, which is too much, more than 5 one of
    .00015: the limit is 5.

    >>> limits(10, 0.1), limits(10, 0.9)
    ((0, 5), (5, 10))
    """
    # SciPy loads slowly; most callers never come here.
    from scipy.special import bdtr

    def least(share: float) -> int:
        """The smallest k that leaves at most `TAIL` above it."""
        low, high = -1, of
        while high - low > 1:
            middle = (low + high) // 2
            if 1 - float(bdtr(middle, of, share)) <= TAIL:
                high = middle
            else:
                low = middle
        return high

    return of - least(1 - share), least(share)


def _usual(samples: Sequence[Sample]) -> tuple[int, int]:
    """(count, of) of the periods within the limits around the share of all."""
    total, of = sum(s.count for s in samples), sum(s.of for s in samples)
    within = []
    for sample in samples:
        low, high = limits(sample.of, total / of)
        if low <= sample.count <= high:
            within.append(sample)
    if not within:
        return total, of
    return sum(s.count for s in within), sum(s.of for s in within)


def control_chart(samples: Sequence[Sample]) -> ControlChart | None:
    """The chart of periods in their order; None while nothing was counted at all.

    A run is `RUN_LENGTH` periods in a row on one side of the centre: its last period signals,
    and every one that goes on with it. A period exactly at the centre ends a run.
    """
    counted = [sample for sample in samples if sample.of > 0]
    if not counted:
        return None
    total, of = _usual(counted)
    points = []
    side = length = 0
    for sample in counted:
        low, high = limits(sample.of, total / of)
        # In whole numbers: a share that equals the centre must be found to do so.
        here = sample.count * of - total * sample.of
        here = (here > 0) - (here < 0)
        length = length + 1 if here == side else 1
        side = here
        signals = []
        if sample.count > high:
            signals.append(Signal.ABOVE)
        if sample.count < low:
            signals.append(Signal.BELOW)
        if side and length >= RUN_LENGTH:
            signals.append(Signal.RUN_ABOVE if side > 0 else Signal.RUN_BELOW)
        points.append(Point(sample, low, high, tuple(signals)))
    return ControlChart(total / of, tuple(points))
