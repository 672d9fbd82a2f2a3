"""Importing images: each file on its own, refused with a reason or kept for good."""

import csv
import io
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqlmodel import Session

from labeler.core.assignments import lane
from labeler.core.errors import InvalidInput, LabelerError
from labeler.core.imports import ImportStatus, ManifestRow, check_header, parse_manifest
from labeler.core.manifest_names import ManifestNames
from labeler.core.nul import check_file
from labeler.core.people import Principal
from labeler.core.terms import ImageState
from labeler.flows.scope import project_for, standard_of
from labeler.flows.site import Site
from labeler.store import audit, images, projects
from labeler.store.intake import IntakeCopy, IntakeFile, RefusedFile
from labeler.store.intake_names import plain_name
from labeler.store.tables import Image, Project

if TYPE_CHECKING:  # a server starts without what reads pictures
    from labeler.pixels.inspector import Inspection

PREVIEW_WIDTHS = (320, 1280)
_NOT_TAKEN = "Known already as {file}; what the manifest says differently was not taken: {columns}."
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of one file; `reason` is empty unless there is something to say of it.

    `reason` is a sentence whose places `values` fill, so that a door can translate it.
    """

    file: str
    status: ImportStatus
    image: str | None = None
    reason: str | None = None
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def explanation(self) -> str | None:
        """The reason in English."""
        return self.reason.format(**self.values) if self.reason and self.values else self.reason


def _rejected(name: str, refusal: LabelerError) -> FileResult:
    return FileResult(name, ImportStatus.REJECTED, reason=refusal.message, values=refusal.values)


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of every file, and which names of the manifest met one.

    `unmatched` are the files of rows, and golden parts, that no file of this import fits; a
    golden part that the project has already is not among them. Iterating gives the results.
    """

    results: tuple[FileResult, ...]
    matched: tuple[str, ...] = ()
    unmatched: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[FileResult]:
        return iter(self.results)


class _Manifest:
    """Finds what the manifest says of a file, and remembers which of its names met one."""

    def __init__(self, rows: Mapping[str, ManifestRow], files: Iterable[str] | None) -> None:
        goldens = (row.golden for row in rows.values() if row.golden)
        self._rows = rows
        self._row_names = _Finder(rows, files)
        self._golden_names = _Finder(dict.fromkeys(goldens), files)

    def row(self, file: str) -> ManifestRow | None:
        name = self._row_names.find(file)
        return self._rows[name] if name is not None else None

    def golden(self, file: str) -> str | None:
        """The golden name that means this file."""
        return self._golden_names.find(file)

    @property
    def matched(self) -> tuple[str, ...]:
        return tuple(self._row_names.met | self._golden_names.met)

    def unmatched(self) -> tuple[list[str], list[str]]:
        """(rows, golden parts) that met no file; a name is given once."""
        rows, goldens = self._row_names.missed(), self._golden_names.missed()
        return rows, [name for name in goldens if name not in self._rows]


class _Finder:
    """Names as the manifest writes them, found by files whose names are plain."""

    def __init__(self, names: Collection[str], files: Iterable[str] | None) -> None:
        self.met: dict[str, None] = {}
        self._names = names
        self._written: dict[str, list[str]] = {}
        for name in names:
            self._written.setdefault(plain_name(name), []).append(name)
        self._plain = ManifestNames(n for n, written in self._written.items() if len(written) == 1)
        self._pairs = None if files is None else self._plain.pair(map(plain_name, files))

    def find(self, file: str) -> str | None:
        plain = self._plain.alone(file) if self._pairs is None else self._pairs.get(file)
        if plain is None:
            return None
        [name] = self._written[plain]
        self.met[name] = None
        return name

    def missed(self) -> list[str]:
        return [name for name in self._names if name not in self.met]


def read_manifest(site: Site, who: Principal, code: str, text: str) -> dict[str, ManifestRow]:
    """Parse a manifest CSV for a project. Raises `InvalidInput` with line and column."""
    with site.database.read() as session:
        project = project_for(session, who, code)
        standard = standard_of(site, session, project.id, project.standard_version)
    check_file(text)
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        header = reader.fieldnames or ()
        check_header(header)
        if "file" not in header:
            raise InvalidInput("The manifest needs a header line with a column named file.")
        return parse_manifest(reader, standard, site.settings.zone)
    except csv.Error as error:
        raise InvalidInput(
            "The manifest is not readable as CSV near line {line}.", line=reader.line_num
        ) from error


def ingest(
    site: Site,
    who: Principal,
    code: str,
    files: Iterable[IntakeFile],
    *,
    manifest: Mapping[str, ManifestRow] | None = None,
    names: Iterable[str] | None = None,
    progress: Progress = lambda _name: None,
) -> ImportReport:
    """Import files into a project, one by one; a bad one never stops the rest.

    `names` are those of all `files`, where they can be known before; then a row may fit a file
    whose folders it leaves out (see `ManifestNames`). The same bytes again are a duplicate and
    cost only their reading. Golden parts are kept without being queued for review. Raises
    `NotFound`, `Unavailable`.
    """
    with site.database.read() as session:
        project = project_for(session, who, code)
    known = _Manifest(manifest or {}, names if manifest else None)
    results: list[FileResult] = []
    with site.blobs.workspace() as folder:
        for file in files:
            results.append(_one(site, who, project, file, known, folder))
            progress(file.name)
    return ImportReport(tuple(results), known.matched, _unmatched(site, project, known))


def _unmatched(site: Site, project: Project, known: _Manifest) -> tuple[str, ...]:
    rows, goldens = known.unmatched()
    with site.database.read() as session:
        away = [name for name in goldens if not images.has_golden(session, project.id, name)]
    return (*rows, *away)


def _one(
    site: Site,
    who: Principal,
    project: Project,
    file: IntakeFile,
    known: _Manifest,
    folder: Path,
) -> FileResult:
    row, golden = known.row(file.name), known.golden(file.name)
    try:
        copy = file.copy_into(folder)
    except RefusedFile as refusal:
        return _rejected(file.name, refusal)
    try:
        if row is None and golden is not None:
            _keep(site, copy, site.inspector.inspect(copy.path, folder, PREVIEW_WIDTHS), folder)
            _keep_golden(site, who, project, golden, copy.sha256)
            reason = "Kept as the picture of a good part."
            return FileResult(file.name, ImportStatus.IMPORTED, reason=reason)
        row = _own_golden(row or ManifestRow(file.name), golden, file.name)
        result = _judged(site, who, project, file.name, copy, row, folder)
    except InvalidInput as refusal:
        return _rejected(file.name, refusal)
    finally:
        with suppress(FileNotFoundError):
            copy.path.unlink()
    if golden is not None and golden != file.name:
        _keep_golden(site, who, project, golden, copy.sha256)
    return result


def _own_golden(row: ManifestRow, golden: str | None, file: str) -> ManifestRow:
    """A good part that is its own golden part, under whichever name, is named as it is stored."""
    return replace(row, golden=file) if golden is not None and row.golden == golden else row


def _judged(
    site: Site,
    who: Principal,
    project: Project,
    name: str,
    copy: IntakeCopy,
    row: ManifestRow,
    folder: Path,
) -> FileResult:
    with site.database.read() as session:
        same = images.by_content(session, project.id, copy.sha256)
        if same is not None:
            return _duplicate(session, name, same, row)
    facts = site.inspector.inspect(copy.path, folder, PREVIEW_WIDTHS)
    _keep(site, copy, facts, folder)
    return _add(site, who, project, name, copy, facts, row)


def _duplicate(session: Session, name: str, same: Image, row: ManifestRow) -> FileResult:
    columns = _differing(same, images.reference(session, same.id), row)
    if not columns:
        return FileResult(name, ImportStatus.DUPLICATE, same.id)
    return FileResult(
        name, ImportStatus.DUPLICATE, same.id,
        reason=_NOT_TAKEN,
        values={"file": same.file, "columns": ", ".join(columns)},
    )  # fmt: skip


def _differing(
    same: Image, reference: Mapping[str, int | None] | None, row: ManifestRow
) -> list[str]:
    """The columns that a row fills otherwise than the image has them; an empty cell says nothing.

    Of the priority the default 0 says nothing either.
    """
    pairs: dict[str, tuple[object, object]] = {
        "lot": (row.lot, same.lot), "unit": (row.unit, same.unit), "line": (row.line, same.line),
        "station": (row.station, same.station),
        "captured_at": (row.captured_at, same.captured_at),
        "golden": (row.golden, same.golden_file),
        "priority": (row.priority or None, same.priority),
        "reference": (None if row.reference is None else dict(row.reference), reference),
        **{name: (value, same.context.get(name)) for name, value in row.context.items()},
    }  # fmt: skip
    return [name for name, (said, kept) in pairs.items() if said is not None and said != kept]


def _keep(site: Site, copy: IntakeCopy, facts: "Inspection", folder: Path) -> None:
    if facts.tone is not None:
        file = folder / "tone.json"
        file.write_text(json.dumps(facts.tone.document()), encoding="utf-8")
        site.blobs.keep_tone(file, copy.sha256)
    for width, preview in facts.previews.items():
        site.blobs.keep_preview(preview, copy.sha256, str(width))
    site.blobs.keep_original(copy.path, copy.sha256)


def _add(
    site: Site,
    who: Principal,
    project: Project,
    name: str,
    copy: IntakeCopy,
    facts: "Inspection",
    row: ManifestRow,
) -> FileResult:
    def deed(session: Session) -> FileResult:
        same = images.by_content(session, project.id, copy.sha256)
        if same is not None:
            return _duplicate(session, name, same, row)
        number = projects.take_positions(session, project.id, 1)
        image = _image(site, project, name, copy, facts, row, number)
        images.add(session, image, gray=facts.thumbnail)
        if row.reference is not None:
            images.set_reference(session, image.id, dict(row.reference))
        audit.append(
            session, at=site.now(), actor=who.user_id, action="image.imported",
            subject=image.id, data={"sha256": copy.sha256, "file": name},
        )  # fmt: skip
        return FileResult(name, ImportStatus.IMPORTED, image.id)

    return site.database.write(deed)


def _image(
    site: Site,
    project: Project,
    name: str,
    copy: IntakeCopy,
    facts: "Inspection",
    row: ManifestRow,
    number: int,
) -> Image:
    return Image(
        id=site.new_id(), project_id=project.id, sha256=copy.sha256, file=name,
        format=facts.format, bytes=copy.size_bytes, width_px=facts.width_px,
        height_px=facts.height_px, bit_depth=facts.bit_depth, channels=facts.channels,
        upright=facts.upright, pixel_sha256=facts.pixel_sha256,
        perceptual_hash=facts.perceptual_hash, lot=row.lot, unit=row.unit, line=row.line,
        station=row.station, golden_file=row.golden,
        captured_at=row.captured_at, context=dict(row.context),
        priority=row.priority, number=number, lane=lane(row.priority, returned=False),
        position=number, free_places=project.overlap, state=ImageState.WAITING,
        imported_at=site.now(),
    )  # fmt: skip


def _keep_golden(site: Site, who: Principal, project: Project, file: str, sha256: str) -> None:
    """Remember the picture of a good part; images find it by its file name, whenever it came."""

    def deed(session: Session) -> None:
        if images.set_golden(session, project.id, file, sha256):
            audit.append(
                session, at=site.now(), actor=who.user_id, action="good_part.imported",
                subject=project.id, data={"file": file, "sha256": sha256},
            )  # fmt: skip

    site.database.write(deed)
