"""Coefficients of appraisers against the known answers, as the mean over their trials.

Each trial of an appraiser and the reference are two ratings of every part (Minitab, JASP);
the coefficients of these pairs are averaged. Parts are drawn with all their trials.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from labeler.core.agreement.cohen import mean_of_defined
from labeler.core.agreement.fleiss import fleiss_kappa
from labeler.core.agreement.gwet import gwet_ac2
from labeler.core.agreement.intervals import (
    Atoms,
    Resampled,
    Resampling,
    estimate,
    resample,
)
from labeler.core.agreement.krippendorff import Metric, krippendorff_alpha
from labeler.core.agreement.priors import MASS
from labeler.core.agreement.ratings import PatternCounts
from labeler.core.agreement.sums import Sums, as_sums, features
from labeler.core.agreement.values import Figure, Floats, Reason, Undefined

# Crossed answers of so many cells at a time: 2,000 replicates of them are 64 MB.
_CELLS_AT_ONCE = 4000


def _ordinal_alpha(sums: Sums) -> Floats:
    return krippendorff_alpha(sums, Metric.ORDINAL)


_STATISTICS: dict[str, Callable[[Sums], Floats]] = {"fleiss_kappa": fleiss_kappa}
_ORDERED: dict[str, Callable[[Sums], Floats]] = {
    "gwet_ac2": gwet_ac2,
    "krippendorff_alpha_ordinal": _ordinal_alpha,
}


def _cells(counted: PatternCounts, columns: range) -> Floats:
    """Each pattern's answers crossed with its reference, shape (patterns, columns x q x q)."""
    q = len(counted.categories)
    known = counted.reference
    cells = np.zeros((len(counted.patterns), len(columns), q * q))
    if known is not None:
        for place, column in enumerate(columns):
            said = counted.patterns[:, column]
            both = np.flatnonzero((said >= 0) & (known >= 0))
            cells[both, place, said[both].astype(np.int64) * q + known[both]] = 1
    return cells.reshape(len(cells), -1)


def _per_column(
    counted: PatternCounts, columns: range, resampling: Resampling, statistics: tuple[str, ...]
) -> Resampled[Floats]:
    """Point and replicates of each statistic, shape (tables, statistics, columns)."""
    q = len(counted.categories)
    ratings = np.eye(q, dtype=np.int64)
    added = features((ratings[:, None, :] + ratings[None, :, :]).reshape(q * q, q))
    imagined = np.tile(np.eye(q * q), (1, len(columns)))
    # What is drawn are whole parts: all columns see the same ones.
    known = np.zeros(0, dtype=np.int8) if counted.reference is None else counted.reference
    atoms = Atoms(
        _cells(counted, columns), counted.items, None, imagined, np.full(q * q, MASS / (q * q)),
        key=lambda row: bytes(counted.patterns[row].tobytes() + known[row : row + 1].tobytes()),
    )  # fmt: skip
    every = _STATISTICS | _ORDERED

    def view(totals: Floats) -> Floats:
        crossed = totals.reshape(len(totals), len(columns), q * q)
        sums = [as_sums(crossed[:, place] @ added, q) for place in range(len(columns))]
        found = [np.stack([every[name](one) for one in sums], axis=1) for name in statistics]
        stacked: Floats = np.stack(found, axis=1)
        return stacked

    return resample(atoms, view, resampling)


def standard_statistics(
    counted: PatternCounts, resampling: Resampling, *, ordered: bool
) -> dict[str, Figure]:
    """Fleiss' kappa, for ordered categories also AC2 and ordinal alpha, against the reference.

    A trial in which a coefficient is undefined is left out of its mean.
    """
    statistics = (*_STATISTICS, *(_ORDERED if ordered else ()))
    if counted.reference is None or not (counted.reference >= 0).any():
        return dict.fromkeys(statistics, Undefined(Reason.NO_KNOWN_ANSWER))
    q, width = len(counted.categories), len(counted.columns)
    step = max(1, _CELLS_AT_ONCE // (q * q))
    blocks = [range(start, min(start + step, width)) for start in range(0, width, step)]
    parts = [_per_column(counted, block, resampling, statistics) for block in blocks]
    point = np.concatenate([part.point for part in parts], axis=2)
    drawn = [part.draws for part in parts if part.draws is not None]
    draws = np.concatenate(drawn, axis=2) if drawn else None
    sample = replace(parts[0], point=point, draws=draws, left_out=None)
    return {
        name: estimate(sample, _mean_over_columns(place), Reason.NO_VARIATION)
        for place, name in enumerate(statistics)
    }


def _mean_over_columns(place: int) -> Callable[[Floats], Floats]:
    return lambda found: mean_of_defined(found[:, place])
