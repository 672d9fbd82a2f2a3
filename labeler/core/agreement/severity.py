"""Do raters find a defect equally severe? On ordered levels, absent being the lowest."""

from dataclasses import dataclass, replace

from labeler.core.agreement.coefficients import vector_statistics
from labeler.core.agreement.intervals import Resampling
from labeler.core.agreement.item_counts import ItemCounts, item_counts
from labeler.core.agreement.ratings import RatingTable
from labeler.core.agreement.scale import Scale
from labeler.core.agreement.values import Reason, Statistics, Undefined, statistics_document


def severity_categories(levels: int) -> tuple[str, ...]:
    """The scale of a defect type with so many levels: 0 is absent.

    >>> severity_categories(2)
    ('0', '1', '2')
    """
    return tuple(str(level) for level in range(levels + 1))


@dataclass(frozen=True, slots=True, eq=False)
class SeverityRatings:
    """Ratings on the scale of `severity_categories`; `levels` are their codes, light to heavy.

    Whoever said present under a version of the standard without levels rated no severity.
    """

    levels: tuple[str, ...]
    table: RatingTable


@dataclass(frozen=True, slots=True)
class SeverityAgreement:
    """How far raters agree on the level of one defect type, the level 0 included."""

    levels: tuple[str, ...]
    scale: Scale
    images: int
    ratings: int
    counts: ItemCounts
    statistics: Statistics

    def document(self) -> dict[str, object]:
        """As `severity` stands in the agreement JSON."""
        return {
            "levels": list(self.levels),
            "categories": list(self.scale.categories),
            "images": self.images,
            "ratings": self.ratings,
            "counts": self.counts.document(self.scale),
            "statistics": statistics_document(self.statistics),
        }


def severity_agreement(ratings: SeverityRatings, resampling: Resampling) -> SeverityAgreement:
    """The coefficients for an ordered scale: ordinal alpha and AC2 count how far apart two are.

    Where defects are rare these mostly say whether raters agree that there is one. So
    `same_level` stands beside them: of those who said present, how often two chose the same
    level.
    """
    table = ratings.table
    scale = Scale(table.categories, None, ordered=True)
    figures = vector_statistics(table.vectors, scale, resampling)
    found = replace(table.vectors, vectors=table.vectors.vectors[:, 1:])
    levels = Scale(table.categories[1:], None, ordered=True)
    of_present = vector_statistics(found, levels, resampling)
    same = of_present["percent_agreement"]
    never = Undefined(Reason.NEVER_BOTH_PRESENT)
    figures["same_level"] = never if isinstance(same, Undefined) else same
    return SeverityAgreement(
        ratings.levels,
        scale,
        int(table.vectors.items.sum()),
        int(table.answers.sum()),
        item_counts(table.vectors),
        figures,
    )
