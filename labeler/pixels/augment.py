"""Pictures into variants. The one module that knows albumentations.

Everything here gives the same bytes on every processor: whole-number arithmetic, tables,
single-precision products rounded once, and of OpenCV only what was seen not to change when
its vector instructions are switched off (tests/pixels/test_augment.py). Blur on colour and
turning 16-bit pictures are not among it, so no variant has them.
"""

import math
import os
from collections.abc import Sequence
from functools import cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from labeler.core.datasets.moved_regions import Size, turned_region, turned_size
from labeler.core.datasets.variants import Affine, Light, Tone, Variant
from labeler.core.masks import to_mask, to_rle
from labeler.core.regions import Mask, Region
from labeler.pixels.decode import Pixels
from labeler.pixels.windows import marked_in, window_around

_NOISE_BITS = 16  # a sum of 16 coin tosses: deviation 2, and bell-shaped enough
_LAYER_MAX = 255
_QUARTER_TURNS = {
    1: cv2.ROTATE_90_COUNTERCLOCKWISE,
    2: cv2.ROTATE_180,
    3: cv2.ROTATE_90_CLOCKWISE,
}
Layer = npt.NDArray[np.uint8]


def augment(pixels: Pixels, variant: Variant) -> Pixels:
    """Apply a variant; the input is not changed.

    uint8 (height, width[, 3]) or uint16 (height, width); a 16-bit picture stays one, its tone
    is bent between 0 and its own brightest value.
    """
    found: Any = cv2.flip(pixels, 1) if variant.mirror else pixels
    if variant.quarter_turns % 4:
        # Four times as fast as copying NumPy's turned view.
        found = cv2.rotate(found, _QUARTER_TURNS[variant.quarter_turns % 4])
    if variant.affine is not None:
        found = _warped(found, variant.affine, cv2.INTER_LINEAR)
    if variant.tone is not None:
        found = _toned(found, variant.tone)
    if variant.light is not None:
        found = _lit(found, variant.light)
    if variant.noise is not None:
        found = _noisy(found, variant.noise, variant.seed)
    answer: Pixels = found
    return answer


def carry(regions: Sequence[Region], size: Size, variant: Variant) -> list[Region | None]:
    """Where the regions are after the variant; None where nothing of one is left in sight.

    `size` is the picture's before. Mirroring and quarter turns are exact and keep the kind; an
    affine step carries pixels, so that polygons come out as masks.
    """
    turned = [
        turned_region(region, size, mirror=variant.mirror, quarter_turns=variant.quarter_turns)
        for region in regions
    ]
    if variant.affine is None or not turned:
        return list(turned)
    width, height = turned_size(size, variant.quarter_turns)
    layers, places = _layers(turned, height, width)
    moved = [_warped(layer, variant.affine, cv2.INTER_NEAREST) for layer in layers]
    return [_cut_out(moved[layer], value) for layer, value in places]


def _layers(
    regions: Sequence[Region], height_px: int, width_px: int
) -> tuple[list[Layer], list[tuple[int, int]]]:
    """Regions as numbers in as few pictures as possible: each costs a warp."""
    layers: list[Layer] = []
    used: list[int] = []
    places = []
    for region in regions:
        window = window_around(region, height_px, width_px)
        here = slice(window.top, window.bottom), slice(window.left, window.right)
        pixels = marked_in(region, window)
        for index, layer in enumerate(layers):
            if used[index] < _LAYER_MAX and not layer[here][pixels].any():
                break
        else:
            index = len(layers)
            layers.append(np.zeros((height_px, width_px), np.uint8))
            used.append(0)
        used[index] += 1
        layers[index][here][pixels] = used[index]
        places.append((index, used[index]))
    return layers, places


def _cut_out(layer: Layer, value: int) -> Mask | None:
    """The pixels with this number as run lengths, or None if there are none."""
    marked = (layer == value).view(np.uint8)
    left, top, width, height = cv2.boundingRect(marked)
    if not width:
        return None
    if height == layer.shape[0]:
        return to_rle(marked)  # a run may go on in the next column
    piece = np.zeros((height + 2, width), np.int8)
    piece[1:-1] = marked[top : top + height, left : left + width]
    steps = np.diff(piece, axis=0).T  # (column, row): +1 where a run starts, −1 past its end
    column, row = np.nonzero(steps == 1)
    past_column, past_row = np.nonzero(steps == -1)
    whole = layer.shape[0]
    starts = (column + left) * whole + row + top
    past = (past_column + left) * whole + past_row + top
    return to_mask(np.column_stack((starts, past)).astype(np.int64), *layer.shape)


@cache
def _albumentations() -> Any:
    # Read when it is imported: without it the package asks the network for its newest version.
    os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"
    import albumentations

    return albumentations


def _warped(picture: Any, affine: Affine, interpolation: int) -> Any:
    package = _albumentations()
    step = package.Affine(
        scale=(affine.zoom, affine.zoom),
        rotate=(affine.rotate_deg, affine.rotate_deg),
        translate_px={"x": (affine.shift_x_px,) * 2, "y": (affine.shift_y_px,) * 2},
        shear=(0.0, 0.0),
        interpolation=interpolation,
        # The zoom keeps the frame inside the picture; this only serves the outermost half pixel.
        border_mode=cv2.BORDER_REPLICATE,
        p=1.0,
    )
    return step(image=picture)["image"]


def _toned(pixels: Pixels, tone: Tone) -> Pixels:
    """By a table; in 16 bits the brightest value of the picture stands for 1."""
    deep = pixels.dtype == np.uint16
    top = max(int(pixels.max()), 1) if deep else 255
    limit = 65_535 if deep else 255
    table = np.array([_bent(value / top, tone) * top for value in range(top + 1)], dtype=np.float64)
    rounded = np.clip(np.floor(table + 0.5), 0, limit)
    if deep:
        return np.take(rounded.astype(np.uint16), pixels)
    return np.asarray(cv2.LUT(pixels, rounded.astype(np.uint8)), dtype=np.uint8)


def _bent(value: float, tone: Tone) -> float:
    return float((math.pow(value, tone.gamma) * tone.brightness - 0.5) * tone.contrast + 0.5)


def _lit(pixels: Pixels, light: Light) -> Pixels:
    height, width = pixels.shape[:2]
    across = np.linspace(-1, 1, width, dtype=np.float32) * np.float32(light.across)
    down = np.linspace(-1, 1, height, dtype=np.float32) * np.float32(light.down)
    gain = np.float32(1) + across[None, :] + down[:, None]
    if pixels.ndim == 3:
        gain = cv2.merge([gain, gain, gain])
    depth = cv2.CV_16U if pixels.dtype == np.uint16 else cv2.CV_8U
    lit: Pixels = cv2.multiply(pixels, gain, dtype=depth)  # type: ignore[assignment]
    return lit


def _noisy(pixels: Pixels, deviation: float, seed: int) -> Pixels:
    """Gray noise: the same on all channels, so that no colour moves. 8-bit pictures only."""
    height, width = pixels.shape[:2]
    luck = np.random.Generator(np.random.PCG64(seed))
    tosses = np.bitwise_count(luck.integers(0, 1 << _NOISE_BITS, (height, width), dtype=np.uint16))
    steps = (np.arange(_NOISE_BITS + 1) - _NOISE_BITS / 2) * (deviation / 2)
    # 17 possible values in whole gray levels; rounding half up keeps the mean at 0.
    table = np.zeros(256, np.int16)  # OpenCV's tables have 256 places
    table[: _NOISE_BITS + 1] = np.floor(steps + 0.5)
    noise = cv2.LUT(tosses, table)
    if pixels.ndim == 3:
        noise = cv2.merge([noise, noise, noise])
    return np.asarray(cv2.add(pixels, noise, dtype=cv2.CV_8U), dtype=np.uint8)
