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
    keys, owners, splits = bytearray(), array("I"), list[str]()
    known: dict[str, str] = {}
    for position, file in enumerate(files):
        split = str(file["split"])
        splits.append(known.setdefault(split, split))
        for tie in (*_ties(file), *near.get(file["image"], ())):
            keys += hashlib.blake2b(tie.encode(), digest_size=_KEY_BYTES).digest()
            owners.append(position)
    forest = _joined(len(splits), keys, owners)
    leaking: dict[int, set[str]] = {}
    for position, split in enumerate(splits):
        root = forest.root(position)
        if split != splits[root]:
            leaking.setdefault(root, {splits[root]}).add(split)
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
    key = np.frombuffer(keys, f"S{_KEY_BYTES}")
    order = np.argsort(key, kind="stable")
    key = key[order]
    for place in np.flatnonzero(key[1:] == key[:-1]):
        forest.join(owners[order[place]], owners[order[place + 1]])
    return forest


def _named(
    files: Iterable[Mapping[str, Any]], forest: Forest, leaking: Mapping[int, set[str]]
) -> list[str]:
    members: dict[int, list[str]] = {root: [] for root in leaking}
    for position, file in enumerate(files):
        root = forest.root(position)
        if root in members:
            members[root].append(str(file["path"]))
    return [
        f"{' and '.join(sorted(leaking[root]))} share a group: "
        f"{', '.join(sorted(members[root])[:4])}"
        for root in sorted(leaking)
    ]
