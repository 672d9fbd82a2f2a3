"""Fleiss' kappa for any number of raters, in Gwet's form that allows missing ratings."""

import numpy as np

from labeler.core.agreement.percent import percent_agreement
from labeler.core.agreement.sums import Sums
from labeler.core.agreement.values import Floats, ratio


def fleiss_kappa(sums: Sums) -> Floats:
    """(P - pe) / (1 - pe) with pe = sum of pi_k² (Gwet, Handbook of Inter-Rater Reliability).

    Undefined without an item with two ratings, or when all ratings are the same.
    """
    shares = sums.category_shares
    beyond = (shares * (1 - shares)).sum(axis=1)
    beyond = np.where(np.isnan(beyond), 0, beyond)
    return ratio(percent_agreement(sums) - (1 - beyond), beyond)
