"""Standard errors by linearisation (Gwet, Handbook of Inter-Rater Reliability).

Each item's influence on the coefficient is written down; their spread gives the error. The
influences of one group are added up first where items of a group depend on each other.
"""

from collections.abc import Callable
from math import fsum

import numpy as np

from labeler.core.agreement.fleiss import fleiss_kappa
from labeler.core.agreement.gwet import ac_chance, brennan_prediger, gwet_ac1, gwet_ac2
from labeler.core.agreement.ratings import ALONE, VectorCounts
from labeler.core.agreement.sums import Sums, as_sums, features, pair_agreement
from labeler.core.agreement.values import NOTHING, Counts, Floats
from labeler.core.agreement.weights import quadratic_weights


def _mean_error(deviations: Floats, items: Counts, groups: Counts | None) -> float | None:
    """The standard error of a mean over items from their deviations, one row a kind of item.

    None with fewer than two items or groups.
    """
    n = float(items.sum())
    apart = np.ones(len(items), dtype=bool) if groups is None else groups == ALONE
    units = float(items[apart].sum())
    # Summed exactly: whoever is called the first rater must not change the last digit.
    squares = fsum(items[apart] * deviations[apart] ** 2)
    if groups is not None and not apart.all():
        inside = np.unique(groups[~apart], return_inverse=True)[1]
        sums = np.bincount(inside, (items * deviations)[~apart])
        units, squares = units + len(sums), squares + fsum(sums**2)
    if units < 2:
        return None
    error = float(np.sqrt(units / (units - 1) * squares) / n)
    return 0.0 if error < NOTHING else error


def ratio_error(
    above: Floats, below: Floats, items: Counts, groups: Counts | None = None
) -> float | None:
    """Of the ratio of two sums over items; what one item adds to either, shape (rows,).

    Without the factor n / (n - 1) it is for two raters' positive agreement the formula of
    Graham and Bull (1998): 2 sqrt(a s (a + s)) / (2a + s)^2 with s = b + c, 9, 2, 1: .0816.
    None with fewer than two items or groups, or where the lower sum is nothing.
    """
    whole = float(items @ below)
    if whole <= NOTHING:
        return None
    mean = whole / float(items.sum())
    value = float(items @ above) / whole
    return _mean_error((above - value * below) / mean, items, groups)


def spread_error(
    counted: VectorCounts, sums: Sums, kappa: float, chance: float, weights: Floats, own: Floats
) -> float | None:
    """Of a coefficient beyond chance; `own` is each row's own chance agreement.

    None with fewer than two rated items or groups.
    """
    ratings = counted.vectors.sum(axis=1)
    n = float(sums.rated[0])
    if np.isnan(kappa) or 1 - chance <= NOTHING:
        return None
    # An item with one rating cannot agree: it enters through the chance agreement only.
    agreeing = pair_agreement(counted.vectors, weights) - chance * (ratings >= 2)
    influence = agreeing / (1 - chance) * n / float(sums.paired[0])
    influence -= 2 * (1 - kappa) * (own - chance) / (1 - chance)
    rated = ratings >= 1
    groups = None if counted.groups is None else counted.groups[rated]
    return _mean_error(influence[rated] - kappa, counted.items[rated], groups)


def percent_error(counted: VectorCounts) -> float | None:
    """Of the percent agreement; None with fewer than two items or without two ratings."""
    each = as_sums(features(counted.vectors), counted.vectors.shape[1])
    return ratio_error(each.agreeing, each.paired, counted.items, counted.groups)


def specific_error(counted: VectorCounts, category: int) -> float | None:
    """Of the specific agreement on a category; None as for the percent agreement."""
    each = as_sums(features(counted.vectors), counted.vectors.shape[1])
    above, below = each.same[:, category], each.chances[:, category]
    return ratio_error(above, below, counted.items, counted.groups)


def item_shares(counted: VectorCounts) -> Floats:
    """The shares of each row's ratings by category; zeros without a rating."""
    r = counted.vectors.sum(axis=1, keepdims=True)
    shares: Floats = counted.vectors / np.maximum(r, 1)
    return shares


def fleiss_standard_error(counted: VectorCounts, sums: Sums) -> float | None:
    """Of Fleiss' kappa; None with fewer than two items or where kappa is undefined."""
    pi = sums.category_shares[0]
    own = item_shares(counted) @ pi
    kappa = float(fleiss_kappa(sums)[0])
    return spread_error(counted, sums, kappa, float(pi @ pi), np.eye(sums.categories), own)


def _ac_standard_error(
    counted: VectorCounts, sums: Sums, statistic: Callable[[Sums], Floats], weights: Floats
) -> float | None:
    q = sums.categories
    if q < 2:
        return None
    own = item_shares(counted) @ (1 - sums.category_shares[0])
    own *= float(weights.sum()) / (q * (q - 1))
    chance = float(ac_chance(sums, weights)[0])
    return spread_error(counted, sums, float(statistic(sums)[0]), chance, weights, own)


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
    return spread_error(counted, sums, kappa, chance, np.eye(q), own)
