"""Bringing the database to the version of the tables that this code knows."""

from collections.abc import Callable

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from labeler.assets import asset_folder
from labeler.store.engine import Database


def migration_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration without a file; `connection` is what it will work on."""
    config = Config()
    config.set_main_option("script_location", str(asset_folder("migrations")))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def head_revision() -> str:
    """The newest revision that this code carries."""
    head = ScriptDirectory.from_config(migration_config()).get_current_head()
    return head or ""


def current_revision(database: Database) -> str | None:
    """The revision the database is at; None when it is empty."""
    with database.writers.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _no_more(_revision: str) -> None:
    """Before an upgrade nothing more has to happen."""


def upgrade(database: Database, *, before: Callable[[str], None] = _no_more) -> None:
    """Bring the database to the newest revision, in one transaction.

    `before` gets the revision of a database that has tables already, when they are about to
    change: nobody else can write then. What it raises comes out, and nothing has changed.
    """
    with database.writers.begin() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
        if revision is not None and revision != head_revision():
            # One that this code does not know is refused here, before anything is done.
            ScriptDirectory.from_config(migration_config()).get_revision(revision)
            before(revision)
        command.upgrade(migration_config(connection), "head")


def downgrade(database: Database, revision: str) -> None:
    """Take the database back to `revision`; `base` empties it."""
    with database.writers.begin() as connection:
        command.downgrade(migration_config(connection), revision)
