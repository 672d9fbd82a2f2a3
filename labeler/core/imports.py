"""The manifest of an import: what is known of each file beforehand."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from enum import StrEnum

from labeler.core.errors import FieldError, InvalidInput
from labeler.core.instants import HOW, read_instant
from labeler.core.standard import Standard

_KNOWN = (
    "file", "lot", "unit", "line", "station", "captured_at", "golden", "reference", "priority",
)  # fmt: skip
_MAX_PRIORITY = 1_000


class ImportStatus(StrEnum):
    """What became of one file."""

    IMPORTED = "imported"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """One line of a manifest. `reference` {} means OK; None means not known."""

    file: str
    lot: str | None = None
    unit: str | None = None
    line: str | None = None
    station: str | None = None
    captured_at: datetime | None = None
    golden: str | None = None
    reference: Mapping[str, int | None] | None = None
    priority: int = 0
    context: Mapping[str, str] = field(default_factory=dict)


def check_header(names: Iterable[str]) -> None:
    """Raise `InvalidInput` that names the columns which stand twice in a manifest's header."""
    count = Counter(name.strip() for name in names)
    doubled = [name for name, times in count.items() if name and times > 1]
    if doubled:
        raise InvalidInput(
            "The manifest has faults; nothing was imported.",
            fields=[
                FieldError("line 1, " + name, "This column stands in the header twice.")
                for name in doubled
            ],
        )


def parse_manifest(
    rows: Iterable[Mapping[str | None, object]], standard: Standard, zone: tzinfo
) -> dict[str, ManifestRow]:
    """Read the rows of a manifest (header names to cells) by file.

    Columns beside the known ones are kept as context. Raises `InvalidInput` that lists
    the faults with their line (the header is line 1), at most 50 of them.
    """
    found: dict[str, ManifestRow] = {}
    faults: list[FieldError] = []
    for line, cells in enumerate(rows, start=2):
        try:
            row = _row(cells, standard, zone, line)
            if row.file in found:
                raise _fault(line, "file", "This file stands in an earlier line too.")
            found[row.file] = row
        except InvalidInput as error:
            faults += error.fields
            if len(faults) >= 50:
                break
    if faults:
        raise InvalidInput("The manifest has faults; nothing was imported.", fields=faults)
    return found


def _fault(place: int, column: str, message: str, /, **values: object) -> InvalidInput:
    return InvalidInput(
        "The manifest has faults.",
        fields=[FieldError.filled(f"line {place}, {column}", message, **values)],
    )


def _row(
    cells: Mapping[str | None, object], standard: Standard, zone: tzinfo, line: int
) -> ManifestRow:
    if None in cells:
        raise _fault(line, "line", "This line has more cells than the header.")
    text = {str(k).strip(): str(v or "").strip() for k, v in cells.items()}
    if not text.get("file"):
        raise _fault(line, "file", "Every line needs a file.")
    return ManifestRow(
        file=text["file"],
        lot=text.get("lot") or None,
        unit=text.get("unit") or None,
        line=text.get("line") or None,
        station=text.get("station") or None,
        captured_at=_time(text.get("captured_at", ""), zone, line),
        golden=text.get("golden") or None,
        reference=_reference(text.get("reference", ""), standard, line),
        priority=_priority(text.get("priority", ""), line),
        context={k: v for k, v in text.items() if k not in _KNOWN and v},
    )


def _time(raw: str, zone: tzinfo, line: int) -> datetime | None:
    """An ISO 8601 time; without a zone it is plant time."""
    if not raw:
        return None
    try:
        return read_instant(raw, zone)
    except ValueError:
        raise _fault(line, "captured_at", HOW) from None


def _priority(raw: str, line: int) -> int:
    if not raw:
        return 0
    if not raw.lstrip("-").isdecimal() or abs(int(raw)) > _MAX_PRIORITY:
        raise _fault(line, "priority", "Give a whole number from -1000 to 1000.")
    return int(raw)


def parse_reference(raw: str, standard: Standard) -> dict[str, int | None]:
    """Read `ok` or `scratch:2;bubble` against the standard. Raises `InvalidInput`.

    >>> from labeler.core.standard import parse_standard
    >>> book = parse_standard(
    ...     {"defect_types": [{"code": "bubble", "name": {"en": "Bubble"}}]}, version=1
    ... )
    >>> parse_reference("bubble", book), parse_reference("ok", book)
    ({'bubble': None}, {})
    """
    if raw.lower() == "ok":
        return {}
    labels: dict[str, int | None] = {}
    for part in raw.split(";"):
        code, _, level = part.strip().partition(":")
        entry = standard.find(code)
        if entry is None:
            raise InvalidInput("The standard has no defect type {code}.", code=code)
        if not entry.severity:
            if level:
                raise InvalidInput("{code} has no severity levels.", code=code)
            labels[code] = None
        elif level.isdecimal() and 1 <= int(level) <= len(entry.severity):
            labels[code] = int(level)
        else:
            raise InvalidInput(
                "Give {code} a severity from 1 to {most}, like {code}:1.",
                code=code,
                most=len(entry.severity),
            )
    return labels


def _reference(raw: str, standard: Standard, line: int) -> dict[str, int | None] | None:
    if not raw:
        return None
    try:
        return parse_reference(raw, standard)
    except InvalidInput as error:
        raise _fault(line, "reference", error.message, **error.values) from None
