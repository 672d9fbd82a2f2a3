"""Many-label stratification over groups: rare labels first, each to where it is missed most.

After Sechidis, Tsoumakas and Vlahavas, "On the stratification of multi-label data" (2011),
with groups in the place of single images, and a repair at the end: with few groups the
greedy order can leave a split without a label that it could have.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Counts = npt.NDArray[np.int64]


def stratify(counts: Counts, fixed: Sequence[int | None], shares: Sequence[float]) -> list[int]:
    """Give every group a split.

    `counts` is (group, label), images of each label per group; its last column counts all
    images. `fixed[g]` is the split of a group that has one already, else None; `shares` are
    the asked shares per split. Groups are equal otherwise in the order given: the caller's
    order is the luck. Returns a split per group.
    """
    missing = np.outer(shares, counts.sum(axis=0)).astype(np.float64)  # (split, label)
    missing[np.array(shares) <= 0] = -np.inf
    chosen = [-1 if split is None else split for split in fixed]
    for group, split in enumerate(chosen):
        if split >= 0:
            missing[split] -= counts[group]
    free = np.array([split < 0 for split in chosen], dtype=bool)
    while free.any():
        left = counts[free].sum(axis=0)
        wanted = np.flatnonzero(left)
        label = int(wanted[np.argmin(left[wanted])])
        groups = np.flatnonzero(free & (counts[:, label] > 0))
        for group in groups[np.argsort(-counts[groups, label], kind="stable")]:
            split = _where_missed_most(missing, label)
            missing[split] -= counts[group]
            chosen[group] = split
        free[groups] = False
    _repair(counts, fixed, shares, chosen)
    return chosen


def _where_missed_most(missing: npt.NDArray[np.float64], label: int) -> int:
    best = np.flatnonzero(missing[:, label] == missing[:, label].max())
    return int(best[np.argmax(missing[best, -1])])


def _repair(
    counts: Counts, fixed: Sequence[int | None], shares: Sequence[float], chosen: list[int]
) -> None:
    """Move single small groups into splits that lack a label, where nothing else is lost."""
    splits = [split for split, share in enumerate(shares) if share > 0]
    carried = (counts > 0).astype(np.int64)  # (group, label)
    held = np.zeros((len(shares), counts.shape[1]), np.int64)  # groups per split and label
    for group, split in enumerate(chosen):
        held[split] += carried[group]
    for label in np.argsort(counts.sum(axis=0), kind="stable"):
        groups = [int(group) for group in np.flatnonzero(carried[:, label])]
        for split in splits:
            if held[split, label] or not groups:
                continue
            spare = [
                group
                for group in groups
                if fixed[group] is None and _spared(held[chosen[group]], carried[group])
            ]
            if spare:
                moved = min(spare, key=lambda group: int(counts[group, -1]))
                held[chosen[moved]] -= carried[moved]
                held[split] += carried[moved]
                chosen[moved] = split


def _spared(held: Counts, carried: Counts) -> bool:
    """Whether a split that holds so many groups per label keeps one of each without this one."""
    return bool((held[carried > 0] > 1).all())
