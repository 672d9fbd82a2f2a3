"""The pixel work of an export and nothing else: what this machine could do at best.

Decodes each source once, applies the given transforms to picture and mask, encodes and writes,
with as many processes. No plan, no splits, no labels, no hashes, no zip, no check. It knows
nothing of Labeler.

    python limit_program.py JOBS.json OUT WORKERS

JOBS: [{"source": path, "polygon": [[x, y], …], "files": [{"name", "copy", "transforms"}]}];
prints the seconds and the processor time it took, without starting the processes.
"""

import hashlib
import json
import math
import os
import shutil
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import active_children, get_context
from pathlib import Path

import cv2
import numpy as np

JPEG = [
    cv2.IMWRITE_JPEG_QUALITY,
    95,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
]


def affine(picture, mask, step):
    height, width = mask.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), step["rotate_deg"], step["zoom"])
    matrix[:, 2] += step["shift_x_px"], step["shift_y_px"]
    size = (width, height)
    picture = cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_LINEAR)
    return picture, cv2.warpAffine(mask, matrix, size, flags=cv2.INTER_NEAREST)


def tone(picture, step):
    table = [
        ((value / 255) ** step["gamma"] * step["brightness"] - 0.5) * step["contrast"] + 0.5
        for value in range(256)
    ]
    return cv2.LUT(picture, np.clip(np.array(table) * 255, 0, 255).astype(np.uint8))


def light(picture, step):
    height, width = picture.shape[:2]
    across = np.linspace(-1, 1, width, dtype=np.float32) * np.float32(step["across"])
    down = np.linspace(-1, 1, height, dtype=np.float32) * np.float32(step["down"])
    gain = 1 + across[None, :] + down[:, None]
    return cv2.multiply(picture, cv2.merge([gain] * 3), dtype=cv2.CV_8U)


def noise(picture, step, name):
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    luck = np.random.default_rng(seed)
    tosses = np.bitwise_count(luck.integers(0, 1 << 16, picture.shape[:2], dtype=np.uint16))
    table = np.rint((np.arange(17) - 8) * step["deviation"] / 2).astype(np.int16)
    return cv2.add(picture, cv2.merge([table[tosses]] * 3), dtype=cv2.CV_8U)


def work(job, out):
    cv2.setNumThreads(1)
    source = Path(job["source"])
    original = mask = None
    for file in job["files"]:
        target = out / file["name"]
        if not file["copy"]:
            shutil.copyfile(source, target)
            continue
        if original is None:
            original = cv2.imdecode(
                np.frombuffer(source.read_bytes(), np.uint8),
                cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION,
            )
            mask = np.zeros(original.shape[:2], np.uint8)
            cv2.fillPoly(mask, [np.array(job["polygon"], np.int32)], 1)
        picture, marked = original, mask
        for step in file["transforms"]:
            kind = step["name"]
            if kind == "mirror":
                picture, marked = cv2.flip(picture, 1), cv2.flip(marked, 1)
            elif kind == "quarter_turns":
                turn = [0, cv2.ROTATE_90_COUNTERCLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_CLOCKWISE]
                picture = cv2.rotate(picture, turn[step["count"]])
                marked = cv2.rotate(marked, turn[step["count"]])
            elif kind == "affine":
                picture, marked = affine(picture, marked, step)
            elif kind == "tone":
                picture = tone(picture, step)
            elif kind == "light":
                picture = light(picture, step)
            else:
                picture = noise(picture, step, file["name"])
        assert cv2.boundingRect(marked)[2]
        target.write_bytes(cv2.imencode(".jpg", picture, JPEG)[1].tobytes())
    return len(job["files"])


def processor_s() -> float:
    """Processor time of this process and its workers so far; Linux only."""
    ticks = 0
    for worker in active_children():
        fields = Path(f"/proc/{worker.pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK") + time.process_time()


def main():
    jobs, out, workers = json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2]), sys.argv[3]
    with ProcessPoolExecutor(int(workers), mp_context=get_context("spawn")) as pool:
        list(pool.map(math.sqrt, range(100)))
        list(pool.map(work, jobs[:4], [out] * 4))  # both sides measure warm processes
        begin, used = time.perf_counter(), processor_s()
        written = sum(pool.map(work, jobs, [out] * len(jobs), chunksize=4))
        seconds, used = time.perf_counter() - begin, processor_s() - used
        print(json.dumps({"seconds": seconds, "processor_s": used, "files": written}))


if __name__ == "__main__":
    main()
