"""Which SQLite library carries the rows, and the safety settings that fit it.

Write-ahead logging needs a library without the checkpoint fault that was mended in
3.51.3 (and 3.50.7, 3.44.6); with an older one the rollback journal and
`synchronous=EXTRA` are as safe, only slower.
"""

import importlib
import sqlite3
from dataclasses import dataclass
from types import ModuleType

_MENDED = ((3, 51, 3), (3, 50, 7), (3, 44, 6))


@dataclass(frozen=True, slots=True)
class SqliteDriver:
    """A DB-API module, its library version, and whether write-ahead logging is safe."""

    module: ModuleType
    version: tuple[int, ...]
    wal: bool

    def pragmas(self, *, busy_ms: int = 15_000) -> tuple[str, ...]:
        """The statements for each new connection."""
        journal = ("WAL", "FULL") if self.wal else ("DELETE", "EXTRA")
        return (
            f"PRAGMA busy_timeout={busy_ms}",
            f"PRAGMA journal_mode={journal[0]}",
            f"PRAGMA synchronous={journal[1]}",
            "PRAGMA foreign_keys=ON",
            "PRAGMA temp_store=MEMORY",
            "PRAGMA cache_size=-32768",
        )


def wal_is_safe(version: tuple[int, ...]) -> bool:
    """Whether several connections may write and checkpoint with this library.

    >>> wal_is_safe((3, 40, 1)), wal_is_safe((3, 50, 7)), wal_is_safe((3, 53, 0))
    (False, True, True)
    """
    if version >= _MENDED[0]:
        return True
    return any(version[:2] == fix[:2] and version >= fix for fix in _MENDED[1:])


def choose_driver() -> SqliteDriver:
    """The bundled library where its wheel exists, else Python's own."""
    module: ModuleType
    try:
        module = importlib.import_module("pysqlite3.dbapi2")
    except ImportError:
        module = sqlite3
    version = tuple(int(part) for part in module.sqlite_version.split("."))
    return SqliteDriver(module, version, wal_is_safe(version))
