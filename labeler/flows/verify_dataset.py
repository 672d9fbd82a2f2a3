"""Verify a data set, folder or zip: read everything again and name every fault."""

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Protocol

from labeler.core.datasets.canonical import text as canonical_text
from labeler.core.datasets.checks import check_coco, check_csv, check_manifest
from labeler.core.datasets.datasheet import datasheet
from labeler.core.datasets.recipe import Split
from labeler.core.errors import CheckFailed, NotFound

_PIECE = 1 << 20
_MAX_DOCUMENT_BYTES = 1 << 30
_MAX_FAULTS_SHOWN = 20
_UNREADABLE = (
    KeyError, TypeError, ValueError, AttributeError, IndexError,
    OSError, EOFError, zipfile.BadZipFile,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """A data set that holds: its project, how many files, and images per split."""

    project: str
    files: int
    images: Mapping[str, int]
    counts: Mapping[str, Any]
    gate_passed: bool


class DatasetFaults(CheckFailed):
    """The data set does not hold; `faults` lists everything found."""

    def __init__(self, faults: list[str]) -> None:
        shown = "; ".join(faults[:_MAX_FAULTS_SHOWN])
        super().__init__(
            "The data set has {count} faults: {faults}", count=len(faults), faults=shown
        )
        self.faults = tuple(faults)


class _Container(Protocol):
    """Files by their path below the root."""

    faults: list[str]

    def paths(self) -> list[str]: ...

    def open(self, path: str) -> BinaryIO: ...


class _Folder:
    def __init__(self, root: Path) -> None:
        self._root = root
        self.faults = [f"{path}: is a link" for path in root.rglob("*") if path.is_symlink()]

    def paths(self) -> list[str]:
        return [
            path.relative_to(self._root).as_posix()
            for path in sorted(self._root.rglob("*"))
            if not path.is_dir()
        ]

    def open(self, path: str) -> BinaryIO:
        return (self._root / path).open("rb")


class _Zip:
    """A zip read in place; entries are streamed and counted, nothing is extracted."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.faults: list[str] = []
        self._entries: dict[str, zipfile.ZipInfo] = {}
        roots = {entry.filename.split("/", 1)[0] for entry in archive.infolist()}
        self._root = min(roots, default="")
        if len(roots) > 1:
            self.faults.append("the zip has more than one root folder")
        for entry in archive.infolist():
            self._add(entry)

    def _add(self, entry: zipfile.ZipInfo) -> None:
        path = PurePosixPath(entry.filename)
        below = entry.filename.partition("/")[2]
        if entry.is_dir():
            return
        if path.is_absolute() or ".." in path.parts or "\\" in entry.filename:
            self.faults.append(f"{entry.filename}: leaves the root")
        elif below in self._entries:
            self.faults.append(f"{below}: is in the zip twice")
        self._entries[below] = entry

    def paths(self) -> list[str]:
        return sorted(self._entries)

    def open(self, path: str) -> BinaryIO:
        return self._archive.open(self._entries[path])  # type: ignore[return-value]


def verify(path: Path) -> VerifyReport:
    """Check hashes, sizes, counts, the leak proof, each format's schema, and that nothing is extra.

    `path` is a zip, the folder with `manifest.json`, or the folder an export was written to.
    Raises `DatasetFaults` (a `CheckFailed`) that lists the faults, `NotFound` without a data
    set there.
    """
    if path.is_dir():
        return _verify(_Folder(_root_of(path)))
    if not path.is_file():
        raise NotFound("There is nothing at {path}.", path=str(path))
    try:
        with zipfile.ZipFile(path) as archive:
            return _verify(_Zip(archive))
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as problem:
        raise DatasetFaults([f"{path.name}: is no readable zip: {problem}"]) from problem


def _root_of(folder: Path) -> Path:
    if (folder / "manifest.json").is_file():
        return folder
    inside = [child for child in sorted(folder.iterdir()) if (child / "manifest.json").is_file()]
    if len(inside) != 1:
        raise NotFound("There is no manifest.json in {path}.", path=str(folder))
    return inside[0]


def _verify(container: _Container) -> VerifyReport:
    faults = list(container.faults)
    manifest = _manifest(container, faults)
    faults += _guarded("manifest.json", lambda: check_manifest(manifest))
    faults += _guarded("manifest.json", lambda: _check_files(container, manifest))
    faults += _guarded("manifest.json", lambda: _check_documents(container, manifest))
    if faults:
        raise DatasetFaults(faults)
    images = {split.value: manifest["counts"]["real"][split.value]["images"] for split in Split}
    return VerifyReport(
        project=manifest["project"],
        files=len(manifest["files"]),
        images=images,
        counts=manifest["counts"],
        gate_passed=bool(manifest["gate"]["passed"]),
    )


def _guarded(name: str, check: Callable[[], Iterator[str]]) -> list[str]:
    """A document of the wrong shape, or one that cannot be read, is a fault, not a crash."""
    try:
        return list(check())
    except _UNREADABLE as problem:
        return [f"{name}: has not the shape it should have: {type(problem).__name__} {problem}"]


def _manifest(container: _Container, faults: list[str]) -> Mapping[str, Any]:
    try:
        text = _text(container, "manifest.json")
        manifest = json.loads(text)
        if canonical_text(manifest) != text:
            faults.append("manifest.json: is not written the way it always is")
    except _UNREADABLE as problem:
        raise DatasetFaults([*faults, f"manifest.json: cannot be read: {problem}"]) from problem
    return manifest  # type: ignore[no-any-return]


def _text(container: _Container, path: str) -> str:
    with container.open(path) as file:
        data = file.read(_MAX_DOCUMENT_BYTES + 1)
    if len(data) > _MAX_DOCUMENT_BYTES:
        raise ValueError(f"{path} is too large")
    return data.decode()


def _check_files(container: _Container, manifest: Mapping[str, Any]) -> Iterator[str]:
    listed = {one["path"]: one for one in [*manifest["files"], *manifest["documents"]]}
    there = set(container.paths())
    for path in sorted(there - set(listed) - {"manifest.json"}):
        yield f"{path}: is not in the manifest"
    for path in sorted(set(listed) - there):
        yield f"{path}: is missing"
    for path in sorted(set(listed) & there):
        yield from _check_bytes(container, path, listed[path])


def _check_bytes(container: _Container, path: str, wanted: Mapping[str, Any]) -> Iterator[str]:
    found, size = hashlib.sha256(), 0
    try:
        with container.open(path) as file:
            # Stops at the promised size: a bomb costs no more than it claims to.
            while size <= wanted["bytes"] and (piece := file.read(_PIECE)):
                found.update(piece)
                size += len(piece)
    except (OSError, EOFError, zipfile.BadZipFile) as problem:
        yield f"{path}: cannot be read: {problem}"
        return
    if size != wanted["bytes"] or found.hexdigest() != wanted["sha256"]:
        yield f"{path}: is not the file that was written"


def _check_documents(container: _Container, manifest: Mapping[str, Any]) -> Iterator[str]:
    listed = {one["path"] for one in manifest["documents"]}
    expected = {"DATASHEET.md"}
    if "csv" in manifest["recipe"]["formats"]:
        expected.add("annotations/labels.csv")
    if "coco" in manifest["recipe"]["formats"]:
        expected |= {f"annotations/coco/instances_{split.value}.json" for split in Split}
    if listed != expected:
        yield "manifest.json: its documents are not those of the recipe"
    for path in sorted(listed & expected & set(container.paths())):
        yield from _guarded(path, partial(_check_one, container, path, manifest))


def _check_one(container: _Container, path: str, manifest: Mapping[str, Any]) -> Iterator[str]:
    text = _text(container, path)
    if path == "DATASHEET.md":
        if text != datasheet(manifest):
            yield "DATASHEET.md: does not say what the manifest says"
    elif path.endswith(".csv"):
        yield from check_csv(text, manifest)
    else:
        split = Split(path.removesuffix(".json").rsplit("_", 1)[-1])
        yield from check_coco(json.loads(text), split, manifest)
