"""Gwet's AC1 and AC2, and Brennan and Prediger's coefficient (PABAK for two categories).

At rare defects all three stay close to the percent agreement, whatever the raters do with
the defects: they are shown, and nothing is decided by them.
"""

import numpy as np

from labeler.core.agreement.percent import percent_agreement
from labeler.core.agreement.sums import Sums
from labeler.core.agreement.values import Floats, ratio
from labeler.core.agreement.weights import quadratic_weights


def _beyond_chance(agreement: Floats, chance: Floats) -> Floats:
    return ratio(agreement - chance, 1 - chance)


def ac_chance(sums: Sums, weights: Floats) -> Floats:
    """T / (q (q - 1)) x sum of pi_k (1 - pi_k), with T the sum of all weights."""
    q = sums.categories
    shares = sums.category_shares
    spread: Floats = (shares * (1 - shares)).sum(axis=1)
    return spread * (float(weights.sum()) / (q * (q - 1)) if q > 1 else np.nan)


def gwet_ac1(sums: Sums) -> Floats:
    """AC1 (Gwet 2008). Undefined without an item with two ratings, or on one category."""
    chance = ac_chance(sums, np.eye(sums.categories))
    return _beyond_chance(percent_agreement(sums), chance)


def gwet_ac2(sums: Sums) -> Floats:
    """AC2 with quadratic weights on the rank of the category. Undefined as AC1 is."""
    chance = ac_chance(sums, quadratic_weights(sums.categories))
    return _beyond_chance(ratio(sums.weighted, sums.paired), chance)


def brennan_prediger(sums: Sums) -> Floats:
    """(P - 1/q) / (1 - 1/q); on two categories PABAK, 2P - 1. Undefined as AC1 is."""
    chance = np.full(sums.paired.shape, 1 / max(sums.categories, 1))
    return _beyond_chance(percent_agreement(sums), chance)
