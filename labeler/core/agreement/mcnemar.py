"""Does one rater mark more than the other? McNemar's exact test of the two margins."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from labeler.core.agreement.values import Counts, Reason, Undefined

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Chances = NDArray[np.float64]

# Above so many products of chances the Fourier transform is quicker.
_BY_HAND = 10_000_000


def mcnemar_exact(first_only: int, second_only: int) -> float | Undefined:
    """The two-sided p-value that both raters mark equally often.

    Under that hypothesis the items marked by one only fall to either with probability 1/2.
    Undefined where no item was marked by one only. Worked example: 5 and 0 give
    2 x (1/2)^5 = .0625.
    """
    # SciPy loads slowly; most callers never come here.
    from scipy.special import bdtr

    differing = first_only + second_only
    if differing == 0:
        return Undefined(Reason.NO_DIFFERENCE)
    return min(1.0, 2 * float(bdtr(min(first_only, second_only), differing, 0.5)))


def mcnemar_of_units(differences: "Sequence[int] | Counts") -> float:
    """The same of units whose items depend on each other: each unit falls to either as a whole.

    `differences` says of each unit how many items more the first rater marked than the second.
    All ways to turn units around are equally likely; the p-value is the share of those in which
    the sums are at least as far apart. Units of one item make it `mcnemar_exact`. Worked
    example: one part of which the first marked 30 pictures more is one unit, and says nothing:

    >>> mcnemar_of_units([30]), mcnemar_of_units([30, 1, 1])
    (1.0, 0.25)
    """
    # NumPy and SciPy load slowly; most callers never come here.
    import numpy as np
    from scipy.special import bdtr

    moved = np.asarray(differences, dtype=np.int64)
    sizes, fallen = np.abs(moved), int(moved[moved > 0].sum())
    # chances[k]: that k items of units with several fall to the first.
    chances = np.ones(1)
    for size, units in zip(*np.unique(sizes[sizes > 1], return_counts=True), strict=True):
        chances = _added(chances, _fallen_of_equals(int(size), int(units)))
    fewer, singles = min(fallen, int(sizes.sum()) - fallen), int((sizes == 1).sum())
    left = fewer - np.arange(min(len(chances), fewer + 1))
    tail = chances[: len(left)] @ bdtr(np.minimum(left, singles), singles, 0.5)
    return min(1.0, 2 * float(tail))


def _fallen_of_equals(size: int, units: int) -> "Chances":
    """The chances of how many items fall to the first, of units that all have `size` of them."""
    import numpy as np
    from scipy.special import gammaln

    of = np.arange(units + 1)
    ways = gammaln(units + 1) - gammaln(of + 1) - gammaln(units - of + 1)
    found = np.zeros(size * units + 1)
    found[::size] = np.exp(ways - units * np.log(2))
    return found


def _added(one: "Chances", other: "Chances") -> "Chances":
    """The chances of the sum of two numbers."""
    import numpy as np

    if len(one) * len(other) <= _BY_HAND:
        return np.convolve(one, other)
    from scipy.signal import fftconvolve

    # Rounding may leave a little less than nothing.
    found: Chances = np.maximum(fftconvolve(one, other), 0.0)
    return found
