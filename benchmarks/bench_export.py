"""A whole export beside its bare pixel work, alternating, and memory at two sizes.

    python -m benchmarks.bench_export [--images 120] [--side 1024] [--copies 2] [--rounds 5]
        [--workers 2] [--memory 500 5000] [--memory-side 128]

Labeler plans, splits by group, renders, writes COCO and csv, hashes, zips and verifies; the
limit program only decodes, applies the very same transforms to picture and mask, encodes and
writes. Both have the same number of processes, started and warmed beforehand. Aim: at least
85 % of its files per second; memory that is the same for 500 and 5,000 images.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.export.made_parts import make, polygon

LIMIT = Path(__file__).parent / "export" / "limit_program.py"


def run(command: list[str]) -> dict[str, float]:
    done = subprocess.run([sys.executable, *command], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def labeler(work: Path, workers: int, recipe: dict[str, object]) -> dict[str, float]:
    module = ["-m", "benchmarks.export.labeler_program"]
    return run([*module, str(work), str(workers), json.dumps(recipe)])


def jobs_of(work: Path, side: int) -> list[dict[str, object]]:
    """The transforms that Labeler drew, for the limit program to repeat."""
    manifest = json.loads((work / "out/bench/manifest.json").read_text())
    jobs: dict[str, dict[str, object]] = {}
    for file in manifest["files"]:
        job = jobs.setdefault(
            file["image"],
            {
                "source": str(work / "sources" / file["image"]),
                "polygon": polygon(side),
                "files": [],
            },
        )
        variant = file["variant"] or {"copy": 0, "transforms": []}
        job["files"].append({"name": file["path"].rsplit("/", 1)[-1], **variant})
    return list(jobs.values())


def speed(asked: argparse.Namespace) -> None:
    recipe = {
        "splits": {"train": 1},
        "augment": {"preset": "surface", "copies_per_image": asked.copies},
    }
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        make(work, asked.images, asked.side)
        labeler(work, asked.workers, recipe)
        jobs = work / "jobs.json"
        jobs.write_text(json.dumps(jobs_of(work, asked.side)))
        ratios: dict[str, list[float]] = {"seconds": [], "processor_s": []}
        for number in range(asked.rounds):
            bare = work / "bare"
            bare.mkdir()
            limit = run([str(LIMIT), str(jobs), str(bare), str(asked.workers)])
            shutil.rmtree(bare)
            ours = labeler(work, asked.workers, recipe)
            for figure, found in ratios.items():
                rates = ours["files"] / ours[figure], limit["files"] / limit[figure]
                found.append(rates[0] / rates[1])
            print(
                f"round {number + 1}: Labeler {ours['files'] / ours['seconds']:.1f} files/s,"
                f" limit {limit['files'] / limit['seconds']:.1f} files/s,"
                f" {ratios['seconds'][-1]:.0%}; by processor time {ratios['processor_s'][-1]:.0%}",
                flush=True,
            )
        wall, processor = (statistics.median(found) for found in ratios.values())
        print(f"median {wall:.0%} of the limit (aim: at least 85 %); by processor time, which")
        print(f"other programs on the machine disturb less, {processor:.0%}", flush=True)


def memory(asked: argparse.Namespace) -> None:
    recipe = {"augment": {"preset": "surface"}}
    peaks = []
    for count in asked.memory:
        with tempfile.TemporaryDirectory() as name:
            work = Path(name)
            make(work, count, asked.memory_side)
            found = labeler(work, asked.workers, recipe)
        print(
            f"{count} images: peak {found['parent_mib']:.0f} MiB in the exporting process,"
            f" {found['worker_mib']:.0f} MiB in a worker",
            flush=True,
        )
        peaks.append(found["parent_mib"])
    if len(peaks) > 1:
        print(f"the most images beside the fewest: {peaks[-1] / peaks[0]:.2f} (aim: equal)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=120)
    parser.add_argument("--side", type=int, default=1024)
    parser.add_argument("--copies", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--memory", type=int, nargs="*", default=[500, 5000])
    parser.add_argument("--memory-side", type=int, default=128)
    asked = parser.parse_args()
    if asked.rounds:
        speed(asked)
    memory(asked)


if __name__ == "__main__":
    main()
