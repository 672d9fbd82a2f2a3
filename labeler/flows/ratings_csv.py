"""Ratings that come as CSV, line by line: what is read, and what is refused with its line."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from labeler.core.agreement.ratings import Column
from labeler.core.agreement.scale import Scale, infer_scale
from labeler.core.errors import FieldError, InvalidInput
from labeler.core.terms import Verdict

# The one key of a table that has no column defect_type.
ONLY_TYPE = "label"
# The crossed answers of two raters grow with the square, what is drawn of them with its square.
_MOST_CATEGORIES = 30


@dataclass(frozen=True, slots=True)
class ColumnNames:
    """What a table calls its columns."""

    item: str = "item"
    rater: str = "rater"
    label: str = "label"

    @property
    def needed(self) -> tuple[str, str, str]:
        """The columns that must be there."""
        return (self.item, self.rater, self.label)


AGREEMENT_NAMES = ColumnNames()


@dataclass(frozen=True, slots=True)
class Ratings:
    """All lines of a table; `reference` and `typed`: it has a column for them."""

    lines: Sequence["Rating"]
    reference: bool
    typed: bool


@dataclass(frozen=True, slots=True)
class Rating:
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
class RatingsOfType:
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


def _header(
    names: Sequence[str], columns: ColumnNames, wanted: Sequence[str | None]
) -> dict[str, int]:
    for name in (*columns.needed, *wanted):
        if name is not None and name not in names:
            raise _fault(1, "The column {name} is missing.", name=name)
    for name in names:
        if name and names.count(name) > 1:
            raise _fault(1, "The column {name} stands there twice.", name=name)
    return {name: index for index, name in enumerate(names)}


def _rating(
    line: int,
    row: Sequence[str],
    columns: Mapping[str, int],
    called: ColumnNames,
    by: str | None,
    group: str | None,
) -> Rating:
    def cell(name: str | None) -> str:
        return row[columns[name]].strip() if name is not None and name in columns else ""

    for name in (called.item, called.rater, "defect_type"):
        if name in columns and not cell(name):
            raise _fault(line, "The column {name} is empty.", name=name)
    defect_type = cell("defect_type") if "defect_type" in columns else ONLY_TYPE
    return Rating(
        line, cell(by), defect_type, cell(called.item), cell(called.rater), cell("trial"),
        cell(called.label), cell("reference"), cell(group),
    )  # fmt: skip


def read_ratings(
    path_or_text: Path | str,
    *names: ColumnNames,
    by: str | None = None,
    group: str | None = None,
) -> Ratings:
    """All lines of a table; a `Path` is read, a `str` is the table itself.

    `names` are the ways in which its columns may be called, agreement's without any: the
    first one counts whose columns are all there, else the one of which most are. Raises
    `InvalidInput` naming the line.
    """
    reader = csv.reader(io.StringIO(_text(path_or_text), newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        called = max(
            names or (AGREEMENT_NAMES,), key=lambda one: sum(name in header for name in one.needed)
        )
        columns = _header(header, called, (by, group))
        found: list[Rating] = []
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
            found.append(_rating(reader.line_num, row, columns, called, by, group))
    except csv.Error as error:
        raise _fault(reader.line_num, "This is no CSV: {reason}.", reason=str(error)) from None
    return Ratings(found, "reference" in columns, "defect_type" in columns)


def in_order(names: Iterable[str]) -> list[str]:
    """By number where all are numbers, else by letter: rater 10 comes after rater 9."""
    distinct = set(names)
    if all(name.isdecimal() for name in distinct):
        return sorted(distinct, key=lambda name: (int(name), name))
    return sorted(distinct)


def scale_of(
    ratings: Sequence[Rating], positive: str | None, ordered: Sequence[str] | None
) -> Scale:
    """The one scale of the whole table, whatever part of it is looked at.

    Raises `InvalidInput` for a label outside `ordered`, a `positive` that nobody used, or
    more labels than a scale has.
    """
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


def add(into: RatingsOfType, one: Rating) -> None:
    """Take a line in.

    Raises `InvalidInput` for a duplicate, and for an item of two references or groups.
    """
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
