"""Opening an installation so that it is ready to work, with every obstacle as a sentence."""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic.util.exc import CommandError
from sqlalchemy.exc import ArgumentError, OperationalError

from labeler.core.errors import Conflict, InvalidInput, Unavailable
from labeler.flows.site import Site, open_site
from labeler.flows.snapshot import Tell, keep_copy
from labeler.settings import Settings
from labeler.store import schema


@contextmanager
def opened(
    settings: Settings, *, upgrade: bool = False, tell: Tell = lambda _text: None
) -> Iterator[Site]:
    """The installation, closed afterwards.

    An empty database gets its tables. One of an older version is brought up to date with
    `upgrade`, and refused without it; `tell` hears what was kept before. Raises
    `InvalidInput`, `Conflict`, `Unavailable`.
    """
    with unprepared(settings) as site:
        prepare(site, upgrade=upgrade, tell=tell)
        yield site


@contextmanager
def unprepared(settings: Settings) -> Iterator[Site]:
    """The installation whatever state its database is in, closed afterwards.

    Raises `InvalidInput`, `Unavailable`.
    """
    with _explained(settings):
        site = open_site(settings)
    try:
        yield site
    finally:
        site.close()


def prepare(site: Site, *, upgrade: bool, tell: Tell = lambda _text: None) -> None:
    """See that the tables are those that this version knows.

    Raises `Conflict` for tables of another version, `InvalidInput`, `Unavailable`.
    """
    with _explained(site.settings):
        at = schema.current_revision(site.database)
        if at == schema.head_revision():
            return
        if at is not None and not upgrade:
            raise Conflict(
                "The database belongs to another version of Labeler. Run `labeler db upgrade`."
            )
        try:
            schema.upgrade(site.database, before=lambda revision: keep_copy(site, revision, tell))
        except CommandError as error:
            raise Conflict(
                "A newer Labeler made this database. Install that version to use it."
            ) from error


@contextmanager
def _explained(settings: Settings) -> Iterator[None]:
    """Turn what drivers and disks say into sentences."""
    try:
        yield
    except (ArgumentError, ImportError) as error:
        raise InvalidInput(
            "LABELER_DATABASE_URL cannot be used. Give `postgresql+psycopg://user:password@host/"
            "name` (it needs the extra `postgres`), or leave it empty for SQLite."
        ) from error
    except OperationalError as error:
        raise Unavailable(
            "The database does not answer. Check LABELER_DATABASE_URL, and that it is running."
        ) from error
    except OSError as error:
        raise Unavailable(
            f"The data folder {settings.data} cannot be used: {error.strerror}."
        ) from error
