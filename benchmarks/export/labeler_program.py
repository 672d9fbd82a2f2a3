"""One whole export through Labeler, in a process of its own.

    python -m benchmarks.export.labeler_program WORK WORKERS RECIPE.json

Reads `WORK/images.pickle` (made by `made_parts`), exports into `WORK/out`, prints seconds,
files and the peak memory of this process and of the largest worker.
"""

import json
import os
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import active_children, get_context
from pathlib import Path

from benchmarks.export.made_parts import STANDARD, Stored, made
from labeler.core.datasets.recipe import parse_recipe
from labeler.flows.build_dataset import build_dataset
from labeler.store.shelf import Shelf


def export(images, recipe, sources, out, pool):
    return build_dataset(
        "bench",
        STANDARD,
        images,
        parse_recipe(recipe),
        excluded={},
        assigned={},
        sources=sources,
        out_dir=out,
        executor=pool,
        progress=lambda *_: None,
        cancelled=lambda: False,
    )


def processor_s() -> float:
    """Processor time of this process and its workers so far; Linux only."""
    ticks = 0
    for worker in active_children():
        fields = Path(f"/proc/{worker.pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK") + time.process_time()


def main():
    work, workers, recipe = Path(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])
    sources = Stored(work / "sources")
    (work / "out").mkdir(exist_ok=True)
    with (
        Shelf(work) as images,
        ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool,
    ):
        for image in made(work):
            images.append(image)
        warm = work / "warm"
        warm.mkdir(exist_ok=True)
        export(images[:16], recipe, sources, warm, pool)
        begin, used = time.perf_counter(), processor_s()
        built = export(images, recipe, sources, work / "out", pool)
        seconds, used = time.perf_counter() - begin, processor_s() - used
    files = sum(split["images"] for kind in built.counts.values() for split in kind.values())
    peaks = [
        resource.getrusage(who).ru_maxrss / 1024
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ]
    found = {"seconds": seconds, "processor_s": used, "files": files}
    print(json.dumps({**found, "parent_mib": peaks[0], "worker_mib": peaks[1]}))


if __name__ == "__main__":
    main()
