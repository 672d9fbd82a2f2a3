"""Keeping a copy of the database before its tables are changed."""

from collections.abc import Callable
from pathlib import Path

from labeler.core.errors import Unavailable
from labeler.flows.site import Site
from labeler.store import snapshots

KEPT = 3
_SPARE_BYTES = 32 << 20
_MB = 1 << 20

Tell = Callable[[str], None]


def snapshot_folder(site: Site) -> Path:
    """Where the copies lie."""
    return site.settings.data / "snapshots"


def keep_copy(site: Site, revision: str, tell: Tell) -> None:
    """Copy the SQLite database, which is at `revision`, and keep the last three copies.

    Of PostgreSQL no copy is made; `tell` says so, because the plant then needs its own.
    Raises `Unavailable` when the disk lacks room for copy and migration, or fails.
    """
    if not site.database.is_sqlite:
        tell(
            "The tables of the PostgreSQL database change now. Labeler takes no copy of it: "
            "have the plant's own backup at hand."
        )
        return
    folder = snapshot_folder(site)
    _check_room(site, folder)
    target = folder / snapshots.copy_name(revision, f"{site.now():%Y%m%dT%H%M%SZ}")
    try:
        snapshots.copy_database(site.database, target)
        for old in snapshots.copies(folder)[:-KEPT]:
            old.unlink()
    except OSError as error:
        raise Unavailable(
            f"No copy of the database could be made in {folder}: {error.strerror}. The database "
            "was not changed."
        ) from error
    tell(f"The tables change now. The database as it was is kept in {target}.")


def _check_room(site: Site, folder: Path) -> None:
    found = snapshots.room(site.database, folder)
    # A migration may write every table anew before it lets go of the old one.
    needed = 2 * found.database_bytes + _SPARE_BYTES
    if found.free_bytes < needed:
        wanted, free = -(-needed // _MB), found.free_bytes // _MB
        raise Unavailable(
            "The disk lacks room to copy the database before its tables change: "
            f"{folder} needs {wanted} MB and has {free} MB. Free some space, then start again. "
            "The database was not changed."
        )
