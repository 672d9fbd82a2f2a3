"""Which images depend on each other, so that intervals draw them together.

Pictures of one part are not independent, nor are parts of one lot. Where images know their
unit (the part's serial), units are drawn; where they know only their lot, lots are; an image
that knows neither is drawn alone.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from zlib import crc32

import numpy as np

from labeler.core.agreement.report import GroupedBy
from labeler.core.agreement.values import Counts
from labeler.store.patterns import (
    GROUPS,
    Pattern,
    PatternsOfTypes,
    Place,
    Seat,
    kind_of_group,
)

# Two groups or one say nothing of how groups differ: images are drawn then, and the page says so.
FEWEST_GROUPS = 3
# Drawing weights costs replicates × groups. Beyond this many, groups are bundled by chance: a
# bundle still keeps every group whole, so the interval stays honest, and only its edge gets
# rougher by a few per cent.
MOST_GROUPS = 400

ITEM = "item"


def groups_by_part(counted: PatternsOfTypes) -> dict[str, GroupedBy]:
    """What is drawn in each part of the images: `unit`, `lot`, `unit or lot`, or `item`.

    With fewer than `FEWEST_GROUPS` it is `item`, and their number stands beside it.
    """
    known: dict[str, set[str]] = {}
    alone: Counter[str] = Counter()
    for (place, _), images in counted.seated.items():
        groups = known.setdefault(place.part or "", set())
        if place.group is None:
            alone[place.part or ""] += images
        else:
            groups.add(place.group)
    return {part: _grouped_by(groups, alone[part]) for part, groups in known.items()}


def _grouped_by(groups: set[str], alone: int) -> GroupedBy:
    if not groups:
        return GroupedBy(ITEM)
    if len(groups) + alone < FEWEST_GROUPS:
        return GroupedBy(ITEM, len(groups))
    kinds = {kind_of_group(group) for group in groups}
    return GroupedBy(" or ".join(kind for kind in GROUPS if kind in kinds), len(groups))


def drawn_together(
    counted: PatternsOfTypes, by_part: Mapping[str, GroupedBy]
) -> Callable[[Place], Place]:
    """Where images count: without groups where images are drawn, in few enough elsewhere."""
    groups = {place.group for place, _ in counted.seated if place.group is not None}
    many = len(groups) > MOST_GROUPS

    def move(place: Place) -> Place:
        if place.group is None or by_part[place.part or ""].kind == ITEM:
            return Place(place.part, None)
        return Place(place.part, bundle(place.group)) if many else place

    return move


def number_groups(named: Sequence[str | None], items: Counts) -> tuple[Counts, Counts, Counts]:
    """Number the groups of rows of `items` images each; an image that knows none is one itself.

    The rows to take (those without a group once per image), their images, and their groups; at
    most `MOST_GROUPS` groups stand for the images without one. Worked example: the groups
    (a, None) with 3 and 2 images are the rows (0, 1, 1) of 3, 1 and 1 images in 0, 1 and 2.
    """
    number = {group: n for n, group in enumerate(sorted({g for g in named if g is not None}))}
    alone = np.array([group is None for group in named], dtype=bool)
    repeats = np.where(alone, items, 1)
    groups = np.repeat([-1 if g is None else number[g] for g in named], repeats).astype(np.int64)
    lonely = groups < 0
    count = int(lonely.sum())
    bundles = np.random.default_rng(0).integers(0, MOST_GROUPS, count)
    groups[lonely] = len(number) + (np.arange(count) if count <= MOST_GROUPS else bundles)
    rows = np.repeat(np.arange(len(items)), repeats)
    return rows, np.repeat(np.where(alone, 1, items), repeats), groups


def bundle(name: str) -> str:
    """Which of `MOST_GROUPS` bundles something belongs to: its hash decides."""
    return f"{crc32(name.encode()) % MOST_GROUPS:04d}"


def moved(counted: PatternsOfTypes, move: Callable[[Place], Place]) -> PatternsOfTypes:
    """The same counts at other places; what comes to lie at one place is added up."""
    seated: Counter[tuple[Place, tuple[Seat, ...]]] = Counter()
    for (place, seats), images in counted.seated.items():
        seated[move(place), seats] += images
    marked: dict[str, Counter[Pattern]] = {code: Counter() for code in counted.marked}
    for code, found in counted.marked.items():
        for pattern, images in found.items():
            marked[code][replace(pattern, place=move(pattern.place))] += images
    return PatternsOfTypes(seated, marked)
