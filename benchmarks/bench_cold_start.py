"""From starting the process to the first answered request, alternating with a bare server.

    python -m benchmarks.bench_cold_start [--rounds 5]

Labeler starts as an installation does, `labeler serve` over a folder with 1,000 images; the limit
is FastAPI and uvicorn with one route that answers the same. Aim: at most 2 s.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

from benchmarks.made_project import make_project
from labeler.flows.site import open_site
from labeler.settings import Settings
from tests.proof.server import free_port
from tests.running import plain_environment

IMAGES = 1_000
PATIENCE_S = 60
BARE = """
import sys, uvicorn
from fastapi import FastAPI
app = FastAPI()
@app.get("/healthz")
def healthz() -> dict[str, str]:
    return {"status": "ok"}
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
"""


def seconds_to_answer(command: Sequence[str], port: int, environment: Mapping[str, str]) -> float:
    """How long after its start the process answers `/healthz`."""
    began = time.perf_counter()
    process = subprocess.Popen(
        command, env=dict(environment), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while time.perf_counter() < began + PATIENCE_S:
            try:
                httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5).raise_for_status()
            except httpx.HTTPError:
                time.sleep(0.005)
            else:
                return time.perf_counter() - began
        raise TimeoutError(f"no answer within {PATIENCE_S} s")
    finally:
        process.terminate()
        process.wait(20)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        site = open_site(Settings(data=Path(name)))
        make_project(site, images=IMAGES, reviewers=2)
        site.close()
        labeler, bare = [], []
        for number in range(asked.rounds):
            port = free_port()
            serve = [sys.executable, "-m", "labeler.cli", "serve", "--port", str(port)]
            labeler.append(seconds_to_answer(serve, port, plain_environment(LABELER_DATA=name)))
            port = free_port()
            bare.append(
                seconds_to_answer(
                    [sys.executable, "-c", BARE, str(port)], port, plain_environment()
                )
            )
            print(
                f"round {number + 1}: Labeler {labeler[-1]:.2f} s, bare server {bare[-1]:.2f} s",
                flush=True,
            )
    ours, limit = statistics.median(labeler), statistics.median(bare)
    print(f"median {ours:.2f} s (aim: at most 2 s), {ours / limit:.1f} times the bare server")


if __name__ == "__main__":
    main()
