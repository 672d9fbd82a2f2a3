"""Examining an installation: what IT wants to know before a shift, and after a fault."""

import os
import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from labeler import __version__
from labeler.core.errors import LabelerError
from labeler.flows.site import Site
from labeler.store import schema

_MIN_FREE_BYTES = 1 << 30
# The smallest PNG: one gray pixel.
_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a4944415478da6360000000020001e527defc0000000049454e44ae426082"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `detail` says what to do when it is not ok."""

    name: str
    ok: bool
    detail: str


def examine(site: Site) -> list[Finding]:
    """Look at everything that often goes wrong; nothing is changed."""
    checks: tuple[tuple[str, Callable[[Site], Iterator[Finding]]], ...] = (
        ("software", _software),
        ("data folder", _folder),
        ("database", _database),
        ("images", _images),
    )
    found: list[Finding] = []
    for name, check in checks:
        try:
            found += check(site)
        except (LabelerError, SQLAlchemyError, OSError) as error:
            found.append(Finding(name, ok=False, detail=str(error).splitlines()[0]))
    return found


def _software(_site: Site) -> Iterator[Finding]:
    yield Finding("software", ok=True, detail=f"labeler {__version__}, Python "
                  f"{platform.python_version()} on {platform.system()}")  # fmt: skip
    fast = all(find_spec(name) for name in ("uvloop", "httptools"))
    yield Finding("server", ok=True, detail="uvicorn, fast loop" if fast else "uvicorn, plain loop")


def _folder(site: Site) -> Iterator[Finding]:
    folder = site.settings.data.resolve()
    usable = os.access(folder, os.W_OK | os.X_OK)
    detail = str(folder) if usable else f"{folder} cannot be written. Give this user the right to."
    yield Finding("data folder", ok=usable, detail=detail)
    disk = os.statvfs(folder)
    free = disk.f_bavail * disk.f_frsize
    enough = free >= _MIN_FREE_BYTES
    yield Finding("disk", ok=enough, detail=f"{free / (1 << 30):.1f} GiB free"
                  + ("" if enough else ". Free some space."))  # fmt: skip
    yield from _private_files(folder)


def _private_files(folder: Path) -> Iterator[Finding]:
    for name in ("signing.key", "badge.key", "demo.json", "tls/plant-ca.key", "tls/server.key"):
        file = folder / name
        if file.exists():
            private = not file.stat().st_mode & 0o077
            detail = "only for this user" if private else f"others may read it: chmod 600 {file}"
            yield Finding(name, ok=private, detail=detail)


def _database(site: Site) -> Iterator[Finding]:
    database = site.database
    if database.is_sqlite:
        version = ".".join(str(part) for part in database.driver.version)
        journal = "write-ahead log" if database.driver.wal else "rollback journal, the slower one"
        yield Finding(
            "database", ok=True,
            detail=f"SQLite {version} ({database.driver.module.__name__}), {journal}",
        )  # fmt: skip
    else:
        with database.read() as session:
            version = session.execute(text("SHOW server_version")).scalar_one()
        yield Finding("database", ok=True, detail=f"PostgreSQL {version}")
    revision, head = schema.current_revision(database), schema.head_revision()
    current = revision == head
    detail = f"at {revision}" if current else f"at {revision}, not {head}: `labeler db upgrade`"
    if revision is None:
        current, detail = True, "empty; the first command or `labeler serve` makes the tables"
    yield Finding("tables", ok=current, detail=detail)


def _images(site: Site) -> Iterator[Finding]:
    with site.blobs.workspace() as folder:
        sample = folder / "pixel.png"
        sample.write_bytes(_PIXEL)
        facts = site.inspector.inspect(sample, folder, ())
    yield Finding(
        "images", ok=(facts.width_px, facts.height_px) == (1, 1),
        detail=f"the image reader answers, within {site.settings.decode_memory_mb} MB",
    )  # fmt: skip
