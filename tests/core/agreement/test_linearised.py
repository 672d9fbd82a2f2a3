"""Intervals from linearised standard errors, and where there are none."""

from math import sqrt

import numpy as np
import pytest

from labeler.core.agreement.linearised import ratio_error
from labeler.core.agreement.methods import Method
from labeler.core.agreement.ratings import Column, PatternCounts, rating_table
from labeler.core.agreement.values import Estimate, Figure, Reason
from tests.core.agreement.made_tables import figures, interval, report, table, two_raters
from tests.core.agreement.test_published_tables import FIVE, krippendorff_2011


def linearised(one, **settings) -> dict[str, Figure]:
    return figures(one, **{"replicates": 1, "method": Method.LINEARISED} | settings)


def reason(figure: Figure) -> Reason | None:
    assert isinstance(figure, Estimate)
    assert (figure.low, figure.high) == (None, None)
    return figure.no_interval


def error(figure: Figure) -> float:
    assert isinstance(figure, Estimate)
    assert figure.standard_error is not None
    return figure.standard_error


def test_gwets_interval_of_krippendorffs_table_as_printed():
    # Gwet's package prints .461 to 1 for AC1: Student's t with 11 degrees of freedom.
    found = linearised(krippendorff_2011(), positive=None, ordered=FIVE)
    assert interval(found["gwet_ac1"]) == pytest.approx((0.461, 1.0), abs=5e-4)
    fleiss = found["fleiss_kappa"]
    low = 0.761169 - 2.200985 * 0.153019
    assert interval(fleiss) == pytest.approx((low, 1.0), abs=1e-5)


def test_positive_agreement_has_the_error_of_graham_and_bull():
    for a, b, c, d in ((9, 2, 1, 488), (40, 9, 6, 45)):
        s, n = b + c, a + b + c + d
        expected = 2 * sqrt(a * s * (a + s)) / (2 * a + s) ** 2 * sqrt(n / (n - 1))
        found = linearised(two_raters(a, b, c, d))
        assert error(found["positive_agreement"]) == pytest.approx(expected, abs=1e-12)
        share = (a + d) / n
        assert error(found["percent_agreement"]) == pytest.approx(
            sqrt(share * (1 - share) / (n - 1))
        )


def test_a_figure_without_a_known_error_says_so_and_keeps_its_value():
    found = linearised(krippendorff_2011(), positive=None, ordered=FIVE)
    for name in ("krippendorff_alpha", "krippendorff_alpha_ordinal", "light_kappa"):
        assert reason(found[name]) is Reason.NO_LINEARISED_ERROR
        document = found[name].document()
        assert document["value"] > 0.7
        assert document["interval_reason"] == str(Reason.NO_LINEARISED_ERROR)


def test_one_item_has_no_error():
    assert reason(linearised(table([(0, 1)]))["gwet_ac1"]) is Reason.ONE_UNIT


def test_without_replicates_no_interval_is_asked_for():
    found = linearised(two_raters(9, 2, 1, 488), replicates=0)
    assert reason(found["krippendorff_alpha"]) is None
    assert reason(found["gwet_ac1"]) is None


def test_an_interval_is_cut_to_what_the_statistic_can_be():
    found = linearised(two_raters(30, 1, 0, 0))
    assert interval(found["positive_agreement"])[1] == 1
    assert interval(found["percent_agreement"])[1] == 1


def test_a_higher_level_reaches_further():
    one = two_raters(40, 9, 6, 45)
    low, high = interval(linearised(one)["gwet_ac1"])
    lower, higher = interval(linearised(one, level=0.99)["gwet_ac1"])
    assert lower < low < high < higher


def test_a_linearised_interval_is_near_the_drawn_one_on_a_large_table():
    one = two_raters(400, 90, 60, 450)
    drawn = figures(one, replicates=20_000, method=Method.PERCENTILE)
    for name, figure in linearised(one).items():
        if isinstance(figure, Estimate) and figure.low is not None:
            assert interval(figure) == pytest.approx(interval(drawn[name]), abs=0.006), name


def grouped(copies: int):
    """Ten lots of items that are all alike, `copies` of each."""
    codes = np.array([[1, 1], [0, 0], [0, 1], [0, 0], [1, 1]] * 2, dtype=np.int8)
    items = np.full(10, copies, dtype=np.int64)
    columns = (Column("Anna"), Column("Ben"))
    return rating_table(
        PatternCounts(("absent", "present"), columns, codes, items, np.arange(10, dtype=np.int64))
    )


def test_groups_of_one_item_have_the_error_of_items():
    apart = linearised(two_raters(4, 0, 2, 4))
    together = linearised(grouped(1))
    for name in ("percent_agreement", "positive_agreement", "gwet_ac1", "fleiss_kappa", "pabak"):
        assert error(together[name]) == pytest.approx(error(apart[name])), name


def test_copies_within_a_group_do_not_make_the_error_smaller():
    one, many = linearised(grouped(1)), linearised(grouped(40))
    for name in ("percent_agreement", "positive_agreement", "gwet_ac1", "fleiss_kappa", "pabak"):
        assert error(many[name]) == pytest.approx(error(one[name])), name
    assert reason(many["cohen_kappa"]) is Reason.NO_LINEARISED_ERROR


def test_a_ratio_with_nothing_below_has_no_error():
    nothing = np.zeros(2)
    assert ratio_error(nothing, nothing, np.array([3, 4])) is None


def test_the_report_names_the_method():
    whole = report(two_raters(9, 2, 1, 488), method=Method.LINEARISED, replicates=1)
    assert whole.document()["intervals"]["method"] == "linearised"
    pair = whole.pairs[0].statistics
    assert interval(pair["cohen_kappa"])[0] > 0.5
    assert interval(pair["positive_agreement"]) == interval(
        whole.defect_types[0].statistics["positive_agreement"]
    )
