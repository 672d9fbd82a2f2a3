"""Precision and recall from audited strata: worked by hand, and in edge cases."""

import pytest
from scipy.stats import beta

from labeler.core.agreement.values import Estimate, Reason, Undefined
from labeler.core.label_accuracy.estimate import Share, label_accuracy
from labeler.core.label_accuracy.strata import AuditedStratum, Stratum

PRESENT, RULED = Stratum.PRESENT_AGREED, Stratum.PRESENT_RULED
ABSENT, DOUBTED = Stratum.ABSENT_AGREED, Stratum.ABSENT_DOUBTED


def test_figures_weigh_the_error_of_a_stratum_by_its_labels() -> None:
    found = label_accuracy(
        [
            AuditedStratum(PRESENT, 150, 50, 1),
            AuditedStratum(RULED, 50, 25, 5),
            AuditedStratum(DOUBTED, 40, 20, 2),
            AuditedStratum(ABSENT, 9_000, 3_000, 1),
        ]
    )
    wrong = 150 * 1 / 50 + 50 * 5 / 25  # 13
    missed = 40 * 2 / 20 + 9_000 * 1 / 3_000  # 7
    precision, recall = found.precision.figure, found.recall.figure
    assert isinstance(precision, Estimate)
    assert isinstance(recall, Estimate)
    assert precision.value == pytest.approx(1 - wrong / 200)
    assert recall.value == pytest.approx((200 - wrong) / (200 - wrong + missed))
    for share in (found.precision, found.recall):
        assert isinstance(share.figure, Estimate)
        assert share.figure.low is not None
        assert share.figure.high is not None
        assert share.at_least < share.figure.value < share.at_most
        assert share.figure.low < share.figure.value < share.figure.high


@pytest.mark.parametrize(("seen", "wrong"), [(59, 0), (93, 1), (153, 3)])
def test_the_published_sizes_just_show_95_percent(seen: int, wrong: int) -> None:
    def precision(count: int) -> Share:
        return label_accuracy([AuditedStratum(PRESENT, 100_000, count, wrong)]).precision

    assert precision(seen).at_least >= 0.95 > precision(seen - 1).at_least
    # In words too: of 58 clean audits .94968 must not become .950.
    assert (precision(seen).claim, precision(seen - 1).claim) == ("0.950", "0.949")
    limit = 1 - beta.ppf(0.95, wrong + 1, seen - wrong)
    assert precision(seen).at_least == pytest.approx(limit, abs=1e-4)


def test_with_the_halved_prior_38_clean_audits_would_pass_for_59() -> None:
    # Why claims do not use what the display does.
    assert 1 - beta.ppf(0.95, 0.5, 38.5) >= 0.95
    [share] = [label_accuracy([AuditedStratum(PRESENT, 1_000_000, 38)]).precision]
    assert share.at_least < 0.95


def test_a_recall_exactly_at_a_share_is_that_share() -> None:
    found = label_accuracy(
        [AuditedStratum(PRESENT, 190, 190), AuditedStratum(ABSENT, 800, 800, 10)]
    )
    assert found.recall.at_least == found.recall.at_most == 0.95
    assert found.precision.at_least == found.precision.at_most == 1.0


def test_a_stratum_of_which_nothing_was_audited_leaves_everything_open() -> None:
    found = label_accuracy([AuditedStratum(PRESENT, 10), AuditedStratum(ABSENT, 90, 30)])
    assert found.precision.figure == Undefined(Reason.NOT_AUDITED)
    assert (found.precision.at_least, found.precision.at_most) == (0.0, 1.0)
    assert found.recall.figure == Undefined(Reason.NOT_AUDITED)
    other = label_accuracy([AuditedStratum(PRESENT, 10, 10), AuditedStratum(ABSENT, 90)])
    assert (other.precision.at_least, other.precision.at_most) == (1.0, 1.0)
    assert other.recall.at_least == pytest.approx(10 / 100)
    assert other.recall.at_most == 1.0


def test_always_absent_labels_have_no_precision_and_a_recall_of_nothing() -> None:
    found = label_accuracy([AuditedStratum(ABSENT, 1_000, 100, 2)])
    assert found.precision.figure == Undefined(Reason.NONE_PRESENT)
    assert isinstance(found.recall.figure, Estimate)
    assert found.recall.figure.value == 0.0
    assert (found.recall.at_least, found.recall.at_most) == (0.0, 0.0)
    unseen = label_accuracy([AuditedStratum(ABSENT, 1_000, 100)])
    assert unseen.recall.figure == Undefined(Reason.NO_DEFECT)
    assert (unseen.recall.at_least, unseen.recall.at_most) == (0.0, 1.0)


def test_what_is_out_of_reach_widens_the_claims_and_leaves_the_figure_alone() -> None:
    near = [AuditedStratum(PRESENT, 200, 100, 2), AuditedStratum(ABSENT, 1_000, 900)]
    later = [*near, AuditedStratum(ABSENT, 30, out_of_reach=30)]
    first, then = label_accuracy(near), label_accuracy(later)
    assert first.recall.figure == then.recall.figure
    assert then.recall.at_least < first.recall.at_least


def test_the_same_counts_give_the_same_figures() -> None:
    strata = [AuditedStratum(PRESENT, 200, 100, 2), AuditedStratum(ABSENT, 90_000, 900, 1)]
    assert label_accuracy(strata) == label_accuracy(list(reversed(strata)))
