"""How far a reviewer agrees with themselves, from images judged twice without knowing."""

from collections.abc import Mapping
from dataclasses import dataclass

from labeler.core.agreement.proportions import wilson
from labeler.core.agreement.values import (
    Estimate,
    Figure,
    Reason,
    Statistics,
    Undefined,
    statistics_document,
)
from labeler.core.terms import Verdict

# With fewer repeats than this there are counts and no share.
FEWEST_REPEATS = 10

_DECISIONS = (Verdict.ABSENT, Verdict.PRESENT)


@dataclass(frozen=True, slots=True)
class Repeatability:
    """One reviewer on one defect type: `table` counts the first answer, then the second.

    `unsure` counts repeats of which one answer was "can't tell": they are in no share.

    Of the statistics `alike` is the share of all repeats judged alike: as drawn, with marked
    images over-represented. `positive_agreement` with oneself is the share of own marks that
    were made again. That is the positive agreement 2a / (2a + b + c) itself, as long as the
    second look is like the first (b = c): then a / (a + b) equals it, whatever the share of
    marked images among those drawn. Worked example: of 12 marks 9 were made again, of 18 images
    left 1 was marked: .75 with oneself, though 2 x 9 / (18 + 3 + 1) = .82 over what was drawn.
    `negative_agreement` likewise is the share of images left that were left again.
    """

    rater: str
    defect_type: str
    table: Mapping[Verdict, Mapping[Verdict, int]]
    unsure: int
    statistics: Statistics

    @property
    def repeats(self) -> int:
        """Repeats with two decisions."""
        return sum(sum(second.values()) for second in self.table.values())

    def document(self) -> dict[str, object]:
        """The counts and shares as JSON."""
        return {
            "rater": self.rater,
            "defect_type": self.defect_type,
            "repeats": self.repeats,
            "table": {
                str(first): {str(s): n for s, n in second.items()}
                for first, second in self.table.items()
            },
            "unsure": self.unsure,
            "statistics": statistics_document(self.statistics),
        }


def _share(count: int, of: int, level: float) -> Figure:
    if of == 0:
        return Undefined(Reason.NO_REPEAT)
    if of < FEWEST_REPEATS:
        return Undefined(Reason.TOO_FEW_REPEATS)
    low, high = wilson(count, of, level)
    return Estimate(count / of, low, high, count=count, of=of)


def repeatability(
    rater: str,
    defect_type: str,
    answers: Mapping[tuple[Verdict, Verdict], int],
    *,
    level: float = 0.95,
) -> Repeatability:
    """The repeatability behind counts of (first, second) answers, Wilson's intervals."""
    table = {
        first: {second: answers.get((first, second), 0) for second in _DECISIONS}
        for first in _DECISIONS
    }
    absent, present = table[Verdict.ABSENT], table[Verdict.PRESENT]
    alike = absent[Verdict.ABSENT] + present[Verdict.PRESENT]
    of = sum(absent.values()) + sum(present.values())
    return Repeatability(
        rater,
        defect_type,
        table,
        sum(n for pair, n in answers.items() if Verdict.UNSURE in pair),
        {
            "alike": _share(alike, of, level),
            "positive_agreement": _share(present[Verdict.PRESENT], sum(present.values()), level),
            "negative_agreement": _share(absent[Verdict.ABSENT], sum(absent.values()), level),
        },
    )
