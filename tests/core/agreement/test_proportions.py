import pytest

from labeler.core.agreement.mcnemar import mcnemar_exact
from labeler.core.agreement.proportions import (
    clopper_pearson,
    jeffreys,
    wilson,
)
from labeler.core.agreement.values import Reason, Undefined


@pytest.mark.parametrize(
    ("count", "exact", "score"),
    [
        (42, (0.708874, 0.928299), (0.714858, 0.916626)),
        (45, (0.781865, 0.966725), (0.786398, 0.956524)),
        (40, (0.662817, 0.899698), (0.669629, 0.887562)),
    ],
)
def test_the_limits_printed_in_the_manual_and_wilsons(count, exact, score):
    assert clopper_pearson(count, 50) == pytest.approx(exact, abs=1e-6)
    assert wilson(count, 50) == pytest.approx(score, abs=1e-6)


def test_all_right_has_two_sided_limits():
    assert clopper_pearson(15, 15) == (pytest.approx(0.7820, abs=1e-4), 1.0)


@pytest.mark.parametrize("limits", [wilson, clopper_pearson, jeffreys])
def test_the_ends_belong_to_the_interval(limits):
    assert limits(0, 9)[0] == 0
    assert limits(9, 9)[1] == 1
    low, high = limits(3, 9)
    assert 0 < low < 1 / 3 < high < 1


def test_no_decision_leaves_everything_possible():
    assert wilson(0, 0) == (0, 1)
    assert clopper_pearson(0, 0) == (0, 1)


def test_mcnemar_counts_only_what_one_marked_alone():
    assert mcnemar_exact(5, 0) == pytest.approx(0.0625)
    assert mcnemar_exact(0, 5) == pytest.approx(0.0625)
    assert mcnemar_exact(8, 2) == pytest.approx(2 * (1 + 10 + 45) / 1024)
    assert mcnemar_exact(3, 3) == 1
    assert mcnemar_exact(0, 0) == Undefined(Reason.NO_DIFFERENCE)
