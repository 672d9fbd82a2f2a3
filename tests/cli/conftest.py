"""Commands run in this process against a fresh SQLite; servers run as real processes."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from labeler.cli.commands import app

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "sample_data"
Run = Callable[..., Result]


@pytest.fixture
def data(tmp_path: Path, migrated_sqlite: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of a migrated, empty installation; the settings point to it."""
    folder = tmp_path / "installation"
    folder.mkdir()
    shutil.copy(migrated_sqlite, folder / "labeler.sqlite")
    for name in list(os.environ):
        if name.startswith("LABELER_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LABELER_DATA", str(folder))
    return folder


@pytest.fixture
def run(data: Path) -> Run:
    """Run a command; by default it must succeed."""

    def call(*words: object, code: int = 0, text: str | None = None) -> Result:
        result = CliRunner().invoke(app, [str(word) for word in words], input=text)
        crashed = result.exception is not None and not isinstance(result.exception, SystemExit)
        assert not crashed, result.exception
        assert result.exit_code == code, result.output
        return result

    return call


@pytest.fixture
def project(run: Run) -> str:
    """The sample standard as project `demo`, with the reviewers of the sample."""
    run("project", "create", "demo", "--standard", SAMPLE / "standard.toml")
    for name, pin in (("anna", "2580"), ("ben", "1470")):
        run("user", "add", name, "--role", "reviewer", "--pin", pin)
        run("member", "add", "demo", name)
    return "demo"


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder with three of the sample pictures, one of them deeper down."""
    folder = tmp_path / "pictures"
    (folder / "deeper").mkdir(parents=True)
    for name, place in (
        ("plate-0401-b.jpg", "plate-0401-b.jpg"),
        ("plate-0401-m.png", "plate-0401-m.png"),
        ("plate-0402-m.png", "deeper/plate-0402-m.png"),
    ):
        shutil.copy(SAMPLE / "images" / name, folder / place)
    return folder


def children_of(pid: int) -> list[int]:
    """The running children of a process."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                after_name = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(after_name[1]) == pid and after_name[0] != "Z":
                found.append(int(entry.name))
    return found


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(true: Callable[[], object], *, seconds: float = 60) -> bool:
    """Wait for something to become true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return False


@dataclass
class Running:
    """A server as a process; its output goes to a file."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def output(self) -> str:
        return self.log.read_text("utf-8")

    @property
    def address(self) -> str:
        found = re.search(r"Labeler is at (http://\S+)", self.output)
        assert found, self.output
        return found[1]

    def answers(self) -> bool:
        if self.process.poll() is not None:
            raise AssertionError(self.output)
        try:
            with urllib.request.urlopen(f"{self.address}/healthz", timeout=2) as answer:  # noqa: S310  loopback
                return bool(answer.status == 200)
        except (OSError, AssertionError, urllib.error.URLError):
            return False

    def worker(self) -> int:
        """The process id of the worker beside it."""
        assert until(lambda: children_of(self.process.pid)), self.output
        return children_of(self.process.pid)[-1]

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


Start = Callable[..., Running]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a command that serves, on a free port, and wait until it answers."""
    begun: list[Running] = []

    def call(*words: object, **environment: str) -> Running:
        log = tmp_path / f"server-{len(begun)}.log"
        env = {k: v for k, v in os.environ.items() if not k.startswith("LABELER_")}
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "labeler.cli", *map(str, words), "--port", "0"],
                cwd=ROOT, env=env | environment, stdout=out, stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )  # fmt: skip
        running = Running(process, log)
        begun.append(running)
        assert until(running.answers, seconds=180), running.output
        return running

    yield call
    for one in begun:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()
