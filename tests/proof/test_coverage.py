"""Intervals hold the truth as often as they say, and where they do not the report says so."""

import pytest

from labeler.core.agreement.enough import FEWEST_MARKED
from labeler.core.agreement.methods import Method
from tests.proof import sizes
from tests.proof.coverage import FIGURES, MOST_MARKED, POSITIVES, Hits, Simulated, simulate
from tests.proof.figures import note

LEAST, WIDEST = 0.9, 0.7
MANY = 200
"""Studies per scene from which on the counts where intervals break are looked for."""
MARKED = (1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 45)


@pytest.fixture(scope="module")
def found() -> Simulated:
    return simulate(sizes.STUDIES, 1_000 if sizes.STUDIES >= MANY else 200)


def covers(hits: Hits, least: float) -> bool:
    return hits.coverage + 3 * hits.error >= least


@pytest.mark.timeout(300 + 10 * sizes.STUDIES)
def test_smoothed_intervals_cover_with_few_defects_and_the_others_do_not(found: Simulated) -> None:
    for name in FIGURES:
        for positives in POSITIVES:
            of = {method: found.by_positives[method, name, positives] for method in Method}
            figure = name.replace("_", " ")
            note(
                f"coverage of 95 % intervals, {figure}, {positives} defects expected",
                **{str(method): str(hits) for method, hits in of.items()},
                studies=of[Method.SMOOTHED].made,
            )
            assert covers(of[Method.SMOOTHED], 0.92), (name, positives)
        for method in set(Method) - {Method.SMOOTHED}:
            assert found.by_positives[method, name, POSITIVES[0]].coverage < 0.8
            assert covers(found.by_positives[method, name, POSITIVES[-1]], LEAST)


def test_the_report_says_not_enough_below_the_count_where_intervals_break(
    found: Simulated,
) -> None:
    for marked in MARKED:
        of = {m: found.by_marked[m, FIGURES[0], marked] for m in Method}
        note(
            f"coverage with {marked} marked images, positive agreement",
            **{f"{m}": f"{hits}, width {hits.mean_width:.2f}" for m, hits in of.items()},
            studies=of[Method.SMOOTHED].made,
        )
    breaks = {method: found.breaks_below(method, LEAST, WIDEST) for method in Method}
    note("marked images from which on intervals hold", **{str(m): n for m, n in breaks.items()})
    if sizes.STUDIES >= MANY:
        for method, fewest in FEWEST_MARKED.items():
            # No less than is certain by these studies, and hardly more than they make likely.
            likely = found.breaks_below(method, LEAST, WIDEST, errors=0)
            assert breaks[method] <= fewest <= likely + 2, method
    for method, fewest in FEWEST_MARKED.items():
        enough = Hits()
        for (how, name, marked), hits in found.by_marked.items():
            if how is method and name == FIGURES[0] and fewest <= marked < MOST_MARKED:
                enough.made, enough.held = enough.made + hits.made, enough.held + hits.held
        assert covers(enough, LEAST), method
