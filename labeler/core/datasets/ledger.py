"""The ledger of splits: what earlier exports decided stays decided."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from labeler.core.datasets.groups import Forest, Grouping, Tie
from labeler.core.datasets.recipe import Split

_ORDER = tuple(Split)


class _Builder:
    """Groups that grow image by image; each knows its split as soon as one member has one."""

    def __init__(self, grouping: Grouping) -> None:
        self._grouping = grouping
        self._forest = Forest(len(grouping.root))
        self._holder: dict[Tie, int] = {}
        self._split_at: dict[int, Split] = {}
        self._accepted: list[int] = []

    def add(self, position: int, split: Split | None) -> None:
        """Take the image in, unless that would tie two splits together."""
        ties = self._grouping.ties[position]
        roots = {self._forest.root(self._holder[tie]) for tie in ties if tie in self._holder}
        splits = {self._split_at[root] for root in roots if root in self._split_at}
        if split is not None:
            splits.add(split)
        if len(splits) > 1:
            return
        root = position
        for other in sorted(roots):
            root = self._forest.join(root, other)
        for only in splits:
            self._split_at[root] = only
        for tie in ties:
            self._holder.setdefault(tie, position)
        self._accepted.append(position)

    def groups(self) -> list[list[int]]:
        members: dict[int, list[int]] = defaultdict(list)
        for position in sorted(self._accepted):
            members[self._forest.root(position)].append(position)
        return list(members.values())


def without_bridges(earlier: Sequence[Split | None], grouping: Grouping) -> list[list[int]]:
    """Groups as ascending positions; images that would bridge two splits are in none.

    `earlier[i]` is the split of image i in earlier exports. Those images come first, in each
    group the more frequent split before the rarer: if a recipe ties together what was apart
    before, the fewest are left out.
    """
    votes: dict[int, Counter[Split]] = defaultdict(Counter)
    for position, split in enumerate(earlier):
        if split is not None:
            votes[grouping.root[position]][split] += 1

    def turn(position: int) -> tuple[int, int, int, int]:
        split = earlier[position]
        if split is None:
            return (1, 0, 0, position)
        return (0, -votes[grouping.root[position]][split], _ORDER.index(split), position)

    builder = _Builder(grouping)
    for position in sorted(range(len(earlier)), key=turn):
        builder.add(position, earlier[position])
    return builder.groups()
