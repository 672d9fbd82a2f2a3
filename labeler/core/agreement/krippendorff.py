"""Krippendorff's alpha from coincidences (Krippendorff 2011, section C)."""

from enum import StrEnum

import numpy as np

from labeler.core.agreement.sums import Sums
from labeler.core.agreement.values import Floats, ratio


class Metric(StrEnum):
    """How far apart two categories are."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"


def _squared_distance(totals: Floats, metric: Metric) -> Floats:
    """Shape (tables, categories, categories); `totals` are the ratings per category."""
    tables, q = totals.shape
    if metric is Metric.NOMINAL:
        return np.broadcast_to(1 - np.eye(q), (tables, q, q))
    if metric is Metric.INTERVAL:
        place = np.broadcast_to(np.arange(q, dtype=np.float64), (tables, q))
    else:
        # The sum of n_g from c to k less half of both ends is the way between the
        # middles of c and k when all ratings stand in one ordered line.
        place = np.cumsum(totals, axis=1) - totals / 2
    distance: Floats = (place[:, :, None] - place[:, None, :]) ** 2
    return distance


def krippendorff_alpha(sums: Sums, metric: Metric = Metric.NOMINAL) -> Floats:
    """1 - Do / De; the interval metric takes the category's rank as its value.

    Undefined without an item with two ratings, or when all those ratings are the same.
    Worked example: one item, rated present and absent: Do = De, alpha = 0.
    """
    totals = sums.coincidences.sum(axis=2)
    n = totals.sum(axis=1)
    distance = _squared_distance(totals, metric)
    observed = (sums.coincidences * distance).sum(axis=(1, 2))
    # The diagonal of the expected coincidences does not matter: its distance is 0.
    expected = (totals[:, :, None] * totals[:, None, :] * distance).sum(axis=(1, 2))
    # With fewer than two ratings nothing is expected; replicates always have more.
    return 1 - ratio(observed * np.maximum(n - 1, 0), expected)
