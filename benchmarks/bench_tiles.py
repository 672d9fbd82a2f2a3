"""What the first and a later tile of a very large image cost, beside a bare Pillow in the same run.

    python -m benchmarks.bench_tiles [--side 8192] [--rounds 3] [--json]

Bare: open, decode, crop 512 × 512, encode as JPEG, once per tile, without limits and without a
child process. The first tile here includes checking who asks, starting nothing (the child is
warm), decoding under limits, cutting and storing every tile of every level. Aim: the first at most
8 times bare, a later one at most a fiftieth of it.
"""

import argparse
import io
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.made_project import CODE, make_project
from labeler.core.people import Principal, effective_scopes
from labeler.core.terms import Role
from labeler.flows import tiles
from labeler.flows.images import list_images
from labeler.flows.ingest import ingest
from labeler.flows.site import Site, open_site
from labeler.settings import Settings
from labeler.store.intake import IntakeLimits, walk_upload

TILE_PX = 512
LATER = 50


def line_scans(side: int) -> dict[str, bytes]:
    """Made-up scans: gray JPEG and PNG of 8 bits, gray PNG of 16."""
    grain = np.random.default_rng(5).normal(140, 14, (1024, 1024)).clip(0, 255).astype(np.uint8)
    copies = -(-side // 1024)
    gray = np.tile(grain, (copies, copies))[:side, :side]
    return {
        "gray.jpg": _encoded(gray, "JPEG", quality=90),
        "gray.png": _encoded(gray, "PNG", compress_level=1),
        "gray16.png": _encoded(gray.astype(np.uint16) * 16, "PNG", compress_level=1),
    }


def _encoded(pixels: np.ndarray, kind: str, **options: int) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind, **options)
    return out.getvalue()


def bare_tile(data: bytes) -> bytes:
    """A tile by Pillow alone; 16 bits lose their low byte, which is less work than a window."""
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        part = image.crop((TILE_PX, TILE_PX, 2 * TILE_PX, 2 * TILE_PX))
        if part.mode != "L":
            part = Image.fromarray((np.asarray(part) >> 8).astype(np.uint8))
        out = io.BytesIO()
        part.save(out, "JPEG", quality=90)
        return out.getvalue()


def our_tile(site: Site, who: Principal, image: str, x: int = 1, y: int = 1) -> bytes:
    """A tile as the web asks for it, waiting for its making where needed."""
    asked = tiles.find_tile(site, who, image, "0", f"{x}_{y}")
    work = tiles.making(site, asked.picture)
    if work is not None:
        work.result()
    return tiles.read_tile(site, asked)


def seconds(deed: Callable[[], object]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    deed()
    return time.perf_counter() - began


def measure(site: Site, who: Principal, image: str, data: bytes, rounds: int) -> dict[str, float]:
    """Medians in seconds, with ratios to bare; the kinds take turns."""
    bare, first, later = [], [], []
    sha256 = tiles.find_tile(site, who, image, "0", "0_0").picture.sha256
    for _ in range(rounds):
        bare.append(seconds(lambda: bare_tile(data)))
        site.blobs.tiles_path(sha256).unlink(missing_ok=True)
        first.append(seconds(lambda: our_tile(site, who, image)))
        later += [
            seconds(lambda n=n: our_tile(site, who, image, n % 7, n // 7 % 7)) for n in range(LATER)
        ]
    medians = [statistics.median(each) for each in (bare, first, later)]
    return {
        "bare_s": medians[0], "first_s": medians[1], "later_s": medians[2],
        "first_ratio": medians[1] / medians[0], "later_ratio": medians[2] / medians[0],
    }  # fmt: skip


def main() -> None:
    """Print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--side", type=int, default=8192)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    Image.MAX_IMAGE_PIXELS = None
    with tempfile.TemporaryDirectory() as folder:
        site = open_site(Settings(data=Path(folder)))
        make_project(site, images=0, reviewers=1)
        who = Principal("bench", "bench", Role.ADMIN, effective_scopes(Role.ADMIN, None))
        limits = IntakeLimits(max_file_bytes=1 << 30, max_entries=10, max_total_bytes=1 << 32)
        found = {}
        for name, data in line_scans(chosen.side).items():
            results = ingest(site, who, CODE, walk_upload(name, io.BytesIO(data), limits))
            assert [one.status for one in results] == ["imported"], results
            [image] = [one for one in list_images(site, who, CODE) if one.file == name]
            our_tile(site, who, image.id)  # the child is warm from here on
            found[name] = measure(site, who, image.id, data, chosen.rounds)
        site.close()
    if chosen.json:
        print(json.dumps(found))
        return
    for name, told in found.items():
        print(
            f"{name:>11}: bare {told['bare_s']:.2f} s; first {told['first_s']:.2f} s "
            f"({told['first_ratio']:.1f}×); later {told['later_s'] * 1000:.1f} ms "
            f"({told['later_ratio']:.3f}×)"
        )


if __name__ == "__main__":
    main()
