"""A server process as a test drives it: start, wait until it answers, kill, stop.

Nothing here imports labeler: what these tests know of it came over HTTP.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

REPO = Path(__file__).parents[2]
START_S = 180
PASSWORD = "a long enough password"


def free_port() -> int:
    """A port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """One installation's server process; its address stays the same over restarts."""

    def __init__(
        self, data: Path, database_url: str = "", *, program: str = "labeler.cli", **settings: str
    ) -> None:
        self.data = data
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self._program = program
        kept = {k: v for k, v in os.environ.items() if not k.startswith("LABELER_")}
        told = {"data": str(data), "database_url": database_url, **settings}
        named = {f"LABELER_{name.upper()}": value for name, value in told.items()}
        self._environment = {**kept, **named, "PYTHONPATH": str(REPO)}

    def command(self, *words: str, given: str = "") -> str:
        """What a command of the command line prints; it must succeed."""
        done = subprocess.run(
            [sys.executable, "-m", self._program, *words], cwd=REPO, env=self._environment,
            input=given, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{words}: {done.stderr}"
        return done.stdout.strip()

    def found(self) -> str:
        """Make tables and an administrator; the administrator's token."""
        self.command("db", "upgrade")
        self.command("user", "add", "admin", "--role", "admin", "--password-stdin", given=PASSWORD)
        return self.command("token", "create", "--user", "admin")

    def start(self) -> None:
        """Start the process and wait for its first answer."""
        self.data.mkdir(parents=True, exist_ok=True)
        with (self.data / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self._program, "serve", "--port", str(self.port)],
                cwd=REPO, env=self._environment, stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip
        end = time.monotonic() + START_S
        while not self._answers():
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < end, "the server did not start"
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.address}/healthz", timeout=2).is_success
        except httpx.HTTPError:
            return False

    def kill(self) -> None:
        """kill -9: no goodbye, no flush."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to end."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            self.process.send_signal(how)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def log(self) -> str:
        """What the process printed."""
        return (self.data / "server.log").read_text("utf-8", "replace")

    def client(self, token: str, **more: Any) -> httpx.Client:
        """A client of the API with a token."""
        return httpx.Client(
            base_url=f"{self.address}/api/v1", headers={"authorization": f"Bearer {token}"},
            timeout=120, **more,
        )  # fmt: skip

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def call(client: httpx.Client, method: str, path: str, **given: Any) -> Any:
    """The JSON of a request that must succeed."""
    answer = client.request(method, path, **given)
    assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
    return answer.json() if answer.content else None


def every(client: httpx.Client, path: str, **params: Any) -> list[Any]:
    """All items of a list, page after page."""
    items: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        page = call(client, "GET", path, params={"limit": 500, **params, **cursor})
        items += page["items"]
        if not page["next_cursor"]:
            return items
        cursor = {"cursor": page["next_cursor"]}


def hire(admin: httpx.Client, code: str, people: dict[str, str]) -> dict[str, str]:
    """Add people (name → role) to a project; a token each."""
    tokens = {}
    for name, role in people.items():
        call(admin, "POST", "/users", json={"name": name, "role": role})
        call(admin, "PUT", f"/projects/{code}/members/{name}")
        tokens[name] = call(admin, "POST", "/tokens", json={"user": name})["token"]
    return tokens
