"""What "saved" means: one writer, one commit for all who wait, and an answer only behind it."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlmodel import Session

from labeler.core.errors import LabelerError, NotFound, Unavailable
from labeler.store.engine import Database
from labeler.store.tables import Thumbnail
from tests.conftest import PostgresServer

SOON_S = 10


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)

    if opened.is_sqlite:
        # A locked file is reported after a tenth of a second instead of after fifteen.
        @event.listens_for(opened.writers, "connect")
        def _hurry(connection: Any, _record: object) -> None:
            connection.execute("PRAGMA busy_timeout=100")

    with opened.writers.begin() as connection:
        connection.execute(text("CREATE TABLE note (number INTEGER PRIMARY KEY)"))
    yield opened
    opened.close()


@pytest.fixture
def stranger(database: Database) -> Iterator[Engine]:
    """Another program's connection to the same database: it sees what is committed."""
    module = {"module": database.driver.module} if database.is_sqlite else {}
    engine = create_engine(database.url, **module)
    yield engine
    engine.dispose()


def notes(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        return list(connection.execute(text("SELECT number FROM note ORDER BY number")).scalars())


def note(number: int) -> Callable[[Session], int]:
    def deed(session: Session) -> int:
        session.execute(text("INSERT INTO note VALUES (:n)"), {"n": number})
        return number

    return deed


@dataclass
class Hold:
    """The writer, busy with one deed until it is let go; what is submitted meanwhile waits."""

    release: threading.Event
    busy: Future[None]


@pytest.fixture
def held(database: Database) -> Iterator[Hold]:
    started, release = threading.Event(), threading.Event()

    def wait(_session: Session) -> None:
        started.set()
        release.wait(SOON_S)

    hold = Hold(release, database.submit(wait))
    assert started.wait(SOON_S)
    yield hold
    release.set()


def test_all_who_wait_share_one_commit_and_are_answered_behind_it(
    database: Database, stranger: Engine, held: Hold
) -> None:
    waiting = [database.submit(note(number)) for number in range(5)]
    answered_at_commit: list[list[bool]] = []

    @event.listens_for(database.writers, "commit")
    def _look(_connection: Any) -> None:
        answered_at_commit.append([future.done() for future in waiting])

    assert notes(stranger) == []
    seen: list[list[int]] = []
    waiting[0].add_done_callback(lambda _future: seen.append(notes(stranger)))
    held.release.set()
    assert [future.result(SOON_S) for future in waiting] == list(range(5))
    # The first answer already found all five in the database of another program.
    assert seen == [list(range(5))]
    # Two commits: the deed that held the writer, then one for the five together.
    assert answered_at_commit == [[False] * 5, [False] * 5]


def test_nobody_is_told_saved_when_the_commit_fails(
    database: Database, stranger: Engine, held: Hold
) -> None:
    waiting = [database.submit(note(number)) for number in range(3)]
    held.release.set()

    def fail(_connection: Any) -> None:
        if not held.busy.done():
            return
        raise OperationalError("COMMIT", {}, Exception("disk full"))

    event.listen(database.writers, "commit", fail)
    for future in waiting:
        with pytest.raises(Unavailable):
            future.result(SOON_S)
    assert notes(stranger) == []
    event.remove(database.writers, "commit", fail)
    assert database.write(note(7)) == 7
    assert notes(stranger) == [7]


def refuse(session: Session) -> None:
    note(50)(session)
    raise NotFound("There is no such note.")


def stumble(session: Session) -> None:
    note(50)(session)
    raise ZeroDivisionError


def repeat(session: Session) -> None:
    note(50)(session)
    note(50)(session)


def repeat_mapped(session: Session) -> None:
    """A failing flush: SQLAlchemy ends the whole transaction, the neighbours' work too."""
    note(50)(session)
    for _ in range(2):
        row = Thumbnail(sha256="same", gray=b"")
        session.add(row)
        session.flush()
        session.expunge(row)


@pytest.mark.parametrize(
    ("failing", "error"),
    [
        (repeat_mapped, IntegrityError),
        (refuse, LabelerError),
        (stumble, ZeroDivisionError),
        (repeat, IntegrityError),
    ],
)
def test_a_failing_deed_leaves_its_neighbours_in_the_batch_alone(
    database: Database,
    stranger: Engine,
    held: Hold,
    failing: Callable[[Session], None],
    error: type[Exception],
) -> None:
    before = database.submit(note(1))
    broken = database.submit(failing)
    after = database.submit(note(2))
    held.release.set()
    assert (before.result(SOON_S), after.result(SOON_S)) == (1, 2)
    with pytest.raises(error):
        broken.result(SOON_S)
    assert notes(stranger) == [1, 2]


def test_a_deed_that_asks_for_another_deed_is_refused_instead_of_waiting_forever(
    database: Database, stranger: Engine
) -> None:
    with pytest.raises(RuntimeError, match="must not wait"):
        database.write(lambda _session: database.write(note(1)))
    assert database.write(note(2)) == 2
    assert notes(stranger) == [2]


def test_each_deed_sees_the_effect_of_every_earlier_one(
    database: Database, stranger: Engine
) -> None:
    def next_number(session: Session) -> int:
        highest = session.execute(text("SELECT max(number) FROM note")).scalar()
        return note((highest or 0) + 1)(session)

    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(lambda _: database.write(next_number), range(200)))
    assert sorted(given) == list(range(1, 201))
    assert notes(stranger) == list(range(1, 201))


def test_submits_go_on_while_somebody_is_in_the_middle_of_a_long_read(
    database: Database, stranger: Engine
) -> None:
    for number in range(5):
        database.write(note(number))
    with database.read() as session:
        rows = session.execute(text("SELECT number FROM note ORDER BY number"))
        assert next(rows)[0] == 0
        started = time.monotonic()
        for number in range(5, 50):
            database.write(note(number))
        assert time.monotonic() - started < SOON_S / 2
        assert notes(stranger) == list(range(50))
        # The reader goes on in the state that it began with.
        assert [row[0] for row in rows] == [1, 2, 3, 4]
        assert session.execute(text("SELECT count(*) FROM note")).scalar() == 5
    with database.read() as session:
        assert session.execute(text("SELECT count(*) FROM note")).scalar() == 50


def test_a_reader_cannot_change_anything(database: Database, stranger: Engine) -> None:
    with pytest.raises((DBAPIError, Unavailable)), database.read() as session:
        note(1)(session)
    with pytest.raises(Exception, match=r"read-only|does not answer"), database.glance() as wire:
        wire.raw.execute("INSERT INTO note VALUES (2)")
    assert notes(stranger) == []


def test_closing_finishes_what_waits(database: Database, stranger: Engine, held: Hold) -> None:
    waiting = [database.submit(note(number)) for number in range(3)]
    closing = threading.Thread(target=database.close)
    closing.start()
    held.release.set()
    closing.join(SOON_S)
    assert [future.done() for future in waiting] == [True] * 3
    assert notes(stranger) == [0, 1, 2]


@dataclass
class Outage:
    """Takes the database away from everybody, and gives it back."""

    begin: Callable[[], None]
    end: Callable[[], None]


@pytest.fixture
def outage(
    database: Database, stranger: Engine, request: pytest.FixtureRequest
) -> Iterator[Outage]:
    """SQLite: another program holds the file's lock. PostgreSQL: it refuses and cuts off."""
    if database.is_sqlite:
        connection = stranger.raw_connection()
        cursor = connection.cursor()
        yield Outage(lambda: cursor.execute("BEGIN EXCLUSIVE"), lambda: cursor.execute("ROLLBACK"))
        cursor.close()
        connection.close()
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    name = database.url.partition("?")[0].rpartition("/")[2]

    def say(*statements: str) -> None:
        with server.admin.connect() as connection:
            for statement in statements:
                connection.execute(text(statement), {"name": name})

    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
    yield Outage(
        lambda: say(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false", cut),
        lambda: say(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true"),
    )


def test_an_outage_is_told_and_is_over_without_a_restart(
    database: Database, stranger: Engine, outage: Outage
) -> None:
    assert database.write(note(1)) == 1
    outage.begin()
    for number in (2, 3):
        with pytest.raises(Unavailable) as told:
            database.write(note(number))
        assert told.value.retry_after_s > 0
    if not database.is_sqlite:
        with pytest.raises(Unavailable), database.read() as session:
            session.execute(text("SELECT 1"))
    outage.end()
    stranger.dispose()
    assert database.write(note(4)) == 4
    with database.read() as session:
        assert session.execute(text("SELECT count(*) FROM note")).scalar() == 2
    assert notes(stranger) == [1, 4]


def test_a_database_that_goes_away_in_the_middle_of_a_batch_leaves_nothing_of_it(
    database: Database, stranger: Engine, held: Hold, request: pytest.FixtureRequest
) -> None:
    """The cut comes between two deeds of one batch; SQLite's file cannot be cut off so."""

    def cut(session: Session) -> None:
        if database.is_sqlite:
            raise OperationalError("", {}, Exception("disk I/O error"), connection_invalidated=True)
        server: PostgresServer = request.getfixturevalue("postgres")
        own = session.execute(text("SELECT pg_backend_pid()")).scalar()
        with server.admin.connect() as connection:
            connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": own})
        session.execute(text("SELECT 1"))

    batch = [database.submit(note(1)), database.submit(cut), database.submit(note(2))]
    held.release.set()
    for future in batch:
        with pytest.raises(Unavailable):
            future.result(SOON_S)
    assert notes(stranger) == []
    assert database.write(note(3)) == 3
    assert notes(stranger) == [3]
