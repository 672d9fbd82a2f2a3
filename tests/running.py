"""A real server in a process of its own, as an installation runs it."""

import os
import queue
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from labeler.settings import PREFIX

START_S = 180
STOP_S = 60


@dataclass(frozen=True)
class Running:
    """A server that has said where it is; `said` is what it printed until then."""

    address: str
    said: str
    process: subprocess.Popen[str]


def plain_environment(**wanted: str) -> dict[str, str]:
    """This environment without anybody's `LABELER_` settings, and with `wanted`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return kept | {"PYTHONUNBUFFERED": "1", "NO_COLOR": "1"} | wanted


@contextmanager
def running(
    command: Sequence[str], *, folder: Path, environment: Mapping[str, str]
) -> Iterator[Running]:
    """Start `command`, wait until it prints its address, and end it with what it started."""
    process = subprocess.Popen(
        command, cwd=folder, env=dict(environment), text=True, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        said = _until_it_serves(process)
        found = re.search(r"Labeler is at (https?://\S+)", said)
        assert found is not None, said
        yield Running(found.group(1), said, process)
    finally:
        with suppress(ProcessLookupError):  # a test may have ended it
            os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(STOP_S)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(STOP_S)


def _until_it_serves(process: "subprocess.Popen[str]") -> str:
    lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def listen() -> None:
        with process.stdout:
            for line in process.stdout:
                lines.put(line)
        lines.put(None)

    threading.Thread(target=listen, daemon=True).start()
    said, end = "", time.monotonic() + START_S
    while "Labeler is at " not in said:
        try:
            line = lines.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            raise AssertionError(f"no address after {START_S} s:\n{said}") from None
        assert line is not None, f"it ended with {process.wait(STOP_S)}:\n{said}"
        said += line
    return said
