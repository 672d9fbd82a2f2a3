"""Agreement on place as values: counts, sizes, pairs, figures, and their JSON."""

from collections.abc import Mapping
from dataclasses import dataclass

from labeler.core.agreement.place_features import Part, PlaceSettings
from labeler.core.agreement.values import Floats, Statistics, Undefined, statistics_document

COORDINATES = "half-open: a box covers x <= column < x + width, its area is width * height"

# Which parts of a row a pair of raters keeps, side by side for all pairs.
PAIR_PARTS = (Part.COMPARED, Part.FIRST, Part.SECOND, Part.MATCHED, Part.OVERLAP)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What one rater drew: regions on the images where the rater said present."""

    rater: str
    images: int
    regions: int

    def document(self) -> dict[str, object]:
        """The rater's counts, and regions per image (None without an image)."""
        each = self.regions / self.images if self.images else None
        return {
            "rater": self.rater, "images": self.images, "regions": self.regions,
            "per_image": each,
        }  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class PlaceCounts:
    """All comparisons of one defect type, added up per unit to resample.

    `totals`, shape (units, WIDTH), has the columns of `Part`, over all pairs of raters;
    `pairs`, each (units, PAIR_PARTS), the same per pair, keyed by the two raters' names.
    `both_present` counts the images on which both of a pair said present, for all pairs.
    `grouped` tells that a unit is a group of images that depend on each other, not an image
    or a handful drawn by chance.
    """

    totals: Floats
    pairs: Mapping[tuple[str, str], Floats]
    both_present: int
    drawn: tuple[Drawn, ...] = ()
    grouped: bool = False


@dataclass(frozen=True, slots=True)
class SizeClass:
    """Regions of compared images whose square is below `below_px` px wide (None: any other).

    `grown` counts those that match after growing. With several pairs a region counts once
    for each pair that it is compared in.
    """

    below_px: int | None
    regions: int
    matched: int
    grown: int

    def document(self) -> dict[str, object]:
        """The counts of the class."""
        return {
            "below_px": self.below_px, "regions": self.regions, "matched": self.matched,
            "matched_grown": self.grown,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class PairPlaces:
    """Two raters on one defect type; `regions` are those of either on the compared images."""

    raters: tuple[str, str]
    compared: int
    regions: tuple[int, int]
    matched: int
    statistics: Statistics

    def document(self) -> dict[str, object]:
        """The pair's counts and figures."""
        return {
            "raters": list(self.raters),
            "compared": self.compared,
            "regions": list(self.regions),
            "matched": self.matched,
            "statistics": statistics_document(self.statistics),
        }


@dataclass(frozen=True, slots=True)
class PlaceAgreement:
    """One defect type over all pairs of raters.

    `compared` images where both said present and one at least drew, `one_drew` those of
    them where the other drew nothing, `nobody_drew` images where both said present and
    neither drew: they count for presence only. `regions` are those on compared images,
    `matched` the pairs among them.
    """

    settings: PlaceSettings
    compared: int
    one_drew: int
    nobody_drew: int
    regions: int
    matched: int
    matched_grown: int
    sizes: tuple[SizeClass, ...]
    drawn: tuple[Drawn, ...]
    pairs: tuple[PairPlaces, ...]
    statistics: Statistics

    @property
    def unmatched(self) -> int:
        """Regions on compared images that found no partner."""
        return self.regions - 2 * self.matched

    @property
    def outlined(self) -> bool:
        """Whether areas and outlines could be compared: somebody drew a polygon or a mask."""
        return not isinstance(self.statistics["union_dice"], Undefined)

    def document(self) -> dict[str, object]:
        """As `places` stands in the agreement JSON."""
        return {
            "iou": self.settings.iou,
            "grow_px": self.settings.grow_px,
            "boundary_px": self.settings.boundary_px,
            "coordinates": COORDINATES,
            "counts": {
                "compared": self.compared,
                "one_drew": self.one_drew,
                "nobody_drew": self.nobody_drew,
                "regions": self.regions,
                "matched": self.matched,
                "matched_grown": self.matched_grown,
                "unmatched": self.unmatched,
            },
            "sizes": [one.document() for one in self.sizes],
            "raters": [one.document() for one in self.drawn],
            "pairs": [one.document() for one in self.pairs],
            "statistics": statistics_document(self.statistics),
        }
