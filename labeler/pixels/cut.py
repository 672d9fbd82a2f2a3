"""A decoded picture into its tiles, strip by strip: a quarter more memory, not twice as much."""

from collections.abc import Callable, Iterator
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image

from labeler.core.pyramid import TILE_PX, Level, levels
from labeler.pixels.decode import Pixels
from labeler.pixels.preview import default_window, jpeg
from labeler.pixels.tile_pack import PackHead, PackWriter

Halves = Callable[[Pixels, Pixels], Iterator[bytes]]


def write_pack(pixels: Pixels, file: BinaryIO) -> None:
    """Write every level of an upright picture as a pack. Raises `OSError` when the disk is full.

    Each level is the mean of 2 x 2 pixels of the one before: nothing rings, and a line one pixel
    wide fades by half per level and never disappears between samples.
    """
    height, width = pixels.shape[:2]
    window = default_window(pixels)
    bits = pixels.dtype.itemsize * 8
    writer = PackWriter(file, PackHead(width, height, bits, window.low, window.high))
    cut = _cut_values if bits == 16 else _cut_pictures
    every = levels(width, height)
    for level, smaller in zip(every, [*every[1:], None], strict=True):
        halved = _empty_like(pixels, smaller) if smaller else None
        for tile in cut(pixels, level, halved):
            writer.add(tile)
        if halved is not None:
            pixels = halved
    writer.finish()


def _empty_like(pixels: Pixels, level: Level) -> Pixels:
    return np.empty((level.height_px, level.width_px, *pixels.shape[2:]), pixels.dtype)


def _cut_pictures(pixels: Pixels, level: Level, halved: Pixels | None) -> Iterator[bytes]:
    """JPEG tiles of a level; fills `halved`, the next level, on the way."""
    for row in range(level.rows):
        top = row * TILE_PX
        strip = Image.fromarray(pixels[top : top + TILE_PX])
        for column in range(level.columns):
            left = column * TILE_PX
            right = min(left + TILE_PX, level.width_px)
            yield jpeg(strip.crop((left, 0, right, strip.height)))
        if halved is not None:
            smaller = np.asarray(strip.reduce(2))
            halved[top // 2 : top // 2 + smaller.shape[0]] = smaller


def _cut_values(pixels: Pixels, level: Level, halved: Pixels | None) -> Iterator[bytes]:
    """Tiles of 16-bit values; fills `halved`, the next level, on the way."""
    for row in range(level.rows):
        top = row * TILE_PX
        strip = pixels[top : top + TILE_PX]
        for column in range(level.columns):
            left = column * TILE_PX
            yield strip[:, left : left + TILE_PX].astype("<u2").tobytes()
        if halved is not None:
            smaller = _mean_of_four(strip)
            halved[top // 2 : top // 2 + smaller.shape[0]] = smaller


def _mean_of_four(strip: npt.NDArray[np.generic]) -> npt.NDArray[np.uint16]:
    """Halve the sides; an odd last row or column counts twice. Halves are rounded up."""
    height, width = strip.shape
    even = np.pad(strip, ((0, height % 2), (0, width % 2)), mode="edge")
    total = even[0::2, 0::2].astype(np.uint32)
    for down, right in ((0, 1), (1, 0), (1, 1)):
        total += even[down::2, right::2]
    return ((total + 2) >> 2).astype(np.uint16)
