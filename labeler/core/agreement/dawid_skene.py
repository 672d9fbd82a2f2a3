"""Dawid and Skene's model: class shares and an error table per rater, by EM.

For ranking only (whom to train, what to send to a third rater). The model takes raters to
err independently, which people do not: its posterior is never an accuracy.
Source: Applied Statistics 28 (1979) 20-28.
"""

from dataclasses import dataclass

import numpy as np

from labeler.core.agreement.ratings import PatternCounts
from labeler.core.agreement.values import Counts, Floats, Reason, Undefined

_TINY = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True, slots=True, eq=False)
class DawidSkene:
    """The fitted model.

    `raters` are those who gave a rating, in their order. `shares`, shape (classes,);
    `errors`, shape (raters, true class, label); `posteriors`,
    shape (patterns, classes), row by row those of the pattern counts that were given,
    with the class shares where a pattern has no rating. `log_likelihood` is that of the
    ratings, without any prior.
    """

    raters: tuple[str, ...]
    shares: Floats
    errors: Floats
    posteriors: Floats
    log_likelihood: float
    rounds: int


@dataclass(frozen=True, slots=True)
class Prior:
    """Imagined counts that are added in every M step; all 0 for maximum likelihood."""

    diagonal: float = 1.5
    elsewhere: float = 0.5
    classes: float = 1.0


MAXIMUM_LIKELIHOOD = Prior(0.0, 0.0, 0.0)


def _ratings_by_rater(counted: PatternCounts) -> Floats:
    """How often each rater chose each category, shape (patterns, raters, categories).

    Repeats of one person are separate ratings with one error table.
    """
    raters = counted.raters
    q = len(counted.categories)
    ratings = np.zeros((len(counted.patterns), len(raters), q))
    for index, column in enumerate(counted.columns):
        rater = raters.index(column.rater)
        for code in range(q):
            ratings[:, rater, code] += counted.patterns[:, index] == code
    return ratings


def _connected(ratings: Floats) -> bool:
    """Whether common items connect every rater with every other."""
    rated = ratings.sum(axis=2) > 0
    common = rated.T.astype(np.int64) @ rated.astype(np.int64) > 0
    reached = np.zeros(len(common), dtype=bool)
    reached[0] = True
    for _ in range(len(common)):
        reached |= common[reached].any(axis=0)
    return bool(reached.all())


def _maximise(
    ratings: Floats, items: Counts, posteriors: Floats, prior: Prior
) -> tuple[Floats, Floats]:
    """Class shares and error tables from posteriors; a class nobody is in errs evenly."""
    q = ratings.shape[2]
    weighted = posteriors * items[:, None]
    classes = weighted.sum(axis=0) + prior.classes
    counts = np.tensordot(weighted, ratings, axes=(0, 0)).transpose(1, 0, 2)
    counts = counts + prior.elsewhere + (prior.diagonal - prior.elsewhere) * np.eye(q)
    rows = counts.sum(axis=2, keepdims=True)
    errors = np.full(counts.shape, 1 / q)
    np.divide(counts, rows, out=errors, where=rows > 0)
    return classes / classes.sum(), errors


def _expect(ratings: Floats, items: Counts, shares: Floats, errors: Floats) -> tuple[Floats, float]:
    """Posteriors and log-likelihood.

    A zero rate counts as the smallest number there is, so that 0 x log 0 stays 0.
    """
    logs = np.log(np.maximum(errors, _TINY))
    joint = np.tensordot(ratings, logs, axes=([1, 2], [0, 2])) + np.log(np.maximum(shares, _TINY))
    most = joint.max(axis=1, keepdims=True)
    scaled = np.exp(joint - most)
    sums = scaled.sum(axis=1, keepdims=True)
    likelihood = float(items @ (np.log(sums) + most)[:, 0])
    return scaled / sums, likelihood


def dawid_skene(
    counted: PatternCounts,
    *,
    prior: Prior = MAXIMUM_LIKELIHOOD,
    tolerance: float = 1e-12,
    most_rounds: int = 10_000,
) -> DawidSkene | Undefined:
    """Fit by EM from the shares of votes, until no parameter moves by `tolerance`.

    Whoever gave no rating is left out. Undefined with fewer than three raters, or where common
    items do not connect them.
    """
    if len(counted.raters) < 3:
        return Undefined(Reason.TOO_FEW_RATERS)
    ratings = _ratings_by_rater(counted)
    votes = ratings.sum(axis=1)
    rated = votes.sum(axis=1) > 0
    if not rated.any():
        return Undefined(Reason.NO_RATINGS)
    heard = np.flatnonzero(ratings.sum(axis=(0, 2)))
    raters = tuple(counted.raters[one] for one in heard)
    if len(raters) < 3:
        return Undefined(Reason.TOO_FEW_RATERS)
    ratings, items = ratings[rated][:, heard], counted.items[rated]
    if not _connected(ratings):
        return Undefined(Reason.NOT_CONNECTED)
    posteriors = votes[rated] / votes[rated].sum(axis=1, keepdims=True)
    shares, errors = _maximise(ratings, items, posteriors, prior)
    rounds, moved = 0, np.inf
    while moved > tolerance and rounds < most_rounds:
        posteriors, _ = _expect(ratings, items, shares, errors)
        new_shares, new_errors = _maximise(ratings, items, posteriors, prior)
        moved = max(
            float(np.abs(new_shares - shares).max()), float(np.abs(new_errors - errors).max())
        )
        shares, errors = new_shares, new_errors
        rounds += 1
    posteriors, likelihood = _expect(ratings, items, shares, errors)
    every = np.tile(shares, (len(rated), 1))
    every[rated] = posteriors
    return DawidSkene(raters, shares, errors, every, likelihood, rounds)
