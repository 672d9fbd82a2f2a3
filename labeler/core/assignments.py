"""Promising images to reviewers: places, leases, lanes."""

from collections.abc import Iterable
from enum import StrEnum

PRODUCTION = "production"
MAX_CLAIM = 10


class AssignmentState(StrEnum):
    """Where an assignment stands.

    A leased one holds a place. A submitted one holds its place if it counts, and none if
    it is extra. A lapsed or withdrawn one holds none, and may be taken up again.
    """

    LEASED = "leased"
    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


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
