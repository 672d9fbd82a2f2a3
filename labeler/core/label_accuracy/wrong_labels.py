"""How many labels of a stratum may be wrong, after some of them were audited.

The labels are finite: with all of them audited nothing is left to doubt. Of N labels n were
drawn without return and e found wrong; of the N − n others K are wrong, where K has the
beta-binomial distribution with shapes e + a and n − e + b:

- a, b = 1, 0 assumes the worst. The quantile of e + K at a level is exactly the upper
  Clopper-Pearson limit of the hypergeometric law: P(e + K ≥ w) = P(at most e wrong among n drawn
  | w wrong among N), since both are the same statement about the place of the (e+1)-th of n
  drawn among 1 … N. For many labels K / N is Beta(e + 1, n − e).
- a, b = 0, 1 assumes the best: the lower limit, likewise.
- a, b = ½, ½ is Jeffreys' middle way, for display.

Draws are not needed: the distributions are computed, added by convolution, and give the same
figure every time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from math import ceil, floor, sqrt

import numpy as np

from labeler.core.agreement.values import Floats
from labeler.core.label_accuracy.strata import AuditedStratum

_CELLS = 1 << 16
# Mass that is left out on either side.
_NOTHING = 1e-13


class Assume(Enum):
    """What is assumed of labels that nobody audited: their imagined (wrong, right) counts."""

    WORST = (1.0, 0.0)
    BEST = (0.0, 1.0)
    MIDDLE = (0.5, 0.5)


@dataclass(frozen=True, slots=True, eq=False)
class WrongCount:
    """An unknown number of wrong labels: `mass[i]` is the chance of `start + i · step`."""

    start: int
    step: int
    mass: Floats

    @property
    def values(self) -> Floats:
        """The numbers that it can be, shape (cells,), rising."""
        values: Floats = self.start + self.step * np.arange(len(self.mass), dtype=np.float64)
        return values

    def quantile(self, level: float) -> float:
        """The smallest number that is not exceeded with a chance of at least `level`."""
        reached = np.cumsum(self.mass) >= level - 1e-12
        place = int(np.argmax(reached)) if reached.any() else len(self.mass) - 1
        return float(self.start + self.step * place)


def _beta_binomial(unknown: int, shape_a: float, shape_b: float) -> tuple[int, Floats]:
    """(first number, chances of it and those after) for wrong ones among `unknown` labels."""
    if unknown == 0 or shape_a == 0:
        return 0, np.ones(1)
    if shape_b == 0:
        return unknown, np.ones(1)
    # SciPy loads slowly, and most processes never come here.
    from scipy.special import betaincinv

    least, most = betaincinv(shape_a, shape_b, [_NOTHING, 1 - _NOTHING])
    reach = 8 * sqrt(unknown * max(most * (1 - most), least * (1 - least))) + 8
    low = max(0, floor(unknown * least - reach))
    high = min(unknown, ceil(unknown * most + reach))
    k = np.arange(low, high, dtype=np.float64)
    ratios = np.log((unknown - k) * (k + shape_a)) - np.log((k + 1) * (unknown - k - 1 + shape_b))
    logs = np.concatenate([[0.0], np.cumsum(ratios)])
    mass: Floats = np.exp(logs - logs.max())
    return low, mass / mass.sum()


def _of_stratum(one: AuditedStratum, assume: Assume) -> tuple[int, Floats]:
    more_wrong, more_right = assume.value
    certain, audited = one.wrong, one.audited
    unknown = one.labels - one.out_of_reach - one.audited
    if assume is Assume.WORST:
        # Of what the auditor could not tell, and of what is out of reach, the worst as well.
        certain += one.unsure
        right, certain_beside = audited - certain, one.out_of_reach
    elif assume is Assume.BEST:
        right, certain_beside = audited - certain, 0
    else:  # both are like labels that were not drawn
        right, certain_beside = one.decided - certain, 0
        unknown += one.unsure + one.out_of_reach
    start, mass = _beta_binomial(unknown, certain + more_wrong, right + more_right)
    return start + certain + certain_beside, mass


def _in_steps(mass: Floats, step: int, *, up: bool) -> Floats:
    if step == 1:
        return mass
    places = np.arange(len(mass)) + (step - 1 if up else 0)
    return np.bincount(places // step, weights=mass).astype(np.float64)


def wrong_count(strata: Sequence[AuditedStratum], assume: Assume) -> WrongCount:
    """How many labels of all these strata are wrong.

    Exact up to 65,536 different numbers; beyond, neighbouring ones are put together, upwards
    where the worst is assumed and downwards otherwise.
    """
    found = [_of_stratum(one, assume) for one in strata]
    start = sum(first for first, _ in found)
    span = sum(len(mass) - 1 for _, mass in found)
    step = max(1, ceil(span / _CELLS))
    several = [
        _in_steps(mass, step, up=assume is Assume.WORST) for _, mass in found if len(mass) > 1
    ]
    if not several:
        return WrongCount(start, 1, np.ones(1))
    if len(several) == 1:
        return WrongCount(start, step, several[0])
    cells = sum(len(mass) - 1 for mass in several) + 1
    size = 1 << (cells - 1).bit_length()
    product = np.prod([np.fft.rfft(mass, size) for mass in several], axis=0)
    mass = np.clip(np.fft.irfft(product, size)[:cells], 0.0, None)
    return WrongCount(start, step, mass / mass.sum())
