"""The control build: the command line with a writer that answers before it commits.

python -m tests.proof.hasty serve --port N
"""

import time

from sqlalchemy import text

from labeler.cli import main
from labeler.store import engine

SLOW_DISK_S = 0.03


def hasty_commit(self: engine.Database, batch: list) -> None:
    """Run the deeds, answer, and only then let the commit happen."""
    with self.writers.begin() as connection:
        if not self.is_sqlite:
            lock = {"key": engine._WRITER_LOCK}
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), lock)
        for deed, future in batch:
            try:
                result = engine._in_savepoint(connection, deed)
            except Exception as error:  # noqa: BLE001 - it belongs to who asked
                future.set_exception(error)
            else:
                future.set_result(result)
        time.sleep(SLOW_DISK_S)


if __name__ == "__main__":
    engine.Database._commit = hasty_commit  # type: ignore[method-assign]
    main()
