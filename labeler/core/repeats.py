"""Hidden repeats: which images a reviewer judges again without knowing, and when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from labeler.core.errors import FieldError, InvalidInput

if TYPE_CHECKING:
    # NumPy loads slowly; whoever only asks for the plan's numbers draws nothing.
    import numpy as np

PER_REVIEWER, MIN_AGE_H, SPREAD_H = 5, 48, 40
MOST_PER_REVIEWER = 50
LONGEST_HOURS = 24 * 90


@dataclass(frozen=True, slots=True)
class RepeatPlan:
    """How many repeats each reviewer has open, of reviews how old, spread over how long.

    So old that nobody remembers the picture, and spread out so that they do not come as one.
    """

    per_reviewer: int = PER_REVIEWER
    min_age_h: int = MIN_AGE_H
    spread_h: int = SPREAD_H

    def check(self) -> None:
        """Raises `InvalidInput` for numbers that make no sense."""
        faults = []
        if not 1 <= self.per_reviewer <= MOST_PER_REVIEWER:
            faults.append(
                FieldError.filled("per_reviewer", "Give 1 to {most}.", most=MOST_PER_REVIEWER)
            )
        for name, hours, least in (
            ("min_age_h", self.min_age_h, 1),
            ("spread_h", self.spread_h, 0),
        ):
            if not least <= hours <= LONGEST_HOURS:
                message = "Give {least} to {most} hours."
                faults.append(FieldError.filled(name, message, least=least, most=LONGEST_HOURS))
        if faults:
            raise InvalidInput("These repeats cannot be planned.", fields=faults)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An image that a reviewer has judged; `marked` are the defect types they saw on it."""

    image_id: str
    marked: frozenset[str] = frozenset()


def draw_repeats(
    marked: Sequence[Candidate], clean: Sequence[Candidate], count: int, rng: "np.random.Generator"
) -> list[Candidate]:
    """`count` candidates, half of them marked ones, or as many as there are, in random order.

    Marks are rare, and how well somebody keeps to them is the question: drawn evenly, nearly
    every repeat would be of a good part. Among the marked ones each defect type has its turn,
    the one with the fewest so far first, so that a rare one is not left out. What is drawn
    depends on the first answers only, so a share of those who said the same again, taken
    among those who first said the same, is as if drawn evenly.
    """
    wanted = min(count, len(marked) + len(clean))
    of_marked = min(len(marked), max((wanted + 1) // 2, wanted - len(clean)))
    chosen = _by_turns(list(marked), of_marked, rng)
    chosen += [clean[i] for i in rng.permutation(len(clean))[: wanted - of_marked]]
    return [chosen[i] for i in rng.permutation(len(chosen))]


def _by_turns(left: list[Candidate], count: int, rng: "np.random.Generator") -> list[Candidate]:
    chosen: list[Candidate] = []
    seen: dict[str, int] = {code: 0 for one in left for code in sorted(one.marked)}
    for _ in range(count):
        there = sorted({code for one in left for code in one.marked})
        rarest = min(there, key=lambda code: (seen[code], code))
        having = [index for index, one in enumerate(left) if rarest in one.marked]
        one = left.pop(having[int(rng.integers(len(having)))])
        for code in one.marked:
            seen[code] += 1
        chosen.append(one)
    return chosen


def due_times(
    count: int, start: datetime, spread_h: float, rng: "np.random.Generator"
) -> list[datetime]:
    """When each is due: one in each of `count` equal parts of the time, anywhere within it."""
    part = timedelta(hours=spread_h) / max(count, 1)
    return [start + part * (index + float(rng.random())) for index in range(count)]


@dataclass(frozen=True, slots=True)
class RepeatCounts:
    """A reviewer's repeats: still to come or on the tablet, and answered."""

    waiting: int
    answered: int


def counts_document(counts: Mapping[str, RepeatCounts]) -> dict[str, dict[str, int]]:
    """The counts by reviewer as JSON."""
    return {
        name: {"waiting": one.waiting, "answered": one.answered} for name, one in counts.items()
    }
