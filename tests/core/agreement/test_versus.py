"""A rater against known answers: what is counted, what is too few, what hangs together."""

import numpy as np
import pytest

from labeler.core.agreement.proportions import jeffreys
from labeler.core.agreement.ratings import UNSURE
from labeler.core.agreement.report import measure
from labeler.core.agreement.values import Reason, Undefined
from tests.core.agreement.made_tables import interval, table


def seen(said, truth, *, fewest=0, units=None):
    """One rater's report against the truth, item by item; -2 is "can't tell"."""
    groups = None if units is None else np.array(units, dtype=np.int64)
    reference = np.array(truth, dtype=np.int8)
    one = table([(answer, 0) for answer in said], reference=reference, groups=groups)
    return measure({"scratch": one}, positive="present", fewest_known=fewest).versus_reference[0]


def test_what_was_said_of_each_known_answer_is_counted():
    found = seen([1, 1, 0, UNSURE, 0, 1, 0, UNSURE], [1, 1, 1, 1, 0, 0, 0, 0])
    assert found.confusion == {
        "absent": {"absent": 2, "present": 1},
        "present": {"absent": 1, "present": 2},
    }
    assert found.unsure == {"absent": 1, "present": 1}
    assert found.known == {"absent": 3, "present": 3}
    sensitivity = found.statistics["sensitivity"]
    assert (sensitivity.count, sensitivity.of) == (2, 3)
    assert interval(sensitivity) == pytest.approx(jeffreys(2, 3))
    assert found.document()["confusion"]["present"] == {"absent": 1, "present": 2}


def test_with_few_defective_parts_there_are_counts_and_no_share():
    said, truth = [1] * 18 + [0] + [0] * 30, [1] * 19 + [0] * 30
    found = seen(said, truth, fewest=20)
    few = Undefined(Reason.TOO_FEW_KNOWN_POSITIVE)
    for name in ("sensitivity", "percent_agreement", "cohen_kappa"):
        assert found.statistics[name] == few, name
    assert found.statistics["specificity"].value == 1
    assert found.confusion["present"] == {"absent": 1, "present": 18}
    enough = seen([*said, 1], [*truth, 1], fewest=20)
    assert enough.statistics["sensitivity"].value == 19 / 20


def test_with_few_good_parts_there_is_no_specificity():
    found = seen([1] * 20 + [0] * 19, [1] * 20 + [0] * 19, fewest=20)
    assert found.statistics["specificity"] == Undefined(Reason.TOO_FEW_KNOWN_NEGATIVE)
    assert found.statistics["sensitivity"].value == 1


def test_pictures_of_one_part_widen_the_interval_and_parts_seen_once_do_not():
    said, truth = [1] * 20 + [0] * 10, [1] * 30
    alone = seen(said, truth, units=range(30)).statistics["sensitivity"]
    assert interval(alone) == pytest.approx(jeffreys(20, 30))
    threes = seen(said, truth, units=[n // 3 for n in range(30)]).statistics["sensitivity"]
    assert (threes.value, threes.of) == (alone.value, 30)
    assert np.ptp(interval(threes)) > 1.3 * np.ptp(interval(alone))
