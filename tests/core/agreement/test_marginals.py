"""Who marks more than whom, however many pairs are looked at."""

import pytest

from labeler.core.agreement.marginals import holm, marks_more
from labeler.core.agreement.report import measure
from tests.core.agreement.made_tables import report, table, two_raters
from tests.core.agreement.test_published_tables import krippendorff_2011


def test_holm_multiplies_the_smallest_by_their_number_and_never_falls():
    # By hand: .01 x 3 = .03; .02 x 2 = .04; .021 x 1 = .021, but not below .04.
    assert holm([0.021, 0.01, 0.02]) == pytest.approx([0.04, 0.03, 0.04])
    assert holm([0.6, 0.7]) == [1.0, 1.0]
    assert holm([]) == []


def test_the_one_who_marks_more_comes_first_with_both_counts():
    (found,) = marks_more(report(two_raters(9, 1, 12, 400)))
    assert (found.more, found.less) == ("Ben", "Anna")
    assert (found.more_only, found.less_only) == (12, 1)
    assert found.p == pytest.approx(2 * (1 + 13) / 2**13)
    assert found.corrected == found.p
    assert found.named


def test_one_clear_pair_among_many_defect_types_must_be_clearer():
    types = {f"t{n}": two_raters(5, 6, 0, 100) for n in range(2)}
    assert [one.named for one in marks_more(measure(types, positive="present"))] == [False] * 2
    assert marks_more(report(types["t0"]))[0].named, "alone, 6 to 0 is p = .031"


def test_the_clearest_is_first_and_pairs_that_never_differ_are_left_out():
    rows = [(1, 0, 0)] * 9 + [(0, 1, 0)] * 2 + [(0, 0, 0)] * 50
    found = marks_more(report(table(rows)))
    assert [(one.more, one.less) for one in found] == [("r0", "r2"), ("r0", "r1"), ("r1", "r2")]
    assert marks_more(report(two_raters(9, 0, 0, 5))) == []


def test_a_scale_without_a_defect_has_nobody_who_marks_more():
    assert marks_more(report(krippendorff_2011(), positive=None)) == []
