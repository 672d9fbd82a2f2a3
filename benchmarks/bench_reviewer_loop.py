"""Claim + submit through Labeler beside the limit program, in one run.

    python -m benchmarks.bench_reviewer_loop [--rounds 5] [--seconds 5] [--clients 16]
        [--think 0]

Aim: at least 25 % of the limit's loops per second with 16 clients that do not think, and
with 64 clients that think one second a p99 of at most five times the limit's, no error.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from benchmarks.reviewer_loop.load import Outcome, drive

FOLDER = Path(__file__).parent / "reviewer_loop"
IMAGES = 40_000


def _wait_for(port: int) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1).read()
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the server did not start")


def _cpu_s(pid: int) -> float:
    """Processor seconds of a process so far; 0 where the system does not tell."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    user, system = stat.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def measure(
    which: str, port: int, clients: int, seconds: float, think_s: float
) -> tuple[Outcome, float]:
    """Start one server on fresh data, drive it, stop it; what clients saw, and its CPU s."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if which == "limit":
            where = [str(FOLDER / "limit_server.py"), str(folder / "limit.sqlite")]
            command = [sys.executable, *where, str(port), str(IMAGES)]
        else:
            module = ["-m", "benchmarks.reviewer_loop.labeler_server", str(folder)]
            command = [sys.executable, *module, str(port), str(IMAGES), str(clients)]
        server = subprocess.Popen(command)
        try:
            _wait_for(port)
            if which == "limit":
                code, tokens = "bench", [f"t{n}" for n in range(clients)]
            else:
                code, *tokens = (folder / "tokens").read_text().split("\n")
            drive(port, code, tokens, seconds=0.5)
            before = _cpu_s(server.pid)
            outcome = drive(port, code, tokens, seconds=seconds, think_s=think_s)
            return outcome, _cpu_s(server.pid) - before
        finally:
            server.terminate()
            server.wait()


def main() -> None:
    """Measure, alternating, and print absolutes and ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--think", type=float, default=0.0)
    given = parser.parse_args()
    ratios, waits = [], []
    for turn in range(given.rounds):
        found = {}
        for offset, which in enumerate(("limit", "labeler")):
            port = 18_400 + 2 * turn + offset
            outcome, cpu_s = measure(which, port, given.clients, given.seconds, given.think)
            found[which] = outcome
            print(
                f"{which:8} {outcome.loops / outcome.seconds:8.1f} loops/s   "
                f"p50 {outcome.percentile_ms(0.5):7.2f} ms   "
                f"p99 {outcome.percentile_ms(0.99):7.2f} ms   "
                f"CPU {1000 * cpu_s / max(outcome.loops, 1):6.2f} ms/loop   "
                f"errors {len(outcome.errors)}",
                flush=True,
            )
            for error in outcome.errors[:3]:
                print("   ", error[:200])
        speed = {k: v.loops / v.seconds for k, v in found.items()}
        ratios.append(speed["labeler"] / speed["limit"])
        waits.append(found["labeler"].percentile_ms(0.99) / found["limit"].percentile_ms(0.99))
    print(f"loops/s, labeler : limit = {statistics.median(ratios):.2f} (median)")
    print(f"p99, labeler : limit = {statistics.median(waits):.1f} (median)")


if __name__ == "__main__":
    main()
