"""The sums that every coefficient for many raters is a function of.

All of them are linear in the numbers of items, so that a resampled table needs one
matrix product and nothing else.
"""

from dataclasses import dataclass

import numpy as np

from labeler.core.agreement.values import Counts, Floats, ratio
from labeler.core.agreement.weights import quadratic_weights


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Sums over items, with a leading axis of tables (one, or one per replicate).

    With n_ik ratings of item i in category k and r_i their sum, shapes (tables,) and
    (tables, categories[, categories]):
    `rated` items with r >= 1, `paired` with r >= 2; `agreeing` the shares of agreeing
    pairs, `weighted` the same with quadratic weights on the rank; `shares` of n_ik / r_i;
    `same` of n_ik (n_ik - 1), `chances` of n_ik (r_i - 1); `coincidences` of
    n_ic (n_ik - [c = k]) / (r_i - 1).
    """

    rated: Floats
    paired: Floats
    agreeing: Floats
    weighted: Floats
    shares: Floats
    same: Floats
    chances: Floats
    coincidences: Floats

    @property
    def categories(self) -> int:
        """The number of categories of the scale, seen or not."""
        return int(self.shares.shape[-1])

    @property
    def category_shares(self) -> Floats:
        """pi_k, the mean over rated items of n_ik / r_i; NaN with none."""
        return ratio(self.shares, self.rated[:, None])


def pair_agreement(vectors: Counts, weights: Floats) -> Floats:
    """Per row, the (weighted) share of agreeing pairs of ratings; 0 with fewer than two."""
    n = vectors.astype(np.float64)
    r = n.sum(axis=1)
    pairs = np.where(r >= 2, r * (r - 1), np.inf)
    agreeing: Floats = (n * (n @ weights - 1)).sum(axis=1) / pairs
    return agreeing


def features(vectors: Counts) -> Floats:
    """What one item with each of these count vectors adds to the sums, one row each."""
    n = vectors.astype(np.float64)
    q = n.shape[1]
    r = n.sum(axis=1)
    two = r >= 2
    others = np.where(two, r - 1, np.inf)
    crossed = n[:, :, None] * (n[:, None, :] - np.eye(q)) / others[:, None, None]
    return np.concatenate(
        [
            np.stack(
                [
                    r >= 1,
                    two,
                    pair_agreement(vectors, np.eye(q)),
                    pair_agreement(vectors, quadratic_weights(q)),
                ],
                axis=1,
            ),
            n / np.maximum(r, 1)[:, None],
            n * (n - 1),
            n * np.maximum(r - 1, 0)[:, None],
            crossed.reshape(len(n), q * q),
        ],
        axis=1,
    )


def as_sums(totals: Floats, categories: int) -> Sums:
    """Name the columns of `counts @ features`, shape (tables, features)."""
    q = categories
    return Sums(
        totals[:, 0],
        totals[:, 1],
        totals[:, 2],
        totals[:, 3],
        totals[:, 4 : 4 + q],
        totals[:, 4 + q : 4 + 2 * q],
        totals[:, 4 + 2 * q : 4 + 3 * q],
        totals[:, 4 + 3 * q :].reshape(-1, q, q),
    )


def crossed_sums(tables: Floats) -> Sums:
    """The sums of the crossed decisions of two raters, shape (tables, categories, categories)."""
    q = tables.shape[-1]
    decisions = tables.sum(axis=(1, 2))
    said = tables.sum(axis=1) + tables.sum(axis=2)
    both = np.diagonal(tables, axis1=1, axis2=2)
    return Sums(
        decisions,
        decisions,
        both.sum(axis=1),
        (tables * quadratic_weights(q)).sum(axis=(1, 2)),
        said / 2,
        2 * both,
        said,
        tables + tables.transpose(0, 2, 1),
    )
