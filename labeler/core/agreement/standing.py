"""Where a defect type stands, in one word: judged on the ends of the interval, not its middle."""

from enum import StrEnum

from labeler.core.agreement.values import Estimate, Figure

# The limits that measurement studies use for kappa (AIAG MSA, 4th edition: above .75 good,
# below .40 poor). On rare defects positive agreement and kappa nearly coincide.
GOOD_FROM = 0.75
POOR_BELOW = 0.40


class Standing(StrEnum):
    """What the interval of a positive agreement allows to say; the worst comes first."""

    ACT = "act"
    LOOK = "look"
    NOT_ENOUGH = "not_enough"
    GOOD = "good"


ORDER = tuple(Standing)


def standing(figure: Figure) -> Standing:
    """The standing of a positive agreement.

    Good where even the low end is good. Where the low end is poor it is the high end that
    decides: if it could still be good, there is not enough to say anything; else act. What
    lies between is to be looked at. Without an interval nothing can be said.

    >>> [standing(Estimate(0.8, low, high)).value for low, high in ((0.76, 0.9), (0.1, 0.95))]
    ['good', 'not_enough']
    """
    if not isinstance(figure, Estimate) or figure.low is None or figure.high is None:
        return Standing.NOT_ENOUGH
    if figure.low >= GOOD_FROM:
        return Standing.GOOD
    if figure.low >= POOR_BELOW:
        return Standing.LOOK
    return Standing.NOT_ENOUGH if figure.high >= GOOD_FROM else Standing.ACT
