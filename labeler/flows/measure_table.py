"""Measure agreement in a table of ratings that comes as CSV; no database is needed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from labeler.core.agreement.intervals import Method
from labeler.core.agreement.ratings import (
    MISSING,
    UNSURE,
    Codes,
    Column,
    RatingTable,
    count_patterns,
    rating_table,
)
from labeler.core.agreement.report import AgreementReport, measure
from labeler.core.agreement.scale import Scale, infer_scale
from labeler.core.agreement.values import Counts
from labeler.core.errors import InvalidInput
from labeler.core.terms import Verdict
from labeler.flows.rating_csv import RatingColumn, RatingLines, read_ratings

# The one key of a table that has no column defect_type.
ONLY_TYPE = "label"
# The crossed answers of two raters grow with the square, what is drawn of them with its square.
_MOST_CATEGORIES = 30
# So few tables are looked for one by one, which needs less memory than sorting all lines.
_FEW_TABLES = 100


@dataclass(frozen=True, slots=True)
class AgreementBy:
    """One report per value of the column `column`, in the order of the values.

    `left_out` counts values before the first one: of weeks only the latest are compared.
    """

    column: str
    reports: Mapping[str, AgreementReport]
    left_out: int = 0

    def document(self) -> dict[str, object]:
        """`{"by": {VALUE: report}}`, and `left_out` where something was."""
        found: dict[str, object] = {
            "by": {value: one.document() for value, one in self.reports.items()}
        }
        return found | ({"left_out": self.left_out} if self.left_out else {})


def _in_order(names: Iterable[str]) -> list[str]:
    """By number where all are numbers, else by letter: rater 10 comes after rater 9."""
    distinct = set(names)
    if all(name.isdecimal() for name in distinct):
        return sorted(distinct, key=lambda name: (int(name), name))
    return sorted(distinct)


def _scale(lines: RatingLines, positive: str | None, ordered: Sequence[str] | None) -> Scale:
    """The one scale of the whole table, whatever part of it is looked at."""
    given = [lines.columns[name] for name in ("label", "reference") if name in lines.columns]
    seen = set().union(*(column.texts for column in given)) - {""}
    if ordered is None or Verdict.UNSURE not in ordered:
        seen.discard(Verdict.UNSURE)
    if ordered is not None:
        if len(set(ordered)) < max(len(ordered), 2):
            raise InvalidInput("Give at least two different categories in order.")
        _refuse_others(lines, given, seen - set(ordered))
    scale = infer_scale(sorted(seen), positive=positive, ordered=ordered)
    if positive is not None and (
        positive not in scale.categories or (positive not in seen and len(seen) > 1)
    ):
        raise InvalidInput("No rating has the positive label {label}.", label=positive)
    if len(scale.categories) > _MOST_CATEGORIES:
        raise InvalidInput(
            "The table has more than {most} different labels.", most=_MOST_CATEGORIES
        )
    return scale


def _refuse_others(lines: RatingLines, given: Sequence[RatingColumn], others: set[str]) -> None:
    firsts = [
        (int(np.argmax(column.numbers == number)), place, text)
        for place, column in enumerate(given)
        for number, text in enumerate(column.texts)
        if text in others
    ]
    if firsts:
        rating, _, label = min(firsts)
        raise lines.fault(
            rating, "The label {label} is not among the ordered categories.", label=label
        )


class _Faults:
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

    `item` numbers the items of these ratings, `items` is how many numbers there may be.
    """

    lines: RatingLines
    places: Counts
    item: Counts
    items: int

    def column(self, name: str) -> tuple[Counts, Sequence[str]]:
        """What a column says of these ratings: numbers of texts, and the texts."""
        column = self.lines.columns.get(name)
        if column is None:
            return np.zeros(len(self.places), dtype=np.int64), ("",)
        return column.numbers[self.places].astype(np.int64), column.texts

    def once_per_item(
        self, numbers: Counts, chosen: NDArray[np.bool_], faults: _Faults, kind: int
    ) -> Counts:
        """What the first of the chosen ratings says of each item; -1 where there is none.

        A later one that says something else is a fault.
        """
        first = np.full(self.items, -1, dtype=np.int64)
        first[self.item[chosen][::-1]] = numbers[chosen][::-1]
        faults.add(kind, self.places[chosen & (numbers != first[self.item])])
        return first


def _ratings(lines: RatingLines, places: Counts) -> _Ratings:
    column = lines.columns["item"]
    item, items = column.numbers[places].astype(np.int64), len(column.texts)
    if len(places) < items:  # a small part of a large table has few of its items
        known, item = np.unique(item, return_inverse=True)
        items = len(known)
    return _Ratings(lines, places, item.reshape(-1), items)


def _columns(ratings: _Ratings) -> tuple[list[Column], Counts]:
    """Raters and their trials in order, and the place of each rating's among them."""
    rater, raters = ratings.column("rater")
    trial, trials = ratings.column("trial")
    key = rater * len(trials) + trial
    used = np.flatnonzero(np.bincount(key, minlength=1))
    pairs = {one: (raters[one // len(trials)], trials[one % len(trials)]) for one in used.tolist()}
    rank = {name: n for n, name in enumerate(_in_order(name for name, _ in pairs.values()))}
    turn = {name: n for n, name in enumerate(_in_order(name for _, name in pairs.values()))}
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


def _table(ratings: _Ratings, scale: Scale, group: str | None, faults: _Faults) -> RatingTable:
    columns, place = _columns(ratings)
    label, labels = ratings.column("label")
    flat = ratings.item * len(columns) + place
    if len(flat) and np.bincount(flat).max() > 1:
        again = np.ones(len(flat), dtype=bool)
        again[np.unique(flat, return_index=True)[1]] = False
        faults.add(_TWICE, ratings.places[again])
    codes: Codes = np.full((ratings.items, len(columns)), MISSING, dtype=np.int8)
    codes.reshape(-1)[flat] = _codes(labels, scale)[label] if len(flat) else ()
    every = np.ones(len(flat), dtype=bool)
    known = groups = None
    if "reference" in ratings.lines.columns:
        number, texts = ratings.column("reference")
        told = np.array([text != "" for text in texts], dtype=bool)
        chosen = told[number] if len(texts) else every
        answer = ratings.once_per_item(number, chosen, faults, _REFERENCES)
        # A reference of "unsure" is no known answer.
        of = np.append(np.maximum(_codes(texts, scale), MISSING), MISSING)
        known = of[answer].astype(np.int8)
    if group is not None:
        number, texts = ratings.column(group)
        named = ratings.once_per_item(number, every, faults, _GROUPS)
        used = np.unique(named[named >= 0]).tolist()
        rank = {text: n for n, text in enumerate(_in_order(texts[one] for one in used))}
        number_of = np.zeros(len(texts) + 1, dtype=np.int64)
        number_of[used] = [rank[texts[one]] for one in used]
        groups = number_of[named]
    return rating_table(
        count_patterns(scale.categories, columns, codes, groups=groups, reference=known)
    )


def _by_part_and_type(lines: RatingLines, by: str | None) -> Iterator[tuple[str, str, Counts]]:
    """The part, the defect type and the ratings of each table."""
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


def measure_csv(
    path_or_text: Path | str,
    *,
    by: str | None = None,
    positive: str | None = None,
    ordered: Sequence[str] | None = None,
    level: float = 0.95,
    replicates: int = 2000,
    seed: int = 0,
    group: str | None = None,
    method: Method = Method.SMOOTHED,
) -> AgreementReport | AgreementBy:
    """Agreement in a table `item,rater,label[,defect_type][,trial][,reference]`, any order.

    A `Path` is read, a `str` is the table itself. An empty label is missing, `unsure` is
    "can't tell". `by` names a column: one report for each of its values. `group` names the
    column of the unit to resample, where items of one unit depend on each other. The scale
    is that of the whole table. Raises `InvalidInput` naming the line: a duplicate
    (item, rater, trial), a label outside `ordered`, a column that is missing.
    """
    wanted = [name for name in (by, group) if name is not None]
    lines = read_ratings(path_or_text, wanted)
    scale = _scale(lines, positive, ordered)
    faults = _Faults(lines)
    parts: dict[str, dict[str, RatingTable]] = {}
    for part, name, places in _by_part_and_type(lines, by):
        parts.setdefault(part, {})[name] = _table(_ratings(lines, places), scale, group, faults)
    faults.check()
    if not len(lines) and by is None:
        nothing = _ratings(lines, np.zeros(0, dtype=np.int64))
        parts[""] = {ONLY_TYPE: _table(nothing, scale, group, faults)}
    reports = {
        part: measure(
            {name: parts[part][name] for name in sorted(parts[part])},
            positive=scale.positive,
            ordered=scale.categories if scale.ordered else None,
            level=level,
            replicates=replicates,
            seed=seed,
            method=method,
        )
        for part in _in_order(parts)
    }
    return reports[""] if by is None else AgreementBy(by, reports)
