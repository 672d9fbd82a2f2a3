"""Clients that claim and submit over kept-alive connections, as fast as answers come.

Hand-written HTTP: on two cores a comfortable client library would be the bottleneck, and
the servers would look alike.
"""

import asyncio
import json
import time
import uuid
from dataclasses import dataclass, field

try:
    from uvloop import new_event_loop
except ImportError:
    from asyncio import new_event_loop


@dataclass
class Outcome:
    """What the clients saw: seconds per request, and everything that was not 2xx."""

    seconds: float = 0.0
    loops: int = 0
    waits_s: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def percentile_ms(self, share: float) -> float:
        """The wait under which `share` of the requests stayed, in ms."""
        waits = sorted(self.waits_s)
        return 1000 * waits[min(int(share * len(waits)), len(waits) - 1)]


class Connection:
    """One kept-alive connection."""

    def __init__(self, port: int, token: str) -> None:
        self.port, self.token = port, token

    async def open(self) -> None:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)

    async def post(self, path: str, body: dict) -> tuple[int, dict]:
        content = json.dumps(body).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self.token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        self.writer.write(head.encode() + content)
        raw = await self.reader.readuntil(b"\r\n\r\n")
        lines = raw.decode().split("\r\n")
        length = next(int(x[15:]) for x in lines if x.lower().startswith("content-length"))
        answer = await self.reader.readexactly(length)
        return int(lines[0][9:12]), json.loads(answer)


async def _client(
    connection: Connection, code: str, until: float, think_s: float, outcome: Outcome
) -> None:
    await connection.open()
    while time.perf_counter() < until:
        started = time.perf_counter()
        status, leases = await connection.post(f"/api/v1/projects/{code}/assignments", {"count": 1})
        claimed = time.perf_counter()
        if status != 200 or not leases["items"]:
            outcome.errors.append(f"claim {status} {leases}")
            return
        if think_s:
            await asyncio.sleep(think_s)
        [lease] = leases["items"]
        before = time.perf_counter()
        status, answer = await connection.post(
            "/api/v1/reviews",
            {
                "submission_id": uuid.uuid4().hex,
                "assignment": lease["id"],
                "standard_version": lease["standard_version"],
                "unusable": None,
                "judgements": [],
                "reviewed_at": "2026-03-02T06:00:00Z",
                "elapsed_s": 2.0,
            },
        )
        if status not in (200, 201):
            outcome.errors.append(f"submit {status} {answer}")
            return
        outcome.loops += 1
        outcome.waits_s += [claimed - started, time.perf_counter() - before]
    connection.writer.close()


def drive(
    port: int, code: str, tokens: list[str], *, seconds: float, think_s: float = 0.0
) -> Outcome:
    """One client per token for `seconds`; what they saw."""
    outcome = Outcome()

    async def all_clients() -> None:
        started = time.perf_counter()
        await asyncio.gather(
            *(
                _client(Connection(port, t), code, started + seconds, think_s, outcome)
                for t in tokens
            )
        )
        outcome.seconds = time.perf_counter() - started

    loop = new_event_loop()
    try:
        loop.run_until_complete(all_clients())
    finally:
        loop.close()
    return outcome
