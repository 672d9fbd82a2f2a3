"""The fast sums against slow definitions, and what must not change a result."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.agreement.made_tables import (
    figures,
    slow_ac1,
    slow_alpha,
    slow_fleiss,
    slow_light,
    slow_percent_agreement,
    slow_specific_agreement,
    table,
    value,
)

THREE = ("a", "b", "c")
ANSWER = st.sampled_from((None, 0, 1, 2))


@st.composite
def ratings(draw) -> list[tuple[int | None, ...]]:
    width = draw(st.integers(2, 4))
    rows = st.lists(st.tuples(*[ANSWER] * width), min_size=1, max_size=9)
    return draw(rows)


def close(found: float | None, wanted: float | None) -> bool:
    if found is None or wanted is None:
        return found is None and wanted is None
    return found == pytest.approx(wanted, abs=1e-9)


def measured(rows, categories=THREE):
    return figures(table(rows, categories), positive=None, ordered=categories)


def points(found) -> dict[str, float | None]:
    flat = {k: value(v) for k, v in found.items() if k != "specific_agreement"}
    return flat | {f"on {k}": value(v) for k, v in found["specific_agreement"].items()}


@settings(max_examples=150, deadline=None)
@given(ratings())
def test_the_fast_statistics_equal_their_definitions(rows):
    found = measured(rows)
    assert close(value(found["percent_agreement"]), slow_percent_agreement(rows))
    assert close(value(found["fleiss_kappa"]), slow_fleiss(rows, 3))
    assert close(value(found["gwet_ac1"]), slow_ac1(rows, 3))
    assert close(value(found["krippendorff_alpha"]), slow_alpha(rows))
    assert close(value(found["krippendorff_alpha_ordinal"]), slow_alpha(rows, ordinal=True))
    assert close(value(found["light_kappa"]), slow_light(rows))
    for code, name in enumerate(THREE):
        wanted = slow_specific_agreement(rows, code)
        assert close(value(found["specific_agreement"][name]), wanted)


@settings(max_examples=60, deadline=None)
@given(ratings(), st.randoms(use_true_random=False))
def test_neither_the_order_of_raters_nor_that_of_items_matters(rows, random):
    order = list(range(len(rows[0])))
    random.shuffle(order)
    shuffled = [tuple(row[index] for index in order) for row in rows]
    random.shuffle(shuffled)
    before, after = points(measured(rows)), points(measured(shuffled))
    assert all(close(after[name], before[name]) for name in before)


@settings(max_examples=60, deadline=None)
@given(ratings(), st.permutations(range(3)))
def test_the_names_of_categories_do_not_matter(rows, names):
    renamed = [tuple(None if c is None else names[c] for c in row) for row in rows]
    before, after = points(measured(rows)), points(measured(renamed))
    for name in ("percent_agreement", "fleiss_kappa", "krippendorff_alpha", "gwet_ac1"):
        assert close(after[name], before[name])
    for code, name in enumerate(THREE):
        assert close(after[f"on {THREE[names[code]]}"], before[f"on {name}"])


@settings(max_examples=60, deadline=None)
@given(ratings())
def test_turning_the_order_around_changes_no_ordinal_coefficient(rows):
    turned = [tuple(None if c is None else 2 - c for c in row) for row in rows]
    before, after = measured(rows), measured(turned)
    for name in ("krippendorff_alpha_ordinal", "gwet_ac2"):
        assert close(value(after[name]), value(before[name]))


@settings(max_examples=60, deadline=None)
@given(ratings())
def test_a_category_that_nobody_uses_counts_where_the_definition_says_so(rows):
    narrow, wide = measured(rows), measured(rows, (*THREE, "d"))
    for name in ("percent_agreement", "fleiss_kappa", "krippendorff_alpha"):
        assert close(value(wide[name]), value(narrow[name]))
    if value(narrow["percent_agreement"]) is not None:
        agreement = value(narrow["percent_agreement"])
        assert value(wide["brennan_prediger"]) == pytest.approx((agreement - 0.25) / 0.75)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[st.sampled_from((None, 0, 1))] * 3), min_size=1, max_size=9))
def test_the_names_of_present_and_absent_can_be_exchanged(rows):
    found = figures(table(rows))
    swapped = figures(table([tuple(None if c is None else 1 - c for c in row) for row in rows]))
    assert close(value(found["positive_agreement"]), value(swapped["negative_agreement"]))
    assert close(value(found["krippendorff_alpha"]), value(swapped["krippendorff_alpha"]))
