"""Before a migration a copy is kept, from which the installation as it was comes back."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from labeler.core.errors import Conflict, Unavailable
from labeler.flows import people, reading, snapshot
from labeler.flows.opening import prepare
from labeler.flows.site import Site, open_site
from labeler.settings import Settings
from labeler.store import schema, snapshots
from labeler.store.engine import Database
from tests.cast import found, hire
from tests.conftest import TurnableClock

LATER = '''"""A change that a later version makes."""
import sqlalchemy as sa
from alembic import op

revision = "{name}"
down_revision = "{before}"


def upgrade():
    op.create_table("later_{number}", sa.Column("id", sa.Integer(), primary_key=True))
    {more}


def downgrade():
    op.drop_table("later_{number}")
'''
NewVersion = Callable[..., str]


@pytest.fixture
def new_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NewVersion:
    """Make this code one that carries a further migration; its revision."""
    folder = tmp_path / "migrations"
    shutil.copytree(
        schema.asset_folder("migrations"), folder, ignore=shutil.ignore_patterns("__pycache__")
    )
    before = [schema.head_revision()]

    def call(more: str = "pass") -> str:
        number = len(before)
        name = f"9{number:03}_later_change"
        later = LATER.format(name=name, before=before[-1], number=number, more=more)
        (folder / "versions" / f"{name}.py").write_text(later)
        monkeypatch.setattr(schema, "asset_folder", lambda _name: folder)
        before.append(name)
        return name

    return call


def has_table(database: Database, name: str) -> bool:
    with database.writers.connect() as connection:
        return bool(inspect(connection).has_table(name))


def kept(site: Site) -> list[Path]:
    return snapshots.copies(snapshot.snapshot_folder(site))


def test_the_copy_is_the_installation_as_it_was(
    site: Site, new_version: NewVersion, tmp_path: Path
) -> None:
    found(site)
    cast = hire(site)
    before = reading.list_events(site, limit=1000)
    old, said = schema.head_revision(), []
    new = new_version()
    prepare(site, upgrade=True, tell=said.append)
    assert schema.current_revision(site.database) == new
    assert has_table(site.database, "later_1")
    people.remove_user(site, cast.anna.user_id, cast.admin)  # what comes later is not in it
    [sentence] = said
    if not site.database.is_sqlite:
        assert "the plant's own backup" in sentence
        assert not snapshot.snapshot_folder(site).exists()
        return
    [copy] = kept(site)
    assert copy.name == f"{old}-20260302T060000Z.sqlite"
    assert str(copy) in sentence
    assert copy.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in copy.parent.iterdir()] == [copy.name]
    with sqlite3.connect(copy) as looked:
        assert looked.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    looked.close()
    restored = tmp_path / "restored"
    restored.mkdir()
    shutil.copy(copy, restored / "labeler.sqlite")
    again = open_site(Settings(data=restored))
    assert schema.current_revision(again.database) == old
    assert not has_table(again.database, "later_1")
    assert reading.list_events(again, limit=1000) == before
    assert "anna" in {p.name for p in people.list_people(again, cast.admin)}
    again.close()


def test_only_a_migration_of_tables_that_exist_makes_a_copy(
    tmp_path: Path, new_version: NewVersion
) -> None:
    said: list[str] = []
    site = open_site(Settings(data=tmp_path / "fresh"))
    for _ in range(2):
        prepare(site, upgrade=True, tell=said.append)  # from empty, then up to date
    assert kept(site) == []
    new_version()
    with pytest.raises(Conflict, match="db upgrade"):
        prepare(site, upgrade=False, tell=said.append)
    assert kept(site) == []
    assert said == []
    prepare(site, upgrade=True, tell=said.append)
    assert len(kept(site)) == 1
    site.close()


@pytest.fixture
def lone(tmp_path: Path, migrated_sqlite: Path, clock: TurnableClock) -> Site:
    """An installation on SQLite alone, where the copy is what is looked at."""
    data = tmp_path / "a folder with #signs"
    data.mkdir()
    shutil.copy(migrated_sqlite, data / "labeler.sqlite")
    opened = open_site(Settings(data=data), clock=clock)
    yield opened
    opened.close()


def test_the_last_three_copies_stay(
    lone: Site, new_version: NewVersion, clock: TurnableClock
) -> None:
    revisions = [schema.head_revision()]
    for _ in range(5):
        revisions.append(new_version())
        clock.turn(seconds=60)
        prepare(lone, upgrade=True)
    names = [path.name.rpartition("-")[0] for path in kept(lone)]
    assert names == revisions[2:5]


def test_without_room_nothing_is_changed(
    lone: Site, new_version: NewVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = schema.head_revision()
    new_version()
    size = (lone.settings.data / "labeler.sqlite").stat().st_size

    def disk(free: int) -> None:
        real = os.statvfs(lone.settings.data)
        values = list(real)
        values[4] = free // real.f_frsize  # f_bavail
        monkeypatch.setattr(snapshots.os, "statvfs", lambda _: os.statvfs_result(values))

    disk(size + (32 << 20))
    with pytest.raises(Unavailable, match=r"lacks room .* needs 3[3-9] MB and has 32 MB"):
        prepare(lone, upgrade=True)
    assert schema.current_revision(lone.database) == old
    assert kept(lone) == []
    disk(3 * size + (32 << 20))
    prepare(lone, upgrade=True)
    assert len(kept(lone)) == 1


def test_a_copy_that_fails_leaves_no_half_and_changes_nothing(
    lone: Site, new_version: NewVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = schema.head_revision()
    new_version()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(snapshots.os, "fsync", full)
    with pytest.raises(Unavailable, match=r"No space left .* was not changed"):
        prepare(lone, upgrade=True)
    assert schema.current_revision(lone.database) == old
    assert list(snapshot.snapshot_folder(lone).iterdir()) == []


def test_a_migration_that_fails_leaves_the_database_and_its_copy(
    lone: Site, new_version: NewVersion
) -> None:
    old = schema.head_revision()
    new_version(more="raise OSError(5, 'broken')")
    with pytest.raises(Unavailable):
        prepare(lone, upgrade=True)
    assert schema.current_revision(lone.database) == old
    assert not has_table(lone.database, "later_1")
    assert len(kept(lone)) == 1


def test_a_newer_version_s_database_is_not_copied(lone: Site, new_version: NewVersion) -> None:
    with lone.database.writers.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'from_the_future'"))
    with pytest.raises(Conflict, match="A newer Labeler"):
        prepare(lone, upgrade=True)
    assert kept(lone) == []


def test_nobody_writes_between_the_copy_and_the_migration(
    lone: Site, new_version: NewVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_version()
    copy, refused = snapshots.copy_database, []

    def spying(database: Database, target: Path) -> None:
        copy(database, target)
        # The same library: the locks of two in one process do not know each other.
        library = lone.database.driver.module
        other = library.connect(lone.settings.data / "labeler.sqlite", timeout=0)
        try:
            other.execute("INSERT INTO setup_code VALUES ('x', '2026-03-02')")
        except library.OperationalError as error:
            refused.append(str(error))
        other.close()

    monkeypatch.setattr(snapshots, "copy_database", spying)
    prepare(lone, upgrade=True)
    assert refused == ["database is locked"]
