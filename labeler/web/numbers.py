"""Numbers as pages show them."""

from labeler.core.rounded import plain_number


def number(value: float, *limits: float, decimals: int = 2) -> str:
    """`plain_number` with a true minus: beside the dash of an interval a hyphen reads as one."""
    return plain_number(value, *limits, decimals=decimals).replace("-", "−")


def interval(low: float, high: float, *limits: float) -> str:
    """Both ends of an interval; no end says more than is known: 1 or 0 only where it is."""
    return f"{number(low, 1, *limits)}–{number(high, 0, *limits)}"
