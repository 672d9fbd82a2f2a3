"""Intervals by resampling patterns instead of items.

Drawing N items with replacement is one multinomial draw over the counts of their patterns,
and every statistic is a smooth function of sums that are linear in those counts. So: draw
weights for all replicates at once, multiply by what each pattern adds to the sums, and
take quantiles. Or, without drawing anything, go a multiple of the linearised standard
error to either side.
"""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Generic, TypeVar
from zlib import crc32

import numpy as np

from labeler.core.agreement.methods import Method
from labeler.core.agreement.values import (
    NOTHING,
    Counts,
    Estimate,
    Figure,
    Floats,
    Reason,
    Undefined,
)

# Weights of about 32 MB at a time, however many patterns or groups there are.
_CHUNK = 4_000_000

View = TypeVar("View")
Statistic = Callable[[View], Floats]


@dataclass(frozen=True, slots=True)
class Resampling:
    """How to resample: the same settings and data give the same intervals."""

    level: float = 0.95
    replicates: int = 2000
    seed: int = 0
    method: Method = Method.SMOOTHED

    def generator(self, *names: str) -> np.random.Generator:
        """Random numbers of one figure's own, so that no figure depends on its neighbours."""
        return np.random.default_rng([self.seed, *(crc32(name.encode()) for name in names)])


@dataclass(frozen=True, slots=True, eq=False)
class Atoms:
    """What can be drawn: `features`, shape (atoms, features), of `items`, shape (atoms,).

    `groups` numbers the unit that an atom belongs to, None where items are independent.
    `prior_features` and `prior` are the imagined items and their mass.
    """

    features: Floats
    items: Counts
    groups: Counts | None
    prior_features: Floats
    prior: Floats

    @property
    def totals(self) -> Floats:
        """The sums of the table as it is, shape (features,)."""
        totals: Floats = self.items.astype(np.float64) @ self.features
        return totals


@dataclass(frozen=True, slots=True, eq=False)
class Resampled(Generic[View]):
    """A table's sums, those of its replicates, and those with one unit left out.

    `units` is the number of items or groups that can be drawn, `grouped` tells which. `draws`
    is None where nothing was drawn; `left_out` only for BCa, with `left_out_units`, the number
    of units that each of its rows stands for.
    """

    point: View
    units: int
    grouped: bool
    draws: View | None
    left_out: View | None
    left_out_units: Floats
    resampling: Resampling


@dataclass(frozen=True, slots=True, eq=False)
class _Units:
    """What is drawn as a whole: `features` of one unit, its `sizes` in items, its `copies`."""

    features: Floats
    sizes: Floats
    copies: Floats


def _units(atoms: Atoms) -> _Units:
    """Patterns, each as often as its items, or groups, each once."""
    items = atoms.items.astype(np.float64)
    if atoms.groups is None:
        return _Units(atoms.features, np.ones(len(items)), items)
    names, assigned = np.unique(atoms.groups, return_inverse=True)
    assigned = assigned.reshape(-1)
    sums = np.zeros((len(names), atoms.features.shape[1]))
    np.add.at(sums, assigned, atoms.features * items[:, None])
    sizes: Floats = np.bincount(assigned, items).astype(np.float64)
    return _Units(sums, sizes, np.ones(len(names)))


def _with_prior(units: _Units, atoms: Atoms) -> _Units:
    imagined = np.ones(len(atoms.prior))
    return _Units(
        np.concatenate([units.features, atoms.prior_features]),
        np.concatenate([units.sizes, imagined]),
        np.concatenate([units.copies, atoms.prior]),
    )


def replicate_totals(atoms: Atoms, resampling: Resampling, rng: np.random.Generator) -> Floats:
    """The sums of each replicate, shape (replicates, features), scaled to the real items.

    Independent items get multinomial counts, or Dirichlet shares (normalised gamma draws)
    that include the prior. A group is weighted with an Exp(1) draw, which is a gamma draw
    of shape 1: the Bayesian bootstrap.
    """
    units = _units(atoms)
    if resampling.method is Method.SMOOTHED:
        units = _with_prior(units, atoms)
    drawn_by_count = resampling.method is not Method.SMOOTHED and atoms.groups is None
    total = int(atoms.items.sum())
    step = max(1, _CHUNK // max(len(units.sizes), 1))
    # Replicates lie side by side in memory: sums over the few features then run along them.
    totals = np.empty((units.features.shape[1], resampling.replicates))
    for start in range(0, resampling.replicates, step):
        count = min(step, resampling.replicates - start)
        if drawn_by_count:
            weights = rng.multinomial(total, units.copies / total, count).astype(np.float64)
        else:
            weights = rng.standard_gamma(units.copies, (count, len(units.copies)))
            weights *= (total / (weights @ units.sizes))[:, None]
        totals[:, start : start + count] = units.features.T @ weights.T
    return totals.T


def resample(
    atoms: Atoms,
    view: Callable[[Floats], View],
    resampling: Resampling,
    rng: np.random.Generator,
) -> Resampled[View]:
    """Draw once for all statistics of a table; `view` gives names to the columns of sums."""
    point = view(atoms.totals[None, :])
    grouped = atoms.groups is not None
    drawable = int(atoms.items.sum() if atoms.groups is None else len(np.unique(atoms.groups)))
    nothing = resampling.replicates == 0 or len(atoms.items) == 0
    if nothing or resampling.method is Method.LINEARISED:
        return Resampled(point, drawable, grouped, None, None, np.zeros(0), resampling)
    draws = view(replicate_totals(atoms, resampling, rng))
    if resampling.method is not Method.BCA:
        return Resampled(point, drawable, grouped, draws, None, np.zeros(0), resampling)
    units = _units(atoms)
    left_out = view(atoms.totals - units.features)
    return Resampled(point, drawable, grouped, draws, left_out, units.copies, resampling)


def _bca_tails(
    value: float, drawn: Floats, left_out: Floats, units: Floats, tails: tuple[float, float]
) -> tuple[float, float]:
    """Efron's bias-corrected and accelerated tails; the jackknife has one value a pattern."""
    normal = NormalDist()
    below = float(np.mean(drawn < value - NOTHING) + np.mean(np.abs(drawn - value) <= NOTHING) / 2)
    below = min(max(below, 0.5 / len(drawn)), 1 - 0.5 / len(drawn))
    bias = normal.inv_cdf(below)
    known = ~np.isnan(left_out)
    left_out, units = left_out[known], units[known]
    middle = float(units @ left_out) / max(float(units.sum()), 1.0)
    cubes, squares = units @ (middle - left_out) ** 3, units @ (middle - left_out) ** 2
    speed = float(cubes / (6 * squares**1.5)) if squares > NOTHING**2 else 0.0

    def tail(level: float) -> float:
        z = bias + normal.inv_cdf(level)
        return normal.cdf(bias + z / max(1 - speed * z, NOTHING))

    return tail(tails[0]), tail(tails[1])


def _student(units: int, level: float) -> float:
    """The two-sided quantile of Student's t with one degree of freedom less than units."""
    # SciPy loads slowly; whoever has no groups never comes here.
    from scipy.special import stdtrit  # noqa: PLC0415

    return float(stdtrit(max(units - 1, 1), (1 + level) / 2))


def _stretch(sample: Resampled[View]) -> float:
    """How much too narrow quantiles are where few groups were drawn: t over the normal quantile.

    Simulated with 200 images a lot, lots differing in prevalence and agreement, 95 %
    intervals of positive agreement from 3, 5, 10 and 20 lots cover .83, .80, .82 and .90 as
    they are, and .95, .91, .90 and .91 when stretched; drawn image by image .74 to .83.
    """
    if not sample.grouped or sample.units < 2:
        return 1.0
    level = sample.resampling.level
    return _student(sample.units, level) / NormalDist().inv_cdf((1 + level) / 2)


def _linearised(
    value: float, error: float | None, sample: Resampled[View], within: tuple[float, float]
) -> Estimate:
    """Student's t times the error to either side, cut to what the statistic can be.

    Worked example: Krippendorff's table of 2011, AC1 .77544, error .14295, 12 items: .461
    to 1.
    """
    if sample.resampling.replicates == 0:
        return Estimate(value, standard_error=error)
    if error is None:
        few = sample.units < 2
        reason = Reason.ONE_UNIT if few else Reason.NO_LINEARISED_ERROR
        return Estimate(value, no_interval=reason)
    times = _student(sample.units, sample.resampling.level)
    low, high = max(value - times * error, within[0]), min(value + times * error, within[1])
    return Estimate(value, min(low, value), max(high, value), error)


def estimate(
    sample: Resampled[View],
    statistic: Statistic[View],
    reason: Reason,
    *,
    standard_error: float | None = None,
    within: tuple[float, float] = (-1.0, 1.0),
) -> Figure:
    """The statistic with its interval, stretched to contain the point estimate.

    Where the point estimate is undefined there is no interval either. Replicates in which
    the statistic is undefined are left out, and their share is reported. A linearised
    interval needs the standard error, and is cut to the values `within` which the statistic
    can lie.
    """
    value = float(statistic(sample.point)[0])
    if np.isnan(value):
        return Undefined(reason)
    if sample.resampling.method is Method.LINEARISED:
        return _linearised(value, standard_error, sample, within)
    if sample.draws is None:
        return Estimate(value, standard_error=standard_error)
    drawn = statistic(sample.draws)
    defined = drawn[~np.isnan(drawn)]
    lost = 1 - len(defined) / len(drawn)
    if len(defined) == 0:
        return Estimate(value, None, None, standard_error, lost)
    tail = (1 - sample.resampling.level) / 2
    tails = (tail, 1 - tail)
    if sample.left_out is not None:
        left_out = statistic(sample.left_out)
        tails = _bca_tails(value, defined, left_out, sample.left_out_units, tails)
    low, high = (float(end) for end in np.quantile(defined, tails))
    wider = _stretch(sample)
    low = max(value - wider * max(value - low, 0.0), min(low, within[0]))
    high = min(value + wider * max(high - value, 0.0), max(high, within[1]))
    return Estimate(value, min(low, value), max(high, value), standard_error, lost)
