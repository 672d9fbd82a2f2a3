"""The control build: the command line with a writer that answers before it commits.

python -m tests.proof.hasty serve --port N

When the file `latch` lies in the data folder, the next batch with a review is answered and
never committed: the file `held` then names its reviews, and nothing is written after it.
"""

import json
import os
import time
from pathlib import Path

from sqlalchemy import Connection, text

from labeler.cli import main
from labeler.store import engine

SLOW_DISK_S = 0.03
FOREVER_S = 3_600


def _reviews(connection: Connection) -> set[str]:
    return set(connection.execute(text("SELECT submission_id FROM review")).scalars())


def _hold(held: set[str]) -> None:
    """Say which reviews were answered, and wait for the kill."""
    folder = Path(os.environ["LABELER_DATA"])
    (folder / "held.part").write_text(json.dumps(sorted(held)))
    (folder / "held.part").rename(folder / "held")
    time.sleep(FOREVER_S)


def hasty_commit(self: engine.Database, batch: list) -> None:
    """Run the deeds, answer, and only then let the commit happen."""
    with self.writers.begin() as connection:
        if not self.is_sqlite:
            lock = {"key": engine._WRITER_LOCK}
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), lock)
        latched = (Path(os.environ["LABELER_DATA"]) / "latch").exists()
        before = _reviews(connection) if latched else set()
        for deed, future in batch:
            try:
                result = engine._in_savepoint(connection, deed)
            except Exception as error:  # noqa: BLE001 - it belongs to who asked
                future.set_exception(error)
            else:
                future.set_result(result)
        if latched and (new := _reviews(connection) - before):
            _hold(new)
        time.sleep(SLOW_DISK_S)


if __name__ == "__main__":
    engine.Database._commit = hasty_commit  # type: ignore[method-assign]
    main()
