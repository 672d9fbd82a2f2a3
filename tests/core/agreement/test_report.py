"""The report: the names of the contract, and what stands beside the figures."""

from itertools import combinations, product
from math import erfc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeler.core.agreement.cohen import cohen_standard_error
from labeler.core.agreement.enough import FEWEST_MARKED
from labeler.core.agreement.mcnemar import mcnemar_exact, mcnemar_of_units
from labeler.core.agreement.methods import Method
from labeler.core.agreement.ratings import ALONE, MISSING
from labeler.core.agreement.report import measure
from labeler.core.agreement.text import render_text
from labeler.core.agreement.values import Estimate, Reason, Undefined
from labeler.core.errors import InvalidInput
from tests.core.agreement.made_tables import figures, interval, report, table, two_raters
from tests.core.agreement.test_published_tables import FIVE, krippendorff_2011, shared_table

BINARY = {
    "percent_agreement", "positive_agreement", "negative_agreement", "cohen_kappa",
    "light_kappa", "fleiss_kappa", "krippendorff_alpha", "gwet_ac1", "pabak",
}  # fmt: skip
OTHER = {
    "percent_agreement", "specific_agreement", "cohen_kappa", "light_kappa", "fleiss_kappa",
    "krippendorff_alpha", "gwet_ac1", "brennan_prediger", "gwet_ac2",
    "krippendorff_alpha_ordinal",
}  # fmt: skip


def test_present_and_absent_have_the_names_of_the_contract():
    document = report(two_raters(9, 2, 1, 488), replicates=100).document()
    scratch = document["defect_types"]["scratch"]
    assert set(scratch["statistics"]) == BINARY
    assert (scratch["images"], scratch["ratings"], scratch["raters"]) == (500, 1000, 2)
    assert scratch["prevalence"] == pytest.approx(21 / 1000)
    assert scratch["unsure_share"] == 0
    assert scratch["counts"] == {
        "both_present": 9, "only_one": 3, "both_absent": 488, "one_rating": 0, "unsure": 0,
    }  # fmt: skip
    assert document["versus_reference"] is None


def test_other_scales_have_their_own_names():
    found = report(krippendorff_2011(), positive=None).document()["defect_types"]["scratch"]
    assert set(found["statistics"]) == OTHER
    assert set(found["statistics"]["specific_agreement"]) == set(FIVE)
    assert found["statistics"]["gwet_ac2"] == {"value": None, "reason": str(Reason.NO_ORDER)}
    assert found["prevalence"] is None


def test_more_than_two_raters_have_no_cohen_but_pairs():
    document = report(krippendorff_2011(), positive=None).document()
    assert document["defect_types"]["scratch"]["statistics"]["cohen_kappa"]["value"] is None
    assert [pair["raters"] for pair in document["pairs"]][:2] == [["r0", "r1"], ["r0", "r2"]]


def test_each_rater_is_told_how_much_was_marked():
    raters = report(two_raters(9, 22, 1, 468)).raters
    assert [one.marked.value for one in raters] == pytest.approx([0.062, 0.02])
    assert (raters[0].marked.count, raters[0].marked.of) == (31, 500)
    assert raters[0].document()["answers"] == {"absent": 469, "present": 31}


def test_the_marginal_test_asks_whether_one_marks_more():
    uneven, even = report(two_raters(9, 22, 1, 468)), report(two_raters(9, 3, 3, 468))
    assert uneven.pairs[0].marginal_test < 0.001
    assert even.pairs[0].document()["marginal_test"] == {"value": 1.0}
    assert report(two_raters(9, 0, 0, 3)).pairs[0].marginal_test == Undefined(Reason.NO_DIFFERENCE)
    assert report(krippendorff_2011(), positive=None).pairs[0].marginal_test is None


def test_thirty_pictures_of_one_part_do_not_show_that_somebody_marks_more():
    rows = [(1, 0)] * 30 + [(1, 0)] * 2 + [(0, 1)] + [(0, 0)] * 20
    parts = np.array([0] * 30 + [1, 2, ALONE] + [3, 4] * 10)
    alone, of_parts = report(table(rows)), report(table(rows, groups=parts))
    assert alone.pairs[0].marginal_test < 1e-6
    # Four units differ by 30, 1, 1 and -1: of 16 ways 8 are as far apart as 31, or further.
    assert of_parts.pairs[0].marginal_test == pytest.approx(2 * (1 + 3) / 16)
    singles = report(table(rows, groups=np.arange(len(rows))))
    assert singles.pairs[0].marginal_test == pytest.approx(alone.pairs[0].marginal_test)
    never = report(table([(1, 1), (0, 0)] * 3, groups=np.arange(6)))
    assert never.pairs[0].marginal_test == Undefined(Reason.NO_DIFFERENCE)


@given(st.lists(st.integers(-4, 4), max_size=9))
def test_units_fall_to_either_as_a_whole(differences):
    ways = [sum(way) for way in product(*((one, -one) for one in differences))]
    far = sum(abs(one) >= abs(sum(differences)) for one in ways)
    assert mcnemar_of_units(differences) == pytest.approx(far / len(ways))


def test_very_many_units_of_a_size_are_one_binomial_number():
    of_five = [5] * 101_000 + [-5] * 99_000
    assert mcnemar_of_units(of_five) == pytest.approx(mcnemar_exact(101_000, 99_000))
    mixed = mcnemar_of_units([*of_five, *[3] * 100_000, *[-3] * 100_000])
    z = (10_000 - 1) / (25 * 200_000 + 9 * 200_000) ** 0.5  # items come one by one
    assert mixed == pytest.approx(erfc(z / 2**0.5), rel=1e-3)


def test_defect_types_are_never_pooled():
    both = {"scratch": two_raters(9, 2, 1, 488), "dent": two_raters(1, 5, 5, 489)}
    found = measure(both, positive="present", replicates=200)
    assert [one.defect_type for one in found.defect_types] == ["scratch", "dent"]
    alone = measure({"dent": both["dent"]}, positive="present", replicates=200)
    assert found.defect_types[1] == alone.defect_types[0]


def known(rows, answers, **more):
    codes = np.array([MISSING if a is None else a for a in answers], dtype=np.int8)
    return table(rows, reference=codes, **more)


def test_known_answers_give_sensitivity_and_specificity():
    rows = [(1, 1)] * 3 + [(0, 1)] + [(0, 0)] * 5 + [(1, 1)]
    found = report(known(rows, [1, 1, 1, 1, 0, 0, 0, 0, 0, None])).versus_reference
    first, second = found
    assert (first.statistics["sensitivity"].value, second.statistics["sensitivity"].value) == (
        0.75,
        1.0,
    )
    assert first.statistics["specificity"].value == 1
    assert first.statistics["percent_agreement"].value == pytest.approx(8 / 9)
    assert (first.statistics["sensitivity"].count, first.statistics["sensitivity"].of) == (3, 4)
    assert first.known == {"absent": 5, "present": 4}
    assert first.counts_only


def test_no_known_defect_leaves_sensitivity_undefined():
    (first, _) = report(known([(0, 0), (1, 0)], [0, 0])).versus_reference
    assert first.statistics["sensitivity"] == Undefined(Reason.NO_KNOWN_POSITIVE)
    assert first.statistics["specificity"].value == 0.5
    (first, _) = report(known([(0, 0)], [None])).versus_reference
    assert first.statistics["cohen_kappa"] == Undefined(Reason.NO_KNOWN_ANSWER)


def test_the_appraisers_of_the_manual_against_the_reference():
    one = shared_table("aiag_attribute_50x3x3.csv")
    found = report(one, positive="0", replicates=2000).versus_reference
    kappas = [versus.statistics["cohen_kappa"].value for versus in found]
    assert kappas == pytest.approx([0.878788, 0.922982, 0.773960], abs=1e-6)
    errors = [cohen_standard_error(pair.total.astype(float)) for pair in one.versus]
    assert errors == pytest.approx([0.041641, 0.033847, 0.055137], abs=1e-6)
    missed = [1 - versus.statistics["sensitivity"].value for versus in found]
    assert missed == pytest.approx([3 / 48, 3 / 48, 6 / 48])
    alarms = [1 - versus.statistics["specificity"].value for versus in found]
    assert alarms == pytest.approx([5 / 102, 2 / 102, 9 / 102])
    assert not found[0].counts_only
    # Parts are drawn, not decisions: the interval is wider than that of 48 decisions.
    low, high = interval(found[0].statistics["sensitivity"])
    assert high - low > 0.15


@pytest.mark.parametrize(
    "wrong",
    [{"level": 1.0}, {"level": 0}, {"replicates": -1}, {"replicates": 10**9}, {"seed": -1},
     {"ordered": ("present", "absent")}],
)  # fmt: skip
def test_settings_without_sense_are_refused(wrong):
    with pytest.raises(InvalidInput):
        report(two_raters(1, 0, 0, 1), **wrong)


def test_a_named_positive_on_a_longer_scale_adds_its_own_agreement():
    found = report(krippendorff_2011(), positive="3").defect_types[0]
    assert isinstance(found.statistics["positive_agreement"], Estimate)
    assert found.statistics["positive_agreement"].value == pytest.approx(0.8)
    assert "negative_agreement" not in found.statistics


def test_a_terminal_shows_the_headline_first_and_reasons_in_words():
    text = render_text(report(two_raters(0, 0, 0, 5)))
    assert text.index("positive agreement") < text.index("percent agreement")
    assert f"undefined: {Reason.NOT_MARKED}" in text
    assert "both absent: 5" in text


def test_a_terminal_shows_pairs_references_and_parts():
    rows = [(1, 1, 0), (0, 0, 0), (1, 0, 1)]
    one = report(known(rows, [1, 0, 1]), replicates=50)
    text = render_text({"line 1": one, "line 2": one})
    assert text.count("r0 and r1: 3 items, Cohen's kappa 0.4") == 2
    assert "r2 against the reference" in text
    assert "[line 2]" in text
    crowd = render_text(report(table([(1, 0) * 6, (0, 1) * 6])))
    assert "and 21 more pairs" in crowd


def test_a_terminal_shows_each_category_of_a_longer_scale():
    text = render_text(report(krippendorff_2011(), positive=None, ordered=FIVE))
    assert "agreement on 4" in text
    assert "agreed on 2: 2" in text


def test_pairs_can_be_left_out_and_nothing_else_changes():
    rows = [(1, 1, 0), (0, 0, 0), (1, 0, 1), (0, 1, 0)]
    whole = report(table(rows), replicates=50)
    brief = report(table(rows), replicates=50, pairs=False)
    assert brief.pairs == ()
    left, right = (dict(one.defect_types[0].statistics) for one in (whole, brief))
    assert left.pop("light_kappa").value == right.pop("light_kappa").value
    assert left == right
    two = two_raters(9, 2, 1, 488)
    assert report(two, pairs=False).document() == report(two).document()


@pytest.mark.parametrize("method", list(Method))
def test_few_marked_images_are_not_enough_for_an_interval(method):
    fewest = FEWEST_MARKED[method]
    few = report(two_raters(fewest - 2, 1, 0, 500), method=method).defect_types[0]
    more = report(two_raters(fewest - 2, 1, 1, 500), method=method).defect_types[0]
    assert few.document()["not_enough"] == str(Reason.NOT_ENOUGH_MARKED)
    assert more.document()["not_enough"] is None
    # The figure and its counts still stand there: whoever reads them is only told.
    assert few.statistics["positive_agreement"].value > 0


def test_a_terminal_says_not_enough_where_too_few_are_marked():
    sentence = f"not enough: {Reason.NOT_ENOUGH_MARKED}"
    assert sentence in render_text(report(two_raters(2, 1, 0, 500)))
    assert sentence not in render_text(report(two_raters(3, 1, 0, 500)))


def test_bias_is_how_much_more_one_marks_than_the_other():
    # By hand: the first marks 49 of 100, the second 46; |9 - 6| / 100.
    found = report(two_raters(40, 9, 6, 45))
    assert found.pairs[0].document()["bias_index"] == pytest.approx(0.03)
    told = found.defect_types[0].document()
    assert told["bias_index"] == pytest.approx(0.03)
    assert told["prevalence"] == pytest.approx(95 / 200)
    assert report(two_raters(40, 6, 9, 45)).defect_types[0].bias == pytest.approx(0.03)
    assert "prevalence 47.5%, bias 3.0%, can't tell 0.0%" in render_text(found)


def test_the_bias_of_a_type_is_the_mean_of_its_pairs():
    # Of four images the three mark 3, 1 and 1: 2/4, 2/4 and 0 apart. A fourth shared none.
    rows = [(1, 1, 0, None), (1, 0, 1, None), (1, 0, 0, None), (0, 0, 0, None)]
    rows.append((None, None, None, 1))
    found = report(table(rows))
    assert [pair.bias for pair in found.pairs] == [0.5, 0.5, None, 0, None, None]
    assert found.defect_types[0].bias == pytest.approx(1 / 3)
    assert report(table(rows), pairs=False).defect_types[0].bias == pytest.approx(1 / 3)
    assert report(krippendorff_2011(), positive=None).defect_types[0].bias is None
    assert report(table([(1, None)])).defect_types[0].bias is None


def test_an_image_that_only_one_rater_judged_is_not_enough_of_anything():
    one = report(table([(1, None)] * 50 + [(0, 0)] * 50)).defect_types[0]
    assert one.not_enough is Reason.NOT_ENOUGH_MARKED
    assert report(krippendorff_2011(), positive=None).defect_types[0].not_enough is None


def test_a_pair_has_every_coefficient_of_a_table_of_the_two_alone():
    rows = [(1, 1, 0), (0, 0, None), (1, 0, 1), (0, None, 1), (1, 1, 1), (None, 0, 0), (0, 0, 1)]
    found = report(table(rows), replicates=4000).pairs
    for pair, (a, b) in zip(found, combinations(range(3), 2), strict=True):
        two = [(row[a], row[b]) for row in rows if None not in (row[a], row[b])]
        alone = figures(table(two), replicates=4000)
        assert set(alone) - set(pair.statistics) == {"light_kappa"}
        for name, figure in pair.statistics.items():
            same = alone[name]
            assert (figure.value, figure.standard_error) == pytest.approx(
                (same.value, same.standard_error)
            ), name
            assert interval(figure) == pytest.approx(interval(same), abs=0.05), name


def test_two_raters_keep_what_each_rated_alone_in_their_chance_agreement():
    """Gwet's form of Fleiss' kappa asks for every rating; only the pair looks at common items."""
    found = report(table([(1, 1), (0, 0), (1, 0), (1, None), (None, 1)]))
    whole, pair = found.defect_types[0].statistics, found.pairs[0].statistics
    assert whole["fleiss_kappa"].value != pytest.approx(pair["fleiss_kappa"].value)
    assert whole["cohen_kappa"] == pair["cohen_kappa"]


def test_each_rater_is_held_against_all_others_together():
    rows = [(1, 1, 0), (0, 0, None), (1, 0, 1), (None, 1, 1), (None, None, 1)]
    anna, _, chris = report(table(rows), replicates=50).raters
    # Anna's decisions down, the others' across: one 0 by Ben, and twice a 1 and a 0 beside her 1.
    assert (anna.others.images, anna.others.table) == (3, ((1, 0), (2, 2)))
    assert anna.others.statistics["positive_agreement"].value == pytest.approx(4 / 6)
    assert anna.others.statistics["percent_agreement"].value == pytest.approx(3 / 5)
    assert chris.others.images == 3
    assert anna.document()["with_others"]["table"] == [[1, 0], [2, 2]]
    assert report(table(rows), others=False).raters[0].others is None
    two = report(two_raters(9, 2, 1, 488), replicates=50)
    assert all(one.others.statistics == two.pairs[0].statistics for one in two.raters)
