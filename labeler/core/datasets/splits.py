"""Split: every group to one of train, val and test; earlier exports are never contradicted."""

import hashlib
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from labeler.core.datasets.groups import group_images
from labeler.core.datasets.ledger import without_bridges
from labeler.core.datasets.near_duplicates import agreeing_pairs
from labeler.core.datasets.recipe import Recipe, Split
from labeler.core.datasets.selection import Selection, SettledImage
from labeler.core.datasets.stratify import stratify

_ORDER = tuple(Split)
Present = tuple[str, ...]


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
    images = selection.images.joined_by(selection.others, assigned)
    ids = images.ids
    earlier = [Split(assigned[image]) if image in assigned else None for image in ids]
    grouping = group_images(images, recipe, agreeing_pairs)
    kept = without_bridges(earlier, grouping)
    chosen = set(selection.images.ids)
    groups = _luck(kept, ids, recipe.seed)
    fixed = [_fixed(group, earlier) for group in groups]
    shown = _shown(images, chosen)
    codes = sorted({code for present in set(shown) if present for code in present})
    counts = _counts(shown, groups, codes)
    shares = [recipe.splits[split] for split in _ORDER]
    placed = [_ORDER[split] for split in stratify(counts, fixed, shares)]
    split_of, group_of = {}, {}
    for group, split in zip(groups, placed, strict=True):
        name = ids[min(group)][:16]
        for image in (ids[position] for position in group):
            if image in chosen:
                split_of[image], group_of[image] = split, name
    return Splits(
        split_of,
        group_of,
        tuple(sorted(chosen - set(split_of))),
        tuple((ids[a], ids[b]) for a, b in sorted(grouping.near_pairs)),
        grouping.stopped,
        tuple(_unmet(counts, placed, codes, shares)),
    )


def _luck(groups: list[list[int]], ids: Sequence[str], seed: int) -> list[list[int]]:
    def draw(group: list[int]) -> bytes:
        return hashlib.sha256(f"{seed}:{ids[group[0]]}".encode()).digest()

    return sorted(groups, key=draw)


def _fixed(group: Sequence[int], earlier: Sequence[Split | None]) -> int | None:
    split = next((known for p in group if (known := earlier[p]) is not None), None)
    return None if split is None else _ORDER.index(split)


def _shown(images: Iterable[SettledImage], chosen: Container[str]) -> list[Present | None]:
    """The defect types present in each chosen image; None for an image that stays out."""
    known: dict[Present, Present] = {}  # thousands of images show the same few sets
    return [
        known.setdefault(image.present, image.present) if image.image in chosen else None
        for image in images
    ]


def _counts(
    shown: Sequence[Present | None], groups: Sequence[Sequence[int]], codes: Sequence[str]
) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """(group, label): images per defect type, then OK images, then all images."""
    column = {code: index for index, code in enumerate(codes)}
    counts = np.zeros((len(groups), len(codes) + 2), np.int64)
    for row, group in enumerate(groups):
        for present in (shown[position] for position in group):
            if present is None:
                continue
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
