"""The two imagined items that keep an interval honest when defects are few.

A bootstrap that only knows the items seen is sure of itself where it should not be: two
defects, both agreed on, would give an interval from 1 to 1. So the shares of the patterns
are drawn from a Dirichlet distribution with the counts plus a prior of mass 2 in all,
spread evenly over the patterns that a usual item could show.
"""

from itertools import combinations
from math import comb

import numpy as np

from labeler.core.agreement.ratings import PairCounts, VectorCounts
from labeler.core.agreement.values import Counts, Floats

MASS = 2.0
# Beyond this many cells the prior stands on items with fewer ratings; each cell would hold
# next to nothing, and drawing them would take longer than drawing the real ones.
MOST_CELLS = 500


def _most_usual(values: Counts, items: Counts) -> int:
    """The value that most items have; the smallest of several."""
    return int(np.argmax(np.bincount(values, items)))


def _cells(ratings: int, categories: int) -> Counts:
    """All vectors of `categories` counts that sum to `ratings`: stars and bars."""
    places = list(combinations(range(ratings + categories - 1), categories - 1))
    bars = np.array(places, dtype=np.int64).reshape(len(places), categories - 1)
    edges = np.concatenate(
        [
            np.full((len(bars), 1), -1),
            bars,
            np.full((len(bars), 1), ratings + categories - 1),
        ],
        axis=1,
    )
    vectors: Counts = np.diff(edges, axis=1) - 1
    return vectors


def vector_prior(counted: VectorCounts) -> tuple[Counts, Floats]:
    """Imagined count vectors, shape (cells, categories), and their mass, shape (cells,).

    They have the most usual number of ratings, two at least. With two ratings the mass is
    even over the crossed cells of two raters (a disputed vector is two of them), with
    more it is even over the vectors.
    """
    q = counted.vectors.shape[1]
    r = counted.vectors.sum(axis=1)
    several = r >= 2
    if q == 0 or not several.any():
        return np.zeros((0, q), dtype=np.int64), np.zeros(0)
    usual = _most_usual(r[several], counted.items[several])
    while usual > 2 and comb(usual + q - 1, q - 1) > MOST_CELLS:
        usual -= 1
    vectors = _cells(usual, q)
    ways = np.where(vectors.max(axis=1) == 2, 1.0, 2.0) if usual == 2 else np.ones(len(vectors))
    return vectors, MASS * ways / ways.sum()


def pair_prior(counted: PairCounts) -> tuple[Counts, Floats]:
    """Imagined crossed decisions, shape (cells, categories, categories), and their mass.

    Each item has the most usual number of decisions, all of them in one cell.
    """
    q = counted.tables.shape[1]
    usual = _most_usual(counted.tables.sum(axis=(1, 2)), counted.items)
    tables = usual * np.eye(q * q, dtype=np.int64).reshape(q * q, q, q)
    return tables, np.full(q * q, MASS / (q * q))
