"""What browsers get to see: a JPEG of our own making, small, without any metadata."""

from dataclasses import dataclass
from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image

from labeler.core.errors import InvalidInput
from labeler.pixels.decode import Pixels

PREVIEW_WIDTHS_PX = (320, 640, 1280, 1920)

# 4:4:4, because halved colour washes out one-pixel scratches on coloured parts; quality 90
# because below it the blocks of 8 x 8 begin to look like texture.
_QUALITY = 90
_FULL_COLOUR = 0

# Percentiles are taken over at most about this many evenly spaced pixels.
_SAMPLE_PIXELS = 2**20
_WINDOW_PERCENT = (0.5, 99.5)


@dataclass(frozen=True, slots=True)
class Window:
    """The values shown as black (`low`) and as white (`high`), in the image's own values."""

    low: int
    high: int


def default_window(pixels: Pixels) -> Window:
    """Choose what to show: all of an 8-bit picture, the middle 99 % of a 16-bit one's values.

    The percentiles (0.5 and 99.5, nearest rank) come from an even sample, so a picture of any
    size takes the same time. Always `low < high`.
    """
    if pixels.dtype == np.uint8:
        return Window(0, 255)
    sample = even_sample(pixels)
    low, high = (int(v) for v in np.percentile(sample, _WINDOW_PERCENT, method="nearest"))
    if low < high:
        return Window(low, high)
    return (
        _around(low)
        if sample.min() == sample.max()
        else Window(int(sample.min()), int(sample.max()))
    )


def even_sample(pixels: Pixels) -> Pixels:
    """About a million evenly spaced pixels of a gray picture, or all of a smaller one."""
    height, width = pixels.shape
    step = max(1, round((height * width / _SAMPLE_PIXELS) ** 0.5))
    return pixels[::step, ::step]


def chosen_window(pixels: Pixels, low: int | None, high: int | None) -> Window:
    """Complete a window that somebody chose one or both ends of.

    Raises `InvalidInput` unless the result has `0 <= low < high`.
    """
    return completed(default_window(pixels), low, high)


def completed(default: Window, low: int | None, high: int | None) -> Window:
    """Take the ends that somebody chose, the others from `default`.

    Raises `InvalidInput` unless the result has `0 <= low < high`.
    """
    window = Window(default.low if low is None else low, default.high if high is None else high)
    if not 0 <= window.low < window.high:
        raise InvalidInput(
            "The window from {low} to {high} is empty.", low=window.low, high=window.high
        )
    return window


def shown(pixels: Pixels, window: Window) -> Image.Image:
    """Make the 8-bit picture (mode L or RGB) in which `window` spans black to white."""
    if pixels.dtype == np.uint8 and window == Window(0, 255):
        return Image.fromarray(pixels)
    return Image.fromarray(_through(ramp(window, int(np.iinfo(pixels.dtype).max)), pixels))


def jpeg_preview(picture: Image.Image, width_px: int) -> bytes:
    """Encode as JPEG, `width_px` wide or its own width where that is less; proportions kept."""
    return jpeg(narrowed(picture, width_px))


def jpeg(picture: Image.Image) -> bytes:
    """Encode as every picture that a browser gets."""
    buffer = BytesIO()
    picture.save(
        buffer, "JPEG", quality=_QUALITY, subsampling=_FULL_COLOUR, exif=b"", icc_profile=None
    )
    return buffer.getvalue()


def narrowed(picture: Image.Image, width_px: int) -> Image.Image:
    """Scale down to `width_px`, never up; at least one pixel high."""
    if picture.width <= width_px:
        return picture
    height_px = max(1, round(picture.height * width_px / picture.width))
    return picture.resize((width_px, height_px), Image.Resampling.LANCZOS, reducing_gap=3.0)


def _through(table: npt.NDArray[np.uint8], pixels: Pixels) -> npt.NDArray[np.uint8]:
    """Look every value up, in strips: NumPy widens indices to 8 bytes each."""
    shown_values = np.empty(pixels.shape, np.uint8)
    rows = max(1, _SAMPLE_PIXELS // pixels.shape[1])
    for top in range(0, pixels.shape[0], rows):
        shown_values[top : top + rows] = table[pixels[top : top + rows]]
    return shown_values


def ramp(window: Window, largest: int) -> npt.NDArray[np.uint8]:
    """Table from value to gray: linear inside the window, flat outside, halves rounded up."""
    values = np.arange(largest + 1, dtype=np.float64)
    share = (values - window.low) / (window.high - window.low)
    return np.floor(np.clip(share, 0.0, 1.0) * 255 + 0.5).astype(np.uint8)


def _around(value: int) -> Window:
    """Show a picture of one value as middle gray rather than as black or white."""
    return Window(max(0, value - 1), value + 1)
