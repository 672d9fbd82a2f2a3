"""The limit: the same two requests with nothing but uvicorn, JSON, sqlite3 and group commit.

It never imports labeler. It keeps the same promises where they cost something: every
answer comes after a synced commit of one writer, the quota of two reviewers per image
holds, a submission id is unique. It checks no rights, no standard, writes no audit.

    python limit_server.py DATABASE PORT IMAGES
"""

import asyncio
import json
import queue
import sys
import threading
import uuid

import uvicorn

try:
    from pysqlite3 import dbapi2 as sqlite3
except ImportError:
    import sqlite3

SCHEMA = """
CREATE TABLE image (id TEXT PRIMARY KEY, free INTEGER NOT NULL);
CREATE INDEX open_image ON image(id) WHERE free > 0;
CREATE TABLE assignment (id TEXT PRIMARY KEY, image TEXT NOT NULL, reviewer TEXT NOT NULL,
    UNIQUE(image, reviewer));
CREATE TABLE review (id TEXT PRIMARY KEY, submission TEXT NOT NULL UNIQUE,
    assignment TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE cursor (reviewer TEXT PRIMARY KEY, image TEXT NOT NULL);
"""


def connect(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=15000"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def claim(db: sqlite3.Connection, reviewer: str) -> dict:
    row = db.execute("SELECT image FROM cursor WHERE reviewer = ?", (reviewer,)).fetchone()
    image = db.execute(
        "SELECT id FROM image WHERE free > 0 AND id > ? ORDER BY id LIMIT 1",
        (row[0] if row else "",),
    ).fetchone()
    if image is None:
        return {"items": []}
    mine = uuid.uuid4().hex
    db.execute("INSERT INTO assignment VALUES (?, ?, ?)", (mine, image[0], reviewer))
    db.execute("UPDATE image SET free = free - 1 WHERE id = ?", image)
    db.execute("INSERT OR REPLACE INTO cursor VALUES (?, ?)", (reviewer, image[0]))
    return {"items": [{"id": mine, "image": {"id": image[0]}, "standard_version": 1}]}


def submit(db: sqlite3.Connection, body: dict) -> dict:
    review = uuid.uuid4().hex
    db.execute(
        "INSERT INTO review VALUES (?, ?, ?, ?)",
        (review, body["submission_id"], body["assignment"], json.dumps(body)),
    )
    return {"id": review, "submission_id": body["submission_id"], "extra": False}


class Writer(threading.Thread):
    """One thread, one connection, one commit for all that waits."""

    def __init__(self, path: str) -> None:
        super().__init__(daemon=True)
        self.db = connect(path)
        self.waiting: queue.SimpleQueue = queue.SimpleQueue()

    def run(self) -> None:
        while True:
            batch = [self.waiting.get()]
            while len(batch) < 64:
                try:
                    batch.append(self.waiting.get_nowait())
                except queue.Empty:
                    break
            self.db.execute("BEGIN IMMEDIATE")
            answers = [work(self.db, given) for work, given, _loop, _future in batch]
            self.db.execute("COMMIT")
            for (_w, _g, loop, future), answer in zip(batch, answers, strict=True):
                loop.call_soon_threadsafe(future.set_result, answer)


def make_app(writer: Writer):
    async def app(scope, receive, send) -> None:
        if scope["type"] != "http":
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        if scope["path"].endswith("/assignments"):
            reviewer = dict(scope["headers"])[b"authorization"].decode()
            json.loads(body)
            writer.waiting.put((claim, reviewer, loop, future))
        elif scope["path"] == "/healthz":
            future.set_result({})
        else:
            writer.waiting.put((submit, json.loads(body), loop, future))
        content = json.dumps(await future).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(content)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    return app


def main() -> None:
    path, port, images = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    db = connect(path)
    db.executescript(SCHEMA)
    db.execute("BEGIN")
    db.executemany("INSERT INTO image VALUES (?, 2)", ((f"{n:09}",) for n in range(images)))
    db.execute("COMMIT")
    db.close()
    writer = Writer(path)
    writer.start()
    uvicorn.run(
        make_app(writer), host="127.0.0.1", port=port, log_level="warning", access_log=False,
        lifespan="off",
    )  # fmt: skip


if __name__ == "__main__":
    main()
