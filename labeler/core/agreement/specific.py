"""Specific agreement: how often another rater says k when one says k.

For two raters 2a / (2a + b + c), after Cicchetti and Feinstein (1990); for more raters
after Spitzer and Fleiss (1974). It is not corrected for chance, and at rare defects it
needs no correction.
"""

import numpy as np

from labeler.core.agreement.sums import Sums
from labeler.core.agreement.values import Floats, ratio


def specific_agreement(sums: Sums, category: int) -> Floats:
    """Sum of n_k (n_k - 1) over sum of n_k (r - 1); undefined if nobody used the category.

    Worked example: both present 9, one only 2 and 1: 18 / 21 = .857143.
    """
    return ratio(sums.same[:, category], sums.chances[:, category])


def pair_specific_agreement(tables: Floats, category: int) -> Floats:
    """The same for the crossed decisions of two raters (..., categories, categories)."""
    both = tables[..., category, category]
    either = tables[..., category, :].sum(axis=-1) + tables[..., :, category].sum(axis=-1)
    return ratio(2 * np.asarray(both), np.asarray(either))
