"""Measure agreement in a table of ratings that comes as CSV; no database is needed."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from labeler.core.agreement.methods import Method
from labeler.core.agreement.ratings import (
    MISSING,
    UNSURE,
    Column,
    RatingTable,
    count_answers,
    rating_table,
)
from labeler.core.agreement.report import AgreementReport, measure
from labeler.core.agreement.scale import Scale, infer_scale
from labeler.core.errors import FieldError, InvalidInput
from labeler.core.terms import Verdict

# The one key of a table that has no column defect_type.
ONLY_TYPE = "label"
_NEEDED = ("item", "rater", "label")
# The crossed answers of two raters grow with the square, what is drawn of them with its square.
_MOST_CATEGORIES = 30


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


@dataclass(frozen=True, slots=True)
class _Rating:
    """One line; `label` and `reference` are empty where missing."""

    line: int
    part: str
    defect_type: str
    item: str
    rater: str
    trial: str
    label: str
    reference: str
    group: str


@dataclass(slots=True)
class _Ratings:
    """The answers to one defect type, as numbers of items, columns and labels."""

    items: dict[str, int] = field(default_factory=dict)
    columns: dict[Column, int] = field(default_factory=dict)
    answers: dict[tuple[int, int], str] = field(default_factory=dict)
    known: dict[int, str] = field(default_factory=dict)
    groups: dict[int, str] = field(default_factory=dict)


def _fault(line: int, message: str, /, **values: object) -> InvalidInput:
    fault = FieldError.filled(f"line {line}", message, **values)
    return InvalidInput("The table has a fault.", fields=[fault])


def _text(path_or_text: Path | str) -> str:
    if isinstance(path_or_text, str):
        return path_or_text.removeprefix("\ufeff")
    try:
        return path_or_text.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput("The table is not UTF-8: save it as CSV in UTF-8.") from None
    except OSError as error:
        raise InvalidInput(
            "The table {file} cannot be read: {reason}.",
            file=str(path_or_text),
            reason=error.strerror or "unknown",
        ) from None


def _header(row: Sequence[str], wanted: Sequence[str | None]) -> dict[str, int]:
    names = [name.strip() for name in row]
    for name in (*_NEEDED, *wanted):
        if name is not None and name not in names:
            raise _fault(1, "The column {name} is missing.", name=name)
    for name in names:
        if name and names.count(name) > 1:
            raise _fault(1, "The column {name} stands there twice.", name=name)
    return {name: index for index, name in enumerate(names)}


def _rating(
    line: int, row: Sequence[str], columns: Mapping[str, int], by: str | None, group: str | None
) -> _Rating:
    def cell(name: str | None) -> str:
        return row[columns[name]].strip() if name is not None and name in columns else ""

    for name in ("item", "rater", "defect_type"):
        if name in columns and not cell(name):
            raise _fault(line, "The column {name} is empty.", name=name)
    defect_type = cell("defect_type") if "defect_type" in columns else ONLY_TYPE
    return _Rating(
        line, cell(by), defect_type, cell("item"), cell("rater"), cell("trial"),
        cell("label"), cell("reference"), cell(group),
    )  # fmt: skip


def _read(text: str, by: str | None, group: str | None) -> tuple[list[_Rating], bool]:
    """All lines, and whether the table has a column for known answers."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = _header(next(reader, []), (by, group))
        found = []
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if len(row) != len(columns):
                raise _fault(
                    reader.line_num,
                    "There are {here} columns here, {first} in the first line.",
                    here=len(row),
                    first=len(columns),
                )
            found.append(_rating(reader.line_num, row, columns, by, group))
    except csv.Error as error:
        raise _fault(reader.line_num, "This is no CSV: {reason}.", reason=str(error)) from None
    return found, "reference" in columns


def _in_order(names: Iterator[str]) -> list[str]:
    """By number where all are numbers, else by letter: rater 10 comes after rater 9."""
    distinct = set(names)
    if all(name.isdecimal() for name in distinct):
        return sorted(distinct, key=lambda name: (int(name), name))
    return sorted(distinct)


def _scale(
    ratings: Sequence[_Rating], positive: str | None, ordered: Sequence[str] | None
) -> Scale:
    """The one scale of the whole table, whatever part of it is looked at."""
    first_seen: dict[str, int] = {}
    for one in ratings:
        for label in (one.label, one.reference):
            first_seen.setdefault(label, one.line)
    first_seen.pop("", None)
    if ordered is None or Verdict.UNSURE not in ordered:
        first_seen.pop(Verdict.UNSURE, None)
    if ordered is not None:
        if len(set(ordered)) < max(len(ordered), 2):
            raise InvalidInput("Give at least two different categories in order.")
        for label, line in first_seen.items():
            if label not in ordered:
                raise _fault(
                    line, "The label {label} is not among the ordered categories.", label=label
                )
    scale = infer_scale(list(first_seen), positive=positive, ordered=ordered)
    if positive is not None and (
        positive not in scale.categories or (positive not in first_seen and len(first_seen) > 1)
    ):
        raise InvalidInput("No rating has the positive label {label}.", label=positive)
    if len(scale.categories) > _MOST_CATEGORIES:
        raise InvalidInput(
            "The table has more than {most} different labels.", most=_MOST_CATEGORIES
        )
    return scale


def _add(into: _Ratings, one: _Rating) -> None:
    item = into.items.setdefault(one.item, len(into.items))
    column = into.columns.setdefault(Column(one.rater, one.trial), len(into.columns))
    if (item, column) in into.answers:
        raise _fault(
            one.line,
            "Item {item}, rater {rater}, trial {trial} stands there twice."
            if one.trial
            else "Item {item}, rater {rater} stands there twice.",
            item=one.item,
            rater=one.rater,
            trial=one.trial,
        )
    into.answers[item, column] = one.label
    if one.reference and into.known.setdefault(item, one.reference) != one.reference:
        raise _fault(one.line, "Item {item} has two different references.", item=one.item)
    if into.groups.setdefault(item, one.group) != one.group:
        raise _fault(one.line, "Item {item} is in two different groups.", item=one.item)


def _table(found: _Ratings, scale: Scale, *, reference: bool, grouped: bool) -> RatingTable:
    codes = {category: code for code, category in enumerate(scale.categories)}
    codes.setdefault(Verdict.UNSURE, UNSURE)
    codes[""] = MISSING
    raters = _in_order(column.rater for column in found.columns)
    rank = {rater: index for index, rater in enumerate(raters)}
    trials = {trial: n for n, trial in enumerate(_in_order(c.trial for c in found.columns))}
    columns = sorted(found.columns, key=lambda c: (rank[c.rater], trials[c.trial]))
    place = {found.columns[column]: index for index, column in enumerate(columns)}
    groups = None
    if grouped:
        numbers = {name: n for n, name in enumerate(_in_order(iter(found.groups.values())))}
        groups = np.array([numbers[found.groups[i]] for i in range(len(found.items))], np.int64)
    known = None
    if reference:
        # A reference of "unsure" is no known answer.
        of = [codes[found.known.get(i, "")] for i in range(len(found.items))]
        known = np.array([max(code, MISSING) for code in of], dtype=np.int8)
    return rating_table(
        count_answers(
            scale.categories,
            columns,
            item=np.array([item for item, _ in found.answers], dtype=np.int64),
            column=np.array([place[column] for _, column in found.answers], dtype=np.int64),
            code=np.array([codes[label] for label in found.answers.values()], dtype=np.int8),
            groups=groups,
            reference=known,
        )
    )


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
    ratings, reference = _read(_text(path_or_text), by, group)
    scale = _scale(ratings, positive, ordered)
    parts: dict[str, dict[str, _Ratings]] = {} if by is not None else {"": {}}
    for one in ratings:
        _add(parts.setdefault(one.part, {}).setdefault(one.defect_type, _Ratings()), one)
    if not ratings and by is None:
        parts[""][ONLY_TYPE] = _Ratings()
    reports = {
        part: measure(
            {
                name: _table(types[name], scale, reference=reference, grouped=group is not None)
                for name in sorted(types)
            },
            positive=scale.positive,
            ordered=scale.categories if scale.ordered else None,
            level=level,
            replicates=replicates,
            seed=seed,
            method=method,
        )
        for part, types in ((name, parts[name]) for name in _in_order(iter(parts)))
    }
    return reports[""] if by is None else AgreementBy(by, reports)
