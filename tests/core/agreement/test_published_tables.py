"""Values that others have printed, and those of our reference page."""

import csv

import numpy as np
import pytest

from labeler.core.agreement.coefficients import table_sums
from labeler.core.agreement.cohen import cohen_kappa, cohen_standard_error
from labeler.core.agreement.krippendorff import Metric, krippendorff_alpha
from labeler.core.agreement.ratings import MISSING, Column
from labeler.core.agreement.values import Reason, Undefined
from labeler.core.agreement.weighted import weighted_fleiss, weighted_gwet
from labeler.core.agreement.weights import linear_weights, ordinal_weights, quadratic_weights
from tests.core.agreement.made_tables import figures, report, shared_file, table, two_raters, value

# Krippendorff 2011, section C: observers A to D, twelve units, 0 where missing.
KRIPPENDORFF = """
1 1 0 1
2 2 3 2
3 3 3 3
3 3 3 3
2 2 2 2
1 2 3 4
4 4 4 4
1 1 2 1
2 2 2 2
0 5 5 5
0 0 1 1
0 3 0 0
"""
FIVE = tuple("12345")


def krippendorff_2011():
    lines = KRIPPENDORFF.split("\n")[1:-1]
    rows = [[int(code) - 1 if code != "0" else None for code in line.split()] for line in lines]
    return table(rows, FIVE)


def shared_table(file: str, *, trials: str | None = None, people: bool = True):
    """A table of the shared folder; `people` False takes every column for a rater."""
    path = shared_file(file)
    with path.open(encoding="utf-8", newline="") as stream:
        lines = [one for one in csv.DictReader(stream) if trials in (None, one.get("trial"))]
    labels = sorted({one["label"] for one in lines})
    items = {name: i for i, name in enumerate(dict.fromkeys(one["item"] for one in lines))}
    names = {(one["rater"], one.get("trial", "")): None for one in lines}
    rows = [[None] * len(names) for _ in items]
    known = np.full(len(items), MISSING, dtype=np.int8)
    for one in lines:
        column = list(names).index((one["rater"], one.get("trial", "")))
        rows[items[one["item"]]][column] = labels.index(one["label"])
        if "reference" in one:
            known[items[one["item"]]] = labels.index(one["reference"])
    columns = [Column(r, t) if people else Column(f"{r}/{t}") for r, t in names]
    return table(rows, labels, columns=columns, reference=known)


def check(found, wanted):
    """`wanted` has a value, or a value and its standard error."""
    for name, expected in wanted.items():
        figure = found[name]
        point, error = expected if isinstance(expected, tuple) else (expected, None)
        assert value(figure) == pytest.approx(point, abs=1e-6), name
        if error is not None:
            assert figure.standard_error == pytest.approx(error, abs=1e-6), name


def check_specific(found, expected):
    values = [value(figure) for figure in found["specific_agreement"].values()]
    assert values == pytest.approx(expected, abs=1e-6)


def test_krippendorffs_table_of_2011():
    one = krippendorff_2011()
    found = figures(one, positive=None, ordered=FIVE)
    check(
        found,
        {
            "percent_agreement": 0.818182,
            "fleiss_kappa": (0.761169, 0.153019),
            "gwet_ac1": (0.775444, 0.142950),
            "brennan_prediger": (0.772727, 0.144717),
            "krippendorff_alpha": 0.743421,
            "krippendorff_alpha_ordinal": 0.815388,
            "gwet_ac2": (0.914001, 0.103962),
            "light_kappa": 0.700163,
        },
    )
    check_specific(found, [0.7, 0.769231, 0.8, 0.8, 1.0])
    interval_alpha = krippendorff_alpha(table_sums(one.vectors), Metric.INTERVAL)
    assert float(interval_alpha[0]) == pytest.approx(0.849107, abs=1e-6)


def test_cohens_kappa_of_krippendorffs_observers():
    pairs = report(krippendorff_2011(), positive=None).pairs
    found = [pair.statistics["cohen_kappa"] for pair in pairs]
    assert [pair.images for pair in pairs] == [9, 8, 9, 9, 10, 10]
    assert [figure.value for figure in found] == pytest.approx(
        [0.844828, 0.478261, 0.850000, 0.542373, 0.870130, 0.615385], abs=1e-6
    )
    assert [figure.standard_error for figure in found] == pytest.approx(
        [0.146542, 0.214454, 0.137204, 0.216099, 0.122465, 0.183151], abs=1e-6
    )


# Feinstein and Cicchetti 1990: both, first only, second only, neither.
PARADOX = {
    (40, 9, 6, 45): {
        "percent_agreement": 0.85, "fleiss_kappa": (0.699248, 0.071944),
        "gwet_ac1": (0.700748, 0.071711), "pabak": (0.7, 0.071774),
        "krippendorff_alpha": 0.700752, "cohen_kappa": (0.699519, 0.071394),
        "negative_agreement": 0.857143, "positive_agreement": 0.842105,
    },
    (80, 10, 5, 5): {
        "percent_agreement": 0.85, "fleiss_kappa": (0.314286, 0.136159),
        "gwet_ac1": (0.808000, 0.052392), "pabak": (0.7, 0.071774),
        "krippendorff_alpha": 0.317714, "cohen_kappa": (0.318182, 0.133457),
        "negative_agreement": 0.4, "positive_agreement": 0.914286,
    },
    (45, 15, 25, 15): {
        "percent_agreement": 0.6, "fleiss_kappa": (0.120879, 0.101747),
        "gwet_ac1": (0.266055, 0.103921), "pabak": (0.2, 0.098473),
        "krippendorff_alpha": 0.125275, "cohen_kappa": (0.130435, 0.098662),
        "negative_agreement": 0.428571, "positive_agreement": 0.692308,
    },
    (25, 35, 5, 35): {
        "percent_agreement": 0.6, "fleiss_kappa": (0.191919, 0.098925),
        "gwet_ac1": (0.207921, 0.099516), "pabak": (0.2, 0.098473),
        "krippendorff_alpha": 0.195960, "cohen_kappa": (0.259259, 0.077160),
        "negative_agreement": 0.636364, "positive_agreement": 0.555556,
    },
    (9, 2, 1, 488): {
        "percent_agreement": 0.994, "fleiss_kappa": 0.854079, "gwet_ac1": 0.993743,
        "pabak": 0.988, "krippendorff_alpha": 0.854224, "cohen_kappa": 0.854086,
        "positive_agreement": 0.857143,
    },
    # Two who never agree on a defect: those that allow for chance are just below nothing.
    (0, 1, 1, 498): {
        "percent_agreement": 0.996, "fleiss_kappa": -0.002004, "gwet_ac1": 0.995984,
        "pabak": 0.992, "krippendorff_alpha": -0.001002, "cohen_kappa": -0.002004,
        "positive_agreement": 0,
    },
}  # fmt: skip


@pytest.mark.parametrize("cells", PARADOX)
def test_the_paradoxes_of_kappa(cells):
    check(figures(two_raters(*cells)), PARADOX[cells])


def test_dawid_and_skenes_anaesthetists_on_their_first_answers():
    one = shared_table("dawid_skene_1979.csv", trials="1")
    found = figures(one, positive=None, ordered=one.categories)
    check(
        found,
        {
            "percent_agreement": 0.724444,
            "fleiss_kappa": (0.582435, 0.055825),
            "gwet_ac1": (0.646737, 0.055732),
            "brennan_prediger": (0.632593, 0.055439),
            "krippendorff_alpha": 0.584291,
            "krippendorff_alpha_ordinal": 0.811892,
            "gwet_ac2": (0.903817, 0.020943),
            "light_kappa": 0.585289,
        },
    )
    check_specific(found, [0.882979, 0.708333, 0.397059, 0.538462])
    first = report(one, positive=None).pairs[0].statistics["cohen_kappa"]
    assert (first.value, first.standard_error) == pytest.approx((0.540481, 0.097096), abs=1e-6)


def test_dawid_and_skenes_anaesthetists_in_all_seven_columns():
    one = shared_table("dawid_skene_1979.csv", people=False)
    found = figures(one, positive=None, ordered=one.categories)
    wanted = {
        "percent_agreement": 0.725926,
        "fleiss_kappa": (0.581242, 0.050292),
        "gwet_ac1": (0.649448, 0.046075),
        "brennan_prediger": (0.634568, 0.046419),
        "krippendorff_alpha": 0.582571,
        "krippendorff_alpha_ordinal": 0.795573,
        "gwet_ac2": (0.909054, 0.016195),
    }
    check(found, wanted | {"light_kappa": 0.584272})
    check_specific(found, [0.858268, 0.709333, 0.472222, 0.555556])
    people = shared_table("dawid_skene_1979.csv")
    # The three answers of one person are columns, but no pairs.
    check(
        figures(people, positive=None, ordered=people.categories),
        wanted | {"light_kappa": 0.585289},
    )


def test_the_attribute_study_of_the_measurement_systems_manual():
    one = shared_table("aiag_attribute_50x3x3.csv")
    check(
        figures(one, positive="1"),
        {
            "percent_agreement": 0.908889,
            "fleiss_kappa": (0.793606, 0.058976),
            "gwet_ac1": (0.836882, 0.050305),
            "pabak": (0.817778, 0.052237),
            "krippendorff_alpha": 0.794064,
            "positive_agreement": 0.932119,
            "negative_agreement": 0.861486,
        },
    )
    columns = shared_table("aiag_attribute_50x3x3.csv", people=False)
    check(figures(columns, positive="1"), {"light_kappa": 0.794364})
    tables = [pair.total.astype(float) for pair in one.pairs.values()]
    assert [float(cohen_kappa(t)) for t in tables] == pytest.approx(
        [0.862944, 0.776119, 0.788007], abs=1e-6
    )
    assert [cohen_standard_error(t) for t in tables] == pytest.approx(
        [0.044198, 0.054671, 0.053702], abs=1e-6
    )
    # Decisions of several trials are not independent, and a report does not claim they are.
    assert report(one, positive="1").pairs[0].statistics["cohen_kappa"].standard_error is None


def test_thirty_nine_people_looking_at_bluebirds():
    one = shared_table("bluebirds.csv")
    check(
        figures(one, positive="1"),
        {
            "percent_agreement": 0.588194,
            "fleiss_kappa": (0.125293, 0.012383),
            "gwet_ac1": (0.221844, 0.027018),
            "pabak": (0.176388, 0.017030),
            "krippendorff_alpha": 0.125501,
            "positive_agreement": 0.456942,
            "negative_agreement": 0.668351,
            "light_kappa": 0.139605,
        },
    )


def test_perfect_agreement_has_no_error():
    assert cohen_standard_error(np.array([[4.0, 0], [0, 6.0]])) == 0
    assert figures(two_raters(5, 0, 0, 5))["fleiss_kappa"].standard_error == 0


# Gwet's AC2 and Fleiss' kappa, linear, quadratic and ordinal weights on the rank: value, error.
WEIGHTED = {
    "krippendorff": (
        {"linear": (0.858739, 0.117329), "quadratic": (0.914001, 0.103962),
         "ordinal": (0.898940, 0.106904)},
        {"linear": (0.817945, 0.148504), "quadratic": (0.864935, 0.146034)},
    ),
    "first answers": (
        {"linear": (0.802159, 0.036529), "quadratic": (0.903817, 0.020943),
         "ordinal": (0.872506, 0.026151)},
        {"linear": (0.687980, 0.050652), "quadratic": (0.796983, 0.045546)},
    ),
    "all answers": (
        {"linear": (0.807450, 0.029153), "quadratic": (0.909054, 0.016195),
         "ordinal": (0.877881, 0.020493)},
        {"linear": (0.682048, 0.049394), "quadratic": (0.790364, 0.046053)},
    ),
}  # fmt: skip
WEIGHTS = {"linear": linear_weights, "quadratic": quadratic_weights, "ordinal": ordinal_weights}


def weighted_table(name: str):
    if name == "krippendorff":
        return krippendorff_2011()
    trials = "1" if name == "first answers" else None
    return shared_table("dawid_skene_1979.csv", trials=trials, people=False)


@pytest.mark.parametrize("name", WEIGHTED)
def test_weights_on_the_rank(name):
    counted = weighted_table(name).vectors
    for found, wanted in zip((weighted_gwet, weighted_fleiss), WEIGHTED[name], strict=True):
        for kind, expected in wanted.items():
            figure = found(counted, WEIGHTS[kind](counted.vectors.shape[1]))
            assert (figure.value, figure.standard_error) == pytest.approx(expected, abs=1e-6), kind


def test_weights_of_all_or_nothing_are_no_weights():
    one = krippendorff_2011()
    found = figures(one, positive=None, ordered=FIVE)
    for weighted, plain in ((weighted_gwet, "gwet_ac1"), (weighted_fleiss, "fleiss_kappa")):
        figure = weighted(one.vectors, np.eye(5))
        assert figure.value == pytest.approx(found[plain].value)
        assert figure.standard_error == pytest.approx(found[plain].standard_error)
    quadratic = weighted_gwet(one.vectors, quadratic_weights(5))
    assert quadratic.value == pytest.approx(found["gwet_ac2"].value)
    assert ordinal_weights(3)[0].tolist() == pytest.approx([1, 2 / 3, 0])


def test_weighted_figures_say_why_they_are_undefined():
    weights = linear_weights(2)
    for weighted in (weighted_gwet, weighted_fleiss):
        apart = table([(1, None), (None, 0)]).vectors
        assert weighted(apart, weights) == Undefined(Reason.NO_TWO_RATINGS)
    alike = table([(1, 1), (1, 1)]).vectors
    assert weighted_fleiss(alike, weights) == Undefined(Reason.NO_VARIATION)
    alone = table([(0, 0)], ("ok",)).vectors
    assert weighted_gwet(alone, linear_weights(1)) == Undefined(Reason.ONE_CATEGORY)


def interval_alpha(one) -> float:
    return float(krippendorff_alpha(table_sums(one.vectors), Metric.INTERVAL)[0])


def test_alpha_with_the_rank_as_a_measure():
    assert interval_alpha(weighted_table("first answers")) == pytest.approx(0.797885, abs=1e-6)
    assert interval_alpha(weighted_table("all answers")) == pytest.approx(0.791029, abs=1e-6)


def test_every_two_anaesthetists():
    one = weighted_table("first answers")
    pairs = report(one, positive=None, ordered=one.categories).pairs
    found = [pair.statistics["cohen_kappa"] for pair in pairs]
    assert {pair.images for pair in pairs} == {45}
    assert [figure.value for figure in found] == pytest.approx(
        [0.540481, 0.718530, 0.759358, 0.617465, 0.480519, 0.580946, 0.478639, 0.527027,
         0.587471, 0.562453], abs=1e-6,
    )  # fmt: skip
    assert [figure.standard_error for figure in found] == pytest.approx(
        [0.097096, 0.080713, 0.082336, 0.092194, 0.093757, 0.095850, 0.101287, 0.093525,
         0.092337, 0.095424], abs=1e-6,
    )  # fmt: skip


def test_what_was_printed_to_its_digits():
    """Krippendorff and Gwet to three and five, Feinstein and Cicchetti to two."""
    one = krippendorff_2011()
    found = figures(one, positive=None, ordered=FIVE)
    assert round(found["krippendorff_alpha"].value, 3) == 0.743
    assert round(found["krippendorff_alpha_ordinal"].value, 3) == 0.815
    assert round(interval_alpha(one), 3) == 0.849
    printed = {"gwet_ac1": (0.77544, 0.14295), "fleiss_kappa": (0.76117, 0.15302)}
    for name, (point, error) in printed.items():
        assert round(found[name].value, 5) == point
        assert round(found[name].standard_error, 5) == error
    assert round(found["krippendorff_alpha"].value, 5) == 0.74342
    paradox = [(40, 9, 6, 45), (80, 10, 5, 5), (45, 15, 25, 15), (25, 35, 5, 35)]
    kappas = [round(figures(two_raters(*cells))["cohen_kappa"].value, 2) for cells in paradox]
    assert kappas == [0.70, 0.32, 0.13, 0.26]
