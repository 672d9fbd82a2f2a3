"""One decoding child process, seen from its parent."""

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import labeler
from labeler.core.errors import Unavailable
from labeler.pixels.limits import ChildLimits, Limits
from labeler.pixels.messages import BrokenMessage, Message, receive, send
from labeler.pixels.refusals import Refusal, RefusedImage

_START_S = 60.0
_END_S = 2.0

# What an interpreter needs to start; tokens, passwords and database addresses stay here.
_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP")


class ChildGone(Exception):
    """The child has ended without an answer."""


class Child:
    """A running `labeler.pixels.inspect_child`; for one thread at a time.

    Raises `Unavailable` when it does not start.
    """

    def __init__(self, limits: Limits, child_limits: ChildLimits) -> None:
        self._allowed = child_limits
        self._asked = 0
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-P", "-s", "-m", "labeler.pixels.inspect_child",
             _settings(limits, child_limits)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            bufsize=0, close_fds=True, env=_environment(), cwd=Path(sys.executable).anchor,
        )  # fmt: skip
        self._greet()

    @property
    def pid(self) -> int:
        """Its process id, for whoever looks after processes."""
        return self._process.pid

    @property
    def fresh(self) -> bool:
        """Whether it was asked at most once, so that no earlier image can be to blame."""
        return self._asked <= 1

    def usable(self) -> bool:
        """Tell whether it lives and has not reached its number of images."""
        return self._process.poll() is None and self._asked < self._allowed.images

    def ask(self, request: Message) -> Message:
        """Send one request and wait for the answer, no longer than the limits allow.

        Raises `RefusedImage` when its time ran out, `ChildGone` when it died of anything else,
        before or after it was asked, `BrokenMessage` when it answered nonsense.
        """
        self._asked += 1
        try:
            send(_descriptor(self._process.stdin), request)
        except OSError as problem:
            raise ChildGone from problem
        with _Deadline(self._process, self._allowed.wall_s) as deadline:
            reply = receive(_descriptor(self._process.stdout))
        if reply is None or deadline.passed:
            self.kill()
        if reply is not None:
            return reply
        if deadline.passed or self._process.returncode == -getattr(signal, "SIGXCPU", 0):
            raise RefusedImage(Refusal.TOO_SLOW)
        raise ChildGone

    def end(self) -> None:
        """Let it finish by ending its input; kill it if it will not."""
        _close(self._process.stdin)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_S)
        self.kill()

    def kill(self) -> None:
        """End it at once; harmless when it is dead."""
        self._process.kill()
        self._process.wait()
        _close(self._process.stdin)
        _close(self._process.stdout)

    def _greet(self) -> None:
        with _Deadline(self._process, _START_S):
            try:
                greeting = receive(_descriptor(self._process.stdout))
            except BrokenMessage:
                greeting = None
        if greeting is None:
            self.kill()
            raise Unavailable("The image decoder cannot be started.")


class _Deadline:
    """Kills a process unless the block is left within `seconds`.

    A timer thread rather than `select`, which knows no pipes on Windows. Leaving the block waits
    for the timer, so it can never hit the next request.
    """

    def __init__(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        self.passed = False
        self._process = process
        self._timer = threading.Timer(seconds, self._kill)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        self._timer.join()

    def _kill(self) -> None:
        self.passed = True
        self._process.kill()


def _settings(limits: Limits, child_limits: ChildLimits) -> str:
    return json.dumps(
        {
            "limits": dataclasses.asdict(limits),
            "memory_bytes": child_limits.memory_bytes,
            "cpu_s": child_limits.cpu_s,
            "file_bytes": child_limits.file_bytes,
        }
    )


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    return {
        **kept,
        "PYTHONPATH": str(Path(labeler.__file__).absolute().parents[1]),
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        # Threads would each reserve address space, and one image needs none.
        "OPENBLAS_NUM_THREADS": "1",
    }


def _descriptor(stream: IO[bytes] | None) -> int:
    if stream is None or stream.closed:
        raise ChildGone
    return stream.fileno()


def _close(stream: IO[bytes] | None) -> None:
    if stream is not None:
        stream.close()
