"""Each rater of a table against the known answers, with the counts behind every share."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from labeler.core.agreement.intervals import Resampling
from labeler.core.agreement.ratings import RatingTable
from labeler.core.agreement.reference import FEWEST_KNOWN, known_answers, reference_statistics
from labeler.core.agreement.remember import Remember, make_anew
from labeler.core.agreement.scale import Scale
from labeler.core.agreement.values import Statistics, statistics_document


@dataclass(frozen=True, slots=True)
class VersusReference:
    """One rater against known answers; `known` counts the decisions per known category.

    `confusion` counts, per known category, what the rater said: each category of the scale.
    `unsure` counts "can't tell" per known category: neither right nor wrong, and in no share.
    """

    rater: str
    defect_type: str
    known: Mapping[str, int]
    confusion: Mapping[str, Mapping[str, int]]
    unsure: Mapping[str, int]
    statistics: Statistics

    @property
    def counts_only(self) -> bool:
        """Whether some known category is too rare for a percentage."""
        return min(self.known.values(), default=0) < FEWEST_KNOWN

    def document(self) -> dict[str, object]:
        """The figures, with the number of known answers behind them."""
        return {
            "rater": self.rater,
            "defect_type": self.defect_type,
            "known": dict(self.known),
            "confusion": {known: dict(said) for known, said in self.confusion.items()},
            "unsure": dict(self.unsure),
            "counts_only": self.counts_only,
            "statistics": statistics_document(self.statistics),
        }


def versus_reference(
    name: str,
    table: RatingTable,
    scale: Scale,
    resampling: Resampling,
    fewest_known: int,
    recall: Remember = make_anew,
) -> list[VersusReference]:
    """Every rater of one defect type; none where the table has no known answers."""
    found = []
    for index, (rater, pair) in enumerate(zip(table.raters, table.versus or (), strict=False)):
        categories = scale.categories
        total = pair.total
        confusion = {
            known: {said: int(total[i, j]) for i, said in enumerate(categories)}
            for j, known in enumerate(categories)
        }
        unsure = (0,) * len(categories)
        if table.versus_unsure is not None:
            unsure = tuple(int(count) for count in table.versus_unsure[index])
        found.append(
            VersusReference(
                rater,
                name,
                dict(zip(categories, known_answers(pair), strict=True)),
                confusion,
                dict(zip(categories, unsure, strict=True)),
                recall(
                    partial(reference_statistics, pair, scale, resampling, fewest=fewest_known),
                    "reference",
                    pair,
                    scale,
                    resampling,
                    fewest_known,
                ),
            )
        )
    return found
