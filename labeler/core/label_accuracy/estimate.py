"""Precision and recall of the settled labels of one defect type, from audited strata.

Statistics.md 5.3: the error of a stratum is e / n, weighted by its share of the labels. Of the
labels that say present, N+ in all, FP are wrong; of those that say absent, FN are. Precision is
1 − FP / N+; recall is TP / (TP + FN) with TP = N+ − FP.

The figures are about these labels, drawn one by one without regard to their unit or lot. Then
chance lies in the drawing alone, and the limits hold however much the images of one unit depend
on each other: whole units may be wrong together. Drawing whole units would keep nothing of that,
and would need more audits for the same limits, because the second image of a unit says little.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labeler.core.agreement.values import Estimate, Figure, Reason, Undefined
from labeler.core.label_accuracy.strata import AuditedStratum
from labeler.core.label_accuracy.wrong_labels import Assume, WrongCount, wrong_count
from labeler.core.rounded import cut

_HALVINGS = 50
_TOUCH = 1e-9
_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Share:
    """Precision or recall: the figure to show, and what may be claimed.

    `figure` has a two-sided interval (Jeffreys). `at_least` and `at_most` are one-sided limits
    at the claim's level; 0 and 1 where nothing can be said.
    """

    figure: Figure
    at_least: float
    at_most: float

    @property
    def claim(self) -> str:
        """What may be claimed at least: rounded up it would be too much."""
        return cut(self.at_least)

    def document(self) -> dict[str, object]:
        """The figure as JSON, with the limits that may be claimed."""
        return {**self.figure.document(), "at_least": self.at_least, "at_most": self.at_most}


@dataclass(frozen=True, slots=True)
class LabelAccuracy:
    """Precision and recall of one defect type's labels."""

    precision: Share
    recall: Share


def _chance_of_less(recall: float, wrong: WrongCount, missed: WrongCount, present: int) -> float:
    """P(recall < `recall`); without any defect that is found, recall counts as 0."""
    found = present - wrong.values
    allowed = found * (1 - recall) / recall
    # Up to rounding: 190 found and 10 missed are a recall of 0.95, not less.
    cells = np.floor((allowed - missed.start + _TOUCH) / missed.step).astype(np.int64)
    reached = np.concatenate([[0.0], np.cumsum(missed.mass)])
    enough = reached[np.clip(cells + 1, 0, len(missed.mass))]
    return float(wrong.mass @ np.where(found > 0, 1 - enough, 1.0))


def _chance_of_more(recall: float, wrong: WrongCount, missed: WrongCount, present: int) -> float:
    """P(recall > `recall`); without any defect at all, recall counts as 1."""
    found = present - wrong.values
    allowed = found * (1 - recall) / recall
    cells = np.ceil((allowed - missed.start - _TOUCH) / missed.step).astype(np.int64)
    reached = np.concatenate([[0.0], np.cumsum(missed.mass)])
    fewer = reached[np.clip(cells, 0, len(missed.mass))]
    none = missed.mass[0] if missed.start == 0 else 0.0
    return float(wrong.mass @ np.where(found > 0, fewer, none))


def _recall_at_least(wrong: WrongCount, missed: WrongCount, present: int, tail: float) -> float:
    """The largest r with P(recall < r) ≤ `tail`."""
    low, high = 0.0, 1.0
    if _chance_of_less(1.0, wrong, missed, present) <= tail + _TOUCH:
        return 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _chance_of_less(middle, wrong, missed, present) <= tail + _TOUCH:
            low = middle
        else:
            high = middle
    return round(low, _DIGITS)


def _recall_at_most(wrong: WrongCount, missed: WrongCount, present: int, tail: float) -> float:
    """The smallest r with P(recall > r) ≤ `tail`."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _chance_of_more(middle, wrong, missed, present) <= tail + _TOUCH:
            high = middle
        else:
            low = middle
    return round(high, _DIGITS)


def _share_right(wrong: float, labels: int) -> float:
    return (labels - wrong) / labels


def _estimated_wrong(strata: Sequence[AuditedStratum]) -> float | None:
    """Σ N e / n over the strata that could be audited; None where one was not."""
    reachable = [one for one in strata if one.labels > one.out_of_reach]
    if any(one.unseen for one in reachable):
        return None
    return sum(one.labels * one.wrong / one.decided for one in reachable)


def _stretched(value: float, low: float, high: float) -> Estimate:
    return Estimate(value, min(low, value), max(high, value))


def _precision(present: Sequence[AuditedStratum], level: float, shown_level: float) -> Share:
    labels = sum(one.labels for one in present)
    if labels == 0:
        return Share(Undefined(Reason.NONE_PRESENT), 0.0, 1.0)
    worst, best = (wrong_count(present, one) for one in (Assume.WORST, Assume.BEST))
    at_least = _share_right(worst.quantile(level), labels)
    at_most = _share_right(best.quantile(1 - level), labels)
    wrong = _estimated_wrong(present)
    reachable = [one for one in present if one.labels > one.out_of_reach]
    if wrong is None or not reachable:
        return Share(Undefined(Reason.NOT_AUDITED), at_least, at_most)
    seen = sum(one.labels for one in reachable)
    middle, tail = wrong_count(reachable, Assume.MIDDLE), (1 - shown_level) / 2
    low, high = (_share_right(middle.quantile(q), seen) for q in (1 - tail, tail))
    return Share(_stretched(_share_right(wrong, seen), low, high), at_least, at_most)


def _recall(
    present: Sequence[AuditedStratum],
    absent: Sequence[AuditedStratum],
    level: float,
    shown_level: float,
) -> Share:
    labels = sum(one.labels for one in present)
    worst, best = (
        (wrong_count(present, one), wrong_count(absent, one), labels, 1 - level)
        for one in (Assume.WORST, Assume.BEST)
    )
    at_least, at_most = _recall_at_least(*worst), _recall_at_most(*best)
    false, missed = _estimated_wrong(present), _estimated_wrong(absent)
    seen = sum(one.labels for one in present if one.labels > one.out_of_reach)
    if false is None or missed is None:
        return Share(Undefined(Reason.NOT_AUDITED), at_least, at_most)
    if seen - false + missed == 0:
        return Share(Undefined(Reason.NO_DEFECT), at_least, at_most)
    reachable = [
        [one for one in side if one.labels > one.out_of_reach] for side in (present, absent)
    ]
    counts = [wrong_count(side, Assume.MIDDLE) for side in reachable]
    tail = (1 - shown_level) / 2
    low = _recall_at_least(counts[0], counts[1], seen, tail)
    high = _recall_at_most(counts[0], counts[1], seen, tail)
    value = (seen - false) / (seen - false + missed)
    return Share(_stretched(value, low, high), at_least, at_most)


def label_accuracy(
    strata: Sequence[AuditedStratum], *, level: float = 0.95, shown_level: float = 0.95
) -> LabelAccuracy:
    """Precision and recall of one defect type's labels.

    `level` is that of the one-sided claims, `shown_level` that of the two-sided intervals. The
    figures leave out strata of which nothing could be drawn; the claims assume the worst of them.

    >>> clean = AuditedStratum(Stratum.PRESENT_AGREED, labels=10_000_000, audited=59)
    >>> round(label_accuracy([clean]).precision.at_least, 6)  # Clopper and Pearson: .05 ** (1 / 59)
    0.950493
    """
    present = [one for one in strata if one.says_present]
    absent = [one for one in strata if not one.says_present]
    return LabelAccuracy(
        _precision(present, level, shown_level), _recall(present, absent, level, shown_level)
    )
