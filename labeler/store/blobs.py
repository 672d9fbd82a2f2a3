"""Files known by their content: originals, and previews made from them."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from labeler.core.errors import Unavailable

_CHUNK = 1 << 20
_AWAY = "The storage does not answer. Nothing was changed; try again in a few seconds."


class BlobFolder:
    """A folder of content-addressed files.

    A file becomes visible under its name only after its bytes and then the folder entry
    are on disk, so a row that names it can never dangle. Names are SHA-256, never a
    person's file name.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, sha256: str) -> Path:
        """Where an original lies, whether or not it is there."""
        return self.root / "originals" / sha256[:2] / sha256[2:4] / sha256

    def preview_path(self, sha256: str, variant: str) -> Path:
        """Where a preview of an original lies; `variant` like `1280` or `640-100-4000`."""
        return self.root / "previews" / sha256[:2] / sha256[2:4] / f"{sha256}-{variant}.jpg"

    def tone_path(self, sha256: str) -> Path:
        """Where it is written how the values of a 16-bit original are spread."""
        return self.root / "previews" / sha256[:2] / sha256[2:4] / f"{sha256}-tone.json"

    def tiles_path(self, sha256: str) -> Path:
        """Where the tiles of an original lie; they may be swept away and made again."""
        return self.root / "tiles" / sha256[:2] / f"{sha256}.tiles"

    @contextmanager
    def workspace(self) -> Iterator[Path]:
        """A private folder on the same disk, gone afterwards. Raises `Unavailable`."""
        folder = self.root / "incoming"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder) as name:
                yield Path(name)
        except OSError as error:
            raise Unavailable(_AWAY) from error

    def keep_original(self, file: Path, sha256: str) -> None:
        """Move a finished file to its place; a no-op when it is there already."""
        self._keep(file, self.path(sha256))

    def keep_preview(self, file: Path, sha256: str, variant: str) -> None:
        """Move a finished preview to its place."""
        self._keep(file, self.preview_path(sha256, variant))

    def keep_tone(self, file: Path, sha256: str) -> None:
        """Move a finished measurement to its place."""
        self._keep(file, self.tone_path(sha256))

    def keep_tiles(self, file: Path, sha256: str, most_bytes: int) -> None:
        """Move finished tiles to their place; sweep the longest unused beyond `most_bytes`.

        What was just made stays, however large it is.
        """
        target = self.tiles_path(sha256)
        self._keep(file, target)
        sweep(self.root / "tiles", most_bytes, spared=target)

    def _keep(self, file: Path, target: Path) -> None:
        try:
            if target.exists():
                file.unlink(missing_ok=True)
                return
            _make_folders(target.parent)
            with file.open("rb") as handle:
                os.fsync(handle.fileno())
            file.replace(target)
            sync_folder(target.parent)
        except OSError as error:
            raise Unavailable(_AWAY) from error


def sweep(folder: Path, most_bytes: int, *, spared: Path) -> None:
    """Delete the files below a folder that were longest unused, until the others fit."""
    found = []
    for path in folder.rglob("*"):
        with suppress(OSError):  # another process sweeps too
            if path.is_file():
                told = path.stat()
                found.append((told.st_mtime, told.st_size, path))
    total = sum(size for _used, size, _path in found)
    for _used, size, path in sorted(found):
        if total <= most_bytes:
            return
        if path != spared:
            with suppress(OSError):  # open in this moment on Windows: swept next time
                path.unlink()
                total -= size


def _make_folders(folder: Path) -> None:
    """Make the missing folders, each one's entry synced in the folder above it."""
    if folder.is_dir():
        return
    _make_folders(folder.parent)
    with suppress(FileExistsError):
        folder.mkdir()
        sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Put the names in a folder on the disk. Raises `OSError`."""
    descriptor = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sha256_of(stream: BinaryIO) -> str:
    """The SHA-256 (hex) of what is left in a stream."""
    digest = hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()
