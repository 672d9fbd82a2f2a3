"""Figures that are found again are those that would be computed anew."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeler.core.agreement.report import measure
from labeler.flows.recall import Recall
from tests.core.agreement.made_tables import table, two_raters

BINARY = st.lists(st.tuples(*[st.sampled_from((None, 0, 1))] * 3), min_size=1, max_size=12)


def told(one, **settings_of) -> str:
    """A report to the last digit."""
    found = measure({"scratch": one}, positive="present", replicates=80, **settings_of)
    return json.dumps(found.document())


@settings(max_examples=30, deadline=None)
@given(BINARY, BINARY)
def test_a_report_recalled_in_part_is_the_one_computed_anew(rows, more):
    recall = Recall()
    for some in (rows, rows + more, rows):
        assert told(table(some), recall=recall) == told(table(some))


def test_recall_makes_once_and_forgets_the_oldest():
    made = []

    def make(name: str):
        return lambda: made.append(name) or name

    recall = Recall(most=2)
    array = np.array([1, 2])
    for name, of in (("a", array), ("a", array.copy()), ("b", array * 2), ("c", 3), ("a", array)):
        assert recall(make(name), "figures", of) == name
    assert made == ["a", "b", "c", "a"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (np.array([1, 2]), np.array([[1, 2]])),
        (np.array([1], dtype=np.int8), np.array([1], dtype=np.int64)),
        (("a", ("b",)), ("a", "b")),
        (None, "None "),
        (two_raters(1, 2, 3, 4).pairs[0, 1], two_raters(1, 3, 2, 4).pairs[0, 1]),
    ],
)  # fmt: skip
def test_recall_tells_apart_what_differs(one, other):
    recall = Recall()
    assert recall(lambda: "one", one) == "one"
    assert recall(lambda: "other", other) == "other"
    assert recall(lambda: "again", one) == "one"
