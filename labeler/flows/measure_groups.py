"""What is drawn for the intervals of a report: its units, its lots, or its images."""

from collections.abc import Mapping

from labeler.core.agreement.ratings import FEWEST_GROUPS
from labeler.core.agreement.report import GroupedBy
from labeler.store.patterns import GROUPS

ITEM = "item"


def grouped_by(groups: Mapping[str, int]) -> GroupedBy:
    """`unit`, `lot`, `unit or lot`, or `item`; `groups` are how many of each kind there are.

    With fewer than `FEWEST_GROUPS` it is `item`, and their number stands beside it, however
    many images without unit and lot there are: they say nothing of how groups differ.
    """
    number = sum(groups.values())
    if not number:
        return GroupedBy(ITEM)
    if number < FEWEST_GROUPS:
        return GroupedBy(ITEM, number)
    return GroupedBy(" or ".join(kind for kind in GROUPS if groups.get(kind)), number)
