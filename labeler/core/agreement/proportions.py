"""Intervals for proportions in closed form."""

from math import sqrt
from statistics import NormalDist


def wilson(count: int, of: int, level: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval; (0, 1) for `of` = 0. Worked example: 45 of 50: .786 to .957."""
    if of == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + level) / 2)
    share = count / of
    middle = share + z * z / (2 * of)
    reach = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    scale = 1 + z * z / of
    low = 0.0 if count == 0 else (middle - reach) / scale
    high = 1.0 if count == of else (middle + reach) / scale
    return low, high


def _beta(shape_a: float, shape_b: float, quantile: float) -> float:
    # SciPy loads slowly; most callers never come here.
    from scipy.special import betaincinv

    return float(betaincinv(shape_a, shape_b, quantile))


def clopper_pearson(count: int, of: int, level: float = 0.95) -> tuple[float, float]:
    """The exact interval; (0, 1) for `of` = 0. Worked example: 45 of 50: .782 to .967."""
    tail = (1 - level) / 2
    low = 0.0 if count == 0 else _beta(count, of - count + 1, tail)
    high = 1.0 if count == of else _beta(count + 1, of - count, 1 - tail)
    return low, high


def jeffreys(count: int, of: int, level: float = 0.95) -> tuple[float, float]:
    """Quantiles of Beta(count + 1/2, of - count + 1/2), stretched to contain the share."""
    tail = (1 - level) / 2
    low = 0.0 if count == 0 else _beta(count + 0.5, of - count + 0.5, tail)
    high = 1.0 if count == of else _beta(count + 0.5, of - count + 0.5, 1 - tail)
    return low, high
