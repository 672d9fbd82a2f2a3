"""A rater's answers against known ones."""

from collections.abc import Mapping

import numpy as np

from labeler.core.agreement.cohen import cohen_kappa
from labeler.core.agreement.intervals import Resampled, Resampling, estimate
from labeler.core.agreement.pairs import pair_sample
from labeler.core.agreement.percent import pair_percent_agreement
from labeler.core.agreement.proportions import jeffreys
from labeler.core.agreement.ratings import ALONE, PairCounts
from labeler.core.agreement.scale import Scale
from labeler.core.agreement.values import Estimate, Figure, Floats, Reason, Undefined, ratio

# With fewer known answers than this a page shows the two counts and no percentage.
FEWEST_KNOWN = 20
_FEW_POSITIVE = (Reason.NO_KNOWN_POSITIVE, Reason.TOO_FEW_KNOWN_POSITIVE)
_FEW_NEGATIVE = (Reason.NO_KNOWN_NEGATIVE, Reason.TOO_FEW_KNOWN_NEGATIVE)


def _independent(pair: PairCounts, category: int) -> bool:
    """Whether no unit was judged twice on known `category`: then decisions are independent."""
    if pair.repeated:
        return False
    if pair.groups is None:
        return True
    here = pair.tables[:, :, category].any(axis=1) & (pair.groups != ALONE)
    return bool(np.bincount(pair.groups[here], pair.items[here], 1).max() <= 1)


def _rate(
    pair: PairCounts,
    sample: Resampled[Floats],
    category: int,
    reasons: tuple[Reason, Reason],
    fewest: int,
) -> Figure:
    """The share of decisions on known `category` that say so.

    The interval is Jeffreys' where decisions are independent; where an item was judged
    on several trials, or several items belong to one unit, those are drawn.
    """
    total = pair.total
    count, of = int(total[category, category]), int(total[:, category].sum())
    if of == 0:
        return Undefined(reasons[0])
    if of < fewest:
        return Undefined(reasons[1])
    if _independent(pair, category):
        low, high = jeffreys(count, of, sample.resampling.level)
        return Estimate(count / of, low, high, count=count, of=of)
    found = estimate(
        sample,
        lambda tables: ratio(tables[:, category, category], tables[:, :, category].sum(axis=1)),
        reasons[0],
    )
    if isinstance(found, Undefined):
        return found
    return Estimate(
        found.value, found.low, found.high, None, found.undefined_share, count=count, of=of
    )


def reference_statistics(
    pair: PairCounts, scale: Scale, resampling: Resampling, *, fewest: int = 0
) -> dict[str, Figure | Mapping[str, Figure]]:
    """Agreement with the known answers; `pair` has the rater down, the known answer across.

    Sensitivity is the share of known positives that the rater marked, specificity the share
    of known negatives that the rater left; both on a scale of two categories only. All
    decisions count, those of several trials pooled. With fewer than `fewest` known positives
    nothing but specificity is given, and that from `fewest` known negatives on.
    """
    positive = scale.positive_index
    two = scale.binary and positive is not None
    if len(pair.items) == 0:
        nothing = Undefined(Reason.NO_KNOWN_ANSWER)
        rates = ("sensitivity", "specificity") if two else ()
        return dict.fromkeys(("percent_agreement", "cohen_kappa", *rates), nothing)
    sample = pair_sample(pair, resampling)
    found: dict[str, Figure | Mapping[str, Figure]] = {
        "percent_agreement": estimate(sample, pair_percent_agreement, Reason.NO_KNOWN_ANSWER),
        "cohen_kappa": estimate(sample, cohen_kappa, Reason.NO_VARIATION),
    }
    if two and positive is not None:
        if known_answers(pair)[positive] < fewest:
            found = dict.fromkeys(found, Undefined(Reason.TOO_FEW_KNOWN_POSITIVE))
        found["sensitivity"] = _rate(pair, sample, positive, _FEW_POSITIVE, fewest)
        found["specificity"] = _rate(pair, sample, 1 - positive, _FEW_NEGATIVE, fewest)
    return found


def known_answers(pair: PairCounts) -> tuple[int, ...]:
    """The number of decisions on each known category."""
    return tuple(int(count) for count in np.asarray(pair.total).sum(axis=0))
