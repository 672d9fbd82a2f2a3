"""Promising images to reviewers: places, leases, lanes."""

from collections.abc import Iterable
from enum import StrEnum

PRODUCTION = "production"
"""The occasion that settles images; every other one only measures."""
MAX_CLAIM = 10


def audit_occasion(sample_id: str) -> str:
    """Judging settled labels again, blind, for an audit sample."""
    return f"audit:{sample_id}"


def trial_occasion(study_id: str, trial: int) -> str:
    """One trial (from 1) of an attribute agreement study.

    >>> trial_occasion("s7", 2)
    'study:s7:2'
    """
    return f"study:{study_id}:{trial}"


def study_trial(occasion: str) -> tuple[str, int] | None:
    """The study and the trial of an occasion; None where it is no trial.

    >>> study_trial(trial_occasion("s7", 2))
    ('s7', 2)
    """
    kind, _, rest = occasion.partition(":")
    study, _, trial = rest.rpartition(":")
    return (study, int(trial)) if kind == "study" else None


def repeat_occasion(number: int) -> str:
    """The same reviewer judging the same image for the `number`-th time more, unannounced."""
    return f"repeat:{number}"


class AssignmentState(StrEnum):
    """Where an assignment stands.

    A leased one holds a place. A submitted one holds its place if it counts, and none if
    it is extra. A lapsed or withdrawn one holds none, and may be taken up again. A planned
    one waits for its reviewer's next claim; it is never of the production occasion.
    """

    LEASED = "leased"
    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    PLANNED = "planned"


def lane(priority: int, *, returned: bool) -> int:
    """The queue lane: by priority, and within it images that came back before fresh ones.

    >>> lane(0, returned=False) < lane(0, returned=True) < lane(1, returned=False)
    True
    """
    return 2 * priority + returned


def lowest_free_place(taken: Iterable[int]) -> int:
    """The smallest place that nobody holds.

    >>> lowest_free_place([0, 2])
    1
    """
    held = set(taken)
    return next(n for n in range(len(held) + 1) if n not in held)
