"""The leak proof: groups computed again from a manifest alone, each in one split."""

import hashlib
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from labeler.core.datasets.groups import Forest

_KEY_BYTES = 16  # too many for two different ties ever to meet


def find_leaks(
    files: Iterable[Mapping[str, Any]], near_pairs: Iterable[Sequence[str]]
) -> list[str]:
    """Name every group that straddles splits.

    `files` are the manifest's; they are gone through once, and again if there is a leak. Two
    files belong together when they show one image, the same pixels, share a value of a column
    grouped by, or their images are a near-duplicate pair; the groups that the manifest claims
    are held against the same rule.
    """
    near = defaultdict(list)
    for one, other in near_pairs:
        near[one].append(f"near {one} {other}")
        near[other].append(f"near {one} {other}")
    keys, owners, splits = bytearray(), array("q"), list[str]()
    known: dict[str, str] = {}
    for position, file in enumerate(files):
        split = str(file["split"])
        splits.append(known.setdefault(split, split))
        for tie in (*_ties(file), *near.get(file["image"], ())):
            keys += hashlib.blake2b(tie.encode(), digest_size=_KEY_BYTES).digest()
            owners.append(position)
    forest = _joined(len(splits), keys, owners)
    found = defaultdict(set)
    for position, split in enumerate(splits):
        found[forest.root(position)].add(split)
    leaking = {root: sorted(several) for root, several in found.items() if len(several) > 1}
    return _named(files, forest, leaking) if leaking else []


def _ties(file: Mapping[str, Any]) -> Iterator[str]:
    yield f"image {file['image']}"
    yield f"group {file['group']}"
    if file["pixels"]:
        yield f"pixels {file['pixels']}"
    for column, value in file["keys"].items():
        if value is not None:
            yield f"key {len(column)} {column} {value}"


def _joined(count: int, keys: bytearray, owners: "array[int]") -> Forest:
    """Join the positions that share a key; sorted, equal keys are neighbours."""
    forest = Forest(count)
    if not keys:
        return forest
    key, owner = np.frombuffer(keys, np.uint64).reshape(-1, 2), np.frombuffer(owners, np.int64)
    order = np.lexsort((owner, key[:, 1], key[:, 0]))
    key = key[order]
    same = np.flatnonzero((key[1:] == key[:-1]).all(axis=1))
    for one, other in zip(owner[order[same]], owner[order[same + 1]], strict=True):
        forest.join(int(one), int(other))
    return forest


def _named(
    files: Iterable[Mapping[str, Any]], forest: Forest, leaking: Mapping[int, Sequence[str]]
) -> list[str]:
    members: dict[int, list[str]] = {root: [] for root in leaking}
    for position, file in enumerate(files):
        root = forest.root(position)
        if root in members:
            members[root].append(str(file["path"]))
    return [
        f"{' and '.join(splits)} share a group: {', '.join(sorted(members[root])[:4])}"
        for root, splits in leaking.items()
    ]
