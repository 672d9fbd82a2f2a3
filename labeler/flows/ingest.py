"""Importing images: each file on its own, refused with a reason or kept for good."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, TypeVar

from sqlmodel import Session

from labeler.core.assignments import lane
from labeler.core.errors import InvalidInput, LabelerError
from labeler.core.imports import ImportStatus, ManifestRow, parse_manifest
from labeler.core.people import Principal
from labeler.core.terms import ImageState
from labeler.flows.scope import project_for, standard_of
from labeler.flows.site import Site
from labeler.store import audit, images, projects
from labeler.store.intake import IntakeCopy, IntakeFile, RefusedFile
from labeler.store.tables import Image, Project

if TYPE_CHECKING:  # a server starts without what reads pictures
    from labeler.pixels.inspector import Inspection

PREVIEW_WIDTHS = (320, 1280)
T = TypeVar("T")
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of one file; `reason` is empty unless it was refused or is a golden part.

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


class _Manifest:
    """Finds a file's row by its whole name, or by its last part where that is unique."""

    def __init__(self, rows: Mapping[str, ManifestRow]) -> None:
        self.rows = rows
        self._last = _by_last_part(rows)
        goldens = {row.golden: row.golden for row in rows.values() if row.golden}
        self._goldens = goldens
        self._last_golden = _by_last_part(goldens)

    def row(self, name: str) -> ManifestRow | None:
        known = self.rows.get(name) or self._last.get(PurePosixPath(name).name)
        return known if isinstance(known, ManifestRow) else None

    def golden(self, name: str) -> str | None:
        """The golden name of a file that is a good part and not itself to be judged."""
        return self._goldens.get(name) or self._last_golden.get(PurePosixPath(name).name)


def _by_last_part(named: Mapping[str, T]) -> dict[str, T | None]:
    found: dict[str, T | None] = {}
    for name, value in named.items():
        last = PurePosixPath(name).name
        found[last] = None if last in found else value
    return found


def read_manifest(site: Site, who: Principal, code: str, text: str) -> dict[str, ManifestRow]:
    """Parse a manifest CSV for a project. Raises `InvalidInput` with line and column."""
    with site.database.read() as session:
        project = project_for(session, who, code)
        standard = standard_of(site, session, project.id, project.standard_version)
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        if "file" not in (reader.fieldnames or ()):
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
    progress: Progress = lambda _name: None,
) -> list[FileResult]:
    """Import files into a project, one by one; a bad one never stops the rest.

    The same bytes again are a duplicate and cost only their reading. Golden parts are
    kept without being queued for review. Raises `NotFound`, `Unavailable`.
    """
    with site.database.read() as session:
        project = project_for(session, who, code)
    known = _Manifest(manifest or {})
    results: list[FileResult] = []
    with site.blobs.workspace() as folder:
        for file in files:
            results.append(_one(site, who, project, file, known, folder))
            progress(file.name)
    return results


def _one(
    site: Site,
    who: Principal,
    project: Project,
    file: IntakeFile,
    known: _Manifest,
    folder: Path,
) -> FileResult:
    row = known.row(file.name)
    name = row.file if row else file.name
    try:
        copy = file.copy_into(folder)
    except RefusedFile as refusal:
        return _rejected(name, refusal)
    try:
        golden = known.golden(file.name) if row is None else None
        if golden is None:
            with site.database.read() as session:
                same = images.by_content(session, project.id, copy.sha256)
            if same is not None:
                return FileResult(name, ImportStatus.DUPLICATE, same.id)
        facts = site.inspector.inspect(copy.path, folder, PREVIEW_WIDTHS)
        _keep(site, copy, facts, folder)
        if golden is not None:
            _keep_golden(site, project, golden, copy.sha256)
            return FileResult(
                name, ImportStatus.IMPORTED, reason="Kept as the picture of a good part."
            )
        return _add(site, who, project, name, copy, facts, row or ManifestRow(name))
    except InvalidInput as refusal:
        return _rejected(name, refusal)
    finally:
        with suppress(FileNotFoundError):
            copy.path.unlink()


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
            return FileResult(name, ImportStatus.DUPLICATE, same.id)
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


def _keep_golden(site: Site, project: Project, file: str, sha256: str) -> None:
    """Remember the picture of a good part; images find it by its file name, whenever it came."""
    site.database.write(lambda session: images.set_golden(session, project.id, file, sha256))
