"""The leak proof: groups computed again from a manifest alone, each in one split."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from labeler.core.datasets.groups import Forest, Tie, join_shared


def find_leaks(
    files: Sequence[Mapping[str, Any]], near_pairs: Iterable[Sequence[str]]
) -> list[str]:
    """Name every group that straddles splits.

    `files` are the manifest's. Two files belong together when they show one image, the same
    pixels, share a value of a column grouped by, or their images are a near-duplicate pair;
    the groups that the manifest claims are held against the same rule.
    """
    near = defaultdict(list)
    for one, other in near_pairs:
        tie = ("near", f"{one} {other}")
        near[one].append(tie)
        near[other].append(tie)
    ties = [[*_ties(file), *near[file["image"]]] for file in files]
    forest = Forest(len(files))
    join_shared(forest, ties)
    splits = defaultdict(set)
    members = defaultdict(list)
    for position, file in enumerate(files):
        root = forest.root(position)
        splits[root].add(str(file["split"]))
        members[root].append(str(file["path"]))
    return [
        f"{' and '.join(sorted(found))} share a group: {', '.join(sorted(members[root])[:4])}"
        for root, found in splits.items()
        if len(found) > 1
    ]


def _ties(file: Mapping[str, Any]) -> list[Tie]:
    ties = [("image", str(file["image"])), ("group", str(file["group"]))]
    if file["pixels"]:
        ties.append(("pixels", str(file["pixels"])))
    ties += [
        (f"key {column}", str(value)) for column, value in file["keys"].items() if value is not None
    ]
    return ties
