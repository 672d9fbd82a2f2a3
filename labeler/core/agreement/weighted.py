"""Gwet's AC2 and Fleiss' kappa with any weights of agreement between categories.

Reports show AC2 with quadratic weights; these take the others too, for whoever asks for them to
compare with another report. Source: Gwet, Handbook of Inter-Rater Reliability.
"""

import numpy as np

from labeler.core.agreement.gwet import ac_chance
from labeler.core.agreement.linearised import item_shares, spread_error
from labeler.core.agreement.methods import Weights
from labeler.core.agreement.ratings import VectorCounts
from labeler.core.agreement.sums import Sums, as_sums, features, pair_agreement
from labeler.core.agreement.values import NOTHING, Estimate, Figure, Floats, Reason, Undefined
from labeler.core.agreement.weights import BY_NAME


def _sums(counted: VectorCounts) -> Sums:
    totals = counted.items.astype(np.float64) @ features(counted.vectors)
    return as_sums(totals[None, :], counted.vectors.shape[1])


def _figure(
    counted: VectorCounts, sums: Sums, weights: Floats, chance: float, own: Floats
) -> Figure:
    if sums.paired[0] <= 0:
        return Undefined(Reason.NO_TWO_RATINGS)
    if np.isnan(chance):
        return Undefined(Reason.ONE_CATEGORY)
    if 1 - chance <= NOTHING:
        return Undefined(Reason.NO_VARIATION)
    agreeing = float(counted.items @ pair_agreement(counted.vectors, weights))
    value = (agreeing / float(sums.paired[0]) - chance) / (1 - chance)
    error = spread_error(counted, sums, value, chance, weights, own)
    return Estimate(value, standard_error=error)


def weighted_fleiss(counted: VectorCounts, weights: Floats) -> Figure:
    """Fleiss' kappa with chance agreement sum of w_kl pi_k pi_l, and its linearised error.

    Worked example: Krippendorff's table of 2011 with quadratic weights on rank: .864935.
    """
    sums = _sums(counted)
    shares = sums.category_shares[0]
    own = item_shares(counted) @ ((weights + weights.T) / 2 @ shares)
    return _figure(counted, sums, weights, float(shares @ weights @ shares), own)


def weighted_gwet(counted: VectorCounts, weights: Floats) -> Figure:
    """AC2, and AC1 with the identity as weights, and its linearised error.

    Worked example: Krippendorff's table of 2011 with linear weights on rank: .858739.
    """
    sums = _sums(counted)
    q = sums.categories
    own = item_shares(counted) @ (1 - sums.category_shares[0])
    own *= float(weights.sum()) / max(q * (q - 1), 1)
    return _figure(counted, sums, weights, float(ac_chance(sums, weights)[0]), own)


def weighted_statistics(counted: VectorCounts, weights: Weights) -> dict[str, Figure]:
    """Both under names that say how they are weighted; with standard errors, without intervals."""
    matrix = BY_NAME[weights](counted.vectors.shape[1])
    return {
        f"gwet_ac2_{weights}": weighted_gwet(counted, matrix),
        f"fleiss_kappa_{weights}": weighted_fleiss(counted, matrix),
    }
