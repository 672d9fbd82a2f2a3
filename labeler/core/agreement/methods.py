"""The names of the ways to make an interval. Apart, because doors need them without NumPy."""

from enum import StrEnum


class Method(StrEnum):
    """How an interval is made."""

    SMOOTHED = "smoothed"
    PERCENTILE = "percentile"
    BCA = "bca"
    LINEARISED = "linearised"
