"""The statistics of one defect type over all its raters."""

from collections.abc import Callable, Mapping
from math import fsum

import numpy as np

from labeler.core.agreement.cohen import cohen_kappa, mean_of_defined
from labeler.core.agreement.fleiss import fleiss_kappa
from labeler.core.agreement.gwet import brennan_prediger, gwet_ac1, gwet_ac2
from labeler.core.agreement.intervals import Atoms, Resampled, Resampling, estimate, resample
from labeler.core.agreement.krippendorff import Metric, krippendorff_alpha
from labeler.core.agreement.linearised import (
    ac1_standard_error,
    ac2_standard_error,
    brennan_prediger_standard_error,
    fleiss_standard_error,
    percent_error,
    specific_error,
)
from labeler.core.agreement.percent import percent_agreement
from labeler.core.agreement.priors import vector_prior
from labeler.core.agreement.ratings import (
    PatternCounts,
    RatingTable,
    VectorCounts,
    paired_columns,
)
from labeler.core.agreement.scale import Scale, specific_figures
from labeler.core.agreement.specific import specific_agreement
from labeler.core.agreement.sums import Sums, as_sums, features
from labeler.core.agreement.values import (
    Counts,
    Estimate,
    Figure,
    Floats,
    Reason,
    Undefined,
)

Found = dict[str, Figure | Mapping[str, Figure]]

# Crossed answers of so many cells at a time: 2,000 replicates of them are 64 MB.
_CELLS_AT_ONCE = 4000

_UNUSED = {
    "positive": Reason.NOT_MARKED,
    "negative": Reason.ALWAYS_MARKED,
    "category": Reason.NOT_USED,
}


def table_sums(counted: VectorCounts) -> Sums:
    """The sums of a table as it is, a leading axis of one."""
    totals = counted.items.astype(np.float64) @ features(counted.vectors)
    return as_sums(totals[None, :], counted.vectors.shape[1])


def _atoms(counted: VectorCounts) -> Atoms:
    rated = counted.vectors.sum(axis=1) >= 1
    vectors, mass = vector_prior(counted)
    return Atoms(
        features(counted.vectors[rated]),
        counted.items[rated],
        None if counted.groups is None else counted.groups[rated],
        features(vectors),
        mass,
    )


def vector_statistics(counted: VectorCounts, scale: Scale, resampling: Resampling) -> Found:
    """Everything that needs only the number of raters per category, with intervals."""
    q = len(scale.categories)
    sample = resample(_atoms(counted), lambda totals: as_sums(totals, q), resampling)
    several = float(sample.point.paired[0]) > 0
    reason = Reason.NO_VARIATION if q > 1 else Reason.ONE_CATEGORY
    reason = reason if several else Reason.NO_TWO_RATINGS

    def specific(category: int, part: str) -> Figure:
        unused = _UNUSED[part] if several else reason
        error = specific_error(counted, category)
        return estimate(
            sample,
            lambda sums: specific_agreement(sums, category),
            unused,
            standard_error=error,
            within=(0.0, 1.0),
        )

    error = percent_error(counted)
    percent = estimate(sample, percent_agreement, reason, standard_error=error, within=(0.0, 1.0))
    return {
        "percent_agreement": percent,
        **specific_figures(scale, specific),
        **beyond_chance(sample, scale, reason, counted),
    }


def beyond_chance(
    sample: Resampled[Sums], scale: Scale, reason: Reason, counted: VectorCounts | None
) -> Found:
    """The coefficients that take chance off, or show it beside, from what was drawn.

    Their standard errors are those of `counted`; without it there are none.
    """

    def figure(
        statistic: Callable[[Sums], Floats],
        error: Callable[[VectorCounts, Sums], float | None] | None = None,
    ) -> Figure:
        known = error(counted, sample.point) if error and counted is not None else None
        return estimate(sample, statistic, reason, standard_error=known)

    found: Found = {
        "fleiss_kappa": figure(fleiss_kappa, fleiss_standard_error),
        "krippendorff_alpha": figure(krippendorff_alpha),
        "gwet_ac1": figure(gwet_ac1, ac1_standard_error),
    }
    even = figure(brennan_prediger, brennan_prediger_standard_error)
    if scale.binary:
        return found | {"pabak": even}
    found["brennan_prediger"] = even
    if not scale.ordered:
        unordered = Undefined(Reason.NO_ORDER)
        return found | {"gwet_ac2": unordered, "krippendorff_alpha_ordinal": unordered}
    found["gwet_ac2"] = figure(gwet_ac2, ac2_standard_error)
    found["krippendorff_alpha_ordinal"] = figure(
        lambda sums: krippendorff_alpha(sums, Metric.ORDINAL)
    )
    return found


def _pair_cells(
    counted: PatternCounts, prior: Counts, pairs: list[tuple[int, int]]
) -> tuple[Floats, Floats]:
    """Crossed answers of each pattern and of each imagined item, all pairs side by side.

    An imagined item is rated by raters drawn at random: a pair gets the crossed answers
    that it can expect of it.
    """
    q, columns = len(counted.categories), len(counted.columns)
    cells = np.zeros((len(counted.patterns), len(pairs) * q * q))
    n = prior.astype(np.float64)
    crossed = n[:, :, None] * (n[:, None, :] - np.eye(q)) / (columns * (columns - 1))
    imagined = np.zeros((len(prior), len(pairs), q * q))
    for index, (a, b) in enumerate(pairs):
        paired = paired_columns(counted.columns, counted.raters[a], counted.raters[b])
        imagined[:, index] = len(paired) * crossed.reshape(len(prior), q * q)
        for one, other in paired:
            first, second = counted.patterns[:, one], counted.patterns[:, other]
            both = np.flatnonzero((first >= 0) & (second >= 0))
            place = index * q * q + first[both].astype(np.int64) * q + second[both]
            cells[both, place] += 1
    return cells, imagined.reshape(len(prior), -1)


def _kappa_sample(
    counted: PatternCounts,
    vectors: VectorCounts,
    pairs: list[tuple[int, int]],
    resampling: Resampling,
) -> Resampled[Floats]:
    """The pairs' kappas, shape (replicates, pairs), drawn together since items are shared."""
    q = len(counted.categories)
    prior, mass = vector_prior(vectors)

    # What is drawn are whole patterns: all blocks of pairs see the same drawn items.
    def key(row: int) -> bytes:
        return bytes(counted.patterns[row].tobytes())

    def imagined_key(row: int) -> bytes:
        return b"imagined" + bytes(prior[row].tobytes())

    step = max(1, _CELLS_AT_ONCE // (q * q))
    parts = []
    for start in range(0, len(pairs), step):
        block = pairs[start : start + step]
        cells, imagined = _pair_cells(counted, prior, block)
        parts.append(
            resample(
                Atoms(cells, counted.items, counted.groups, imagined, mass, key, imagined_key),
                lambda totals: cohen_kappa(totals.reshape(len(totals), -1, q, q)),
                resampling,
            )
        )

    def joined(found: list[Floats | None]) -> Floats | None:
        known = [kappas for kappas in found if kappas is not None]
        return np.concatenate(known, axis=1) if known else None

    return Resampled(
        np.concatenate([part.point for part in parts], axis=1),
        parts[0].units,
        parts[0].grouped,
        joined([part.draws for part in parts]),
        joined([part.left_out for part in parts]),
        parts[0].left_out_units,
        resampling,
    )


def light_figure(table: RatingTable, resampling: Resampling) -> tuple[Figure, int]:
    """Light's kappa, the mean over pairs of people, and how many pairs have a defined one.

    Without an interval where the patterns are unknown, and of a single pair, whose kappa
    it is.
    """
    kappas = {
        key: float(cohen_kappa(pair.total.astype(np.float64))) for key, pair in table.pairs.items()
    }
    defined = [key for key, kappa in kappas.items() if not np.isnan(kappa)]
    if not defined:
        reason = Reason.NO_PAIR_DEFINED if table.pairs else Reason.ONE_RATER
        return Undefined(reason), 0
    if table.patterns is None or len(table.raters) == 2:
        return Estimate(fsum(kappas[key] for key in defined) / len(defined)), len(defined)
    sample = _kappa_sample(table.patterns, table.vectors, defined, resampling)
    return estimate(sample, mean_of_defined, Reason.NO_PAIR_DEFINED), len(defined)
