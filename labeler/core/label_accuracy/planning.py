"""How many labels of which stratum to audit, so that precision and recall can be shown.

Recall is the dear one: 190 defects found among 10,000 images allow 10 misses among 9,800 labels
that say absent, one in a thousand. So audits go, one after the other, where they narrow the
limits most. The limits of a plan are foreseen from mean and variance of the number of wrong
labels (a beta-binomial per stratum), with as many wrong ones as the audits so far make likely.
What is assumed here decides how much is audited where, never what is shown.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from math import inf
from statistics import NormalDist

import numpy as np

from labeler.core.agreement.values import Floats
from labeler.core.label_accuracy.estimate import label_accuracy
from labeler.core.label_accuracy.sizes import audits_needed
from labeler.core.label_accuracy.strata import AuditedStratum, Stratum

# The labels are assumed to be as good as this share of what the limit allows to be wrong.
_SHARE_WRONG = 0.25
# How many times likelier a label of a stratum is assumed to be wrong than one of its agreed ones.
_RISK = {
    Stratum.PRESENT_AGREED: 1.0,
    Stratum.PRESENT_MAJORITY: 5.0,
    Stratum.PRESENT_RULED: 3.0,
    Stratum.ABSENT_RULED: 20.0,
    Stratum.ABSENT_MAJORITY: 20.0,
    Stratum.ABSENT_DOUBTED: 20.0,
    Stratum.ABSENT_QUICK: 3.0,
    Stratum.ABSENT_AGREED: 1.0,
}
# Few labels of every stratum are seen, whatever is assumed of it.
_FEWEST = 3
_GROWTH = 0.05
_FEW = 5_000


def _rates(strata: Sequence[AuditedStratum], least: float) -> list[float]:
    """How often labels of each stratum are wrong: what is assumed, moved by what was audited."""
    found = max(1, sum(one.labels for one in strata if one.says_present))
    rates = []
    for one in strata:
        side = [other for other in strata if other.says_present == one.says_present]
        allowed = found * (1 - least) * (1 if one.says_present else 1 / least)
        risks = max(1.0, sum(other.labels * _RISK[other.stratum] for other in side))
        assumed = min(0.5, _SHARE_WRONG * allowed * _RISK[one.stratum] / risks)
        # The assumption weighs as much as half a wrong label.
        weight = 0.5 / assumed
        rates.append((one.wrong + one.unsure + 0.5) / (one.audited + weight))
    return rates


class _Plan:
    """The strata of one defect type, shape (strata,), and how far they are from being shown.

    `audited` are foreseen audits, so may be broken; so are the wrong labels that they will find.
    """

    def __init__(self, strata: Sequence[AuditedStratum], least: float, level: float) -> None:
        self._strata, self._level = strata, level
        self._least, self._z = least, NormalDist().inv_cdf(level)
        self._present = np.array([one.says_present for one in strata])
        self._hidden = np.array([one.out_of_reach for one in strata], dtype=np.float64)
        self._known = np.array([one.audited for one in strata], dtype=np.float64)
        self._known_wrong = np.array([one.wrong + one.unsure for one in strata], dtype=np.float64)
        self._rates = np.array(_rates(strata, least))
        self.reachable = np.array([one.labels for one in strata]) - self._hidden
        self.audited = self._known.copy()
        found = sum(one.labels for one in strata if one.says_present)
        self.hopeless = found == 0
        self._allowed = (1 - least) * max(1, found)

    def _at_worst(self, audited: Floats) -> Floats:
        """What has to be reckoned with, as `wrong_labels.Assume.WORST` does, shape (3, strata).

        Labels that are certainly wrong, then mean and variance of how many of the others are.
        """
        wrong = self._known_wrong + self._rates * (audited - self._known)
        unknown, right, n = self.reachable - audited, audited - wrong, audited + 1
        mean = np.where(right > 0, unknown * (wrong + 1) / n, 0.0)
        variance = mean * right * (n + unknown) / (n * (n + 1))
        certain = self._hidden + wrong + np.where(right > 0, 0.0, unknown)
        return np.stack([certain, mean, variance])

    def _limit(self, sums: Floats) -> Floats:
        """The quantile of a number with (certain, mean, variance), as of a gamma.

        After Wilson and Hilferty 1931; `sums` and the result have any further shape in common.
        """
        certain, mean, variance = sums
        some = np.maximum(mean, 1e-12)
        inverse = np.maximum(variance, 0.0) / (9 * some * some)
        root = np.maximum(0.0, 1 - inverse + self._z * np.sqrt(inverse))
        limit: Floats = certain + mean * root**3
        return limit

    def _excess(self, present: Floats, absent: Floats) -> Floats:
        """Of precision and recall, what may be wrong over what is allowed: shown at ≤ 1.

        Precision: FP against (1 − least) N+. Recall ≥ least is the same as
        least · FN + (1 − least) · FP ≤ (1 − least) N+. Variances take the square of a weight.
        """
        more, less = (np.array([w, w, w * w]) for w in (self._least, 1 - self._least))
        both = (absent.T * more + present.T * less).T
        return np.stack([self._limit(present), self._limit(both)]) / self._allowed

    def _sums(self) -> tuple[Floats, Floats, Floats]:
        """Each stratum, the sum of those that say present, the sum of the others."""
        worst = self._at_worst(self.audited)
        return worst, worst[:, self._present].sum(axis=1), worst[:, ~self._present].sum(axis=1)

    @property
    def is_shown(self) -> bool:
        """Whether it is foreseen that both can be shown."""
        _each, present, absent = self._sums()
        return bool(self._excess(present, absent).max() <= 1) and self._would_be_shown()

    def _would_be_shown(self) -> bool:
        """Whether it would be with as many wrong ones as expected, to the nearest whole one.

        Of few labels a gamma says too little: there one more wrong one is a leap.
        """
        if sum(one.labels for one in self._strata) > _FEW:
            return True
        wrong = self._rates * (self.audited - self._known)
        found = label_accuracy(
            [
                replace(
                    one,
                    audited=int(seen),
                    wrong=min(int(seen) - one.unsure, one.wrong + round(more)),
                )
                for one, seen, more in zip(self._strata, self.audited, wrong, strict=True)
            ],
            level=self._level,
        )
        return min(found.precision.at_least, found.recall.at_least) >= self._least

    @property
    def audits(self) -> float:
        """How many labels are audited in all."""
        return float(self.audited.sum())

    def grow(self, room: float = inf) -> bool:
        """Add at most `room` audits where they help most; whether there was anything to add."""
        step = np.maximum(1.0, np.ceil(_GROWTH * self.audited))
        counts = np.minimum(np.minimum(step, self.reachable - self.audited), room)
        if counts.max(initial=0.0) <= 0:
            return False
        each, present, absent = self._sums()
        change = self._at_worst(self.audited + counts) - each
        now = self._excess(present, absent)
        enough = 1.0 if now.max() > 1 else 0.0
        after = self._excess(
            present[:, None] + np.where(self._present, change, 0.0),
            absent[:, None] + np.where(self._present, 0.0, change),
        )
        missing = np.maximum(now - enough, 0.0).sum()
        gains = missing - np.maximum(after - enough, 0.0).sum(axis=0)
        gains = np.where(counts > 0, gains / np.maximum(counts, 1e-12), -inf)
        # Strata that are nearly as good a choice grow along: the plan is the same, and sooner made.
        best = gains.max()
        chosen = np.flatnonzero(gains >= best - 0.2 * abs(best))
        for place in chosen[np.argsort(-gains[chosen], kind="stable")]:
            count = min(counts[place], room)
            self.audited[place] += count
            room -= count
        return True

    def see_every_stratum(self) -> None:
        """Add the few audits that every stratum gets."""
        self.audited = np.maximum(self.audited, np.minimum(_FEWEST, self.reachable))


@lru_cache(maxsize=256)
def plan_audits(
    strata: tuple[AuditedStratum, ...],
    *,
    least: float,
    level: float,
    most: int | None = None,
) -> tuple[int, ...]:
    """How many labels of each stratum to audit in all, those audited already included.

    As few as are foreseen to show precision and recall ≥ `least` at one-sided `level`, more often
    than not; with `most`, so many labels in all (beyond the few that every stratum gets), placed
    where they help most. Where no label says present, there is nothing to hold misses against:
    then as many are planned as find one where the share 1 − `least` is defective.
    """
    plan = _Plan(strata, least, level)
    plan.see_every_stratum()
    if plan.hopeless:
        enough = audits_needed(0, least, level)
        most = enough if most is None else min(most, enough)
    while plan.audits < most if most is not None else not plan.is_shown:
        if not plan.grow(inf if most is None else most - plan.audits):
            break
    return tuple(round(count) for count in plan.audited)


def audits_to_go(strata: tuple[AuditedStratum, ...], *, least: float, level: float) -> int | None:
    """About how many labels more to audit until it is shown; None where that is not foreseen.

    It is not where the labels seem to be worse than `least`, and where none says present.
    """
    plan = _Plan(strata, least, level)
    if plan.hopeless:
        return None
    before = plan.audits
    plan.see_every_stratum()
    while not plan.is_shown:
        if not plan.grow():
            return None
    return max(1, round(plan.audits - before))
