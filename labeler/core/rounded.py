"""Numbers as people read them, rounded so that none reads like another that matters."""

from collections.abc import Callable, Sequence
from math import floor, isclose

# So many decimals more at most where a figure would read like a limit.
_MORE_DECIMALS = 3
_NOTHING = 1e-9


def plain_number(value: float, *limits: float, decimals: int = 2) -> str:
    """The value rounded, with more decimals where it would read like one of the `limits`.

    >>> plain_number(0.7), plain_number(0.7497, 0.75), plain_number(0.9974, 0, 1)
    ('0.70', '0.7497', '0.997')
    """
    return told_apart(lambda places: f"{value:.{places}f}", decimals, value, limits)


def told_apart(
    text: Callable[[int], str], decimals: int, value: float, limits: Sequence[float]
) -> str:
    """What `text` writes with as few decimals as tell the value from the limits it is not."""
    beside = [limit for limit in limits if not isclose(value, limit, abs_tol=_NOTHING)]
    for more in range(_MORE_DECIMALS):
        found = text(decimals + more)
        if not any(isclose(float(found), limit, abs_tol=_NOTHING) for limit in beside):
            return found
    return text(decimals + _MORE_DECIMALS)


def cut(share: float, decimals: int = 3) -> str:
    """The share with the decimals behind cut off: what is claimed at least is never rounded up.

    >>> cut(0.94968), cut(0.95)
    ('0.949', '0.950')
    """
    fine = 10**decimals
    return f"{floor(fine * share + fine * _NOTHING) / fine:.{decimals}f}"
