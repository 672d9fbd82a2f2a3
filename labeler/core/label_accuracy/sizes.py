"""How many audited labels show one proportion."""

from functools import lru_cache


@lru_cache(maxsize=4096)
def audits_needed(wrong: int, least: float, level: float) -> int:
    """Audited labels that show a proportion ≥ `least`, one-sided, when `wrong` are wrong.

    The smallest n with P(at most `wrong` errors | n, rate 1 − `least`) ≤ 1 − `level`
    (Clopper and Pearson 1934), for labels without number: of few labels fewer are enough.

    >>> [audits_needed(wrong, 0.95, 0.95) for wrong in range(6)]
    [59, 93, 124, 153, 181, 208]
    """
    from scipy.stats import binom

    def enough(count: int) -> bool:
        return bool(binom.cdf(wrong, count, 1 - least) <= 1 - level)

    high = wrong + 1
    while not enough(high):
        high *= 2
    low = wrong
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
