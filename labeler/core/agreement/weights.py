"""Agreement weights for ordered categories, always on the rank of the category."""

import numpy as np

from labeler.core.agreement.values import Floats


def quadratic_weights(categories: int) -> Floats:
    """1 - d² / (q - 1)² for a distance of d ranks, shape (categories, categories).

    Worked example: of three categories, neighbours agree by .75, the ends by 0.
    """
    rank = np.arange(categories, dtype=np.float64)
    distance = (rank[:, None] - rank[None, :]) / max(categories - 1, 1)
    weights: Floats = 1 - distance**2
    return weights
