"""Ratings of a CSV as matrices of codes, and what is refused with its line."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeler.core.agreement.ratings import ALONE, MISSING, UNSURE, Codes, Column
from labeler.core.agreement.scale import Scale, infer_scale, spelled_alike
from labeler.core.agreement.values import Counts
from labeler.core.errors import InvalidInput
from labeler.core.terms import Verdict
from labeler.flows.ratings_csv import RatingColumn, RatingLines

# The one key of a table that has no column defect_type.
ONLY_TYPE = "label"
# The crossed answers of two raters grow with the square, what is drawn of them with its square.
MOST_CATEGORIES = 30
# So few tables are looked for one by one, which needs less memory than sorting all lines.
_FEW_TABLES = 100

# A longer name is no number; Python would refuse to read the very long ones as such.
_MOST_DIGITS = 100


def in_order(names: Iterable[str]) -> list[str]:
    """By number where all are numbers, else by letter: rater 10 comes after rater 9."""
    distinct = set(names)
    if all(name.isdecimal() and len(name) <= _MOST_DIGITS for name in distinct):
        return sorted(distinct, key=lambda name: (int(name), name))
    return sorted(distinct)


def scale_of(lines: RatingLines, positive: str | None, ordered: Sequence[str] | None) -> Scale:
    """The one scale of the whole table, whatever part of it is looked at.

    Raises `InvalidInput` for a label outside `ordered`, two that are spelled alike unless
    `ordered` has both, a `positive` that nobody used, or more labels than a scale has.
    """
    given = [lines.columns[name] for name in ("label", "reference") if name in lines.columns]
    seen = set().union(*(column.texts for column in given)) - {""}
    if ordered is None or Verdict.UNSURE not in ordered:
        seen.discard(Verdict.UNSURE)
    if ordered is None:
        _refuse_alike(lines, given)
    else:
        if "" in ordered:
            raise InvalidInput("One of the ordered categories has no name.")
        if len(set(ordered)) < max(len(ordered), 2):
            raise InvalidInput("Give at least two different categories in order.")
        _refuse_others(lines, given, seen - set(ordered))
    scale = infer_scale(sorted(seen), positive=positive, ordered=ordered)
    if positive is not None and (
        not positive
        or positive not in scale.categories
        or (
            ordered is None  # who gives the whole scale may use only a part of it
            and positive not in seen
            and (len(seen) > 1 or _nearly(positive, seen))
        )
    ):
        raise InvalidInput("No rating has the positive label {label}.", label=positive)
    if len(scale.categories) > MOST_CATEGORIES:
        raise InvalidInput(
            "The table has {count} different labels: {most} at most can be compared.",
            count=len(scale.categories), most=MOST_CATEGORIES,
        )  # fmt: skip
    return scale


def _nearly(label: str, seen: set[str]) -> bool:
    return spelled_alike(label) in map(spelled_alike, seen)


def _refuse_others(lines: RatingLines, given: Sequence[RatingColumn], others: set[str]) -> None:
    firsts = _firsts(given, others)
    if firsts:
        rating, label = firsts[0]
        raise lines.fault(
            rating, "The label {label} is not among the ordered categories.", label=label
        )


def _firsts(given: Sequence[RatingColumn], labels: Collection[str]) -> list[tuple[int, str]]:
    """The first ratings with each of these labels, in the order of the file."""
    found = [
        (int(np.argmax(column.numbers == number)), place, text)
        for place, column in enumerate(given)
        for number, text in enumerate(column.texts)
        if text in labels
    ]
    return [(rating, text) for rating, _, text in sorted(found)]


def _refuse_alike(lines: RatingLines, given: Sequence[RatingColumn]) -> None:
    """Nobody means two categories by `Present` and `present`, nor one by `Unsure`."""
    labels = {label for column in given for label in column.texts if label}
    kinds = Counter(map(spelled_alike, labels | {Verdict.UNSURE.value}))
    if kinds.total() == len(kinds):
        return
    alike = {label for label in labels if kinds[spelled_alike(label)] > 1}
    known: dict[str, tuple[str, int | None]] = {Verdict.UNSURE.value: (Verdict.UNSURE.value, None)}
    for rating, label in _firsts(given, alike):
        other, line = known.setdefault(spelled_alike(label), (label, lines.line(rating)))
        if other == label:
            continue
        if line is None:
            raise lines.fault(
                rating, "The label {label} is written {other} where somebody cannot tell.",
                label=label, other=other,
            )  # fmt: skip
        raise lines.fault(
            rating,
            "The label {label} is spelled nearly like {other} in line {line}: they would be two "
            "categories. Write both alike, or rename one if they mean different things.",
            label=label, other=other, line=line,
        )  # fmt: skip


class Faults:
    """What is wrong with single ratings; what stands first in the file is told."""

    def __init__(self, lines: RatingLines) -> None:
        self._lines = lines
        self._first: dict[int, int] = {}

    def add(self, kind: int, ratings: Counts) -> None:
        """All these ratings are at fault in this way."""
        if len(ratings):
            first = int(ratings.min())
            self._first[kind] = min(first, self._first.get(kind, first))

    def check(self) -> None:
        """Raises `InvalidInput` where there is a fault."""
        if not self._first:
            return
        rating, kind = min((rating, kind) for kind, rating in self._first.items())
        columns = self._lines.columns.items()
        said = {name: column.texts[column.numbers[rating]] for name, column in columns}
        message = _FAULTS[kind]
        if kind == _TWICE and said.get("trial"):
            message = "Item {item}, rater {rater}, trial {trial} stands there twice."
        filled = {name: text for name, text in said.items() if f"{{{name}}}" in message}
        raise self._lines.fault(rating, message, **filled)


_TWICE, _REFERENCES, _GROUPS = range(3)
_FAULTS = (
    "Item {item}, rater {rater} stands there twice.",
    "Item {item} has two different references.",
    "Item {item} is in two different groups.",
)


@dataclass(frozen=True, slots=True, eq=False)
class _Ratings:
    """The ratings of one defect type in one part, by their place among all, and their items.

    `item` is the place of each rating's item in `items`, which are numbers of texts.
    """

    lines: RatingLines
    places: Counts
    item: Counts
    items: Counts

    def column(self, name: str) -> tuple[Counts, Sequence[str]]:
        """What a column says of these ratings: numbers of texts, and the texts."""
        column = self.lines.columns.get(name)
        if column is None:
            return np.zeros(len(self.places), dtype=np.int64), ("",)
        return column.numbers[self.places].astype(np.int64), column.texts

    def once_per_item(
        self, numbers: Counts, chosen: NDArray[np.bool_], faults: Faults, kind: int
    ) -> Counts:
        """What the first of the chosen ratings says of each item; -1 where there is none.

        A later one that says something else is a fault.
        """
        first = np.full(len(self.items), -1, dtype=np.int64)
        first[self.item[chosen][::-1]] = numbers[chosen][::-1]
        faults.add(kind, self.places[chosen & (numbers != first[self.item])])
        return first


def _ratings(lines: RatingLines, places: Counts) -> _Ratings:
    column = lines.columns["item"]
    item, texts = column.numbers[places].astype(np.int64), len(column.texts)
    if 8 * len(places) < texts:  # a small part of a large table
        items, place = np.unique(item, return_inverse=True)
        return _Ratings(lines, places, place.reshape(-1), items)
    here = np.zeros(texts, dtype=bool)
    here[item] = True
    place = np.cumsum(here) - 1
    return _Ratings(lines, places, place[item], np.flatnonzero(here))


def _columns(ratings: _Ratings) -> tuple[list[Column], Counts]:
    """Raters and their trials in order, and the place of each rating's among them."""
    rater, raters = ratings.column("rater")
    trial, trials = ratings.column("trial")
    key = rater * len(trials) + trial
    used = np.flatnonzero(np.bincount(key, minlength=1))
    pairs = {one: (raters[one // len(trials)], trials[one % len(trials)]) for one in used.tolist()}
    rank = {name: n for n, name in enumerate(in_order(name for name, _ in pairs.values()))}
    turn = {name: n for n, name in enumerate(in_order(name for _, name in pairs.values()))}
    ordered = sorted(pairs, key=lambda one: (rank[pairs[one][0]], turn[pairs[one][1]]))
    place = np.zeros(len(raters) * len(trials), dtype=np.int64)
    place[ordered] = np.arange(len(ordered))
    return [Column(*pairs[one]) for one in ordered], place[key]


def _codes(texts: Sequence[str], scale: Scale) -> Codes:
    """The category of each text, `UNSURE` or `MISSING`."""
    known = {category: code for code, category in enumerate(scale.categories)}
    known.setdefault(Verdict.UNSURE, UNSURE)
    known[""] = MISSING
    return np.array([known[text] for text in texts], dtype=np.int8)


@dataclass(frozen=True, slots=True, eq=False)
class RatingMatrix:
    """The answers of one table: `codes`, shape (items, columns), of categories.

    `items` are numbers of the texts in the column `item`. `known` is the category of the
    known answer, None without such a column, `groups` numbers what depends on each other,
    `ALONE` where nothing is named.
    """

    items: Counts
    columns: tuple[Column, ...]
    codes: Codes
    known: Codes | None
    groups: Counts | None


def matrix_of(
    lines: RatingLines, places: Counts, scale: Scale, faults: Faults, *, group: str | None = None
) -> RatingMatrix:
    """The ratings at these places among all; what is wrong with them goes to `faults`."""
    ratings = _ratings(lines, places)
    columns, place = _columns(ratings)
    label, labels = ratings.column("label")
    flat = ratings.item * len(columns) + place
    if len(flat) and np.bincount(flat).max() > 1:
        again = np.ones(len(flat), dtype=bool)
        again[np.unique(flat, return_index=True)[1]] = False
        faults.add(_TWICE, places[again])
    codes: Codes = np.full((len(ratings.items), len(columns)), MISSING, dtype=np.int8)
    codes.reshape(-1)[flat] = _codes(labels, scale)[label]
    known = groups = None
    if "reference" in lines.columns:
        number, texts = ratings.column("reference")
        told = np.array([text != "" for text in texts], dtype=bool)
        answer = ratings.once_per_item(number, told[number], faults, _REFERENCES)
        # A reference of "unsure" is no known answer.
        known = np.append(np.maximum(_codes(texts, scale), MISSING), MISSING)[answer]
    if group is not None:
        number, texts = ratings.column(group)
        every = np.ones(len(flat), dtype=bool)
        named = ratings.once_per_item(number, every, faults, _GROUPS)
        used = [one for one in np.unique(named[named >= 0]).tolist() if texts[one]]
        rank = {text: n for n, text in enumerate(in_order(texts[one] for one in used))}
        number_of = np.full(len(texts) + 1, ALONE, dtype=np.int64)
        number_of[used] = [rank[texts[one]] for one in used]
        groups = number_of[named]
    return RatingMatrix(ratings.items, tuple(columns), codes, known, groups)


def by_part_and_type(
    lines: RatingLines, by: str | None = None
) -> Iterator[tuple[str, str, Counts]]:
    """The part, the defect type and the places of the ratings of each table.

    Of a table without a line nothing, unless it has no parts: then its one empty table.
    """
    if not len(lines) and by is None:
        yield "", ONLY_TYPE, np.zeros(0, dtype=np.int64)
    whole = np.zeros(len(lines), dtype=np.uint8)
    part = RatingColumn(whole, ("",)) if by is None else lines.columns[by]
    kind = lines.columns.get("defect_type", RatingColumn(whole, (ONLY_TYPE,)))
    tables = len(part.texts) * len(kind.texts)
    # As small as can be: of many millions of lines every byte counts.
    key = part.numbers.astype(np.min_scalar_type(max(tables - 1, 0)))
    key *= len(kind.texts)
    key += kind.numbers.astype(key.dtype)
    for one, ratings in _places_of_each(key, tables):
        yield part.texts[one // len(kind.texts)], kind.texts[one % len(kind.texts)], ratings


def _places_of_each(key: NDArray[np.unsignedinteger], keys: int) -> Iterator[tuple[int, Counts]]:
    if keys <= _FEW_TABLES:
        for one in range(keys):
            places = np.flatnonzero(key == one)
            if len(places):
                yield one, places
        return
    order = np.argsort(key, kind="stable")
    found, starts = np.unique(key[order], return_index=True)
    yield from zip(found.tolist(), np.split(order, starts[1:]), strict=True)
