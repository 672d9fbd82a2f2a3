"""Intervals: against the reference page, and what no interval may ever do."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeler.core.agreement.coefficients import vector_statistics
from labeler.core.agreement.intervals import Atoms, Resampling, resample
from labeler.core.agreement.methods import Method
from labeler.core.agreement.priors import MOST_CELLS, pair_prior, vector_prior
from labeler.core.agreement.ratings import Column, PatternCounts, rating_table
from labeler.core.agreement.scale import Scale
from labeler.core.agreement.values import Estimate, Undefined
from tests.core.agreement.made_tables import figures, interval, report, table, two_raters
from tests.core.agreement.test_published_tables import (
    shared_table,
)

# PA+, alpha and AC1 from 400,000 draws; None where the reference page has no point estimate.
SMOOTHED = {
    (0, 0, 0, 5): (None, None, (0.233, 1.0)),
    (1, 0, 0, 4): ((0.157, 1.0), (0.014, 1.0), (0.154, 1.0)),
    (5, 0, 0, 0): ((0.677, 1.0), None, (0.233, 1.0)),
    (0, 1, 0, 4): ((0.0, 0.859), (-0.287, 0.818), (-0.184, 0.948)),
    (0, 1, 1, 498): ((0.0, 0.747), (-0.002, 0.745), (0.985, 0.999)),
    (2, 0, 0, 198): ((0.374, 1.0), (0.368, 1.0), (0.981, 1.0)),
    (9, 2, 1, 488): ((0.616, 0.950), (0.609, 0.949), (0.982, 0.998)),
    (40, 9, 6, 45): ((0.745, 0.904), (0.532, 0.812), (0.538, 0.816)),
    (80, 10, 5, 5): ((0.860, 0.948), (0.074, 0.561), (0.676, 0.886)),
}


@pytest.mark.parametrize("cells", SMOOTHED)
def test_smoothed_intervals_are_those_of_the_reference_page(cells):
    found = figures(two_raters(*cells), replicates=100_000)
    for name, wanted in zip(
        ("positive_agreement", "krippendorff_alpha", "gwet_ac1"), SMOOTHED[cells], strict=True
    ):
        if wanted is None:
            assert isinstance(found[name], Undefined)
        else:
            assert interval(found[name]) == pytest.approx(wanted, abs=0.007), name


# Bootstrap over items, 100,000 replicates: percentile, then BCa.
BOOTSTRAPPED = {
    "krippendorff_2011.csv": {
        "percent_agreement": ((0.600, 1.000), (0.542, 0.955)),
        "fleiss_kappa": ((0.441, 1.000), (0.403, 0.946)),
        "gwet_ac1": ((0.517, 1.000), (0.394, 0.944)),
        "krippendorff_alpha": ((0.415, 1.000), (0.381, 0.941)),
    },
    "aiag_attribute_50x3x3.csv": {
        "percent_agreement": ((0.856, 0.957), (0.848, 0.951)),
        "fleiss_kappa": ((0.664, 0.898), (0.658, 0.895)),
        "gwet_ac1": ((0.734, 0.926), (0.716, 0.916)),
        "krippendorff_alpha": ((0.664, 0.899), (0.658, 0.895)),
        "positive_agreement": ((0.885, 0.969), (0.879, 0.966)),
        "negative_agreement": ((0.758, 0.934), (0.754, 0.932)),
    },
    "bluebirds.csv": {
        "percent_agreement": ((0.572, 0.605), (0.573, 0.606)),
        "fleiss_kappa": ((0.100, 0.148), (0.103, 0.152)),
        "gwet_ac1": ((0.172, 0.276), (0.173, 0.277)),
        "krippendorff_alpha": ((0.100, 0.149), (0.103, 0.152)),
        "positive_agreement": ((0.418, 0.492), (0.420, 0.494)),
        "negative_agreement": ((0.637, 0.697), (0.638, 0.697)),
    },
    (40, 9, 6, 45): {
        "percent_agreement": ((0.780, 0.920), (0.770, 0.910)),
        "fleiss_kappa": ((0.548, 0.836), (0.538, 0.820)),
        "gwet_ac1": ((0.560, 0.840), (0.538, 0.820)),
        "krippendorff_alpha": ((0.551, 0.837), (0.540, 0.821)),
        "positive_agreement": ((0.753, 0.914), (0.747, 0.909)),
        "negative_agreement": ((0.778, 0.922), (0.770, 0.917)),
    },
    (80, 10, 5, 5): {
        "percent_agreement": ((0.780, 0.920), (0.770, 0.910)),
        "fleiss_kappa": ((0.027, 0.558), (0.059, 0.593)),
        "gwet_ac1": ((0.694, 0.900), (0.682, 0.891)),
        "krippendorff_alpha": ((0.032, 0.560), (0.064, 0.595)),
        "positive_agreement": ((0.867, 0.955), (0.862, 0.950)),
        "negative_agreement": ((0.118, 0.625), (0.167, 0.667)),
    },
}


@pytest.mark.parametrize("name", BOOTSTRAPPED)
def test_bootstrapped_intervals_are_those_of_the_reference_page(name):
    one = two_raters(*name) if isinstance(name, tuple) else shared_table(name, people=False)
    positive = {2: one.categories[1], 5: None}[len(one.categories)]
    for place, method in enumerate((Method.PERCENTILE, Method.BCA)):
        how = Resampling(replicates=20_000, method=method)
        scale = Scale(one.categories, positive)
        found = vector_statistics(one.vectors, scale, how)
        for key, wanted in BOOTSTRAPPED[name].items():
            # A share of few items has steps, and a tail may end on either side of one.
            near = 0.011 if method is Method.PERCENTILE or len(one.raters) > 8 else 0.02
            assert interval(found[key]) == pytest.approx(wanted[place], abs=near), (key, method)


def test_items_are_drawn_whole_over_trials():
    one = shared_table("aiag_attribute_50x3x3.csv")
    found = figures(one, positive="1", replicates=20_000, method=Method.PERCENTILE)
    assert interval(found["fleiss_kappa"]) == pytest.approx((0.664, 0.898), abs=0.012)
    assert interval(found["positive_agreement"]) == pytest.approx((0.885, 0.969), abs=0.012)


def test_full_agreement_on_two_defects_is_not_certainty():
    low, high = interval(figures(two_raters(2, 0, 0, 198), replicates=2000)["positive_agreement"])
    assert 0.3 < low < 0.45
    assert high == 1
    degenerate = figures(two_raters(2, 0, 0, 198), replicates=2000, method=Method.PERCENTILE)
    assert interval(degenerate["positive_agreement"]) == (1, 1)


def test_the_share_of_undefined_replicates_is_told():
    # No draw of the two defects: (198 / 200)^200 of the replicates, .134.
    found = figures(two_raters(2, 0, 0, 198), replicates=4000, method=Method.PERCENTILE)
    assert found["positive_agreement"].undefined_share == pytest.approx(0.134, abs=0.03)
    assert found["positive_agreement"].document()["undefined_share"] > 0


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(*[st.sampled_from((None, 0, 1))] * 3), min_size=1, max_size=12),
    st.sampled_from(list(Method)),
)
def test_an_interval_contains_its_estimate(rows, method):
    for figure in figures(table(rows), replicates=60, method=method).values():
        if isinstance(figure, Estimate) and figure.low is not None:
            assert figure.low <= figure.value <= figure.high


def test_the_same_seed_gives_the_same_interval_and_another_does_not():
    one = two_raters(9, 2, 1, 488)
    first = report(one, replicates=300).document()
    assert first == report(one, replicates=300).document()
    other = report(one, replicates=300, seed=1).document()
    assert first["defect_types"]["scratch"] != other["defect_types"]["scratch"]


def test_a_higher_level_gives_a_wider_interval():
    one = two_raters(9, 2, 1, 488)
    low, high = interval(figures(one, replicates=4000)["krippendorff_alpha"])
    lower, higher = interval(figures(one, replicates=4000, level=0.99)["krippendorff_alpha"])
    assert lower < low
    assert high < higher


def test_two_raters_have_the_same_interval_as_a_pair_and_as_a_type():
    whole = report(two_raters(9, 2, 1, 488), replicates=500)
    of_type, of_pair = whole.defect_types[0].statistics, whole.pairs[0].statistics
    for name in ("positive_agreement", "percent_agreement", "cohen_kappa"):
        assert of_type[name] == of_pair[name]
    assert of_type["light_kappa"] == of_pair["cohen_kappa"]


def grouped(groups: int, *, copies: int):
    """`groups` lots whose items are all alike: one in ten disputed, one in five defect."""
    patterns = np.array([[0, 0], [1, 1], [0, 1]] * groups, dtype=np.int8)
    kinds = np.arange(groups) % 10
    items = np.stack([kinds > 2, (kinds == 1) | (kinds == 2), kinds == 0], axis=1) * copies
    return rating_table(
        PatternCounts(
            ("absent", "present"),
            (Column("Anna"), Column("Ben")),
            patterns,
            items.reshape(-1).astype(np.int64),
            groups=np.repeat(np.arange(groups), 3).astype(np.int64),
        )
    )


def test_copies_within_a_group_do_not_make_an_interval_narrower():
    one = figures(grouped(60, copies=1), replicates=8000)["krippendorff_alpha"]
    many = figures(grouped(60, copies=50), replicates=8000)["krippendorff_alpha"]
    # The prior of two items weighs a little in sixty items and nothing in three thousand.
    assert interval(many) == pytest.approx(interval(one), abs=0.08)
    apart = two_raters(12 * 50, 6 * 50, 0, 42 * 50)
    alone = interval(figures(apart, replicates=8000)["krippendorff_alpha"])
    assert interval(many)[1] - interval(many)[0] > 3 * (alone[1] - alone[0])


def test_groups_of_one_item_are_items():
    found = interval(figures(grouped(400, copies=1), replicates=8000)["krippendorff_alpha"])
    apart = figures(two_raters(80, 40, 0, 280), replicates=8000)["krippendorff_alpha"]
    assert found == pytest.approx(interval(apart), abs=0.015)


def test_intervals_from_few_groups_are_stretched_by_student(monkeypatch):
    settings = {"replicates": 4000, "method": Method.PERCENTILE}
    wide = figures(grouped(10, copies=50), **settings)["gwet_ac1"]
    monkeypatch.setattr("labeler.core.agreement.intervals._stretch", lambda _: 1.0)
    plain = figures(grouped(10, copies=50), **settings)["gwet_ac1"]
    # Student's t with 9 degrees of freedom against the normal quantile: 2.262 / 1.960.
    reach = wide.value - interval(wide)[0], plain.value - interval(plain)[0]
    assert reach[0] == pytest.approx(reach[1] * 2.262157 / 1.959964)
    assert interval(wide)[1] <= 1


@pytest.mark.parametrize(
    ("sizes", "alone", "units"),
    [([100] * 3, 0, 3), ([100, 10, 1], 0, 3), ([100] * 3, 20, 3.0027), ([2] * 3, 20, 12.1304),
     ([1] * 5, 95, 99.7654)],
)  # fmt: skip
def test_items_alone_count_for_student_by_what_they_weigh(sizes, alone, units):
    groups = np.array([*range(len(sizes)), -1])
    items = np.array([*sizes, alone])
    features = np.ones((len(items), 1))
    atoms = Atoms(features, items, groups, features[:0], np.zeros(0))
    found = resample(atoms, lambda sums: sums, Resampling(replicates=0))
    assert found.units == pytest.approx(units, abs=1e-4)


def test_the_report_says_what_was_resampled():
    assert report(grouped(20, copies=2)).document()["intervals"]["resampled"] == "group"
    assert report(two_raters(1, 0, 0, 1)).document()["intervals"]["resampled"] == "item"


def test_the_prior_has_mass_two_on_what_a_usual_item_can_show():
    two = vector_prior(two_raters(5, 1, 0, 9).vectors)
    assert sorted(zip(two[0].tolist(), two[1].tolist(), strict=True)) == [
        ([0, 2], 0.5), ([1, 1], 1.0), ([2, 0], 0.5),
    ]  # fmt: skip
    three = vector_prior(table([(0, 0, 1), (0, 0, 0), (0, None, None)]).vectors)
    assert sorted(three[0].tolist()) == [[0, 3], [1, 2], [2, 1], [3, 0]]
    assert three[1].tolist() == [0.5] * 4
    tables, mass = pair_prior(two_raters(5, 1, 0, 9).pairs[0, 1])
    assert tables.sum(axis=(1, 2)).tolist() == [1] * 4
    assert mass.tolist() == [0.5] * 4


def test_the_prior_stays_small_for_many_ratings_on_many_categories():
    one = table([(0,) * 39, (4,) * 39], tuple("abcde"))
    vectors, mass = vector_prior(one.vectors)
    assert len(vectors) <= MOST_CELLS
    assert mass.sum() == pytest.approx(2)


def test_many_replicates_of_many_patterns_fit_into_memory(monkeypatch):
    one = two_raters(9, 2, 1, 488)
    whole = figures(one, replicates=500)["gwet_ac1"]
    monkeypatch.setattr("labeler.core.agreement.draws._CHUNK", 1_000)
    parts = figures(one, replicates=500)["gwet_ac1"]
    assert interval(parts) == pytest.approx(interval(whole), abs=1e-12)
    assert parts.undefined_share == 0


def test_without_replicates_there_is_a_value_and_no_interval():
    figure = figures(two_raters(9, 2, 1, 488))["positive_agreement"]
    document = figure.document()
    assert document.pop("value") == pytest.approx(0.857143, abs=1e-6)
    assert document.pop("standard_error") > 0
    assert document == {"low": None, "high": None}


def test_a_smoothed_interval_covers_the_truth_where_the_plain_one_does_not():
    """200 images at 1 % defects: statistics.md found .96 and .60."""
    rng = np.random.default_rng(5)
    found, hit = {Method.SMOOTHED: 0, Method.PERCENTILE: 0}, 0
    # Sensitivity .9 and specificity .998 of both reviewers, independent given the truth.
    both = 0.01 * 0.9**2 + 0.99 * 0.002**2
    one = 0.01 * 0.9 * 0.1 + 0.99 * 0.002 * 0.998
    truth = 2 * both / (2 * both + 2 * one)
    for study in range(150):
        cells = rng.multinomial(200, [both, one, one, 1 - both - 2 * one])
        if cells[:3].sum() == 0:
            continue
        hit += 1
        for method in found:
            sample = figures(two_raters(*cells), replicates=400, method=method, seed=study)
            low, high = interval(sample["positive_agreement"])
            found[method] += low <= truth <= high
    assert found[Method.SMOOTHED] / hit > 0.9
    assert found[Method.PERCENTILE] / hit < 0.75
