"""Copies of the SQLite database, each one file, complete on the disk before it has its name."""

import os
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labeler.store.blobs import sync_folder
from labeler.store.engine import Database

_SUFFIX = ".sqlite"


@dataclass(frozen=True, slots=True)
class Room:
    """How many bytes the database takes, and how many are free where copies go."""

    database_bytes: int
    free_bytes: int


def room(database: Database, folder: Path) -> Room:
    """Measure the database and the disk of `folder`, which is made, for its owner only."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    disk = os.statvfs(folder)
    with closing(_connection(database)) as source:
        pages, page_bytes = (
            source.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size")
        )
    return Room(pages * page_bytes, disk.f_bavail * disk.f_frsize)


def copy_database(database: Database, target: Path) -> None:
    """Copy what is committed now into `target`; writers and readers may go on meanwhile.

    The file appears under its name only when all of it is on the disk. Raises `OSError`.
    """
    part = target.with_name(f".{target.name}.part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    try:
        with (
            closing(_connection(database)) as source,
            closing(database.driver.module.connect(str(part))) as copy,
        ):
            source.backup(copy)
        with part.open("rb") as handle:
            os.fsync(handle.fileno())
        part.replace(target)
        sync_folder(target.parent)
    except database.driver.module.Error as error:
        # A disk that fills up meanwhile comes as an error of the library.
        raise OSError(0, str(error)) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def copies(folder: Path) -> list[Path]:
    """Every finished copy, the oldest first; a name ends with the time it was made."""
    found = (p for p in folder.glob(f"*{_SUFFIX}") if not p.name.startswith("."))
    return sorted(found, key=lambda p: (p.stem.rpartition("-")[2], p.name))


def copy_name(revision: str, time: str) -> str:
    """A copy's file name; `time` is text that sorts as time does."""
    return f"{revision}-{time}{_SUFFIX}"


def _connection(database: Database) -> Any:
    """A connection of our own: a pooled one is in a transaction, or may be set up to write."""
    file = Path(str(database.writers.url.database)).resolve()
    return database.driver.module.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=15)
