"""The database: many readers, one writer at a time, one commit for all who wait.

Every change of an installation passes through `Database.write`. One thread takes the
waiting deeds in order, runs each inside its own savepoint, commits once, and only then
answers them all. So a deed sees the effect of every earlier one, quotas need no retries,
and sixteen tablets share one disk flush. PostgreSQL gets the same guarantee for several
processes from one transaction-scoped advisory lock; SQLite from BEGIN IMMEDIATE.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, PoolProxiedConnection, create_engine, event, text
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlmodel import Session

from labeler.core.errors import InvalidInput, Unavailable
from labeler.store.prepared import WIRE, Wire
from labeler.store.sqlite_driver import SqliteDriver, choose_driver

T = TypeVar("T")
Deed = Callable[[Session], T]
_Waiting = tuple[Deed[Any], Future[Any]]

# Any fixed number will do; every process of an installation must use the same.
_WRITER_LOCK = 7_352_841
_MAX_BATCH = 64
_AWAY = "The database does not answer. Nothing was changed; try again in a few seconds."
_UNFIT = (
    "A text or number in this request cannot be stored. Leave out control characters, and "
    "use smaller numbers."
)


def _sqlite_engine(url: str, driver: SqliteDriver, begin: str, *, query_only: bool) -> Engine:
    engine = create_engine(url, module=driver.module, pool_size=48, max_overflow=0)

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, see below
        for pragma in driver.pragmas():
            connection.execute(pragma)
        if query_only:
            connection.execute("PRAGMA query_only=ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


class Database:
    """Readers and the writer of one installation. Thread-safe; call `close` at the end."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        if self.is_sqlite:
            self.driver = choose_driver()
            self.readers = _sqlite_engine(url, self.driver, "BEGIN", query_only=True)
            self.writers = _sqlite_engine(url, self.driver, "BEGIN IMMEDIATE", query_only=False)
        else:
            self.writers = create_engine(url, pool_size=2, pool_pre_ping=True)
            self.readers = create_engine(
                url, pool_size=24, max_overflow=24, pool_pre_ping=True,
                isolation_level="REPEATABLE READ", execution_options={"postgresql_readonly": True},
            )  # fmt: skip
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._kept: PoolProxiedConnection | None = None
        self._glancing = threading.Lock()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one consistent state and cannot change it.

        Raises `Unavailable` when the database is away or stays locked.
        """
        try:
            with Session(self.readers, autoflush=False, expire_on_commit=False) as session:
                yield session
        except Exception as error:
            explained = _explain(error)
            if explained is error:
                raise
            raise explained from error

    @contextmanager
    def glance(self) -> Iterator[Wire]:
        """A connection for one small question, without the weight of a session.

        Raises `Unavailable` when the database is away or stays locked.
        """
        try:
            if self.answers_at_once:
                with self._glancing:
                    yield self._kept_wire()
            else:
                with self.readers.connect() as connection:
                    yield Wire(connection.dialect, connection.connection.dbapi_connection)
        except Exception as error:
            explained = _explain(error)
            if explained is error:
                raise
            raise explained from error

    def _kept_wire(self) -> Wire:
        # Every request asks who it comes from; fetching a connection from the pool for
        # that, and giving it back, took five times as long as the question.
        if self._kept is None:
            self._kept = self.readers.raw_connection()
        return Wire(self.readers.dialect, self._kept.dbapi_connection)

    @property
    def answers_at_once(self) -> bool:
        """Whether a small question costs less than handing it to another thread.

        True where reading is a call into the same process and no writer can hold it up.
        """
        return self.is_sqlite and self.driver.wal

    def write(self, deed: Deed[T]) -> T:
        """Run `deed` alone, commit, then return its result.

        A deed changes nothing but the database, so that it can be run again when a
        neighbour's failure took their common transaction along.
        An exception of the deed undoes the deed and comes out here. Raises `Unavailable`
        when the commit did not happen; then nothing of the deed remains.
        """
        return self.submit(deed).result()

    def submit(self, deed: Deed[T]) -> "Future[T]":
        """Queue `deed`; the future is done after its commit."""
        if threading.current_thread() is self._thread:
            message = "a deed must not wait for another deed"
            raise RuntimeError(message)
        self._start()
        done: Future[T] = Future()
        self._waiting.put((deed, done))
        return done

    async def write_soon(self, deed: Deed[T]) -> T:
        """The same as `write` for a coroutine: waits for the commit without a thread."""
        return await asyncio.wrap_future(self.submit(deed))

    def close(self) -> None:
        """Finish what waits, then close every connection."""
        with self._starting:
            thread, self._thread = self._thread, None
        if thread is not None:
            self._waiting.put(None)
            thread.join()
        with self._glancing:
            if self._kept is not None:
                self._kept.close()
                self._kept = None
        self.readers.dispose()
        self.writers.dispose()

    def _start(self) -> None:
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(
                        target=self._run, name="labeler-writer", daemon=True
                    )
                    self._thread.start()

    def _run(self) -> None:
        while True:
            batch = self._next_batch()
            stop = batch and batch[-1] is None
            # A waiter that went away before its turn takes its deed along; from here on a
            # deed runs to its end, whoever still waits for it.
            deeds = [
                item
                for item in batch
                if item is not None and item[1].set_running_or_notify_cancel()
            ]
            if deeds:
                self._commit(deeds)
            if stop:
                return

    def _next_batch(self) -> list[_Waiting | None]:
        batch = [self._waiting.get()]
        while batch[-1] is not None and len(batch) < _MAX_BATCH:
            try:
                batch.append(self._waiting.get_nowait())
            except queue.Empty:
                break
        return batch

    def _commit(self, batch: list[_Waiting]) -> None:
        try:
            with self.writers.begin() as connection:
                if not self.is_sqlite:
                    connection.execute(
                        text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITER_LOCK}
                    )
                answers = [_answer(connection, deed) for deed, _future in batch]
        except _BatchLost as lost:
            self._commit_one_by_one(batch, lost.reason)
            return
        except Exception as error:  # noqa: BLE001 - none of the batch was committed
            away = _explain(error)
            for _deed, future in batch:
                future.set_exception(away)
            return
        for (_deed, future), (result, reason) in zip(batch, answers, strict=True):
            if reason is None:
                future.set_result(result)
            else:
                future.set_exception(reason)

    def _commit_one_by_one(self, batch: list[_Waiting], reason: Exception) -> None:
        """Do a lost batch again, each deed in a transaction of its own."""
        if len(batch) == 1:
            batch[0][1].set_exception(_explain(reason))
            return
        for item in batch:
            self._commit([item])


def _answer(connection: Connection, deed: Deed[Any]) -> tuple[Any, BaseException | None]:
    """The result of a deed, or why it failed; a failure that is not its own comes out."""
    try:
        return _in_savepoint(connection, deed), None
    except _BatchLost:
        raise
    except Exception as error:
        if _is_lost(error):
            raise
        return None, _explain(error)


class _BatchLost(Exception):
    """A deed's failure has ended the transaction that its neighbours were in."""

    def __init__(self, reason: Exception) -> None:
        super().__init__(str(reason))
        self.reason = reason


def _in_savepoint(connection: Connection, deed: Deed[T]) -> T:
    """Run a deed so that its failure leaves its neighbours in the batch alone.

    The savepoint is set on the driver's cursor: SQLAlchemy's own costs 90 µs, a tenth of
    what a claim takes. The price is that a session whose flush fails ends the whole
    transaction; that raises `_BatchLost`.
    """
    driver = connection.connection.dbapi_connection
    cursor = connection.connection.cursor()
    cursor.execute("SAVEPOINT deed")
    with Session(
        connection,
        autoflush=False,
        expire_on_commit=False,
        join_transaction_mode="rollback_only",
        info={WIRE: Wire(connection.dialect, driver)},
    ) as session:
        try:
            result = deed(session)
            session.flush()
        except Exception as error:
            if _is_lost(error):
                raise
            if not connection.in_transaction():
                raise _BatchLost(error) from error
            cursor.execute("ROLLBACK TO SAVEPOINT deed")
            cursor.execute("RELEASE SAVEPOINT deed")
            raise
    cursor.execute("RELEASE SAVEPOINT deed")
    return result


def _explain(error: BaseException) -> BaseException:
    """The driver's "cannot work now" as `Unavailable`, "cannot keep this" as `InvalidInput`.

    Everything else stays as it is.
    """
    if _is_lost(error) or isinstance(error, OperationalError) or _is_drivers(error):
        away = Unavailable(_AWAY)
        away.__cause__ = error
        return away
    # Half of a surrogate pair is text to JSON, and to no database or hash.
    unfit_text = isinstance(error, UnicodeEncodeError)
    if unfit_text or _is_too_large(error) or _is_drivers(error, "DataError"):
        unfit = InvalidInput(_UNFIT)
        unfit.__cause__ = error
        return unfit
    return error


def _is_lost(error: BaseException) -> bool:
    return isinstance(error, DBAPIError) and error.connection_invalidated


def _is_too_large(error: BaseException) -> bool:
    # SQLite has no room for a whole number of more than 64 bits, and its driver no error for it.
    if isinstance(error, OverflowError):
        return "SQLite INTEGER" in str(error)
    return isinstance(error, DataError)


def _is_drivers(error: BaseException, name: str = "OperationalError") -> bool:
    # Prepared statements run on the driver's cursor and raise its own exceptions; both
    # drivers name them as the DB-API does.
    module = type(error).__module__.partition(".")[0]
    return type(error).__name__ == name and module in _DRIVERS


_DRIVERS = frozenset({"sqlite3", "pysqlite3", "psycopg"})
