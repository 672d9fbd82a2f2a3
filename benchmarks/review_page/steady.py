"""Rounds that a machine had for itself.

On a shared machine caches and memory are at times somebody else's: the same code then computes
three times as long, and a bare page, which does next to nothing, misses the aims, too. So the bare
page is measured in every round, and the round counts only where it was as fast as on a machine of
its own. What the page under test did has no say in this.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")
TRIES = 20  # so many disturbed rounds for each that is wanted, at most


class Disturbed(Exception):
    """The bare page was slower than on a machine of its own."""


@dataclass
class Rounds(Generic[T]):
    """What was measured in the rounds that count, and how many do not."""

    wanted: int
    counted: list[T] = field(default_factory=list)
    disturbed: int = 0

    def __str__(self) -> str:
        besides = f" ({self.disturbed} more were disturbed)" if self.disturbed else ""
        return f"{len(self.counted)} rounds by turns{besides}"

    @property
    def lacking(self) -> list[str]:
        """A sentence where too few counted to judge by."""
        if len(self.counted) == self.wanted:
            return []
        return [f"only {len(self.counted)} of {self.wanted} rounds had the machine for themselves"]


def steady_rounds(wanted: int, measure: Callable[[], T]) -> Rounds[T]:
    """Measure until so many rounds count; one that raises `Disturbed` does not."""
    rounds: Rounds[T] = Rounds(wanted)
    while len(rounds.counted) < wanted and rounds.disturbed < wanted * TRIES:
        try:
            rounds.counted.append(measure())
        except Disturbed:
            rounds.disturbed += 1
    return rounds
