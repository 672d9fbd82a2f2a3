"""Standard errors by linearisation (Gwet, Handbook of Inter-Rater Reliability).

Each item's influence on the coefficient is written down; their spread gives the error.
"""

from collections.abc import Callable

import numpy as np

from labeler.core.agreement.fleiss import fleiss_kappa
from labeler.core.agreement.gwet import ac_chance, brennan_prediger, gwet_ac1, gwet_ac2
from labeler.core.agreement.ratings import VectorCounts
from labeler.core.agreement.sums import Sums, pair_agreement
from labeler.core.agreement.values import NOTHING, Floats
from labeler.core.agreement.weights import quadratic_weights


def _spread(
    counted: VectorCounts, sums: Sums, kappa: float, chance: float, weights: Floats, own: Floats
) -> float | None:
    """`own` is each row's own chance agreement; None with fewer than two rated items."""
    ratings = counted.vectors.sum(axis=1)
    n = float(sums.rated[0])
    if n < 2 or np.isnan(kappa) or 1 - chance <= NOTHING:
        return None
    # An item with one rating cannot agree: it enters through the chance agreement only.
    agreeing = pair_agreement(counted.vectors, weights) - chance * (ratings >= 2)
    influence = agreeing / (1 - chance) * n / float(sums.paired[0])
    influence -= 2 * (1 - kappa) * (own - chance) / (1 - chance)
    squares = counted.items * (influence - kappa) ** 2
    error = float(np.sqrt(squares[ratings >= 1].sum() / (n * (n - 1))))
    return 0.0 if error < NOTHING else error


def _item_shares(counted: VectorCounts) -> Floats:
    r = counted.vectors.sum(axis=1, keepdims=True)
    shares: Floats = counted.vectors / np.maximum(r, 1)
    return shares


def fleiss_standard_error(counted: VectorCounts, sums: Sums) -> float | None:
    """Of Fleiss' kappa; None with fewer than two items or where kappa is undefined."""
    pi = sums.category_shares[0]
    own = _item_shares(counted) @ pi
    kappa = float(fleiss_kappa(sums)[0])
    return _spread(counted, sums, kappa, float(pi @ pi), np.eye(sums.categories), own)


def _ac_standard_error(
    counted: VectorCounts, sums: Sums, statistic: Callable[[Sums], Floats], weights: Floats
) -> float | None:
    q = sums.categories
    if q < 2:
        return None
    own = _item_shares(counted) @ (1 - sums.category_shares[0])
    own *= float(weights.sum()) / (q * (q - 1))
    chance = float(ac_chance(sums, weights)[0])
    return _spread(counted, sums, float(statistic(sums)[0]), chance, weights, own)


def ac1_standard_error(counted: VectorCounts, sums: Sums) -> float | None:
    """Of AC1; None with fewer than two items or where AC1 is undefined."""
    return _ac_standard_error(counted, sums, gwet_ac1, np.eye(sums.categories))


def ac2_standard_error(counted: VectorCounts, sums: Sums) -> float | None:
    """Of AC2 with quadratic weights; None as for AC1."""
    return _ac_standard_error(counted, sums, gwet_ac2, quadratic_weights(sums.categories))


def brennan_prediger_standard_error(counted: VectorCounts, sums: Sums) -> float | None:
    """Of Brennan and Prediger's coefficient (PABAK); None as for AC1."""
    q = sums.categories
    chance = 1 / max(q, 1)
    own = np.full(len(counted.items), chance)
    kappa = float(brennan_prediger(sums)[0])
    return _spread(counted, sums, kappa, chance, np.eye(q), own)
