"""Stored 16-bit values into what a browser shows, through a window that somebody chose."""

import numpy as np
from PIL import Image

from labeler.core.pyramid import TILE_PX, Level
from labeler.pixels.preview import Window, jpeg, jpeg_preview, ramp
from labeler.pixels.tile_pack import TilePack

_LARGEST = 65_535


def windowed_tile(pack: TilePack, level: int, x: int, y: int, window: Window) -> bytes:
    """One tile of a 16-bit pack as JPEG."""
    table = ramp(window, _LARGEST)
    return jpeg(Image.fromarray(table[_values(pack, level, x, y)]))


def windowed_preview(pack: TilePack, width_px: int, window: Window) -> bytes:
    """The whole picture of a 16-bit pack as JPEG, put together from the nearest larger level."""
    table = ramp(window, _LARGEST)
    number = max(n for n, each in enumerate(pack.levels) if n == 0 or each.width_px >= width_px)
    level = pack.levels[number]
    shown = np.empty((level.height_px, level.width_px), np.uint8)
    for x, y in _places(level):
        top, left = y * TILE_PX, x * TILE_PX
        part = table[_values(pack, number, x, y)]
        shown[top : top + part.shape[0], left : left + part.shape[1]] = part
    return jpeg_preview(Image.fromarray(shown), width_px)


def _places(level: Level) -> list[tuple[int, int]]:
    return [(x, y) for y in range(level.rows) for x in range(level.columns)]


def _values(
    pack: TilePack, level: int, x: int, y: int
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint16]]:
    width, height = pack.levels[level].tile_size(x, y)
    return np.frombuffer(pack.tile(level, x, y), "<u2").reshape(height, width)
