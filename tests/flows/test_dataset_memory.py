"""What an export keeps in memory for every image of it: nearly nothing."""

import hashlib
import tracemalloc
from pathlib import Path

from labeler.core.datasets.rendered import RenderedFile
from labeler.core.datasets.selection import THUMBNAIL_SIDE_PX
from labeler.flows import build_dataset as flow
from labeler.store.shelf import Shelf
from tests.made_datasets import SCRATCH, built, settled

# A thousand for the plan, then for the zip's directory and the leak proof while it is verified.
# Thumbnails alone would be 4,000 more, the manifest's entries about 6,000.
MOST_BYTES_PER_IMAGE = 2_000
FILE = b"a picture"


def written(tasks, _sources, folder, _limits):
    """A renderer that knows no pictures."""
    found = []
    for task in tasks:
        for planned in task.files:
            (folder / planned.path).write_bytes(FILE)
            sha256 = hashlib.sha256(FILE).hexdigest()
            regions = {"scratch": (SCRATCH,)} if task.regions else {}
            found.append(RenderedFile(planned, sha256, len(FILE), 96, 64, regions, None))
    return found


def part(number):
    content = hashlib.sha256(str(number).encode()).digest()
    return settled(
        number,
        {"scratch": [SCRATCH]} if number % 3 == 0 else {},
        unit=f"U{number}",
        width_px=96,
        height_px=64,
        perceptual_hash=content[:8].hex(),
        thumbnail=content * (THUMBNAIL_SIDE_PX**2 // len(content)),
    )


def peak_bytes(folder: Path, count: int) -> int:
    """The most that an export of so many images holds at once."""
    folder.mkdir()
    with Shelf(folder) as images:
        for number in range(count):
            images.append(part(number))
        tracemalloc.start()
        try:
            dataset = built(images, {}, folder, folder)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert sum(split["images"] for split in dataset.counts["real"].values()) == count
    return peak


def test_more_than_twice_the_images_take_hardly_more_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(flow, "render_several", written)
    few = peak_bytes(tmp_path / "few", 500)
    # Twice: the interpreter's own tables grow now and then, by megabytes.
    many = min(peak_bytes(tmp_path / f"many {turn}", 1_250) for turn in range(2))
    assert (many - few) / 750 < MOST_BYTES_PER_IMAGE
