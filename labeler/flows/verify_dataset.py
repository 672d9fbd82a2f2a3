"""Verify a data set, folder or zip: read everything again and name every fault.

Every document is read line by line and side by side with the manifest, so that a large data
set takes no more memory than a small one.
"""

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from io import BufferedReader
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from labeler.core.datasets.canonical import Entries, Written, compact, entries, items
from labeler.core.datasets.checks import check_csv, check_manifest
from labeler.core.datasets.coco_checks import check_coco
from labeler.core.datasets.datasheet import datasheet
from labeler.core.datasets.manifest import digest
from labeler.core.datasets.recipe import Split
from labeler.core.errors import CheckFailed, NotFound
from labeler.flows.dataset_receipt import ReceiptCheck, check_receipt
from labeler.flows.zip_form import packing_faults
from labeler.store.keys import SigningKey

_PIECE = 1 << 20
_MAX_DOCUMENT_BYTES = 1 << 32
_MAX_LINE_BYTES = 1 << 26
_MAX_FAULTS_SHOWN = 20
_MAY_BE_EMPTY = {f"images/{split.value}" for split in Split}
_UNREADABLE = (
    KeyError, TypeError, ValueError, AttributeError, IndexError,
    OSError, EOFError, zipfile.BadZipFile,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """A data set that holds: its project, how many files, images per split, and its receipt."""

    project: str
    files: int
    images: Mapping[str, int]
    counts: Mapping[str, Any]
    gate_passed: bool
    receipt: ReceiptCheck = ReceiptCheck.NONE


class DatasetFaults(CheckFailed):
    """The data set does not hold; `faults` lists everything found."""

    def __init__(self, faults: list[str]) -> None:
        shown = "; ".join(faults[:_MAX_FAULTS_SHOWN])
        super().__init__(
            "The data set has {count} faults: {faults}", count=len(faults), faults=shown
        )
        self.faults = tuple(faults)

    def __reduce__(self) -> tuple[type["DatasetFaults"], tuple[list[str]]]:
        return DatasetFaults, (list(self.faults),)  # it may come from another process


class _Container(Protocol):
    """Files by their path below the root."""

    faults: list[str]

    def paths(self) -> Iterator[str]: ...

    def __contains__(self, path: str) -> bool: ...

    def open(self, path: str) -> BinaryIO: ...


class _Folder:
    def __init__(self, root: Path) -> None:
        self._root = root
        self.faults = [f"{path}: is a link" for path in root.rglob("*") if path.is_symlink()]

    def paths(self) -> Iterator[str]:
        for path in self._root.rglob("*"):
            name = path.relative_to(self._root).as_posix()
            if not path.is_dir():
                yield name
            elif name not in _MAY_BE_EMPTY and not any(path.iterdir()):
                yield f"{name}/"

    def __contains__(self, path: str) -> bool:
        if not set(path.split("/")).isdisjoint(("", ".", "..")):
            return False  # outside the folder, or another name for a file in it
        return (self._root / path).is_file()

    def open(self, path: str) -> BinaryIO:
        return (self._root / path).open("rb")


class _Zip:
    """A zip read in place; entries are streamed and counted, nothing is extracted."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.faults: list[str] = []
        roots = {entry.filename.split("/", 1)[0] for entry in archive.infolist()}
        self._root = min(roots, default="")
        if len(roots) > 1:
            self.faults.append("the zip has more than one root folder")
        for entry in archive.infolist():
            self._check(entry)

    def _check(self, entry: zipfile.ZipInfo) -> None:
        name = entry.filename
        if name.startswith("/") or ".." in name.split("/") or "\\" in name:
            self.faults.append(f"{entry.filename}: leaves the root")
        if self._archive.getinfo(entry.filename) is not entry:
            self.faults.append(f"{entry.filename}: is in the zip twice")

    def paths(self) -> Iterator[str]:
        for entry in self._archive.infolist():
            yield entry.filename.partition("/")[2]

    def __contains__(self, path: str) -> bool:
        return f"{self._root}/{path}" in self._archive.NameToInfo

    def open(self, path: str) -> BinaryIO:
        return self._archive.open(f"{self._root}/{path}")  # type: ignore[return-value]


def verify(path: Path, key: SigningKey | None = None) -> VerifyReport:
    """Check hashes, sizes, counts, the leak proof, each format's schema, and that nothing is extra.

    `path` is a zip, the folder with `manifest.json`, or the folder an export was written to.
    A `receipt.json` beside it must fit it, and be signed with `key` where that is given.
    Raises `DatasetFaults` (a `CheckFailed`) that lists the faults, `NotFound` without a data
    set there.
    """
    if path.is_dir():
        root = _root_of(path)
        return _verify(_Folder(root), root, key)
    if not path.is_file():
        raise NotFound("There is nothing at {path}.", path=str(path))
    try:
        with zipfile.ZipFile(path) as archive:
            container = _Zip(archive)
            container.faults += packing_faults(path, archive)
            return _verify(container, path, key)
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as problem:
        raise DatasetFaults([f"{path.name}: is no readable zip: {problem}"]) from problem


def _root_of(folder: Path) -> Path:
    if (folder / "manifest.json").is_file():
        return folder
    inside = [child for child in sorted(folder.iterdir()) if (child / "manifest.json").is_file()]
    if len(inside) != 1:
        raise NotFound("There is no manifest.json in {path}.", path=str(folder))
    return inside[0]


def _verify(container: _Container, place: Path, key: SigningKey | None) -> VerifyReport:
    faults = list(container.faults)
    manifest = _manifest(container, faults)
    faults += _guarded("manifest.json", lambda: check_manifest(manifest))
    faults += _guarded("manifest.json", lambda: _check_digest(container, manifest))
    faults += _guarded("manifest.json", lambda: _check_files(container, manifest))
    faults += _guarded("manifest.json", lambda: _check_documents(container, manifest))
    receipt, wrong = check_receipt(place, str(manifest.get("project")), _sha256(container), key)
    if faults := faults + wrong:
        raise DatasetFaults(faults)
    counts = manifest["counts"]
    return VerifyReport(
        project=manifest["project"],
        files=sum(split["images"] for kind in counts.values() for split in kind.values()),
        images={split.value: counts["real"][split.value]["images"] for split in Split},
        counts=counts,
        gate_passed=bool(manifest["gate"]["passed"]),
        receipt=receipt,
    )


def _sha256(container: _Container) -> str:
    with container.open("manifest.json") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


def _guarded(name: str, check: Callable[[], Iterator[str]]) -> list[str]:
    """A document of the wrong shape, or one that cannot be read, is a fault, not a crash."""
    try:
        return list(check())
    except _UNREADABLE as problem:
        return [f"{name}: has not the shape it should have: {type(problem).__name__} {problem}"]


def _manifest(container: _Container, faults: list[str]) -> Mapping[str, Any]:
    """The manifest; its files are read anew, one by one, by whoever looks at them."""
    read = partial(_lines, container, "manifest.json")
    manifest: dict[str, Any] = {}
    try:
        for key, place, written in items(read()):
            value = json.loads(written)
            if compact(value) != written:
                raise ValueError(f"{key!r} is written another way")
            if place is None:
                manifest[key] = value
            elif key == "files":
                manifest[key] = Entries(lambda: entries(read(), "files"))
            else:
                manifest.setdefault(key, []).append(value)
    except _UNREADABLE as problem:
        fault = f"manifest.json: is not written the way it always is: {problem}"
        raise DatasetFaults([*faults, fault]) from problem
    return manifest


def _check_digest(container: _Container, manifest: Mapping[str, Any]) -> Iterator[str]:
    def files() -> Iterator[Written]:
        for key, place, written in items(_lines(container, "manifest.json")):
            if key == "files" and place is not None:
                yield Written(written)

    if manifest["digest"] != digest({**manifest, "files": Entries(files)}):
        yield "manifest.json: its digest does not fit its content"


def _lines(container: _Container, path: str) -> Iterator[str]:
    left = _MAX_DOCUMENT_BYTES
    with BufferedReader(container.open(path)) as file:  # type: ignore[type-var]
        while line := file.readline(_MAX_LINE_BYTES):
            left -= len(line)
            if left < 0 or len(line) == _MAX_LINE_BYTES:
                raise ValueError(f"{path} is too large")
            yield line.decode()


def _check_files(container: _Container, manifest: Mapping[str, Any]) -> Iterator[str]:
    there = 1  # the manifest
    for one in chain(manifest["files"], manifest["documents"]):
        if one["path"] in container:
            there += 1
            yield from _check_bytes(container, one["path"], one)
        else:
            yield f"{one['path']}: is missing"
    if there != sum(1 for _ in container.paths()):
        listed = {one["path"] for one in chain(manifest["files"], manifest["documents"])}
        for path in sorted(set(container.paths()) - listed - {"manifest.json"}):
            yield f"{path}: is not in the manifest"


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
    expected = ["DATASHEET.md"]
    if "coco" in manifest["recipe"]["formats"]:
        names = sorted(split.value for split in Split)
        expected += [f"annotations/coco/instances_{name}.json" for name in names]
    if "csv" in manifest["recipe"]["formats"]:
        expected.append("annotations/labels.csv")
    if [one["path"] for one in manifest["documents"]] != expected:
        yield "manifest.json: its documents are not those of the recipe"
    for path in expected:
        if path in container:
            yield from _guarded(path, partial(_check_one, container, path, manifest))


def _check_one(container: _Container, path: str, manifest: Mapping[str, Any]) -> Iterator[str]:
    if path == "DATASHEET.md":
        if "".join(_lines(container, path)) != datasheet(manifest):
            yield "DATASHEET.md: does not say what the manifest says"
    elif path.endswith(".csv"):
        yield from check_csv(_lines(container, path), manifest)
    else:
        split = Split(path.removesuffix(".json").rsplit("_", 1)[-1])
        for fault in check_coco(partial(_lines, container, path), split, manifest):
            yield f"{path}: {fault}"
