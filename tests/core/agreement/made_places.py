"""Regions of two raters, compared image by image and added up."""

from collections.abc import Mapping, Sequence

import numpy as np

from labeler.core.agreement.intervals import Resampling
from labeler.core.agreement.place_features import WIDTH, Part, PlaceSettings, compare
from labeler.core.agreement.place_figures import place_agreement
from labeler.core.agreement.places import PAIR_PARTS, PlaceAgreement, PlaceCounts
from labeler.core.agreement.values import Floats, Undefined
from labeler.core.regions import Box, Region

PLAIN = PlaceSettings(grow_px=0)
QUIET = Resampling(replicates=0)

Both = tuple[Sequence[Region], Sequence[Region]]


def rows(images: Sequence[Both], settings: PlaceSettings = PLAIN) -> Floats:
    found = [compare(a, b, settings) for a, b in images]
    return np.array(found).reshape(-1, WIDTH)


def counted(by_pair: Mapping[tuple[str, str], Floats], **more) -> PlaceCounts:
    """Every row a unit; each pair's rows come after those of the pair before."""
    totals = np.concatenate(list(by_pair.values()))
    pairs, start = {}, 0
    for key, own in by_pair.items():
        units = np.zeros((len(totals), len(PAIR_PARTS)))
        units[start : start + len(own)] = own[:, list(PAIR_PARTS)]
        pairs[key] = units
        start += len(own)
    more.setdefault("both_present", int(totals[:, Part.COMPARED].sum()))
    return PlaceCounts(totals, pairs, **more)


def measured(
    images: Sequence[Both], settings: PlaceSettings = PLAIN, resampling: Resampling = QUIET
) -> PlaceAgreement:
    counts = counted({("Anna", "Ben"): rows(images, settings)}, both_present=len(images))
    return place_agreement(counts, settings, resampling)


def value(found: PlaceAgreement, name: str) -> float | None:
    figure = found.statistics[name]
    return None if isinstance(figure, Undefined) else figure.value


def square(x: float, y: float, side: float = 10) -> Box:
    return Box(x, y, side, side)
