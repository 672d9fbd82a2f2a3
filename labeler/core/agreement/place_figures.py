"""The statistics on place, with intervals.

All are sums over compared images divided by sums. With three raters or more the sums run
over all their pairs: the mean over pairs, in which each pair weighs as much as it has
compared, just as the specific agreement of several raters does.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from labeler.core.agreement.intervals import Atoms, Resampled, Resampling, estimate, resample
from labeler.core.agreement.linearised import ratio_error
from labeler.core.agreement.place_features import SIZE_LIMITS_PX, WIDTH, Part, PlaceSettings
from labeler.core.agreement.places import (
    PAIR_PARTS,
    PairPlaces,
    PlaceAgreement,
    PlaceCounts,
    SizeClass,
)
from labeler.core.agreement.values import Figure, Floats, Reason, ratio

# So many columns of pairs are drawn at a time: 2,000 replicates of them are 64 MB.
_COLUMNS_AT_ONCE = 4000


@dataclass(frozen=True, slots=True)
class _Ratio:
    """A statistic as one sum of parts over another, each part with its weight."""

    above: Mapping[Part, float]
    below: Mapping[Part, float]
    within: tuple[float, float] = (0.0, 1.0)


_REGIONS = {Part.FIRST: 1.0, Part.SECOND: 1.0}
_RATIOS = {
    "f1": _Ratio({Part.MATCHED: 2.0}, _REGIONS),
    "f1_grown": _Ratio({Part.GROWN: 2.0}, _REGIONS),
    "f1_with_presence": _Ratio({Part.MATCHED: 2.0}, _REGIONS | {Part.ALONE: 1.0}),
    "mean_iou": _Ratio({Part.OVERLAP: 1.0}, {Part.MATCHED: 1.0}),
    "boundary_distance_px": _Ratio({Part.APART: 1.0}, {Part.MATCHED: 1.0}, (0.0, np.inf)),
    "union_dice": _Ratio({Part.DICE: 1.0}, {Part.DRAWN: 1.0}),
    "union_iou": _Ratio({Part.UNION: 1.0}, {Part.DRAWN: 1.0}),
    "boundary_f1": _Ratio({Part.BOUNDARY: 1.0}, {Part.DRAWN: 1.0}),
}
# What a pair of raters is told.
_OF_A_PAIR = ("f1", "mean_iou")


def place_agreement(
    counts: PlaceCounts, settings: PlaceSettings, resampling: Resampling
) -> PlaceAgreement:
    """Every figure on the places of one defect type, with intervals.

    Worked example: two images, one region each of both raters; on one image they match with
    IoU .8, on the other not at all: F1 = 2 / 4, mean IoU .8, 2 regions unmatched.
    """
    totals = counts.totals.sum(axis=0)
    imagined = _imagined(totals, settings)
    sample = _sample(counts, counts.totals, imagined, resampling)
    figures = {
        key: _figure(one, counts.totals, sample, tuple(Part), _reason(one, totals, counts))
        for key, one in _RATIOS.items()
    }
    return PlaceAgreement(
        settings,
        int(totals[Part.COMPARED]),
        int(totals[Part.ONE_DREW]),
        counts.both_present - int(totals[Part.COMPARED]),
        int(totals[Part.FIRST] + totals[Part.SECOND]),
        int(totals[Part.MATCHED]),
        int(totals[Part.GROWN]),
        _sizes(totals),
        counts.drawn,
        tuple(_pairs(counts, settings, resampling)),
        figures,
    )


# Of the imagined rows below: two ways to match, either rater alone, an area marked alone.
_MASS = np.array([0.25, 0.25, 0.5, 0.5, 0.5])


def _imagined(totals: Floats, settings: PlaceSettings) -> Floats:
    """What keeps intervals honest when few images are compared, shape (5, WIDTH), see `_MASS`.

    Images with as many regions as a usual one: all match, perfectly or only just; one rater
    or the other drew alone. So both, first only and second only have mass 1/2 each, and F1 of
    single regions has the interval of positive agreement. The last row is an area that has
    nothing in common with the other's, against those of the first two that are the same.
    Simulated with 5 to 60 images of 1 to 10 regions each, matches clustered by image, 95 %
    intervals cover F1 at .91 to .95, mean IoU and unions at .93 to .99, distances at .89 to
    .95; percentiles cover F1 at .35 to .93.
    """
    regions = float(totals[Part.FIRST] + totals[Part.SECOND])
    usual = max(1.0, round(regions / max(2 * float(totals[Part.COMPARED]), 1.0)))
    rows = np.zeros((len(_MASS), WIDTH))
    for part in (Part.FIRST, Part.SECOND, Part.MATCHED, Part.GROWN):
        rows[:2, part] = usual
    rows[2, Part.FIRST] = rows[3, Part.SECOND] = usual
    rows[:2, Part.OVERLAP] = usual, usual * settings.iou
    # Distances have no upper end and long tails: none at all, and six times the mean.
    rows[1, Part.APART] = usual * 6 * float(totals[Part.APART]) / max(totals[Part.MATCHED], 1.0)
    rows[[0, 1, 4], Part.DRAWN] = 1
    for part in (Part.DICE, Part.UNION, Part.BOUNDARY):
        rows[:2, part] = 1
    return rows


def _sample(
    counts: PlaceCounts,
    units: Floats,
    imagined: Floats,
    resampling: Resampling,
    whole: Floats | None = None,
) -> Resampled[Floats]:
    """The sums of the units and of their replicates, shape (tables, columns).

    `units` are some columns of the `whole`, if they are not all: it tells units apart.
    """
    groups = np.arange(len(units), dtype=np.int64) if counts.grouped else None
    apart = None if whole is None else lambda row: bytes(whole[row].tobytes())
    thought = None if whole is None else lambda row: b"imagined %d" % row
    ones = np.ones(len(units), dtype=np.int64)
    atoms = Atoms(units, ones, groups, imagined, _MASS, apart, thought)
    return resample(atoms, lambda totals: totals, resampling)


def _figure(
    one: _Ratio, units: Floats, sample: Resampled[Floats], parts: Sequence[Part], reason: Reason
) -> Figure:
    """The ratio; `units` and the sample's tables have a column for each of `parts`."""
    columns = units.shape[1]
    above, below = np.zeros(columns), np.zeros(columns)
    for weights, asked in ((above, one.above), (below, one.below)):
        for part, weight in asked.items():
            weights[parts.index(part)] = weight
    # Units that say nothing of this figure would only make its error look smaller.
    told, of = units @ above, units @ below
    heard = (told != 0) | (of != 0)
    error = ratio_error(told[heard], of[heard], np.ones(int(heard.sum()), dtype=np.int64))
    return estimate(
        replace(sample, units=int(heard.sum())),
        lambda totals: ratio(totals @ above, totals @ below),
        reason,
        standard_error=error,
        within=one.within,
    )


def _reason(one: _Ratio, totals: Floats, counts: PlaceCounts) -> Reason:
    """Why a ratio would be undefined."""
    if counts.both_present == 0:
        return Reason.NEVER_BOTH_PRESENT
    if totals[Part.COMPARED] == 0:
        return Reason.NO_PLACE_MARKED
    return Reason.ONLY_BOXES if Part.DRAWN in one.below else Reason.NO_PLACE_MATCHES


def _sizes(totals: Floats) -> tuple[SizeClass, ...]:
    counted = totals[Part.SIZES :].reshape(-1, 3).astype(np.int64).tolist()
    return tuple(
        SizeClass(limit, *counts)
        for limit, counts in zip((*SIZE_LIMITS_PX, None), counted, strict=True)
    )


def _pairs(
    counts: PlaceCounts, settings: PlaceSettings, resampling: Resampling
) -> Iterator[PairPlaces]:
    """Pairs that compared anything, drawn together, since they share images."""
    keys = [key for key, units in counts.pairs.items() if units[:, 0].any()]
    width = len(PAIR_PARTS)
    step = _COLUMNS_AT_ONCE // width
    # Of each block the same: all pairs see the same drawn images.
    whole = np.concatenate([counts.pairs[key] for key in keys], axis=1) if keys else None
    for start in range(0, len(keys), step):
        block = keys[start : start + step]
        units = np.concatenate([counts.pairs[key] for key in block], axis=1)
        imagined = [_imagined(_of_pair(counts.pairs[key]), settings) for key in block]
        narrow = np.concatenate([rows[:, list(PAIR_PARTS)] for rows in imagined], axis=1)
        sample = _sample(counts, units, narrow, resampling, whole)
        for index, key in enumerate(block):
            own = slice(index * width, (index + 1) * width)
            yield _pair(key, counts, _columns(sample, own))


def _of_pair(units: Floats) -> Floats:
    totals = np.zeros(WIDTH)
    totals[list(PAIR_PARTS)] = units.sum(axis=0)
    return totals


def _columns(sample: Resampled[Floats], own: slice) -> Resampled[Floats]:
    return replace(
        sample,
        point=sample.point[:, own],
        draws=None if sample.draws is None else sample.draws[:, own],
        left_out=None if sample.left_out is None else sample.left_out[:, own],
    )


def _pair(key: tuple[str, str], counts: PlaceCounts, sample: Resampled[Floats]) -> PairPlaces:
    units = counts.pairs[key]
    totals = _of_pair(units)
    asked = {name: _RATIOS[name] for name in _OF_A_PAIR}
    figures = {
        name: _figure(one, units, sample, PAIR_PARTS, _reason(one, totals, counts))
        for name, one in asked.items()
    }
    return PairPlaces(
        key,
        int(totals[Part.COMPARED]),
        (int(totals[Part.FIRST]), int(totals[Part.SECOND])),
        int(totals[Part.MATCHED]),
        figures,
    )
