"""The statistics of two raters."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from labeler.core.agreement.coefficients import beyond_chance
from labeler.core.agreement.cohen import cohen_kappa, cohen_standard_error
from labeler.core.agreement.intervals import Atoms, Resampled, Resampling, estimate, resample
from labeler.core.agreement.linearised import ratio_error
from labeler.core.agreement.mcnemar import mcnemar_exact, mcnemar_of_units
from labeler.core.agreement.percent import pair_percent_agreement
from labeler.core.agreement.priors import pair_prior
from labeler.core.agreement.ratings import ALONE, PairCounts, VectorCounts
from labeler.core.agreement.scale import Scale, specific_figures
from labeler.core.agreement.specific import pair_specific_agreement
from labeler.core.agreement.sums import Sums, crossed_sums
from labeler.core.agreement.values import Figure, Floats, Reason, Undefined

# What is read off the crossed table itself; the others ask only how many said what.
CROSSED = frozenset(
    {
        "percent_agreement", "positive_agreement", "negative_agreement", "specific_agreement",
        "cohen_kappa",
    }
)  # fmt: skip
_UNUSED = {
    "positive": Reason.NOT_MARKED,
    "negative": Reason.ALWAYS_MARKED,
    "category": Reason.NOT_USED,
}


def pair_sample(pair: PairCounts, resampling: Resampling) -> Resampled[Floats]:
    """The crossed decisions and their replicates, shape (tables, categories, categories).

    Items are drawn, or groups.
    """
    q = pair.tables.shape[1]
    prior, mass = pair_prior(pair)
    atoms = Atoms(
        pair.tables.reshape(-1, q * q).astype(np.float64),
        pair.items,
        pair.groups,
        prior.reshape(-1, q * q).astype(np.float64),
        mass,
    )
    return resample(atoms, lambda totals: totals.reshape(-1, q, q), resampling)


def _turned(pair: PairCounts) -> PairCounts:
    """The pair with its raters in the one order of two that follows from what they said."""
    other = PairCounts(pair.tables.transpose(0, 2, 1), pair.items, pair.groups)
    here, there = pair.total.tolist(), other.total.tolist()
    if here == there:  # then the single items tell, if anything does
        here, there = _listed(pair), _listed(other)
    return pair if here <= there else other


def _listed(pair: PairCounts) -> list[Any]:
    groups = [ALONE] * len(pair.items) if pair.groups is None else pair.groups.tolist()
    return sorted(zip(groups, pair.tables.tolist(), pair.items.tolist(), strict=True))


def _standard_error(pair: PairCounts) -> float | None:
    """Of kappa; none over trials or in groups: the formula takes decisions for independent."""
    if pair.repeated or pair.groups is not None:
        return None
    return cohen_standard_error(pair.total.astype(np.float64))


def _as_sums(sample: Resampled[Floats]) -> Resampled[Sums]:
    """The same draws, of how many said what."""
    draws, left_out = (
        None if tables is None else crossed_sums(tables)
        for tables in (sample.draws, sample.left_out)
    )
    return Resampled(
        crossed_sums(sample.point), sample.units, sample.grouped, draws, left_out,
        sample.left_out_units, sample.resampling,
    )  # fmt: skip


def _vectors(pair: PairCounts) -> VectorCounts | None:
    """How many of the two said what of each item; None over trials, as for the error of kappa."""
    if pair.repeated:
        return None
    said = pair.tables.sum(axis=1) + pair.tables.sum(axis=2)
    return VectorCounts(said, np.zeros_like(pair.items), pair.items, pair.groups)


def pair_statistics(
    pair: PairCounts, scale: Scale, resampling: Resampling
) -> dict[str, Figure | Mapping[str, Figure]]:
    """Every coefficient of two raters, over the items that both rated.

    It does not matter which of the two raters is called the first.
    """
    q = len(scale.categories)
    if len(pair.items) == 0:
        nothing = Undefined(Reason.NO_COMMON_ITEM)
        none = crossed_sums(np.zeros((1, q, q)))
        empty = Resampled(
            none,
            0,
            grouped=False,
            draws=None,
            left_out=None,
            left_out_units=np.zeros(0),
            resampling=resampling,
        )
        return {
            "percent_agreement": nothing,
            **specific_figures(scale, lambda *_: nothing),
            "cohen_kappa": nothing,
            **beyond_chance(empty, scale, nothing.reason, None),
        }
    pair = _turned(pair)
    sample = pair_sample(pair, resampling)
    tables = pair.tables.astype(np.float64)

    def share(
        statistic: Callable[[Floats], Floats], reason: Reason, above: Floats, below: Floats
    ) -> Figure:
        error = ratio_error(above, below, pair.items, pair.groups)
        return estimate(sample, statistic, reason, standard_error=error, within=(0.0, 1.0))

    def specific(category: int, part: str) -> Figure:
        said = tables[:, category].sum(axis=1) + tables[:, :, category].sum(axis=1)
        return share(
            lambda crossed: pair_specific_agreement(crossed, category),
            _UNUSED[part],
            2 * tables[:, category, category],
            said,
        )

    alike_by_chance = Reason.NO_VARIATION if q > 1 else Reason.ONE_CATEGORY
    alike, all_of_them = np.trace(tables, axis1=1, axis2=2), tables.sum(axis=(1, 2))
    return {
        "percent_agreement": share(
            pair_percent_agreement, Reason.NO_COMMON_ITEM, alike, all_of_them
        ),
        **specific_figures(scale, specific),
        "cohen_kappa": estimate(
            sample, cohen_kappa, Reason.NO_VARIATION, standard_error=_standard_error(pair)
        ),
        **beyond_chance(_as_sums(sample), scale, alike_by_chance, _vectors(pair)),
    }


def bias_index(crossed: Sequence[Sequence[int]]) -> float | None:
    """|b - c| / n of two raters on two categories: how far apart the shares are that they mark.

    None on another scale and where nothing was judged by both. The size of the bias index of
    Byrt, Bishop and Carlin, Journal of Clinical Epidemiology 46 (1993) 423-429.

    >>> bias_index([[40, 9], [6, 45]])
    0.03
    """
    decisions = sum(sum(row) for row in crossed)
    if len(crossed) != 2 or decisions == 0:
        return None
    return abs(crossed[0][1] - crossed[1][0]) / decisions


def marginal_test(pair: PairCounts, positive: int) -> float | Undefined:
    """McNemar's exact p-value that both mark equally often, on a scale of two categories.

    Where items belong to groups, whole groups fall to either: pictures of one part say it once.
    """
    if len(pair.items) == 0:
        return Undefined(Reason.NO_COMMON_ITEM)
    if pair.repeated:
        return Undefined(Reason.REPEATED)
    total = pair.total
    first, second = int(total[positive, 1 - positive]), int(total[1 - positive, positive])
    if pair.groups is None or first + second == 0:
        return mcnemar_exact(first, second)
    apart = pair.tables[:, positive, 1 - positive] - pair.tables[:, 1 - positive, positive]
    alone = pair.groups == ALONE
    differing = alone & (apart != 0)  # of a million images hardly any
    singles = np.repeat(apart[differing], pair.items[differing])
    inside = np.unique(pair.groups[~alone], return_inverse=True)[1]
    units = np.bincount(inside, (pair.items * apart)[~alone]).astype(np.int64)
    return mcnemar_of_units(np.concatenate([singles, units]))
