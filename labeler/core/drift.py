"""What an alarm of a control chart names: who, which defect types, which standard."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor

from labeler.core.control_chart import RUN_LENGTH, ControlChart, Signal

# Whoever's share moved along with the alarm is named below this p-value, shared out by the
# number of those who were looked at (Bonferroni).
NAMED_BELOW = 0.05
# Of fewer units outside an alarm somebody's own share says nothing yet.
FEWEST_OF_OWN = 20

# Per period and group (a reviewer, a defect type): (count, of).
Shares = Mapping[str, Mapping[str, tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class Alarm:
    """A signal of one chart with what changed along with it.

    `measure` is disputes or misses; `defect_type` None for all together. `periods` are those
    that make the signal, the last one being where it was noticed. `reviewers` and
    `defect_types` are those whose own share moved the same way by more than chance, the
    clearest first, and newcomers beyond the others; `versions` of the standard came into use
    within these periods.
    """

    measure: str
    defect_type: str | None
    signal: Signal
    periods: tuple[str, ...]
    count: int
    of: int
    centre: float
    reviewers: tuple[str, ...]
    defect_types: tuple[str, ...]
    versions: tuple[int, ...]

    def document(self) -> dict[str, object]:
        """The alarm as JSON."""
        return {
            "measure": self.measure,
            "defect_type": self.defect_type,
            "signal": str(self.signal),
            "periods": list(self.periods),
            "count": self.count,
            "of": self.of,
            "centre": self.centre,
            "reviewers": list(self.reviewers),
            "defect_types": list(self.defect_types),
            "standard_versions": list(self.versions),
        }


def exceeds_by_chance(inside: tuple[int, int], outside: tuple[int, int]) -> float:
    """The probability of at least this many inside, if inside and outside are alike.

    Each is (count, of). Fisher's exact test, one-sided: the marked units fall to either side
    like drawn balls. Worked example: 3 of 3 inside and 0 of 3 outside: 1 / C(6, 3) = .05.

    >>> round(exceeds_by_chance((3, 3), (0, 3)), 6)
    0.05
    """
    # SciPy loads slowly; most callers never come here.
    import numpy as np
    from scipy.special import gammaln

    (count, of), (other, other_of) = inside, outside
    marked = count + other
    ways = np.arange(count, min(of, marked) + 1, dtype=np.float64)

    def log_choose(n: float, k: "np.ndarray | float") -> "np.ndarray":
        found: np.ndarray = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
        return found

    possible = marked - ways <= other_of
    ways = ways[possible]
    logs = log_choose(of, ways) + log_choose(other_of, marked - ways)
    return min(1.0, float(np.exp(logs - log_choose(of + other_of, marked)).sum()))


def _moved(shares: Shares, periods: Collection[str], *, upward: bool) -> tuple[str, ...]:
    """The groups whose share inside the periods is beyond that outside, the clearest first.

    A group that came within the periods, or just before, has hardly a share outside: what is
    missing is filled up with the others' mean, or the alarm would name those who worked with a
    newcomer and not the newcomer.
    """
    inside = {group: _added_up(shares[group], periods, upward=upward) for group in shares}
    outside = {
        group: _added_up(by_period, by_period.keys() - set(periods), upward=upward)
        for group, by_period in shares.items()
    }
    known = [one for one in outside.values() if one[1]]
    if not known:
        return ()
    mean_count, mean_of = (sum(numbers) / len(known) for numbers in zip(*known, strict=True))

    def before(group: str) -> tuple[int, int]:
        count, of = outside[group]
        missing = floor(mean_of) - of
        if of >= FEWEST_OF_OWN or missing <= 0:
            return count, of
        # Rounded against naming anybody.
        return count + ceil(mean_count * missing / mean_of), of + missing

    found = [
        (exceeds_by_chance(own, before(group)), group)
        for group, own in inside.items()
        if own[1] and before(group)[1]
    ]
    limit = NAMED_BELOW / max(len(found), 1)
    return tuple(group for p, group in sorted(found) if p < limit)


def _added_up(
    by_period: Mapping[str, tuple[int, int]], periods: Collection[str], *, upward: bool
) -> tuple[int, int]:
    """(count, of) over these periods; of a drop those without the property are counted."""
    some = [by_period[period] for period in periods if period in by_period]
    of = sum(number for _, number in some)
    count = sum(number for number, _ in some)
    return count if upward else of - count, of


def _began(versions: Mapping[str, Collection[int]], periods: Sequence[str]) -> tuple[int, ...]:
    """The versions in use within the periods and never before; none where nothing was before."""
    before = {v for period, used in versions.items() if period < periods[0] for v in used}
    within = {v for period in periods for v in versions.get(period, ())}
    return tuple(sorted(within - before)) if before else ()


def find_alarms(
    chart: ControlChart,
    *,
    measure: str,
    defect_type: str | None,
    reviewers: Shares,
    defect_types: Shares,
    versions: Mapping[str, Collection[int]],
) -> list[Alarm]:
    """The alarms of a chart, the latest first; a run that goes on is one alarm.

    `versions` holds the versions of the standard in use per period, whose names sort in time.
    """
    found: list[Alarm] = []
    points = chart.points
    for index, point in enumerate(points):
        for signal in point.signals:
            start = index
            if signal.of_a_run:
                following = index + 1 < len(points) and signal in points[index + 1].signals
                if following:
                    continue
                while start > 0 and signal in points[start - 1].signals:
                    start -= 1
                start -= RUN_LENGTH - 1
            within = points[start : index + 1]
            periods = tuple(p.sample.period for p in within)
            found.append(
                Alarm(
                    measure,
                    defect_type,
                    signal,
                    periods,
                    sum(p.sample.count for p in within),
                    sum(p.sample.of for p in within),
                    chart.centre,
                    _moved(reviewers, periods, upward=signal.upward),
                    _moved(defect_types, periods, upward=signal.upward),
                    _began(versions, periods),
                )
            )
    return found[::-1]
