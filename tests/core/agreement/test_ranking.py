"""Orders from Dawid and Skene's model, and nothing but orders."""

import ast
from dataclasses import fields
from pathlib import Path

import numpy as np

from labeler.core.agreement import ranking as ranking_file
from labeler.core.agreement.ranking import Ranking, rank
from labeler.core.agreement.ratings import MISSING, UNSURE
from labeler.core.agreement.values import Reason, Undefined
from tests.core.agreement.made_tables import patterns

PACKAGE = Path(ranking_file.__file__).parents[2]


def simulated(sensitivity, specificity, *, prevalence=0.1, items=4000, seed=1, each=2):
    """Two of the raters judge each item."""
    luck = np.random.default_rng(seed)
    raters = len(sensitivity)
    defect = luck.random(items) < prevalence
    chance = np.where(defect[:, None], sensitivity, 1 - np.array(specificity))
    said = (luck.random((items, raters)) < chance).astype(np.int8)
    for row in said:
        row[luck.choice(raters, raters - each, replace=False)] = MISSING
    return patterns([tuple(int(code) for code in row) for row in said])


def test_whoever_errs_most_is_trained_first():
    found = rank(simulated([0.95, 0.6, 0.85, 0.9], [0.99, 0.99, 0.9, 0.99]))
    assert isinstance(found, Ranking)
    assert found.to_train == ("r1", "r2", "r3", "r0")


def test_where_reviewers_differ_is_in_doubt_and_where_they_agree_is_not():
    found = rank(simulated([0.9] * 3, [0.98] * 3, each=2))
    assert isinstance(found, Ranking)
    assert set(found.doubtful) >= {(1, 0, MISSING), (0, MISSING, 1), (MISSING, 1, 0)}
    assert (0, 0, MISSING) not in found.doubtful
    assert (1, 1, MISSING) not in found.doubtful
    assert min(found.doubtful.values()) == 1


def test_a_mark_by_somebody_who_marks_too_much_is_weighed_as_such():
    """Anna, who hardly errs, alone against one who marks every tenth good part."""
    found = rank(simulated([0.98, 0.9, 0.9], [0.999, 0.9, 0.99], prevalence=0.05, items=8000))
    assert isinstance(found, Ranking)
    order = {pattern: found.doubtful.get(pattern, 99) for pattern in ((1, 0, -1), (0, 1, -1))}
    assert order[1, 0, -1] != order[0, 1, -1]


def test_can_t_tell_is_no_answer_and_a_single_mark_may_be_in_doubt():
    rows = [(1, UNSURE, MISSING)] * 3 + [(1, 1, 1)] * 5 + [(0, 0, 0)] * 60 + [(1, 0, 0)] * 4
    found = rank(patterns(rows))
    assert isinstance(found, Ranking)
    assert len(found.to_train) == 3


def test_two_raters_or_an_unconnected_pool_have_no_order():
    assert rank(patterns([(1, 0), (0, 0)])) == Undefined(Reason.TOO_FEW_RATERS)
    apart = [(1, 0, None, None), (None, None, 1, 0)]
    assert rank(patterns(apart)) == Undefined(Reason.NOT_CONNECTED)
    assert rank(patterns([(UNSURE, UNSURE, UNSURE)])) == Undefined(Reason.NO_RATINGS)


def test_whoever_gave_no_rating_is_left_out_and_keeps_the_column():
    three = [(1, 1, 1)] * 5 + [(0, 0, 0)] * 60 + [(1, 0, 0)] * 4 + [(0, 1, 1)]
    plain = rank(patterns(three))
    assert isinstance(plain, Ranking)
    names = {"r0": "r0", "r1": "r2", "r2": "r3"}
    for nothing in (MISSING, UNSURE):
        found = rank(patterns([(a, nothing, b, c) for a, b, c in three]))
        assert isinstance(found, Ranking)
        assert found.to_train == tuple(names[name] for name in plain.to_train)
        wanted = {(a, nothing, b, c): place for (a, b, c), place in plain.doubtful.items()}
        assert found.doubtful == wanted
    two = [(a, MISSING, b, UNSURE) for a, b, _ in three]
    assert rank(patterns(two)) == Undefined(Reason.TOO_FEW_RATERS)


def test_where_all_say_the_same_nobody_stands_out():
    assert rank(patterns([(0, 0, 0)] * 9)) == Undefined(Reason.NOT_MARKED)
    assert rank(patterns([(1, 1, 1)] * 9)) == Undefined(Reason.ALWAYS_MARKED)


def test_groups_change_nothing_about_the_order():
    table = simulated([0.9, 0.7, 0.8], [0.98, 0.95, 0.97])
    spread = type(table)(
        table.categories, table.columns,
        np.repeat(table.patterns, 2, axis=0), np.repeat(table.items, 2),
        np.arange(2 * len(table.items)),
    )  # fmt: skip
    assert rank(spread).to_train == rank(table).to_train


def test_no_number_of_the_model_can_leave():
    """Names and whole-numbered places: what is not there cannot be printed as an accuracy."""
    found = rank(simulated([0.9, 0.7, 0.8], [0.98, 0.95, 0.97]))
    assert isinstance(found, Ranking)
    assert {field.name for field in fields(found)} == {"to_train", "doubtful"}
    assert all(type(name) is str for name in found.to_train)
    assert all(type(place) is int for place in found.doubtful.values())
    assert sorted(set(found.doubtful.values())) == list(range(1, max(found.doubtful.values()) + 1))


def test_nothing_else_knows_the_model():
    known_by = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import | ast.ImportFrom):
                module = getattr(node, "module", None) or ""
                names = [module, *(alias.name for alias in node.names)]
                known_by |= {path.name for name in names if "dawid_skene" in name}
    assert known_by == {"ranking.py"}
