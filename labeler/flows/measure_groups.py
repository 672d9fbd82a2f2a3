"""What is drawn for the intervals of a report: its units, its lots, or its images."""

from collections.abc import Mapping

from labeler.core.agreement.report import GroupedBy
from labeler.core.agreement.seats import PatternsOfTypes
from labeler.store.patterns import GROUPS

# Two groups or one say nothing of how groups differ: images are drawn then, and the page says so.
FEWEST_GROUPS = 3

ITEM = "item"


def grouped_by(counted: PatternsOfTypes, groups: Mapping[str, int]) -> GroupedBy:
    """`unit`, `lot`, `unit or lot`, or `item`; `groups` are how many of each kind there are.

    With fewer than `FEWEST_GROUPS` it is `item`, and their number stands beside it.
    """
    number = sum(groups.values())
    if not number:
        return GroupedBy(ITEM)
    alone = sum(images for (place, _), images in counted.seated.items() if place.group is None)
    if number + alone < FEWEST_GROUPS:
        return GroupedBy(ITEM, number)
    return GroupedBy(" or ".join(kind for kind in GROUPS if groups.get(kind)), number)
