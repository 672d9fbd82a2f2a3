"""A rater's answers against known ones."""

from collections.abc import Mapping

import numpy as np

from labeler.core.agreement.cohen import cohen_kappa
from labeler.core.agreement.intervals import Resampled, Resampling, estimate
from labeler.core.agreement.pairs import pair_sample
from labeler.core.agreement.percent import pair_percent_agreement
from labeler.core.agreement.proportions import jeffreys
from labeler.core.agreement.ratings import PairCounts
from labeler.core.agreement.scale import Scale
from labeler.core.agreement.values import Estimate, Figure, Floats, Reason, Undefined, ratio

# With fewer known answers than this a page shows the two counts and no percentage.
FEWEST_KNOWN = 20


def _rate(pair: PairCounts, sample: Resampled[Floats], category: int, reason: Reason) -> Figure:
    """The share of decisions on known `category` that say so.

    The interval is Jeffreys' where decisions are independent; where an item was judged
    on several trials, items are drawn.
    """
    total = pair.total
    count, of = int(total[category, category]), int(total[:, category].sum())
    if of == 0:
        return Undefined(reason)
    if not pair.repeated and pair.groups is None:
        low, high = jeffreys(count, of, sample.resampling.level)
        return Estimate(count / of, low, high, count=count, of=of)
    found = estimate(
        sample,
        lambda tables: ratio(tables[:, category, category], tables[:, :, category].sum(axis=1)),
        reason,
    )
    if isinstance(found, Undefined):
        return found
    return Estimate(
        found.value, found.low, found.high, None, found.undefined_share, count=count, of=of
    )


def reference_statistics(
    pair: PairCounts, scale: Scale, resampling: Resampling
) -> dict[str, Figure | Mapping[str, Figure]]:
    """Agreement with the known answers; `pair` has the rater down, the known answer across.

    Sensitivity is the share of known positives that the rater marked, specificity the share
    of known negatives that the rater left; both on a scale of two categories only. All
    decisions count, those of several trials pooled.
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
        found["sensitivity"] = _rate(pair, sample, positive, Reason.NO_KNOWN_POSITIVE)
        found["specificity"] = _rate(pair, sample, 1 - positive, Reason.NO_KNOWN_NEGATIVE)
    return found


def known_answers(pair: PairCounts) -> tuple[int, ...]:
    """The number of decisions on each known category."""
    return tuple(int(count) for count in np.asarray(pair.total).sum(axis=0))
