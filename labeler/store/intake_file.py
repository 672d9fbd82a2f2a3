"""One incoming file: a name, and its bytes as long as they stay within bounds."""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from labeler.store.intake_limits import IntakeLimits, IntakeRefusal, RefusedFile

CHUNK_BYTES = 2**20

Chunks = Callable[[], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class IntakeCopy:
    """Where a file's bytes now lie, and what they are."""

    path: Path
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class IntakeFile:
    """A file that came in. Read it before asking for the next one: its archive may close.

    `name` is text (see `plain_name`). With a `refusal` there is nothing to read; without one,
    reading may still raise `RefusedFile`, since sizes are counted, not believed.
    """

    name: str
    refusal: RefusedFile | None = None
    _source: Chunks = field(default=lambda: iter(()), repr=False, compare=False)

    def chunks(self) -> Iterator[bytes]:
        """Read the bytes from the start, at most 1 MiB at a time.

        Raises `RefusedFile`, at once or in the middle.
        """
        if self.refusal is not None:
            raise self.refusal
        yield from self._source()

    def copy_into(self, folder: Path) -> IntakeCopy:
        """Copy into a new file in `folder`, under a name of our making, and take its SHA-256.

        Raises `RefusedFile` and leaves nothing behind; `OSError` when the disk is full.
        """
        descriptor, name = tempfile.mkstemp(prefix="intake-", dir=folder)
        path = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as target:
                sha256, size_bytes = _copy(self.chunks(), target)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return IntakeCopy(path, sha256, size_bytes)


def refused(name: str, reason: IntakeRefusal, **values: object) -> IntakeFile:
    """Make the entry for something that is not let in."""
    return IntakeFile(name, RefusedFile(reason, **values))


def bounded(stream: BinaryIO, limits: IntakeLimits) -> Iterator[bytes]:
    """Read a stream to its end, raising `RefusedFile` as soon as it exceeds one file's size."""
    total = 0
    while chunk := stream.read(CHUNK_BYTES):
        total += len(chunk)
        if total > limits.max_file_bytes:
            raise RefusedFile(IntakeRefusal.FILE_TOO_LARGE, most=limits.max_file_bytes)
        yield chunk


def _copy(chunks: Iterator[bytes], target: BinaryIO) -> tuple[str, int]:
    digest = hashlib.sha256()
    size_bytes = 0
    for chunk in chunks:
        target.write(chunk)
        digest.update(chunk)
        size_bytes += len(chunk)
    return digest.hexdigest(), size_bytes
