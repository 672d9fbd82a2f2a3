"""The worker beside a server: a child process that lives exactly as long as its parent.

The parent keeps the writing end of the child's standard input and never writes. Whatever
ends the parent, kill -9 too, closes it, and the child sees the end of its input.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress

from labeler.cli.output import note

_LONGEST_PAUSE_S = 30.0
_PATIENCE_S = 10.0


def stop_event(*, until_stdin_ends: bool) -> threading.Event:
    """An event that SIGTERM, SIGINT and, if wanted, the end of standard input set."""
    stop = threading.Event()

    def end(_number: int, _frame: object) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    if until_stdin_ends:
        threading.Thread(target=_watch_stdin, args=(stop,), daemon=True).start()
    return stop


def _watch_stdin(stop: threading.Event) -> None:
    while os.read(0, 1024):
        pass
    stop.set()
    time.sleep(_PATIENCE_S)
    # A long job must not outlive the server, nor the processes that render for it; another
    # worker takes the job over.
    end_group(os.getpid())
    os._exit(1)


def end_group(leader: int) -> None:
    """Kill the processes of a worker's group: its renderers, and itself if it is there."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


class WorkerProcess:
    """Keeps one worker running: starts it again when it dies, more slowly each time."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = {**os.environ, **environment}
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start it, and a thread that watches over it."""
        self._thread = threading.Thread(
            target=self._keep_running, name="worker-keeper", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End it; it gets some seconds to put its job down."""
        self._stop.set()
        with self._lock:
            child = self._child
        if child is not None:
            if child.stdin is not None:
                child.stdin.close()
            try:
                child.wait(_PATIENCE_S)
            except subprocess.TimeoutExpired:
                end_group(child.pid)
                child.wait()
        if self._thread is not None:
            self._thread.join()

    def _keep_running(self) -> None:
        pause = 1.0
        while not self._stop.is_set():
            begun = time.monotonic()
            with self._lock:
                if self._stop.is_set():
                    return
                self._child = self._spawn()
            code = self._child.wait()
            end_group(self._child.pid)
            if self._stop.is_set():
                return
            pause = 1.0 if time.monotonic() - begun > 60 else min(2 * pause, _LONGEST_PAUSE_S)
            note(f"The worker ended with code {code}; it starts again in {pause:.0f} seconds.")
            self._stop.wait(pause)

    def _spawn(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", "labeler.cli", "worker", "--until-stdin-ends"]
        return subprocess.Popen(  # noqa: S603  our own interpreter and module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            env=self._environment,
            # Ctrl-C goes to the server, which ends the worker in its turn.
            start_new_session=True,
        )
