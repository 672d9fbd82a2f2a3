"""Every corner returns a value or a reason: never NaN, never a made-up 0 or 1."""

import json

import pytest

from labeler.core.agreement.values import Reason, Undefined
from tests.core.agreement.made_tables import figures, report, table, two_raters, value

NAMES = (
    "percent_agreement", "cohen_kappa", "fleiss_kappa", "krippendorff_alpha", "gwet_ac1",
    "pabak", "positive_agreement", "negative_agreement",
)  # fmt: skip

# both present, first only, second only, both absent -> the values in the order of NAMES
CORNERS = {
    "nothing": ((0, 0, 0, 0), (None,) * 8),
    "all absent": ((0, 0, 0, 5), (1, None, None, None, 1, 1, None, 1)),
    "all present": ((5, 0, 0, 0), (1, None, None, None, 1, 1, 1, None)),
    "both, all agree": ((1, 0, 0, 4), (1, 1, 1, 1, 1, 1, 1, 1)),
    "one disputed in five": ((0, 1, 0, 4), (0.8, 0, -1 / 9, 0, 31 / 41, 0.6, 0, 8 / 9)),
    "one item, both present": ((1, 0, 0, 0), (1, None, None, None, 1, 1, 1, None)),
    "one item, disputed": ((0, 1, 0, 0), (0, 0, -1, 0, -1, -1, 0, 0)),
}


@pytest.mark.parametrize("corner", CORNERS)
def test_a_corner_has_its_values_and_its_gaps(corner):
    cells, wanted = CORNERS[corner]
    found = figures(two_raters(*cells))
    for name, expected in zip(NAMES, wanted, strict=True):
        assert value(found[name]) == (expected if expected is None else pytest.approx(expected))


@pytest.mark.parametrize("corner", CORNERS)
def test_a_corner_travels_as_json_without_nan(corner):
    cells, _ = CORNERS[corner]
    document = report(two_raters(*cells), replicates=200).document()
    found = json.loads(json.dumps(document, allow_nan=False))
    for figure in found["defect_types"]["scratch"]["statistics"].values():
        assert figure["value"] is not None or figure["reason"]
        assert figure["value"] is None or figure["low"] <= figure["value"] <= figure["high"]


def test_items_with_one_rating_compare_nothing():
    found = figures(table([(1, None), (None, 0), (0, None)]))
    assert found["percent_agreement"] == Undefined(Reason.NO_TWO_RATINGS)
    assert found["positive_agreement"] == Undefined(Reason.NO_TWO_RATINGS)
    assert found["cohen_kappa"] == Undefined(Reason.NO_COMMON_ITEM)
    assert found["light_kappa"] == Undefined(Reason.NO_COMMON_ITEM)


def test_the_reasons_say_what_is_the_matter():
    absent, present = figures(two_raters(0, 0, 0, 5)), figures(two_raters(5, 0, 0, 0))
    assert absent["krippendorff_alpha"] == Undefined(Reason.NO_VARIATION)
    assert absent["positive_agreement"] == Undefined(Reason.NOT_MARKED)
    assert present["negative_agreement"] == Undefined(Reason.ALWAYS_MARKED)


def test_one_rater_alone_agrees_with_nobody():
    found = figures(table([(1,), (0,)]))
    assert found["cohen_kappa"] == Undefined(Reason.ONE_RATER)
    assert found["light_kappa"] == Undefined(Reason.ONE_RATER)


def test_a_pair_without_a_common_item_is_left_out_of_lights_mean_and_counted():
    rows = [(1, 1, None), (0, 0, None), (1, 0, None), (0, None, 0), (1, None, 1)]
    whole = report(table(rows))
    assert whole.defect_types[0].pairs_with_kappa == 2
    assert [value(pair.statistics["cohen_kappa"]) for pair in whole.pairs] == [
        pytest.approx(0.4),
        1.0,
        None,
    ]
    assert value(whole.defect_types[0].statistics["light_kappa"]) == pytest.approx(0.7)
    assert whole.pairs[2].statistics["percent_agreement"] == Undefined(Reason.NO_COMMON_ITEM)


def test_one_item_has_no_standard_error():
    assert figures(two_raters(0, 1, 0, 0))["gwet_ac1"].standard_error is None
    assert figures(two_raters(0, 2, 0, 0))["gwet_ac1"].standard_error is not None


def test_an_undefined_figure_has_no_interval():
    figure = figures(two_raters(0, 0, 0, 50), replicates=500)["positive_agreement"]
    assert figure.document() == {"value": None, "reason": str(Reason.NOT_MARKED)}


def test_a_scale_of_one_category_leaves_only_percentages():
    found = figures(table([(0, 0), (0, 0)], ("ok",)), positive=None, replicates=50)
    assert value(found["percent_agreement"]) == 1
    assert value(found["specific_agreement"]["ok"]) == 1
    for name in ("gwet_ac1", "brennan_prediger", "fleiss_kappa"):
        assert found[name] == Undefined(Reason.ONE_CATEGORY)


def test_no_item_at_all_is_no_error():
    document = report(table([]), replicates=100).document()["defect_types"]["scratch"]
    assert document["images"] == 0
    assert document["prevalence"] is None
    assert all(figure["reason"] for figure in document["statistics"].values())


def test_two_careless_reviewers_look_perfect_only_to_the_wrong_statistics():
    found = figures(two_raters(0, 1, 1, 498))
    assert value(found["gwet_ac1"]) == pytest.approx(0.995984, abs=1e-6)
    assert value(found["pabak"]) == pytest.approx(0.992, abs=1e-6)
    assert value(found["positive_agreement"]) == 0
    assert value(found["krippendorff_alpha"]) == pytest.approx(-0.001002, abs=1e-6)
