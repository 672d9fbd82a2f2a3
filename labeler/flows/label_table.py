"""Reading the CSV that brings labels: rows with their line, and every fault with its place."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TypeVar

from sqlmodel import Session

from labeler.core.errors import FieldError, InvalidInput
from labeler.core.nul import check_file
from labeler.flows.site import Site
from labeler.store import images

_MOST_FAULTS = 50
# So many rows go into one deed: enough to share its commit, few enough not to hold others up.
_BATCH = 200
T = TypeVar("T")
_PAGE = 2_000
# One cell may hold the run lengths of a mask; the csv module's own limit is 131,072.
_LARGEST_CELL = 1 << 26


@dataclass(slots=True)
class Faults:
    """What is wrong with a file, so that it can be mended in one go."""

    found: list[FieldError] = field(default_factory=list)

    def note(self, line: int, column: str, message: str) -> None:
        """Remember one fault. Raises all of them when there are very many."""
        self.found.append(FieldError(f"line {line}, {column}", message))
        if len(self.found) >= _MOST_FAULTS:
            self.check()

    def check(self) -> None:
        """Raise `InvalidInput` with every fault, if there is one."""
        if self.found:
            raise InvalidInput("The labels have faults; nothing was imported.", fields=self.found)


@dataclass(frozen=True, slots=True)
class LabelLine:
    """One line; an empty cell is an empty text, a column that is missing as well."""

    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        """The text of a cell, without spaces around it."""
        return self.cells.get(column, "")


@dataclass(frozen=True, slots=True)
class KnownImage:
    """An image that a line can name."""

    id: str
    sha256: str
    file: str
    width_px: int
    height_px: int


class ImageNames:
    """The images of a project by SHA-256, by file name, by its last part where unique."""

    def __init__(self, session: Session, project_id: str) -> None:
        self._by_sha256: dict[str, KnownImage] = {}
        self._by_name: dict[str, list[KnownImage]] = {}
        self._by_last_part: dict[str, list[KnownImage]] = {}
        for image in _all(session, project_id):
            self._by_sha256[image.sha256] = image
            self._by_name.setdefault(image.file, []).append(image)
            last = PurePosixPath(image.file).name
            self._by_last_part.setdefault(last, []).append(image)

    def of(self, line: LabelLine, faults: Faults) -> KnownImage | None:
        """The image that a line names; None and a fault when there is not exactly one."""
        if line["image"]:
            known = self._by_sha256.get(line["image"].lower())
            if known is None:
                faults.note(line.line, "image", "The project has no image with this SHA-256.")
            return known
        if not line["file"]:
            faults.note(line.line, "file", "Name the file, or give the image's SHA-256.")
            return None
        last = PurePosixPath(line["file"]).name
        found = self._by_name.get(line["file"]) or self._by_last_part.get(last, [])
        if len(found) == 1:
            return found[0]
        faults.note(
            line.line, "file",
            "The project has several images of this name: give the SHA-256 in the column image."
            if found else "The project has no image of this name: import the images first.",
        )  # fmt: skip
        return None


def _all(session: Session, project_id: str) -> Iterator[KnownImage]:
    after = -1
    while rows := images.page(session, project_id, after=after, limit=_PAGE):
        after = rows[-1].number
        for row in rows:
            yield KnownImage(row.id, row.sha256, row.file, row.width_px, row.height_px)
        session.expunge_all()


@dataclass(frozen=True, slots=True)
class LabelTable:
    """The lines of a file, and the names of the columns that nothing is read from."""

    lines: Sequence[LabelLine]
    unused: tuple[str, ...]


def read_table(
    text: str, *, needed: Sequence[str], optional: Sequence[str] = (), strict: bool = True
) -> LabelTable:
    """Read a CSV; `file` or `image` is needed in any case.

    Raises `InvalidInput` for a column that is missing or there twice (with `strict` also
    for one that is unknown), for a line that does not fit the header, for a file that is
    no CSV.
    """
    known = (*needed, *optional, "file", "image")
    csv.field_size_limit(max(csv.field_size_limit(), _LARGEST_CELL))
    check_file(text)
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    faults = Faults()
    lines: list[LabelLine] = []
    try:
        names = [name.strip() for name in next(reader, [])]
        _check_header(names, needed, known if strict else (*known, *names))
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if len(row) != len(names):
                message = f"There are {len(row)} cells here, {len(names)} in the header."
                faults.note(reader.line_num, "line", message)
                continue
            cells = {name: cell.strip() for name, cell in zip(names, row, strict=True)}
            lines.append(LabelLine(reader.line_num, cells))
    except csv.Error as error:
        raise InvalidInput(
            "The file is not readable as CSV near line {line}.", line=reader.line_num
        ) from error
    faults.check()
    return LabelTable(lines, tuple(name for name in names if name not in known))


def _check_header(names: Sequence[str], needed: Sequence[str], known: Sequence[str]) -> None:
    faults = Faults()
    for name in needed:
        if name not in names:
            faults.note(1, name, "This column is missing.")
    if "file" not in names and "image" not in names:
        faults.note(1, "file", "One of the columns file and image is needed.")
    for name in dict.fromkeys(names):
        if name not in known:
            faults.note(
                1,
                name or "(empty)",
                f"Unknown column. Known are {', '.join(dict.fromkeys(known))}.",
            )
        elif names.count(name) > 1:
            faults.note(1, name, "This column stands there twice.")
    faults.check()


def read_severity(line: LabelLine, faults: Faults) -> int | None:
    """A whole number, or None where the cell is empty."""
    raw = line["severity"]
    if not raw:
        return None
    if not raw.isdecimal() or len(raw) > 3:
        faults.note(line.line, "severity", "Give a whole number from 1, or leave it empty.")
        return None
    return int(raw)


def read_regions(line: LabelLine, faults: Faults) -> list[object]:
    """The regions as they travel; an empty cell has none."""
    if not line["regions"]:
        return []
    try:
        found = json.loads(line["regions"])
    except ValueError:
        found = None
    if not isinstance(found, list):
        faults.note(line.line, "regions", "Give a JSON list of regions, or leave it empty.")
        return []
    return found


def project_images(site: Site, project_id: str) -> ImageNames:
    """The images of a project, ready to be named by lines."""
    with site.database.read() as session:
        return ImageNames(session, project_id)


def batches(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """The rows in pieces, each for one deed."""
    for start in range(0, len(rows), _BATCH):
        yield rows[start : start + _BATCH]
