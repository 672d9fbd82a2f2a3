"""Cohen's kappa of two raters, and Light's mean of it over pairs."""

import numpy as np

from labeler.core.agreement.values import NOTHING, Floats, ratio


def cohen_kappa(tables: Floats) -> Floats:
    """(po - pe) / (1 - pe) of crossed decisions, shape (..., categories, categories).

    Undefined without a common item, or when both raters always say the same one thing.
    Worked example: 80, 10, 5, 5: po = .85, pe = .78, kappa = .318182.
    """
    total = tables.sum(axis=(-2, -1))
    shares = ratio(tables, np.asarray(total)[..., None, None])
    agreement = np.trace(shares, axis1=-2, axis2=-1)
    chance = (shares.sum(axis=-1) * shares.sum(axis=-2)).sum(axis=-1)
    beyond = np.where(np.isnan(chance), 0, 1 - chance)
    return ratio(np.asarray(agreement - chance), np.asarray(beyond))


def cohen_standard_error(table: Floats) -> float | None:
    """The large-sample standard error of Fleiss, Cohen and Everitt (1969).

    It takes decisions for independent. None where kappa is undefined.
    """
    kappa = float(cohen_kappa(table))
    total = float(table.sum())
    if np.isnan(kappa):
        return None
    shares = table / total
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    chance = float(rows @ columns)
    diagonal = np.diag(shares)
    agreeing = diagonal @ (1 - (rows + columns) * (1 - kappa)) ** 2
    spread = shares * (columns[:, None] + rows[None, :]) ** 2
    differing = (1 - kappa) ** 2 * (spread.sum() - np.trace(spread))
    variance = agreeing + differing - (kappa - chance * (1 - kappa)) ** 2
    # Rounding can leave a perfect table a hair below zero.
    error = np.sqrt(max(variance, 0.0) / total) / (1 - chance)
    return 0.0 if error < NOTHING else float(error)


def mean_of_defined(kappas: Floats) -> Floats:
    """Light's kappa from the pairs' kappas, shape (..., pairs).

    A pair without a defined kappa is left out of the mean; undefined if all are.
    """
    defined = np.count_nonzero(~np.isnan(kappas), axis=-1)
    return ratio(np.asarray(np.nansum(kappas, axis=-1)), np.asarray(defined, dtype=np.float64))
