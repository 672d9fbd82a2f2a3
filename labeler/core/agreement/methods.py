"""The names of ways to compute something. Apart, because doors need them without NumPy."""

from enum import StrEnum


class Method(StrEnum):
    """How an interval is made."""

    SMOOTHED = "smoothed"
    PERCENTILE = "percentile"
    BCA = "bca"
    LINEARISED = "linearised"


class Weights(StrEnum):
    """How much two ordered categories count as agreeing, by their ranks."""

    LINEAR = "linear"
    QUADRATIC = "quadratic"
    ORDINAL = "ordinal"
