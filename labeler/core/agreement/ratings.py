"""Ratings as counts of patterns: what all statistics are computed from.

The raters' answers on one item form a pattern, and there are few different patterns
however many items there are. Two further views follow from the patterns: how many raters
chose each category (`VectorCounts`), which is all that a coefficient for many raters
sees, and the crossed answers of two raters (`PairCounts`), which is all that a
coefficient for two sees.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from labeler.core.agreement.values import Counts

MISSING = -1
UNSURE = -2
# The group of an item that no other item depends on.
ALONE = -1
# One group or two say nothing of how groups differ: then items are drawn for intervals.
FEWEST_GROUPS = 3

Codes = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Column:
    """One source of answers: a rater, on one trial where there are several."""

    rater: str
    trial: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class PatternCounts:
    """How many items show each pattern of answers.

    `patterns` has the shape (patterns, columns) and holds the index of a category,
    `MISSING`, or `UNSURE` for "can't tell". `items`, shape (patterns,), counts the items.
    `groups`, same shape, numbers the unit to resample (a lot, a part) from 0 where items of
    one unit depend on each other, and is `ALONE` for items of none; `reference`, same shape,
    is the known answer's category or `MISSING`. The same pattern may stand there twice: the
    counts then add up.
    """

    categories: tuple[str, ...]
    columns: tuple[Column, ...]
    patterns: Codes
    items: Counts
    groups: Counts | None = None
    reference: Codes | None = None

    @property
    def raters(self) -> tuple[str, ...]:
        """The raters, in the order of their first column."""
        return tuple(dict.fromkeys(column.rater for column in self.columns))


@dataclass(frozen=True, slots=True, eq=False)
class VectorCounts:
    """How many items have each vector of category counts.

    `vectors`, shape (rows, categories), holds n_ik, the ratings of an item in a category;
    `unsure` and `items`, shape (rows,), the item's "can't tell" and the number of items.
    """

    vectors: Counts
    unsure: Counts
    items: Counts
    groups: Counts | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PairCounts:
    """Two raters' answers crossed, per kind of item.

    `tables`, shape (rows, categories, categories), crosses the decisions on one item: first
    rater down, second across. Without trials each is a single 1; with trials the decisions
    of the same trial are paired. `items`, shape (rows,), counts the items.
    """

    tables: Counts
    items: Counts
    groups: Counts | None = None

    @property
    def total(self) -> Counts:
        """All decisions crossed, shape (categories, categories)."""
        crossed: Counts = (self.items[:, None, None] * self.tables).sum(axis=0)
        return crossed

    @property
    def repeated(self) -> bool:
        """Whether an item has more than one pair of decisions."""
        return bool((self.tables.sum(axis=(1, 2)) > 1).any())


@dataclass(frozen=True, slots=True, eq=False)
class RatingTable:
    """All ratings of one defect type.

    `answers`, shape (raters, categories), and `unsure`, shape (raters,), count what each
    rater said. `pairs` is keyed by two positions in `raters`, the smaller first.
    `patterns` is None where a caller with very many raters has counted `vectors` and
    `pairs` only; Light's kappa then has no interval. `versus` holds, per rater, the
    answers (down) crossed with the known ones (across), and `versus_unsure`, shape
    (raters, categories), how often each said "can't tell" where the answer is known; both
    None without known answers. `groups` is how many groups are known, None where nobody
    asked for them; fewer than `FEWEST_GROUPS` are told apart nowhere else in the table.
    """

    categories: tuple[str, ...]
    raters: tuple[str, ...]
    vectors: VectorCounts
    answers: Counts
    unsure: Counts
    pairs: Mapping[tuple[int, int], PairCounts]
    patterns: PatternCounts | None = None
    versus: tuple[PairCounts, ...] | None = None
    versus_unsure: Counts | None = None
    groups: int | None = None


def known_groups(groups: Counts) -> int:
    """How many groups there are; an item that is alone is none."""
    return len(np.unique(groups[groups != ALONE]))


def _told_apart(groups: Counts | None) -> Counts | None:
    """The groups, if they are enough to say how groups differ."""
    few = groups is None or known_groups(groups) < FEWEST_GROUPS
    return None if few else groups


def _keys(rows: NDArray[np.signedinteger]) -> tuple[NDArray[np.int64], int] | None:
    """Each row as one number below a bound, or None if it does not fit 62 bits."""
    least = rows.min(axis=0).astype(np.int64)
    spread = [int(s) for s in rows.max(axis=0).astype(np.int64) - least + 1]
    bound = 1
    for size in spread:
        bound *= size
    if bound >= 2**62:
        return None
    keys = np.zeros(len(rows), dtype=np.int64)
    for index, size in enumerate(spread):
        keys *= size
        keys += rows[:, index] - least[index]
    return keys, bound


def distinct_rows(
    rows: NDArray[np.signedinteger], items: Counts
) -> tuple[NDArray[np.signedinteger], Counts]:
    """The different rows in a fixed order, and the sum of `items` for each."""
    if len(rows) == 0 or rows.shape[1] == 0:
        return rows[:0], items[:0]
    keyed = _keys(rows)
    if keyed is None:
        unique, inverse = np.unique(rows, axis=0, return_inverse=True)
        inverse = inverse.reshape(-1)
        return unique, np.bincount(inverse, items, len(unique)).astype(np.int64)
    keys, bound = keyed
    if bound <= 4 * len(rows) + 1024:
        sums = np.bincount(keys, items, bound)
        where = np.full(bound, -1, dtype=np.int64)
        where[keys] = np.arange(len(keys))
        first = where[where >= 0]
        return rows[first], sums[where >= 0].astype(np.int64)
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    return rows[first], np.bincount(inverse, items, len(first)).astype(np.int64)


def _distinct_in_groups(
    rows: NDArray[np.signedinteger], items: Counts, groups: Counts | None
) -> tuple[NDArray[np.signedinteger], Counts, Counts | None]:
    """`distinct_rows`, kept apart by group where there are groups."""
    if groups is None:
        unique, sums = distinct_rows(rows, items)
        return unique, sums, None
    joined = np.concatenate([groups[:, None], rows.astype(np.int64)], axis=1)
    unique, sums = distinct_rows(joined, items)
    return unique[:, 1:], sums, unique[:, 0].astype(np.int64)


def count_patterns(
    categories: Sequence[str],
    columns: Sequence[Column],
    codes: Codes,
    *,
    items: Counts | None = None,
    groups: Counts | None = None,
    reference: Codes | None = None,
) -> PatternCounts:
    """Count the different rows of `codes`, shape (items, columns).

    `items` weighs the rows (by default each is one item). Worked example: the rows
    (1, 1), (0, 1), (1, 1) are the patterns (0, 1) once and (1, 1) twice.
    """
    weights = np.ones(len(codes), dtype=np.int64) if items is None else items
    rows = codes if reference is None else np.concatenate([codes, reference[:, None]], axis=1)
    unique, sums, kept_groups = _distinct_in_groups(rows, weights, groups)
    patterns = unique.astype(np.int8)
    known = None
    if reference is not None:
        patterns, known = patterns[:, :-1], patterns[:, -1]
    return PatternCounts(tuple(categories), tuple(columns), patterns, sums, kept_groups, known)


def count_answers(
    categories: Sequence[str],
    columns: Sequence[Column],
    *,
    item: NDArray[np.signedinteger],
    column: NDArray[np.signedinteger],
    code: NDArray[np.signedinteger],
    groups: Counts | None = None,
    reference: Codes | None = None,
) -> PatternCounts:
    """Count patterns from a long list: the item, column and category index of each answer.

    Items are numbered from 0; `groups` and `reference` have one entry per item. For a
    (item, column) given twice the last answer holds.
    """
    rows = int(item.max()) + 1 if len(item) else 0
    if groups is not None:
        rows = len(groups)
    if reference is not None:
        rows = len(reference)
    codes = np.full((rows, len(columns)), MISSING, dtype=np.int8)
    codes[item, column] = code
    return count_patterns(categories, columns, codes, groups=groups, reference=reference)


def _vectors(counted: PatternCounts) -> VectorCounts:
    q = len(counted.categories)
    says = [(counted.patterns == code).sum(axis=1) for code in (*range(q), UNSURE)]
    rows = np.stack(says, axis=1).astype(np.int64)
    unique, items, groups = _distinct_in_groups(rows, counted.items, counted.groups)
    vectors = unique.astype(np.int64)
    return VectorCounts(vectors[:, :q], vectors[:, q], items, groups)


def _crossed(counted: PatternCounts, first: Sequence[Codes], second: Sequence[Codes]) -> PairCounts:
    """Cross the paired columns; rows without any common decision are dropped."""
    q = len(counted.categories)
    cells = np.zeros((len(counted.patterns), q * q), dtype=np.int64)
    for one, other in zip(first, second, strict=True):
        both = np.flatnonzero((one >= 0) & (other >= 0))
        np.add.at(cells, (both, one[both].astype(np.int64) * q + other[both]), 1)
    common = cells.any(axis=1)
    groups = None if counted.groups is None else _told_apart(counted.groups[common])
    unique, items, groups = _distinct_in_groups(cells[common], counted.items[common], groups)
    return PairCounts(unique.astype(np.int64).reshape(-1, q, q), items, groups)


def paired_columns(columns: Sequence[Column], first: str, second: str) -> list[tuple[int, int]]:
    """The columns of two raters that have the same trial."""
    trials = {c.trial: index for index, c in enumerate(columns) if c.rater == second}
    return [
        (index, trials[c.trial])
        for index, c in enumerate(columns)
        if c.rater == first and c.trial in trials
    ]


def _pair(counted: PatternCounts, first: str, *others: str) -> PairCounts:
    paired = [columns for one in others for columns in paired_columns(counted.columns, first, one)]
    return _crossed(
        counted,
        [counted.patterns[:, a] for a, _ in paired],
        [counted.patterns[:, b] for _, b in paired],
    )


def against_others(counted: PatternCounts, rater: str) -> PairCounts:
    """A rater's answers (down) crossed with those of everybody else on the same item.

    Worked example: Anna says present, Ben and Chris absent: two decisions on one item.
    """
    return _pair(counted, rater, *(other for other in counted.raters if other != rater))


def _versus(counted: PatternCounts, rater: str, reference: Codes) -> PairCounts:
    own = [counted.patterns[:, i] for i, c in enumerate(counted.columns) if c.rater == rater]
    return _crossed(counted, own, [reference] * len(own))


def _versus_unsure(counted: PatternCounts, reference: Codes) -> Counts:
    raters = counted.raters
    unsure = np.zeros((len(raters), len(counted.categories)), dtype=np.int64)
    for index, column in enumerate(counted.columns):
        for known in range(len(counted.categories)):
            here = (counted.patterns[:, index] == UNSURE) & (reference == known)
            unsure[raters.index(column.rater), known] += counted.items[here].sum()
    return unsure


def rating_table(counted: PatternCounts) -> RatingTable:
    """Everything that the statistics need, from pattern counts.

    Rows without any answer or "can't tell" are no items of this defect type and are left out.
    Of fewer than `FEWEST_GROUPS` groups items are independent, here or between two raters.
    """
    said = (counted.patterns != MISSING).any(axis=1)
    groups = None if counted.groups is None else counted.groups[said]
    counted = replace(
        counted,
        patterns=counted.patterns[said],
        items=counted.items[said],
        groups=_told_apart(groups),
        reference=None if counted.reference is None else counted.reference[said],
    )
    raters = counted.raters
    codes = (*range(len(counted.categories)), UNSURE)
    said_by = np.zeros((len(raters), len(codes)), dtype=np.int64)
    for index, column in enumerate(counted.columns):
        for position, code in enumerate(codes):
            here = counted.items[counted.patterns[:, index] == code].sum()
            said_by[raters.index(column.rater), position] += here
    pairs = {
        (a, b): _pair(counted, raters[a], raters[b]) for a, b in combinations(range(len(raters)), 2)
    }
    versus, versus_unsure = None, None
    if counted.reference is not None:
        versus = tuple(_versus(counted, rater, counted.reference) for rater in raters)
        versus_unsure = _versus_unsure(counted, counted.reference)
    return RatingTable(
        counted.categories, raters, _vectors(counted), said_by[:, :-1], said_by[:, -1],
        pairs, counted, versus, versus_unsure, None if groups is None else known_groups(groups),
    )  # fmt: skip
