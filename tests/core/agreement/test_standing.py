"""One word per defect type, judged on the ends of the interval."""

import pytest

from labeler.core.agreement.report import measure
from labeler.core.agreement.standing import Standing, standing
from labeler.core.agreement.values import Estimate, Reason, Undefined
from tests.core.agreement.made_tables import two_raters


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [
        (0.75, 0.90, "good"),
        (0.7499, 0.99, "look"),
        (0.40, 0.60, "look"),
        (0.39, 0.7499, "act"),
        (0.0, 0.2, "act"),
        (0.39, 0.75, "not_enough"),
        (0.1, 1.0, "not_enough"),
    ],
)
def test_the_low_end_must_be_good_and_the_high_end_may_not_be(low, high, word):
    assert standing(Estimate((low + high) / 2, low, high)) == word


def test_without_an_interval_nothing_is_said():
    assert standing(Undefined(Reason.NOT_MARKED)) is Standing.NOT_ENOUGH
    assert standing(Estimate(0.9)) is Standing.NOT_ENOUGH


def test_the_same_share_is_not_enough_on_few_images_and_good_on_many():
    def of(both, differing):
        table = two_raters(both, differing // 2, differing - differing // 2, 1000)
        (one,) = measure({"scratch": table}, positive="present").defect_types
        return standing(one.statistics["positive_agreement"])

    assert of(2, 1) is Standing.NOT_ENOUGH
    assert of(200, 40) is Standing.GOOD
    assert of(20, 60) is Standing.ACT
