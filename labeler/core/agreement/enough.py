"""From how many marked images on an interval can be relied on."""

from collections.abc import Mapping

from labeler.core.agreement.methods import Method
from labeler.core.agreement.values import Reason

FEWEST_MARKED: Mapping[Method, int] = {
    Method.SMOOTHED: 4,
    Method.PERCENTILE: 7,
    Method.BCA: 8,
    Method.LINEARISED: 11,
}
"""Images on which one of two raters at least says present.

From simulated studies at 1 to 3 % of defects (`tests/proof/coverage.py`, docs/figures.md): with
fewer, 95 % intervals of positive agreement and alpha hold the truth less than 90 times in 100
or are wider than seven tenths of the scale. Smoothed ones only are too wide: of 2 defects
expected they hold the truth 95 times in 100, percentile, BCa and linearised ones 56 to 58.
"""


def not_enough(marked: int, method: Method) -> Reason | None:
    """Why an interval on so many marked images says little; None where it can be relied on.

    >>> not_enough(3, Method.SMOOTHED) is None, not_enough(4, Method.SMOOTHED) is None
    (False, True)
    """
    return Reason.NOT_ENOUGH_MARKED if marked < FEWEST_MARKED[method] else None
