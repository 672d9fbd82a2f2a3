"""Split: every group to one of train, val and test; earlier exports are never contradicted."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from labeler.core.datasets.groups import group_images
from labeler.core.datasets.ledger import without_bridges
from labeler.core.datasets.near_duplicates import agreeing_pairs
from labeler.core.datasets.recipe import Recipe, Split
from labeler.core.datasets.selection import Selection, SettledImage
from labeler.core.datasets.stratify import stratify

_ORDER = tuple(Split)


@dataclass(frozen=True, slots=True)
class Unmet:
    """Where groups did not allow the asked share; `label` None means all images."""

    label: str | None
    split: Split
    asked: float
    reached: int


@dataclass(frozen=True, slots=True)
class Splits:
    """The split and the group of every image that has one, and what could not be had.

    `bridging` images would tie two splits together and are left out. `near_pairs` are pairs
    of image ids joined by appearance; `stopped` sizes of groups too large to join further.
    """

    split: Mapping[str, Split]
    group: Mapping[str, str]
    bridging: tuple[str, ...]
    near_pairs: tuple[tuple[str, str], ...]
    stopped: tuple[int, ...]
    unmet: tuple[Unmet, ...]


def split_images(selection: Selection, recipe: Recipe, assigned: Mapping[str, str]) -> Splits:
    """Split by group, stratified by defect type, stable against `assigned`.

    `assigned` maps images of earlier exports to their splits. Their groups stay; new images
    follow their group; an image that would bridge two splits is left out. Deterministic: the
    recipe's seed decides between groups that are otherwise equal.
    """
    earlier = {image: Split(split) for image, split in assigned.items()}
    anchors = [image for image in selection.others if image.image in earlier]
    images = sorted([*selection.images, *anchors], key=lambda image: image.image)
    grouping = group_images(images, recipe, agreeing_pairs)
    kept = without_bridges(images, grouping, earlier)
    chosen = {image.image for image in selection.images}
    groups = _luck(kept, images, recipe.seed)
    fixed = [_fixed(images, group, earlier) for group in groups]
    exported = [[p for p in group if images[p].image in chosen] for group in groups]
    codes = sorted({code for image in selection.images for code in image.present})
    counts = _counts(images, exported, codes)
    shares = [recipe.splits[split] for split in _ORDER]
    placed = [_ORDER[split] for split in stratify(counts, fixed, shares)]
    split_of, group_of = {}, {}
    for group, split in zip(groups, placed, strict=True):
        for position in group:
            image = images[position].image
            if image in chosen:
                split_of[image], group_of[image] = split, images[min(group)].image[:16]
    return Splits(
        split_of,
        group_of,
        tuple(sorted(chosen - set(split_of))),
        tuple((images[a].image, images[b].image) for a, b in sorted(grouping.near_pairs)),
        grouping.stopped,
        tuple(_unmet(counts, placed, codes, shares)),
    )


def _luck(groups: list[list[int]], images: Sequence[SettledImage], seed: int) -> list[list[int]]:
    def draw(group: list[int]) -> bytes:
        return hashlib.sha256(f"{seed}:{images[group[0]].image}".encode()).digest()

    return sorted(groups, key=draw)


def _fixed(
    images: Sequence[SettledImage], group: Sequence[int], earlier: Mapping[str, Split]
) -> int | None:
    known = (earlier[images[p].image] for p in group if images[p].image in earlier)
    split = next(known, None)
    return None if split is None else _ORDER.index(split)


def _counts(
    images: Sequence[SettledImage], groups: Sequence[Sequence[int]], codes: Sequence[str]
) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """(group, label): images per defect type, then OK images, then all images."""
    column = {code: index for index, code in enumerate(codes)}
    counts = np.zeros((len(groups), len(codes) + 2), np.int64)
    for row, group in enumerate(groups):
        for position in group:
            present = images[position].present
            for code in present:
                counts[row, column[code]] += 1
            counts[row, -2] += not present
            counts[row, -1] += 1
    return counts


def _unmet(
    counts: np.ndarray[tuple[int, int], np.dtype[np.int64]],
    placed: Sequence[Split],
    codes: Sequence[str],
    shares: Sequence[float],
) -> list[Unmet]:
    """Shares missed by more than one image and 5 % of the label's images."""
    names = [*codes, "", None]
    found = []
    for split, share in zip(_ORDER, shares, strict=True):
        here = np.array([one is split for one in placed], dtype=bool)
        for label, name in enumerate(names):
            total = int(counts[:, label].sum())
            reached = int(counts[here, label].sum())
            empty = reached == 0 < total and share > 0
            if name != "" and (empty or abs(reached - share * total) > max(1.0, 0.05 * total)):
                found.append(Unmet(name, split, share * total, reached))
    return found
