"""Settled images, with and without pictures behind them, for the tests of data sets."""

import hashlib
import io
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from labeler.core.consensus import Label
from labeler.core.datasets.recipe import parse_recipe
from labeler.core.datasets.selection import SettledImage
from labeler.core.masks import rasterise, to_rle
from labeler.core.regions import Box, Mask, Polygon, Region
from labeler.core.standard import Standard, parse_standard
from labeler.core.terms import Source, Verdict
from labeler.flows.build_dataset import BuiltDataset, build_dataset
from labeler.pixels.fingerprint import hash_text, perceptual_hash, pixel_sha256, thumbnail

CODES = ("dent", "scratch", "stain")


def made_standard(**forbid: list[str]) -> Standard:
    return parse_standard(
        {
            "defect_types": [
                {
                    "code": code,
                    "name": {"en": code.title()},
                    "geometry": ["box", "polygon", "mask"],
                    "forbid_augment": forbid.get(code, []),
                }
                for code in ("scratch", "dent", "stain")
            ]
        },
        version=1,
        published=True,
    )


def label(code: str, regions: Sequence[Region] | None, source: Source = Source.UNANIMOUS) -> Label:
    verdict = Verdict.ABSENT if regions is None else Verdict.PRESENT
    severity = None if regions is None else 2
    there = 0 if regions is None else 2
    return Label(code, verdict, severity, tuple(regions or ()), source, there, 2 - there, 0)


def settled(
    name: object, present: Mapping[str, Sequence[Region]] | None = None, **more: Any
) -> SettledImage:
    """An image without a picture; `present` maps defect types to their regions."""
    image = hashlib.sha256(str(name).encode()).hexdigest()
    values: dict[str, Any] = {
        "image": image,
        "file": "1.jpg",
        "width_px": 64,
        "height_px": 48,
        "bit_depth": 8,
        "format": "JPEG",
        "upright": True,
        "pixel_sha256": image,
        "labels": tuple(label(code, (present or {}).get(code)) for code in CODES),
        "standard_version": 1,
        "reviewers": (1, 2),
    }
    return SettledImage(**(values | more))


@dataclass(frozen=True)
class FolderSources:
    """Where pictures lie by their hash; it pickles."""

    folder: Path

    def __call__(self, image: str) -> Path:
        return self.folder / image


class AtOnce(Executor):
    """Runs every call in this process, when it is submitted."""

    def submit(self, fn, /, *args, **kwargs):
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as problem:  # noqa: BLE001 - as every executor does
            future.set_exception(problem)
        return future


def scene(seed: int, width: int = 96, height: int = 64, *, color: bool = True) -> np.ndarray:
    """A smooth, textured surface that no other seed gives."""
    luck = np.random.default_rng(seed)
    shape = (9, 13, 3) if color else (9, 13)
    coarse = luck.integers(70, 190, shape, dtype=np.uint8)
    small = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    grain = luck.integers(0, 20, (height, width), dtype=np.uint8)
    pixels = np.asarray(small).astype(np.int16)
    return np.clip(pixels + (grain[..., None] if color else grain), 0, 255).astype(np.uint8)


def saved(
    folder: Path,
    pixels: np.ndarray,
    present: Mapping[str, Sequence[Region]] | None = None,
    *,
    kind: str = "JPEG",
    orientation: int = 1,
    **more: Any,
) -> SettledImage:
    """Store a picture under its hash and settle it; `pixels` are those of the upright one."""
    buffer = io.BytesIO()
    exif = Image.Exif()
    stored = pixels
    if orientation == 6:  # to be turned clockwise by whoever shows it
        exif[0x0112] = 6
        stored = np.rot90(pixels, 1)
    options = {"quality": 95, "subsampling": 0} if kind == "JPEG" else {}
    Image.fromarray(np.ascontiguousarray(stored)).save(buffer, kind, exif=exif, **options)
    data = buffer.getvalue()
    image = hashlib.sha256(data).hexdigest()
    (folder / image).write_bytes(data)
    shown = pixels if pixels.dtype == np.uint8 else (pixels >> 8).astype(np.uint8)
    small = thumbnail(Image.fromarray(shown))
    values: dict[str, Any] = {
        "image": image,
        "width_px": pixels.shape[1],
        "height_px": pixels.shape[0],
        "bit_depth": 16 if pixels.dtype == np.uint16 else 8,
        "format": kind,
        "upright": orientation == 1,
        "pixel_sha256": pixel_sha256(pixels),
        "perceptual_hash": hash_text(perceptual_hash(small)),
        "thumbnail": small.tobytes(),
    }
    return settled(image, present, **(values | more))


SCRATCH = Polygon(((20.0, 20.0), (60.0, 24.0), (60.0, 34.0), (22.0, 32.0)))
DENT = Box(10.0, 12.0, 30.0, 25.0)


def blot(width: int = 96, height: int = 64) -> Mask:
    """A mask of 20 × 12 px at (40, 30)."""
    pixels = np.zeros((height, width), dtype=bool)
    pixels[30:42, 40:60] = True
    return to_rle(pixels)


def with_marks(pixels: np.ndarray) -> np.ndarray:
    """Darken where `SCRATCH`, `DENT` and `blot` say something is."""
    height, width = pixels.shape[:2]
    marked = pixels.copy()
    for region in (SCRATCH, DENT, blot(width, height)):
        marked[rasterise(region, height, width)] //= 2
    return marked


def small_plant(folder: Path, units: int = 20) -> list[SettledImage]:
    """Two pictures of each unit: some scratched, dented, or stained (one without a place)."""
    images = []
    for unit in range(units):
        for shot in range(2):
            present: dict[str, list[Region]] = {}
            if unit % 3 == 0:
                present["scratch"] = [SCRATCH]
            if unit % 4 == 1:
                present["dent"] = [DENT]
            if unit % 5 == 2:
                present["stain"] = [] if shot else [blot()]
            pixels = with_marks(scene(1000 * unit + shot))
            images.append(saved(folder, pixels, present, unit=f"U{unit}", lot=f"L{unit // 5}"))
    return images


def built(
    images: Sequence[SettledImage],
    recipe: Mapping[str, object],
    pictures: Path,
    out_dir: Path,
    **more: Any,
) -> BuiltDataset:
    values: dict[str, Any] = {
        "excluded": {},
        "assigned": {},
        "sources": FolderSources(pictures),
        "out_dir": out_dir,
        "executor": AtOnce(),
        "progress": lambda done, total: None,
        "cancelled": lambda: False,
    }
    standard = more.pop("standard", None) or made_standard()
    return build_dataset("demo", standard, images, parse_recipe(recipe), **(values | more))
