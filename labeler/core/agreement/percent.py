"""Percent agreement: the mean share of agreeing pairs of ratings."""

import numpy as np

from labeler.core.agreement.sums import Sums
from labeler.core.agreement.values import Floats, ratio


def percent_agreement(sums: Sums) -> Floats:
    """P: over items with two ratings or more, each item counting once.

    Undefined without such an item. Worked example: three raters say yes, yes, no of the
    only item: one of its three pairs agrees, P = 1/3.
    """
    return ratio(sums.agreeing, sums.paired)


def pair_percent_agreement(tables: Floats) -> Floats:
    """The share of equal decisions of two raters; `tables` (..., categories, categories)."""
    return ratio(np.trace(tables, axis1=-2, axis2=-1), tables.sum(axis=(-2, -1)))
