"""What each rater says, and how often: who marks more than the others."""

from collections.abc import Mapping
from dataclasses import dataclass

from labeler.core.agreement.proportions import wilson
from labeler.core.agreement.ratings import RatingTable
from labeler.core.agreement.scale import Scale
from labeler.core.agreement.values import Estimate, Figure, Reason, Undefined


@dataclass(frozen=True, slots=True)
class RaterAnswers:
    """What one rater said of one defect type; `answers` counts each category.

    `marked` is the share of positive answers (Wilson's interval), None without a positive
    category.
    """

    rater: str
    defect_type: str
    answers: Mapping[str, int]
    unsure: int
    unsure_share: float | None
    marked: Figure | None

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
        }


def share_of(part: int, whole: int) -> float | None:
    """None of nothing."""
    return part / whole if whole else None


def rater_answers(name: str, table: RatingTable, scale: Scale, level: float) -> list[RaterAnswers]:
    """Every rater of one defect type, with Wilson's interval of the share marked."""
    found = []
    positive = scale.positive_index
    for index, rater in enumerate(table.raters):
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
        found.append(RaterAnswers(rater, name, by_category, unsure, share, marked))
    return found
