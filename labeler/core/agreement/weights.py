"""Agreement weights for ordered categories, always on the rank of the category."""

from collections.abc import Callable, Mapping

import numpy as np

from labeler.core.agreement.methods import Weights
from labeler.core.agreement.values import Floats


def quadratic_weights(categories: int) -> Floats:
    """1 - d² / (q - 1)² for a distance of d ranks, shape (categories, categories).

    Worked example: of three categories, neighbours agree by .75, the ends by 0.
    """
    rank = np.arange(categories, dtype=np.float64)
    distance = (rank[:, None] - rank[None, :]) / max(categories - 1, 1)
    weights: Floats = 1 - distance**2
    return weights


def linear_weights(categories: int) -> Floats:
    """1 - d / (q - 1) for a distance of d ranks, shape (categories, categories).

    Worked example: of three categories, neighbours agree by .5, the ends by 0.
    """
    rank = np.arange(categories, dtype=np.float64)
    weights: Floats = 1 - np.abs(rank[:, None] - rank[None, :]) / max(categories - 1, 1)
    return weights


def ordinal_weights(categories: int) -> Floats:
    """1 - d (d + 1) / (q (q - 1)): the pairs of ranks that lie between two, of all (Gwet).

    Worked example: of three categories, neighbours agree by 2/3, the ends by 0.
    """
    rank = np.arange(categories, dtype=np.float64)
    distance = np.abs(rank[:, None] - rank[None, :])
    whole = max(categories * (categories - 1), 1)
    weights: Floats = 1 - distance * (distance + 1) / whole
    return weights


BY_NAME: Mapping[Weights, Callable[[int], Floats]] = {
    Weights.LINEAR: linear_weights,
    Weights.QUADRATIC: quadratic_weights,
    Weights.ORDINAL: ordinal_weights,
}
