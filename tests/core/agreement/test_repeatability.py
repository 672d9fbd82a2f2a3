"""Agreement with oneself, worked by hand and by simulation."""

import numpy as np
import pytest

from labeler.core.agreement.proportions import wilson
from labeler.core.agreement.repeatability import repeatability
from labeler.core.agreement.values import Reason, Undefined
from labeler.core.terms import Verdict

ABSENT, PRESENT, UNSURE = Verdict.ABSENT, Verdict.PRESENT, Verdict.UNSURE


def of(kept: int, dropped: int, added: int, left: int, unsure: int = 0):
    answers = {
        (PRESENT, PRESENT): kept, (PRESENT, ABSENT): dropped, (ABSENT, PRESENT): added,
        (ABSENT, ABSENT): left, (PRESENT, UNSURE): unsure, (UNSURE, ABSENT): unsure,
    }  # fmt: skip
    return repeatability("anna", "scratch", answers)


def test_the_worked_example_of_the_docstring():
    found = of(9, 3, 1, 17, unsure=2)
    assert found.repeats == 30
    assert found.unsure == 4
    alike = found.statistics["alike"]
    assert (alike.count, alike.of, alike.value) == (26, 30, pytest.approx(26 / 30))
    assert (alike.low, alike.high) == pytest.approx(wilson(26, 30))
    assert found.statistics["positive_agreement"].value == 0.75
    assert found.statistics["negative_agreement"].value == pytest.approx(17 / 18)


def test_few_repeats_give_counts_and_no_share():
    found = of(5, 4, 0, 1)
    assert found.statistics["alike"].value == 0.6
    few, none = Undefined(Reason.TOO_FEW_REPEATS), Undefined(Reason.NO_REPEAT)
    assert found.statistics["positive_agreement"] == few
    assert found.document()["table"]["present"] == {"absent": 4, "present": 5}
    assert of(0, 0, 0, 12).statistics["positive_agreement"] == none
    assert of(0, 0, 0, 0, unsure=3).statistics["alike"] == none


def test_the_share_of_marks_made_again_is_the_agreement_over_everything_ever_judged():
    """However unevenly the repeats are drawn: half of them marked where 3 % are."""
    luck = np.random.default_rng(5)
    defect = luck.random(400_000) < 0.05
    first, second = (luck.random(defect.size) < np.where(defect, 0.8, 0.01) for _ in range(2))
    both, one = int((first & second).sum()), int((first ^ second).sum())
    everywhere = 2 * both / (2 * both + one)
    marked, rest = np.flatnonzero(first), np.flatnonzero(~first)
    drawn = np.concatenate([luck.choice(marked, 8_000, False), luck.choice(rest, 8_000, False)])
    a, b = first[drawn], second[drawn]
    found = of(int((a & b).sum()), int((a & ~b).sum()), int((~a & b).sum()), int((~a & ~b).sum()))
    ours = found.statistics["positive_agreement"].value
    assert ours == pytest.approx(everywhere, abs=0.015)
    table = found.table
    naive_both = 2 * table[PRESENT][PRESENT]
    naive = naive_both / (naive_both + table[PRESENT][ABSENT] + table[ABSENT][PRESENT])
    assert naive > everywhere + 0.08, "over what was drawn it would flatter"
