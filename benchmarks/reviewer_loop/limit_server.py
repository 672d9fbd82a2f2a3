"""The limit: the same two requests with nothing but uvicorn, JSON, sqlite3 and group commit.

It never imports labeler. It keeps the same promises where they cost rows: a hashed token
says who asks, every answer comes after a synced commit of one writer, leases have places,
the quota of two reviewers per image holds, a submission id is unique, two reviews settle
an image, and every change leaves a chained event. Endpoints run in a pool of 40 threads.
It checks no body, no standard, no membership, and knows no region, extra or lapsed lease.

    python limit_server.py DATABASE PORT IMAGES
"""

import asyncio
import hashlib
import json
import queue
import sys
import threading
import time
import uuid
from concurrent.futures import Future, ThreadPoolExecutor

import uvicorn

try:
    from pysqlite3 import dbapi2 as sqlite3
except ImportError:
    import sqlite3

SCHEMA = """
CREATE TABLE token (secret TEXT PRIMARY KEY, reviewer TEXT NOT NULL);
CREATE TABLE image (id TEXT PRIMARY KEY, free INTEGER NOT NULL, state TEXT NOT NULL);
CREATE INDEX open_image ON image(id) WHERE free > 0;
CREATE TABLE assignment (id TEXT PRIMARY KEY, image TEXT NOT NULL, reviewer TEXT NOT NULL,
    place INTEGER, state TEXT NOT NULL, expires REAL NOT NULL,
    UNIQUE(image, reviewer), UNIQUE(image, place));
CREATE INDEX lease ON assignment(reviewer, expires) WHERE state = 'leased';
CREATE TABLE review (id TEXT PRIMARY KEY, submission TEXT NOT NULL UNIQUE,
    assignment TEXT NOT NULL, image TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX review_image ON review(image);
CREATE TABLE cursor (reviewer TEXT PRIMARY KEY, image TEXT NOT NULL);
CREATE TABLE event (number INTEGER PRIMARY KEY, body TEXT NOT NULL, hash TEXT NOT NULL);
"""
LEASE_S = 1800.0


def connect(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=15000"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def log(db: sqlite3.Connection, body: dict) -> None:
    number, last = db.execute(
        "SELECT number, hash FROM event ORDER BY number DESC LIMIT 1"
    ).fetchone() or (0, "")
    text = json.dumps(body, sort_keys=True)
    digest = hashlib.sha256((last + text).encode()).hexdigest()
    db.execute("INSERT INTO event VALUES (?, ?, ?)", (number + 1, text, digest))


def claim(db: sqlite3.Connection, reviewer: str, _body: dict) -> dict:
    now = time.time()
    held = db.execute(
        "SELECT id, image FROM assignment "
        "WHERE state = 'leased' AND reviewer = ? AND expires > ? LIMIT 1",
        (reviewer, now),
    ).fetchone()
    if held is None:
        row = db.execute("SELECT image FROM cursor WHERE reviewer = ?", (reviewer,)).fetchone()
        image = db.execute(
            "SELECT id, free FROM image WHERE free > 0 AND id > ? ORDER BY id LIMIT 1",
            (row[0] if row else "",),
        ).fetchone()
        if image is None:
            return {"items": []}
        held = (uuid.uuid4().hex, image[0])
        db.execute(
            "INSERT INTO assignment VALUES (?, ?, ?, ?, 'leased', ?)",
            (held[0], image[0], reviewer, 2 - image[1], now + LEASE_S),
        )
        db.execute("UPDATE image SET free = free - 1 WHERE id = ?", image[:1])
        db.execute("INSERT OR REPLACE INTO cursor VALUES (?, ?)", (reviewer, image[0]))
        log(db, {"who": reviewer, "what": "claimed", "image": image[0]})
    return {
        "items": [
            {
                "id": held[0],
                "image": {"id": held[1], "width_px": 1000, "height_px": 800,
                          "preview_url": f"/api/v1/images/{held[1]}/preview?width=1280"},
                "standard_version": 1,
                "expires_at": now + LEASE_S,
            }
        ]
    }  # fmt: skip


def submit(db: sqlite3.Connection, reviewer: str, body: dict) -> dict:
    review = uuid.uuid4().hex
    if db.execute("SELECT 1 FROM review WHERE submission = ?", (body["submission_id"],)).fetchone():
        return {}
    image, free = db.execute(
        "SELECT i.id, i.free FROM assignment a JOIN image i ON i.id = a.image "
        "WHERE a.id = ? AND a.reviewer = ?",
        (body["assignment"], reviewer),
    ).fetchone()
    db.execute(
        "INSERT INTO review VALUES (?, ?, ?, ?, ?)",
        (review, body["submission_id"], body["assignment"], image, json.dumps(body)),
    )
    db.execute("UPDATE assignment SET state = 'submitted' WHERE id = ?", (body["assignment"],))
    log(db, {"who": reviewer, "what": "submitted", "review": review})
    said = db.execute("SELECT body FROM review WHERE image = ?", (image,)).fetchall()
    if free == 0 and len(said) == 2:
        settled = all(not json.loads(one)["judgements"] for (one,) in said)
        db.execute(
            "UPDATE image SET state = ? WHERE id = ?",
            ("settled" if settled else "disputed", image),
        )
        log(db, {"who": reviewer, "what": "settled", "image": image})
    return {
        "id": review, "submission_id": body["submission_id"], "assignment": body["assignment"],
        "image": image, "received_at": time.time(), "extra": False,
    }  # fmt: skip


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
            answers = [work(self.db, who, given) for work, who, given, _done in batch]
            self.db.execute("COMMIT")
            for (_work, _who, _given, done), answer in zip(batch, answers, strict=True):
                done.set_result(answer)


def make_app(writer: Writer, readers: ThreadPoolExecutor, path: str):
    local = threading.local()

    def answer(route: str, secret: str, body: bytes) -> bytes:
        """In a thread of the pool, as the framework runs its endpoints."""
        if not hasattr(local, "db"):
            local.db = connect(path)
        hashed = hashlib.sha256(secret.encode()).hexdigest()
        row = local.db.execute("SELECT reviewer FROM token WHERE secret = ?", (hashed,)).fetchone()
        given = json.loads(body)
        done: Future = Future()
        writer.waiting.put(
            (claim if route.endswith("/assignments") else submit, row[0], given, done)
        )
        return json.dumps(done.result()).encode()

    async def app(scope, receive, send) -> None:
        if scope["type"] != "http":
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        if scope["path"] == "/healthz":
            content = b"{}"
        else:
            secret = dict(scope["headers"])[b"authorization"].decode()[7:]
            content = await asyncio.get_running_loop().run_in_executor(
                readers, answer, scope["path"], secret, body
            )
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
    db.executemany(
        "INSERT INTO image VALUES (?, 2, 'waiting')", ((f"{n:032x}",) for n in range(images))
    )
    tokens = ((hashlib.sha256(f"t{n}".encode()).hexdigest(), f"r{n}") for n in range(1000))
    db.executemany("INSERT INTO token VALUES (?, ?)", tokens)
    db.execute("COMMIT")
    db.close()
    writer = Writer(path)
    writer.start()
    uvicorn.run(
        make_app(writer, ThreadPoolExecutor(40), path), host="127.0.0.1", port=port,
        log_level="warning", access_log=False, lifespan="off",
    )  # fmt: skip


if __name__ == "__main__":
    main()
