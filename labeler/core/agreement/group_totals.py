"""Weighted sums over groups: after a change only the groups that changed are added anew.

Hundreds of groups, thousands of replicates and a dozen sums make a product of millions of
terms, and a new rating changes one group. So the sums of the last tables are remembered,
and the difference is added to those of the table that is nearest. For this to give the same
interval as a product from scratch, to the last digit, the terms lie on a grid so coarse
that adding them is exact. It is a hundred thousand times finer than what chance does.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np

from labeler.core.agreement.draws import WEIGHT_GRID, group_weights, on_grid
from labeler.core.agreement.values import Counts, Floats

_SUM_GRID = 2.0**-12
# While the sums, none of them negative, stay below this, no bit of a partial sum is lost.
_EXACT_BELOW = 2.0**52 * _SUM_GRID * WEIGHT_GRID
# Some ten tables of some ten defect types; half a megabyte each at most.
_REMEMBERED = 128
_MOST_NUMBERS = 64_000
# With more groups changed than this a product from scratch is as quick.
_MOST_CHANGED = 16


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """Sums on the grid of a table's groups, and what they came to in each replicate."""

    seed: int
    sums: Floats
    totals: Floats


class _Memory:
    """The last tables. Threads may add at once: one of them is then forgotten, no more."""

    def __init__(self) -> None:
        self.known: tuple[_Known, ...] = ()

    def nearest(self, seed: int, sums: Floats, replicates: int) -> tuple[_Known, Counts] | None:
        """A table that differs in few groups, and their numbers."""
        for one in reversed(self.known):
            same_kind = one.seed == seed and one.totals.shape[1] == replicates
            if same_kind and one.sums.shape == sums.shape:
                changed: Counts = np.flatnonzero((one.sums != sums).any(axis=1)).astype(np.int64)
                if len(changed) <= _MOST_CHANGED:
                    return one, changed
        return None

    def keep(self, known: _Known) -> None:
        self.known = (*self.known[1 - _REMEMBERED :], known)


_MEMORY = _Memory()


def group_totals(sums: Floats, replicates: int, seed: int) -> Floats:
    """`sums`, shape (groups, features), weighted and added up: (features, replicates).

    Sums are 0 or more. The weights of a group are its Exp(1) draws.
    """
    rounded = on_grid(sums, _SUM_GRID)
    blocks = group_weights(len(sums), replicates, seed)
    _, weights = first = next(blocks)
    if len(weights) < len(sums) or sums.shape[1] * replicates > _MOST_NUMBERS:
        return _product(rounded, chain([first], blocks))
    near = _MEMORY.nearest(seed, rounded, replicates)
    if near is not None:
        known, changed = near
        difference = rounded[changed] - known.sums[changed]
        totals = known.totals + difference.T @ weights[changed]
    if near is None or totals.max() >= _EXACT_BELOW:
        totals = _product(rounded, [first])
    totals.flags.writeable = False
    if totals.max() < _EXACT_BELOW:
        _MEMORY.keep(_Known(seed, rounded, totals))
    return totals


def _product(sums: Floats, blocks: Iterable[tuple[int, Floats]]) -> Floats:
    parts: Iterator[Floats] = (
        sums[start : start + len(w)].T @ w[: len(sums) - start] for start, w in blocks
    )
    totals = next(parts)
    for part in parts:
        totals += part
    return totals


def forget() -> None:
    """Add up everything anew from now on; it will be the same again."""
    _MEMORY.known = ()
