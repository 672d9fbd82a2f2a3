"""Run every benchmark, for `make bench`, and write what it printed to docs/figures.md.

python -m benchmarks.figures [--only NAME ...]
"""

import argparse
import subprocess
import sys

from benchmarks import AIM_MISSED
from tests.proof.figures_page import measured_on, write

BENCHMARKS = {
    "loop": ("The reviewer's loop: claim and submit", ("bench_reviewer_loop",)),
    "tablets": (
        "64 tablets that think for a second",
        ("bench_reviewer_loop", "--clients", "64", "--think", "1"),
    ),
    "cold-start": ("From the start to the first answer", ("bench_cold_start",)),
    "many-images": ("Claiming with few and with many images", ("bench_claims",)),
    "agreement": (
        "Agreement of a million images, three reviewers, eight defect types",
        ("bench_agreement",),
    ),
    "export": ("Export beside its bare pixel work", ("bench_export",)),
    "tiles": ("Tiles of a very large image", ("bench_tiles",)),
    "review-page": ("The review page in a slow browser", ("bench_review_page",)),
}


def run(name: str) -> bool:
    """Run one benchmark, show what it prints as it comes, and write it down.

    The answer is whether it met its aims.
    """
    title, (module, *options) = BENCHMARKS[name]
    print(f"== {title}", flush=True)
    command = [sys.executable, "-m", f"benchmarks.{module}", *options]
    lines = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    if process.returncode not in (0, AIM_MISSED):
        raise SystemExit(process.returncode)
    shown = " ".join(["python -m", f"benchmarks.{module}", *options])
    printed = "".join(lines).rstrip()
    write(f"speed {name}", f"## {title}\n\n{measured_on(shown)}\n\n```text\n{printed}\n```")
    return process.returncode == 0


def main() -> None:
    """All of them, or those asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=BENCHMARKS, default=list(BENCHMARKS))
    missed = [name for name in parser.parse_args().only if not run(name)]
    if missed:
        raise SystemExit(f"Aims were missed: {', '.join(missed)}")


if __name__ == "__main__":
    main()
