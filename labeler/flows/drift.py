"""Following the share of disputes and of missed defects over weeks or shifts."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from labeler.core.agreement.values import Reason
from labeler.core.control_chart import ControlChart, Sample, control_chart
from labeler.core.drift import Alarm, find_alarms
from labeler.core.people import Principal
from labeler.core.standard import Standard
from labeler.core.terms import Verdict
from labeler.flows.judged_counts import JudgedIn
from labeler.flows.measure_periods import dated_periods
from labeler.flows.scope import every_standard, project_for
from labeler.flows.site import Site
from labeler.store import judged_images, patterns
from labeler.store.judged_images import JudgedKnown

DISPUTES, MISSES = "disputes", "misses"
# A chart is for the eye: beyond this nobody tells one period from the next.
MOST_PERIODS = 60

_Counts = dict[str, dict[str, list[int]]]


@dataclass(frozen=True, slots=True)
class DriftChart:
    """One share over time: of `disputes` or `misses`, of one defect type or (None) of all."""

    measure: str
    defect_type: str | None
    chart: ControlChart

    def document(self) -> dict[str, object]:
        """The chart as JSON."""
        return {
            "measure": self.measure,
            "defect_type": self.defect_type,
            "centre": self.chart.centre,
            "firm": self.chart.firm,
            "points": [point.document() for point in self.chart.points],
        }


@dataclass(frozen=True, slots=True)
class Drift:
    """The charts, those of all defect types together first, and their alarms, the latest first.

    `began` names the period in which each version of the standard came into use. `no_misses`
    says why there is no chart of missed defects, None where there is one. `left_out` counts
    the periods before the first one.
    """

    by: str
    charts: tuple[DriftChart, ...]
    alarms: tuple[Alarm, ...]
    began: Mapping[int, str]
    no_misses: Reason | None
    left_out: int

    def document(self) -> dict[str, object]:
        """All of it as JSON."""
        reason = self.no_misses
        return {
            "by": self.by,
            "charts": [one.document() for one in self.charts],
            "alarms": [one.document() for one in self.alarms],
            "standard_versions": {str(v): period for v, period in self.began.items()},
            "misses": None if reason is None else {"value": None, "reason": str(reason)},
            "left_out": self.left_out,
        }


@dataclass(slots=True)
class _Tally:
    """One share per period, and the same per reviewer: [count, of]."""

    total: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    reviewers: _Counts = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(lambda: [0, 0]))
    )

    def add(self, period: str, there: int, of: int, people: Mapping[str, tuple[int, int]]) -> None:
        self.total[period][0] += there
        self.total[period][1] += of
        for user, (own, own_of) in people.items():
            self.reviewers[user][period][0] += own
            self.reviewers[user][period][1] += own_of


_Tallies = dict[str | None, _Tally]


def drift(site: Site, who: Principal, code: str, by: str) -> Drift:
    """Shares of disputes and of missed known defects by `week` or `shift`, in plant time.

    An image belongs to the period in which the last of its reviewers judged it. Disputed is
    an image on which there is or was a dispute; missed a known defect that at least one of
    its reviewers left. Raises `NotFound`, `InvalidInput`.
    """
    dated = dated_periods(site, by)
    with site.database.read() as session:
        project = project_for(session, who, code)
        standards = every_standard(site, session, project)
        judged = site.judged_counts.read(session, project.id, dated)
        disputes, versions = _disputes(judged, standards)
        misses = _misses(
            judged_images.count_judged_known(session, project.id), dated.of, standards, versions
        )
        users = {user for one in (disputes, misses) for t in one.values() for user in t.reviewers}
        names = patterns.names_of(session, sorted(users))
    periods = sorted(versions)
    shown = periods[-MOST_PERIODS:]
    codes = standards[project.standard_version].codes
    charts: list[DriftChart] = []
    alarms: list[Alarm] = []
    for measure, tallies in ((DISPUTES, disputes), (MISSES, misses)):
        for one, found in _charts(measure, tallies, shown, codes, names, versions):
            charts.append(one)
            alarms += found
    alarms.sort(key=lambda alarm: alarm.periods[-1], reverse=True)
    return Drift(
        by,
        tuple(charts),
        tuple(alarms),
        _began(versions, shown),
        None if misses else Reason.NO_KNOWN_DEFECT,
        len(periods) - len(shown),
    )


def _disputes(
    judged: Mapping[JudgedIn, int], standards: Mapping[int, Standard]
) -> tuple[_Tallies, dict[str, set[int]]]:
    """Disputed images, of all types together and of each; and the versions used per period."""
    tallies: _Tallies = defaultdict(_Tally)
    versions: dict[str, set[int]] = defaultdict(set)
    for (period, seats, types), images in judged.items():
        versions[period] |= {seat.version for seat in seats}
        # What not everybody's book had was not asked.
        asked = standards[min(seat.version for seat in seats)].codes
        there = [(None, bool(types)), *((code, code in types) for code in asked)]
        for group, disputed in there:
            own = (images * disputed, images)
            tallies[group].add(period, *own, {seat.user: own for seat in seats})
    return tallies, versions


def _misses(
    judged: Iterable[JudgedKnown],
    naming: Callable[[str], str],
    standards: Mapping[int, Standard],
    versions: dict[str, set[int]],
) -> _Tallies:
    """Known defects that somebody left, of all types together and of each."""
    tallies: _Tallies = defaultdict(_Tally)
    for row in judged:
        if not row.present:
            continue
        period, images = naming(row.minute), row.images
        versions[period] |= {seat.version for seat in row.seats}
        for code in row.present:
            said = dict(_decisions(row, code, standards))
            if not said:
                continue
            people = {user: (images * missed, images) for user, missed in said.items()}
            for group in (None, code):
                tallies[group].add(period, images * any(said.values()), images, people)
    return tallies


def _decisions(
    row: JudgedKnown, code: str, standards: Mapping[int, Standard]
) -> Iterator[tuple[str, bool]]:
    """(user, missed) of those who decided on a known defect.

    "Can't tell" is no decision, nor is that the image cannot be used.
    """
    for seat in row.seats:
        if seat.user in row.unusable:
            continue
        unsure = (seat.user, code, Verdict.UNSURE) in row.said
        if not unsure and standards[seat.version].find(code) is not None:
            yield seat.user, (seat.user, code, Verdict.PRESENT) not in row.said


def _charts(
    measure: str,
    tallies: _Tallies,
    periods: list[str],
    codes: Iterable[str],
    names: Mapping[str, str],
    versions: Mapping[str, set[int]],
) -> Iterator[tuple[DriftChart, list[Alarm]]]:
    of_types = {
        code: _shares(tally.total, periods) for code, tally in tallies.items() if code is not None
    }
    for code in (None, *codes):
        tally = tallies.get(code)
        if tally is None:
            continue
        samples = [Sample(p, *tally.total[p]) for p in periods if p in tally.total]
        chart = control_chart(samples)
        if chart is None:
            continue
        reviewers = {
            names[user]: _shares(by_period, periods) for user, by_period in tally.reviewers.items()
        }
        found = find_alarms(
            chart, measure=measure, defect_type=code, reviewers=reviewers,
            defect_types=of_types if code is None else {}, versions=versions,
        )  # fmt: skip
        yield DriftChart(measure, code, chart), found


def _shares(counts: Mapping[str, list[int]], periods: list[str]) -> dict[str, tuple[int, int]]:
    return {p: (counts[p][0], counts[p][1]) for p in periods if p in counts}


def _began(versions: Mapping[str, set[int]], shown: list[str]) -> dict[int, str]:
    """The period in which each version came into use; of the first shown one it is not known."""
    found: dict[int, str] = {}
    for period in sorted(versions):
        for version in sorted(versions[period]):
            found.setdefault(version, period)
    return {version: period for version, period in found.items() if period in shown[1:]}
