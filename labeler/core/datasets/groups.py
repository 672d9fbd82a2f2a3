"""Groups: images that must not be told apart by a split.

Two images are tied when they share a value the recipe groups by, the same decoded pixels,
or when they are near-duplicates. Tied images form one connected group.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from labeler.core.datasets.recipe import Recipe
from labeler.core.datasets.selection import SettledImage

MAX_SHARE_BY_APPEARANCE = 0.1
"""A group above this share of the images takes in nothing more by appearance alone."""
_SMALL_GROUP = 12  # in a data set of a hundred, a tenth is no lump yet

Tie = tuple[str, str]
"""What images share: a kind (unit, pixels, …) and its value."""
AgreeingPairs = Callable[
    [Sequence[SettledImage], Callable[[int, int], bool]], Iterator[tuple[int, int]]
]


class Forest:
    """Union-find over positions 0…count−1 with path halving; the smallest position is the root."""

    def __init__(self, count: int) -> None:
        self._parent = array("q", range(count))
        self.size = array("q", [1]) * count

    def root(self, position: int) -> int:
        """The smallest position of this one's group."""
        parent = self._parent
        while parent[position] != position:
            parent[position] = parent[parent[position]]
            position = parent[position]
        return position

    def join(self, one: int, other: int) -> int:
        """Make two groups one; returns its root."""
        low, high = sorted((self.root(one), self.root(other)))
        if low != high:
            self._parent[high] = low
            self.size[low] += self.size[high]
        return low


@dataclass(frozen=True, slots=True)
class Grouping:
    """Which images belong together.

    `ties[i]` are those of image i, near-duplicate pairs among them; `root[i]` is the smallest
    position in its group. `near_pairs` are pairs joined by appearance, `stopped` the sizes of
    groups that grew too large to take in more.
    """

    ties: tuple[tuple[Tie, ...], ...]
    root: tuple[int, ...]
    near_pairs: tuple[tuple[int, int], ...]
    stopped: tuple[int, ...]


def key_ties(image: SettledImage, columns: Iterable[str]) -> list[Tie]:
    """The ties an image carries by itself; a missing value ties to nothing."""
    ties = [("pixels", image.pixel_sha256)] if image.pixel_sha256 else []
    for column in columns:
        value = image.key(column)
        if value is not None:
            ties.append((column, value))
    return ties


def group_images(
    images: Sequence[SettledImage], recipe: Recipe, agreeing_pairs: AgreeingPairs
) -> Grouping:
    """Connect the images; near-duplicates join the nearest first and stop at a lump."""
    forest = Forest(len(images))
    ties = [key_ties(image, recipe.group_by) for image in images]
    join_shared(forest, ties)
    near: list[tuple[int, int]] = []
    stopped: set[int] = set()
    limit = max(MAX_SHARE_BY_APPEARANCE * len(images), _SMALL_GROUP)

    def worth_comparing(one: int, other: int) -> bool:
        one, other = forest.root(one), forest.root(other)
        full = {root for root in (one, other) if forest.size[root] > limit}
        if one != other:
            stopped.update(full)
        return one != other and not full

    if recipe.near_duplicates:
        for one, other in agreeing_pairs(images, worth_comparing):
            if worth_comparing(one, other):
                forest.join(one, other)
                near.append((one, other))
    for one, other in near:
        tie = ("near", f"{images[one].image} {images[other].image}")
        ties[one].append(tie)
        ties[other].append(tie)
    return Grouping(
        tuple(tuple(own) for own in ties),
        tuple(forest.root(position) for position in range(len(images))),
        tuple(near),
        tuple(
            sorted((forest.size[root] for root in {forest.root(s) for s in stopped}), reverse=True)
        ),
    )


def join_shared(forest: Forest, ties: Sequence[Iterable[Tie]]) -> None:
    """Join all positions that share a tie."""
    first: dict[Tie, int] = {}
    for position, own in enumerate(ties):
        for tie in own:
            forest.join(first.setdefault(tie, position), position)
