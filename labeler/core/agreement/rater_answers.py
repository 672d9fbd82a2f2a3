"""What each rater says, how often, and how far the others say the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest

from labeler.core.agreement.intervals import Resampling
from labeler.core.agreement.pairs import pair_statistics
from labeler.core.agreement.proportions import wilson
from labeler.core.agreement.ratings import PatternCounts, RatingTable, against_others
from labeler.core.agreement.remember import Remember
from labeler.core.agreement.scale import Scale
from labeler.core.agreement.values import (
    Estimate,
    Figure,
    Reason,
    Statistics,
    Undefined,
    statistics_document,
)


@dataclass(frozen=True, slots=True)
class WithOthers:
    """One rater against all others together, over the items that another judged too.

    `table` crosses the rater's decisions (down) with each of the others'.
    """

    images: int
    table: tuple[tuple[int, ...], ...]
    statistics: Statistics

    def document(self) -> dict[str, object]:
        """The figures, with the crossed decisions behind them."""
        return {
            "images": self.images,
            "table": [list(row) for row in self.table],
            "statistics": statistics_document(self.statistics),
        }


@dataclass(frozen=True, slots=True)
class RaterAnswers:
    """What one rater said of one defect type; `answers` counts each category.

    `marked` is the share of positive answers (Wilson's interval), None without a positive
    category. `others` is None where nobody asked.
    """

    rater: str
    defect_type: str
    answers: Mapping[str, int]
    unsure: int
    unsure_share: float | None
    marked: Figure | None
    others: WithOthers | None = None

    def document(self) -> dict[str, object]:
        """The rater's counts and shares."""
        return {
            "rater": self.rater,
            "defect_type": self.defect_type,
            "ratings": sum(self.answers.values()),
            "answers": dict(self.answers),
            "unsure": self.unsure,
            "unsure_share": self.unsure_share,
            "marked": None if self.marked is None else self.marked.document(),
            "with_others": None if self.others is None else self.others.document(),
        }


def share_of(part: int, whole: int) -> float | None:
    """None of nothing."""
    return part / whole if whole else None


def with_others(
    table: RatingTable, scale: Scale, resampling: Resampling, recall: Remember
) -> Sequence[WithOthers]:
    """Each rater against all others together; nothing where patterns are not known."""
    counted = table.patterns
    if counted is None:
        return ()

    def of(counted: PatternCounts, rater: str) -> WithOthers:
        pair = against_others(counted, rater)
        made = partial(pair_statistics, pair, scale, resampling)
        figures = recall(made, "pair", pair, scale, resampling)
        crossed = tuple(tuple(int(cell) for cell in row) for row in pair.total)
        return WithOthers(int(pair.items.sum()), crossed, figures)

    return recall(
        lambda: [of(counted, rater) for rater in table.raters],
        "others", counted, scale, resampling,
    )  # fmt: skip


def rater_answers(
    name: str,
    table: RatingTable,
    scale: Scale,
    level: float,
    others: Sequence[WithOthers] = (),
) -> list[RaterAnswers]:
    """Every rater of one defect type, with Wilson's interval of the share marked.

    `others` are those of `with_others`, or nothing.
    """
    found = []
    positive = scale.positive_index
    for index, (rater, other) in enumerate(zip_longest(table.raters, others)):
        answers = [int(count) for count in table.answers[index]]
        ratings, unsure = sum(answers), int(table.unsure[index])
        marked: Figure | None = None
        if positive is not None:
            marked = Undefined(Reason.NO_RATINGS)
            if ratings:
                count = answers[positive]
                low, high = wilson(count, ratings, level)
                marked = Estimate(count / ratings, low, high, count=count, of=ratings)
        by_category = dict(zip(scale.categories, answers, strict=True))
        share = share_of(unsure, ratings + unsure)
        found.append(RaterAnswers(rater, name, by_category, unsure, share, marked, other))
    return found
