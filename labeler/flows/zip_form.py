"""The one form of a dataset's zip: its entries, then its directory, and not a byte more.

Entries are stored without compression, with a fixed time and fixed rights.
"""

import zipfile
from collections.abc import Iterator
from io import RawIOBase
from pathlib import Path
from typing import BinaryIO

_TIME = (1980, 1, 1, 0, 0, 0)
_FILE_MODE = 0o100644
_GROWS_TO = 1.05  # zipfile reserves room for 64-bit sizes where a file may grow by so much


def plain_entry(name: str, size_bytes: int) -> zipfile.ZipInfo:
    """The entry of a file, before its place and its checksum are known."""
    entry = zipfile.ZipInfo(name, _TIME)
    entry.create_system = 3  # Unix, whatever this runs on
    entry.external_attr = _FILE_MODE << 16
    entry.file_size = size_bytes
    return entry


def packing_faults(path: Path, archive: zipfile.ZipFile) -> Iterator[str]:
    """Hold every byte of a zip that is no file's content against the one form; the first fault.

    `archive` is the same zip, open for reading. Its contents are not looked at.
    """
    expected = _Entries(archive)
    with path.open("rb") as file:
        place = 0
        for entry in expected:
            header = _header(entry)
            file.seek(place)
            if file.read(len(header)) != header:
                yield f"{entry.filename}: its entry in the zip is not written the way it always is"
                return
            place += len(header) + entry.file_size
        rest = _Compared(file, place)
        with zipfile.ZipFile(rest, "w") as writer:
            writer.filelist = expected  # type: ignore[assignment]
        if rest.differs or file.seek(0, 2) != rest.tell():
            yield "the zip's directory is not written the way it always is, or more follows it"


class _Entries:
    """The entries as they should be, in the order in which the zip lists them."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._found = archive.infolist()

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[zipfile.ZipInfo]:
        place = 0
        for found in self._found:
            entry = plain_entry(found.filename, found.file_size)
            entry.compress_size, entry.CRC = found.file_size, found.CRC
            entry.header_offset = place
            place += len(_header(entry)) + entry.file_size
            yield entry


def _header(entry: zipfile.ZipInfo) -> bytes:
    """What stands before an entry's content; notes in the entry which version can read it."""
    return entry.FileHeader(entry.file_size * _GROWS_TO > zipfile.ZIP64_LIMIT)


class _Compared(RawIOBase):
    """Takes what would be written from a place on, and notes whether it stands there."""

    def __init__(self, file: BinaryIO, place: int) -> None:
        self._file, self._place = file, place
        self.differs = False

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, place: int, whence: int = 0) -> int:
        if whence or place != self._place:
            raise OSError("only what follows can be compared")
        return place

    def write(self, piece: bytes) -> int:  # type: ignore[override]
        self._file.seek(self._place)
        self.differs |= self._file.read(len(piece)) != piece
        self._place += len(piece)
        return len(piece)
