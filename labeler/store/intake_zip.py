"""Zip archives on their way in: streamed entry by entry, counted while unpacking."""

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from labeler.store.intake_file import IntakeFile, bounded, refused
from labeler.store.intake_limits import IntakeLimits, IntakeRefusal, RefusedFile
from labeler.store.intake_names import entry_name, is_hidden, plain_name

ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")

_ENCRYPTED_FLAG = 0x1
# bzip2 and LZMA give what they like per call and reserve what the file asks for.
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_FAULTS = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError,
    NotImplementedError, OverflowError,
)  # fmt: skip

_END, _END_64, _LOCATOR_64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_LONGEST_END = 22 + 65_535
_BYTES_PER_ENTRY = 256


@dataclass(slots=True)
class _Unpacked:
    """What one archive has given so far; mutable, since entries are read one after another."""

    archive_bytes: int
    limits: IntakeLimits
    total: int = 0
    exhausted: RefusedFile | None = None

    def add(self, size: int) -> None:
        """Count, and raise `RefusedFile` once the archive as a whole has given too much."""
        self.total += size
        most = self.limits.max_total_bytes
        if self.total > most:
            self.exhausted = RefusedFile(IntakeRefusal.ARCHIVE_TOO_LARGE, most=most)
        elif _too_well(
            self.total, self.archive_bytes, 4 * self.limits.ratio_free_bytes, self.limits
        ):
            self.exhausted = _bomb(self.limits)
        if self.exhausted is not None:
            raise self.exhausted


def zip_files(
    archive: BinaryIO, name: str, limits: IntakeLimits, *, prefix: str = ""
) -> Iterator[IntakeFile]:
    """Give the files of a seekable archive in its own order; hidden ones are passed over.

    A broken archive gives one refused file that carries `name`. Entries are called
    `prefix` + their own name.
    """
    try:
        size = archive.seek(0, 2)
        if _directory_bytes(archive, size) > limits.max_entries * _BYTES_PER_ENTRY:
            yield refused(name, IntakeRefusal.TOO_MANY_ENTRIES, most=limits.max_entries)
            return
        opened = zipfile.ZipFile(archive)
    except _FAULTS:
        yield refused(name, IntakeRefusal.BROKEN_ZIP)
        return
    with opened:
        yield from _entries(opened, name, prefix, _Unpacked(size, limits))


def _entries(
    opened: zipfile.ZipFile, name: str, prefix: str, unpacked: _Unpacked
) -> Iterator[IntakeFile]:
    limits = unpacked.limits
    # Not `is_dir`, which fails on an empty name.
    entries = [entry for entry in opened.infolist() if not entry.filename.endswith("/")]
    if len(entries) > limits.max_entries:
        yield refused(name, IntakeRefusal.TOO_MANY_ENTRIES, most=limits.max_entries)
        return
    for entry in entries:
        shown = plain_name(prefix + plain_name(entry_name(entry)))
        if is_hidden(plain_name(entry_name(entry))):
            continue
        yield _file(opened, entry, shown, unpacked)
        if unpacked.exhausted is not None:
            yield IntakeFile(name, unpacked.exhausted)
            return


def _file(
    opened: zipfile.ZipFile, entry: zipfile.ZipInfo, shown: str, unpacked: _Unpacked
) -> IntakeFile:
    reason = _unacceptable(entry)
    if reason is not None:
        return refused(shown, reason)
    most = unpacked.limits.max_file_bytes
    if entry.file_size > most:
        return refused(shown, IntakeRefusal.FILE_TOO_LARGE, most=most)
    return IntakeFile(shown, None, lambda: _unpack(opened, entry, unpacked))


def _unacceptable(entry: zipfile.ZipInfo) -> IntakeRefusal | None:
    if entry.flag_bits & _ENCRYPTED_FLAG:
        return IntakeRefusal.ENCRYPTED
    if stat.S_ISLNK(entry.external_attr >> 16):
        return IntakeRefusal.LINK
    if entry.filename.lower().endswith(".zip"):
        return IntakeRefusal.NESTED_ZIP
    return None if entry.compress_type in _METHODS else IntakeRefusal.PACKING


def _unpack(
    opened: zipfile.ZipFile, entry: zipfile.ZipInfo, unpacked: _Unpacked
) -> Iterator[bytes]:
    limits = unpacked.limits
    size = 0
    try:
        with opened.open(entry) as stream:
            for chunk in bounded(stream, limits):  # type: ignore[arg-type]
                if size == 0 and chunk.startswith(ZIP_STARTS):
                    raise RefusedFile(IntakeRefusal.NESTED_ZIP)
                size += len(chunk)
                if _too_well(size, entry.compress_size, limits.ratio_free_bytes, limits):
                    raise _bomb(limits)
                unpacked.add(len(chunk))
                yield chunk
    except _FAULTS as problem:
        raise RefusedFile(IntakeRefusal.BROKEN_ENTRY) from problem


def _too_well(size: int, packed: int, free: int, limits: IntakeLimits) -> bool:
    return size > free and size > packed * limits.max_ratio


def _bomb(limits: IntakeLimits) -> RefusedFile:
    return RefusedFile(IntakeRefusal.PACKED_TOO_WELL, most=limits.max_ratio)


def _directory_bytes(archive: BinaryIO, size: int) -> int:
    """Read how long the archive says its list of entries is, before `ZipFile` reads it whole.

    Both the 32-bit and the 64-bit record are believed, whichever claims more. 0 without a
    record: `ZipFile` will find that out itself. Layout: PKWARE APPNOTE 4.3.14 to 4.3.16.
    """
    start = max(0, size - _LONGEST_END)
    archive.seek(start)
    tail = archive.read(_LONGEST_END)
    at = tail.rfind(_END)
    if at < 0 or at + 22 > len(tail):
        return 0
    (claimed,) = struct.unpack_from("<L", tail, at + 12)
    if start + at < 76:
        return int(claimed)
    archive.seek(start + at - 76)
    before = archive.read(76)
    if before[:4] == _END_64 and before[56:60] == _LOCATOR_64:
        (claimed,) = struct.unpack_from("<Q", before, 40)
    return int(claimed)
