"""Does one rater mark more than the other? McNemar's exact test of the two margins."""

from labeler.core.agreement.values import Reason, Undefined


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
