"""Reading a table of ratings that comes as CSV, of millions of lines if need be.

What a column says is one of few texts, over and over: each is kept once, and a line
remembers its number. So twenty-four million lines fit into some hundred megabytes.
"""

import csv
import io
import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Protocol, TextIO

import numpy as np
from numpy.typing import NDArray

from labeler.core.errors import FieldError, InvalidInput

# What is read besides if it is there.
_FURTHER = ("defect_type", "trial", "reference")
# Few enough that their lists are gone again before anybody looks for garbage.
_AT_ONCE = 512
_BREAK = re.compile(r"\r\n|\r|\n")

Numbers = NDArray[np.unsignedinteger]


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

    @property
    def never_empty(self) -> tuple[str, str, str]:
        """Those without which a line is no rating, if they are there."""
        return (self.item, self.rater, "defect_type")


AGREEMENT_NAMES = ColumnNames()


def fault(line: int, message: str, /, **values: object) -> InvalidInput:
    """A fault of the table in this line of the file."""
    said = FieldError.filled(f"line {line}", message, **values)
    return InvalidInput("The table has a fault.", fields=[said])


class _Texts(dict[str, int]):
    """The number of each text, in the order of their coming; blanks around it do not matter."""

    def __init__(self) -> None:
        super().__init__()
        self.known: list[str] = []

    def __missing__(self, raw: str) -> int:
        text = raw.strip()
        if text != raw:
            number = self[text]
        else:
            number = len(self.known)
            self.known.append(text)
        self[raw] = number
        return number


@dataclass(slots=True)
class _Column:
    place: int
    texts: _Texts = field(default_factory=_Texts)
    numbers: "array[int]" = field(default_factory=lambda: array("i"))


@dataclass(frozen=True, slots=True)
class RatingColumn:
    """A column of the table: the number of each line's text, and the texts."""

    numbers: Numbers
    texts: Sequence[str]


@dataclass(frozen=True, slots=True)
class RatingLines:
    """All ratings, by column; a column that the table lacks is not there.

    Whatever the table calls them: `item`, `rater` and `label` are there.
    """

    columns: Mapping[str, RatingColumn]
    _starts: Sequence[int]
    _lines: Sequence[Sequence[int]]

    def __len__(self) -> int:
        return len(self.columns["item"].numbers)

    def fault(self, rating: int, message: str, /, **values: object) -> InvalidInput:
        """A fault of the table in the line where this rating stands."""
        return fault(self.line(rating), message, **values)

    def line(self, rating: int) -> int:
        """The line of the file where this rating stands."""
        part = bisect_right(self._starts, rating) - 1
        return self._lines[part][rating - self._starts[part]]


@contextmanager
def _opened(path_or_text: Path | str) -> Iterator[TextIO]:
    if isinstance(path_or_text, str):
        yield io.StringIO(path_or_text.removeprefix("\ufeff"), newline="")
        return
    try:
        with path_or_text.open(encoding="utf-8-sig", newline="") as stream:
            yield stream
    except UnicodeDecodeError:
        raise InvalidInput("The table is not UTF-8: save it as CSV in UTF-8.") from None
    except OSError as error:
        raise InvalidInput(
            "The table {file} cannot be read: {reason}.",
            file=str(path_or_text),
            reason=error.strerror or "unknown",
        ) from None


def _header(
    line: int, names: Sequence[str], called: ColumnNames, wanted: Sequence[str]
) -> dict[str, int]:
    for name in (*called.needed, *wanted):
        if name not in names:
            raise fault(line, "The column {name} is missing.", name=name)
    for name in names:
        if name and names.count(name) > 1:
            raise fault(line, "The column {name} stands there twice.", name=name)
    return {name: index for index, name in enumerate(names)}


class _Reader(Protocol):
    """What `csv.reader` gives."""

    line_num: int

    def __next__(self) -> list[str]: ...

    def __iter__(self) -> Iterator[list[str]]: ...


def _some(reader: _Reader) -> Iterator[tuple[list[list[str]], Sequence[int]]]:
    """Rows, some at a time, and the lines that they end in.

    Raises `InvalidInput` where the file is no CSV, after all the rows before.
    """
    broken: csv.Error | None = None
    while broken is None:
        rows: list[list[str]] = []
        begin = reader.line_num
        try:
            rows.extend(islice(reader, _AT_ONCE))  # of an error it keeps what came before
        except csv.Error as error:
            broken = error
        if not rows:
            break
        if reader.line_num - begin == len(rows):
            yield rows, range(begin + 1, begin + len(rows) + 1)
        else:
            yield rows, _counted(rows, begin)
    if broken is not None:
        raise fault(reader.line_num, "This is no CSV: {reason}.", reason=str(broken)) from None


def _counted(rows: list[list[str]], line: int) -> Sequence[int]:
    """Where each row ends that may hold line breaks, read from after `line` on."""
    found = []
    for row in rows:
        line += 1 + sum(len(_BREAK.findall(cell)) for cell in row)
        found.append(line)
    return found


@dataclass(frozen=True, slots=True)
class _Shape:
    """How many cells a row has, and which of them are never empty."""

    width: int
    needed: Mapping[str, int]

    def fits(self, rows: list[list[str]]) -> bool:
        """Whether all rows are ratings: nearly always, and quickly seen."""
        if set(map(len, rows)) != {self.width}:
            return False
        return all(row[place].strip() for place in self.needed.values() for row in rows)

    def sound(
        self, rows: list[list[str]], lines: Sequence[int]
    ) -> tuple[list[list[str]], Sequence[int]]:
        """The rows without the empty ones. Raises `InvalidInput` for one that is no rating."""
        kept, kept_lines = [], []
        for row, line in zip(rows, lines, strict=True):
            if not any(cell.strip() for cell in row):
                continue
            if len(row) != self.width:
                raise fault(
                    line,
                    "There are {here} columns here, {first} in the first line.",
                    here=len(row),
                    first=self.width,
                )
            for name, place in self.needed.items():
                if not row[place].strip():
                    raise fault(line, "The column {name} is empty.", name=name)
            kept.append(row)
            kept_lines.append(line)
        return kept, kept_lines


def read_ratings(
    path_or_text: Path | str, *names: ColumnNames, wanted: Sequence[str] = ()
) -> RatingLines:
    """The table with its columns `wanted` and those that mean something, in its order.

    A `Path` is read, a `str` is the table itself. `names` are the ways in which its columns
    may be called, agreement's without any: the first one counts whose columns are all there,
    else the one of which most are. Raises `InvalidInput` naming the line.
    """
    starts: list[int] = []
    every_line: list[Sequence[int]] = []
    with _opened(path_or_text) as stream:
        reader = csv.reader(stream, strict=True)
        header = [name.strip() for name in _first(reader)]
        called = max(
            names or (AGREEMENT_NAMES,), key=lambda one: sum(name in header for name in one.needed)
        )
        places = _header(max(1, reader.line_num), header, called, wanted)
        shape = _Shape(len(header), {n: places[n] for n in called.never_empty if n in places})
        read = dict(zip(AGREEMENT_NAMES.needed, called.needed, strict=True))
        read |= {name: name for name in (*_FURTHER, *wanted) if name in places}
        columns = {name: _Column(places[here]) for name, here in read.items()}
        count = 0
        for rows, lines in _some(reader):
            if not shape.fits(rows):
                rows, lines = shape.sound(rows, lines)  # noqa: PLW2901 - without empty ones
            starts.append(count)
            every_line.append(lines)
            count += len(rows)
            cells = list(zip(*rows, strict=True))
            for column in columns.values() if rows else ():
                column.numbers.extend(map(column.texts.__getitem__, cells[column.place]))
    return RatingLines(
        {
            name: RatingColumn(_small(columns.pop(name)), one.texts.known)
            for name, one in list(columns.items())
        },
        starts,
        every_line,
    )


def _small(column: _Column) -> Numbers:
    """The numbers in as few bytes as they need."""
    most = max(len(column.texts.known) - 1, 0)
    return np.frombuffer(column.numbers, dtype=np.intc).astype(np.min_scalar_type(most))


def _first(reader: _Reader) -> list[str]:
    try:
        return next((cells for cells in reader if any(map(str.strip, cells))), [])
    except csv.Error as error:
        raise fault(reader.line_num, "This is no CSV: {reason}.", reason=str(error)) from None
