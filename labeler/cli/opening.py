"""Opening the installation that a command works on.

Whoever may run commands on the server is its operator: flows that can do without a
person get `by=None`, all others get `OPERATOR`, who has every right and is nobody's
account. Its events have an empty actor or say `command line`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from labeler.core.errors import Conflict, InvalidInput, Unavailable
from labeler.core.people import Principal
from labeler.core.terms import Role, Scope
from labeler.settings import Settings, load_settings

if TYPE_CHECKING:
    from labeler.flows.site import Site

OPERATOR = Principal("", "command line", Role.ADMIN, frozenset(Scope))


@contextmanager
def opened(settings: Settings | None = None, *, upgrade: bool = False) -> Iterator["Site"]:
    """The installation, closed afterwards.

    An empty database gets its tables. One of an older version is brought up to date with
    `upgrade`, and refused without it. Raises `InvalidInput`, `Conflict`, `Unavailable`.
    """
    with unprepared(settings) as site:
        prepare(site, upgrade=upgrade)
        yield site


@contextmanager
def unprepared(settings: Settings | None = None) -> Iterator["Site"]:
    """The installation whatever state its database is in, closed afterwards."""
    from labeler.flows.site import open_site  # noqa: PLC0415  cold start

    chosen = settings or load_settings()
    with _explained(chosen):
        site = open_site(chosen)
    try:
        yield site
    finally:
        site.close()


def prepare(site: "Site", *, upgrade: bool) -> None:
    """See that the tables are those that this version knows."""
    from alembic.util.exc import CommandError  # noqa: PLC0415  cold start

    from labeler.store import schema  # noqa: PLC0415

    with _explained(site.settings):
        at = schema.current_revision(site.database)
        if at == schema.head_revision():
            return
        if at is not None and not upgrade:
            raise Conflict(
                "The database belongs to another version of Labeler. Run `labeler db upgrade`."
            )
        try:
            schema.upgrade(site.database)
        except CommandError as error:
            raise Conflict(
                "A newer Labeler made this database. Install that version to use it."
            ) from error


@contextmanager
def _explained(settings: Settings) -> Iterator[None]:
    """Turn what drivers and disks say into sentences."""
    from sqlalchemy.exc import ArgumentError, OperationalError  # noqa: PLC0415  cold start

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


def environment_of(settings: Settings) -> dict[str, str]:
    """The `LABELER_*` names that give another process the same settings."""
    from labeler.settings import PREFIX  # noqa: PLC0415

    found = {}
    for name in Settings.model_fields:
        value = getattr(settings, name)
        text = ",".join(value) if isinstance(value, tuple) else str(value)
        found[f"{PREFIX}{name.upper()}"] = text
    found[f"{PREFIX}DATA"] = str(settings.data.resolve())
    return found
