"""What can be said of misses without any audit: at least how many everybody missed.

Chao's lower bound (1987), for the defects that were held to be real: if many of them were marked
by one reviewer only, there are likely some that nobody marked. Hard defects are hard for
everybody, so the truth is worse: it is a bound, and the page says "at least".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labeler.core.agreement.values import Reason, Undefined


@dataclass(frozen=True, slots=True)
class MarkCounts:
    """Real defects of one type among images with the same number of reviews.

    `by_marks[m]` of them were marked by m of the `reviews` reviewers; those at 0 came to light
    otherwise, by somebody who could not tell.
    """

    reviews: int
    by_marks: Mapping[int, int]

    @property
    def found(self) -> int:
        """All of them."""
        return sum(self.by_marks.values())


@dataclass(frozen=True, slots=True)
class MissedByAll:
    """At least so many defects more are there than the `found` ones; recall is at most this."""

    missed: float
    found: int

    @property
    def recall_at_most(self) -> float:
        """The highest share of the defects that can have been found."""
        return self.found / (self.found + self.missed)

    def document(self) -> dict[str, object]:
        """The bound as plain JSON."""
        return {
            "missed": self.missed,
            "found": self.found,
            "recall_at_most": self.recall_at_most,
        }


def missed_by_all(counts: Sequence[MarkCounts]) -> MissedByAll | Undefined:
    """Chao's lower bound of the defects that nobody found, summed over numbers of reviews.

    With t reviews f0 = (t − 1) / t · f1² / (2 f2), where f1 defects were marked once and f2
    twice: f1² / (4a) for two reviewers with a marked by both. Undefined where nothing was marked
    twice: then nothing can be said.

    >>> missed_by_all([MarkCounts(2, {1: 20, 2: 40})])
    MissedByAll(missed=2.5, found=60)
    """
    missed, defined = 0.0, False
    for one in counts:
        once, twice = one.by_marks.get(1, 0), one.by_marks.get(2, 0)
        if one.reviews < 2 or twice == 0:
            continue
        defined = True
        bound = (one.reviews - 1) / one.reviews * once * once / (2 * twice)
        missed += max(0.0, bound - one.by_marks.get(0, 0))
    if not defined:
        return Undefined(Reason.NONE_MARKED_TWICE)
    return MissedByAll(missed, sum(one.found for one in counts))
