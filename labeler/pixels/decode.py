"""Bytes into one upright picture: allow-listed, bounded, fully decoded.

What comes out, whatever went in:

| stored as                              | delivered as                                        |
|----------------------------------------|-----------------------------------------------------|
| 1-bit, 2-, 4-, 8-bit gray              | uint8 (height, width)                               |
| 16-bit gray, 12 bits in 16, TIFF 12    | uint16 (height, width), values unchanged            |
| RGB, palette, CMYK, YCbCr              | uint8 (height, width, 3)                            |
| 16-bit RGB, 16-bit gray with alpha     | uint8 (height, width, 3): Pillow keeps the high byte|
| alpha or a transparent colour          | laid over white                                     |
| several pages, float, > 16 bits, Lab   | refused                                             |

A fully transparent alpha channel is an unused one (32-bit BMP writers leave it at zero) and is
ignored. 16-bit "white is zero" TIFF is inverted as the 8-bit kinds are. Colour profiles are not
applied. A JPEG with further pictures inside (MPO, as phones write) gives its first one.
"""

import contextlib
import errno
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import (  # the formats register themselves
    BmpImagePlugin,  # noqa: F401  imported for the format that it registers
    Image,
    ImageFile,
    JpegImagePlugin,  # noqa: F401  imported for the format that it registers
    PngImagePlugin,  # noqa: F401  imported for the format that it registers
    TiffImagePlugin,
    WebPImagePlugin,  # noqa: F401  imported for the format that it registers
)

from labeler.pixels.limits import Limits
from labeler.pixels.orientation import UPRIGHT, orientation, stored_view, upright_shape
from labeler.pixels.refusals import Refusal, RefusedImage
from labeler.pixels.reservation import ensure_room
from labeler.pixels.signature import HEAD_BYTES, ImageFormat, sniff

Pixels = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
"""uint8 (height, width) or (height, width, 3), or uint16 (height, width)."""

Source = bytes | Path

_DELIVERED = {
    "1": "L", "L": "L", "LA": "L", "La": "L",
    "RGB": "RGB", "RGBA": "RGB", "RGBa": "RGB", "RGBX": "RGB", "P": "RGB", "PA": "RGB",
    "CMYK": "RGB", "YCbCr": "RGB",
    "I": "I;16", "I;16": "I;16", "I;16B": "I;16", "I;16L": "I;16", "I;16N": "I;16",
}  # fmt: skip

# How a file must be stored for every reader to see exactly what we deliver.
_PLAIN_STORAGE = {
    ImageFormat.JPEG: {"L", "RGB"},
    ImageFormat.PNG: {"L", "RGB", "I;16B"},
    ImageFormat.TIFF: {"L", "RGB", "I;16", "I;16B"},
    ImageFormat.BMP: {"L", "BGR"},
    ImageFormat.WEBP: {"RGB"},
}

_STRIP_PIXELS = 2**20
_WHITE_IS_ZERO = 0
_STORAGE_FAULTS = frozenset({errno.EIO, errno.ESTALE, errno.EMFILE, errno.ENFILE})


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """One upright picture. `plain`: the file itself shows exactly these pixels to any reader."""

    format: ImageFormat
    pixels: Pixels
    plain: bool


def decode(source: Source, limits: Limits) -> Decoded:
    """Decode wholly and turn upright.

    Raises `RefusedImage` for what the file is, `OSError` when it cannot be read at all. While it
    runs, Pillow's bomb limit and the warning filters of this process are replaced: run it in one
    thread of a process at a time.
    """
    with _opened(source, limits) as (image_format, image):
        plain = _is_plain(image_format, image)
        ensure_room(image)
        image.load()
        return Decoded(image_format, _upright(image), plain)


def decode_upright(source: Source, limits: Limits) -> Pixels:
    """Give only the pixels of `decode`."""
    return decode(source, limits).pixels


def is_plain(source: Source, limits: Limits) -> bool:
    """Tell from the header whether the file may be copied byte for byte instead of re-encoded.

    It may when it is upright already, 8-bit gray, 8-bit RGB or 16-bit gray, without
    transparency or further pictures, and with EXIF that can be read. Raises as `decode`.
    """
    with _opened(source, limits) as (image_format, image):
        return _is_plain(image_format, image)


@contextlib.contextmanager
def _opened(source: Source, limits: Limits) -> Iterator[tuple[ImageFormat, Image.Image]]:
    with BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
        image_format = sniff(file.read(HEAD_BYTES))
        file.seek(0)
        with (
            _refusing(image_format),
            _pillow_guarded(limits),
            contextlib.closing(_header(file, image_format, limits)) as image,
        ):
            yield image_format, image


@contextlib.contextmanager
def _pillow_guarded(limits: Limits) -> Iterator[None]:
    """Make Pillow's own bomb check ours and an error; keep its other warnings quiet."""
    before = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = limits.max_pixels
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


@contextlib.contextmanager
def _refusing(image_format: ImageFormat) -> Iterator[None]:
    """Turn whatever a decoder raises into a refusal of this image."""
    try:
        yield
    except RefusedImage:
        raise
    except MemoryError as problem:
        raise RefusedImage(Refusal.TOO_MUCH_MEMORY) from problem
    except OSError as problem:
        if problem.errno in _STORAGE_FAULTS:
            raise
        raise _refusal(problem, image_format) from problem
    except Exception as problem:
        raise _refusal(problem, image_format) from problem


def _refusal(problem: Exception, image_format: ImageFormat) -> RefusedImage:
    text = str(problem).lower()
    if "out of memory" in text or getattr(problem, "errno", None) == errno.ENOMEM:
        return RefusedImage(Refusal.TOO_MUCH_MEMORY)
    if "truncated" in text:
        return RefusedImage(Refusal.INCOMPLETE)
    return RefusedImage(Refusal.DAMAGED, format=image_format)


def _header(file: BinaryIO, image_format: ImageFormat, limits: Limits) -> Image.Image:
    try:
        image = Image.open(file, formats=[image_format])
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as problem:
        raise RefusedImage(Refusal.TOO_MANY_PIXELS, most=limits.max_pixels) from problem
    _within(image.width, image.height, limits)
    if _several_pages(image):
        raise RefusedImage(Refusal.SEVERAL_PAGES)
    if image.mode == "F":
        raise RefusedImage(Refusal.FLOATING_POINT)
    if image.mode not in _DELIVERED:
        raise RefusedImage(Refusal.COLOUR_SPACE, mode=image.mode)
    return image


def _within(width: int, height: int, limits: Limits) -> None:
    if max(width, height) > limits.max_side_px:
        raise RefusedImage(
            Refusal.SIDE_TOO_LONG, width=width, height=height, most=limits.max_side_px
        )
    if width * height > limits.max_pixels:
        raise RefusedImage(Refusal.TOO_MANY_PIXELS, most=limits.max_pixels)


def _several_pages(image: Image.Image) -> bool:
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        # Counting pages would walk a chain of any length; whether there is a next one is enough.
        return bool(image.tag_v2.next)
    return image.format != "MPO" and getattr(image, "n_frames", 1) > 1


def _is_plain(image_format: ImageFormat, image: Image.Image) -> bool:
    # Storage first: asking a PNG for its orientation loads it and forgets how it was stored.
    return (
        _storage(image) in _PLAIN_STORAGE[image_format]
        and orientation(image) == UPRIGHT
        and image.format == image_format
        and "transparency" not in image.info
        and not _white_is_zero(image)
    )


def _storage(image: Image.Image) -> str:
    """Name Pillow's unpacker for this file: it tells 16-bit RGB from 8-bit, and so on."""
    tiles = image.tile if isinstance(image, ImageFile.ImageFile) else []
    if not tiles:  # WebP unpacks by itself and has no others
        return image.mode
    arguments = tiles[0].args
    return str(arguments[0] if isinstance(arguments, tuple) else arguments)


def _upright(image: Image.Image) -> Pixels:
    """Convert strip by strip into one array, turning on the way: no second whole picture."""
    # Pillow turns a TIFF while loading and then says 1.
    turn = orientation(image) or UPRIGHT
    delivered = _DELIVERED[image.mode]
    opaque = _opaque(image)
    shape: tuple[int, ...] = upright_shape(image.height, image.width, turn)
    shape = (*shape, 3) if delivered == "RGB" else shape
    upright = np.empty(shape, np.uint16 if delivered == "I;16" else np.uint8)
    stored = stored_view(upright, turn)
    for top, strip in _strips(image):
        stored[top : top + strip.height] = _values(strip, delivered, opaque=opaque)
    if delivered == "I;16" and _white_is_zero(image):
        np.subtract(65_535, upright, out=upright)
    return upright


def _strips(image: Image.Image) -> Iterator[tuple[int, Image.Image]]:
    rows = max(1, _STRIP_PIXELS // image.width)
    if rows >= image.height:
        yield 0, image
        return
    for top in range(0, image.height, rows):
        yield top, image.crop((0, top, image.width, min(top + rows, image.height)))


def _values(strip: Image.Image, delivered: str, *, opaque: bool) -> npt.NDArray[np.generic]:
    if delivered == "I;16":
        return _sixteen_bits(np.asarray(strip))
    if not opaque:
        strip = _over_white(strip, delivered)
    elif strip.mode != delivered:
        strip = strip.convert(delivered)
    return np.asarray(strip)


def _sixteen_bits(values: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    if values.dtype == np.int32 and not _fits_16_bits(values):
        raise RefusedImage(Refusal.BEYOND_16_BITS)
    return values


def _fits_16_bits(values: npt.NDArray[np.generic]) -> bool:
    wide = values.astype(np.int64)
    return bool(wide.min() >= 0 and wide.max() <= 65_535)


def _opaque(image: Image.Image) -> bool:
    if "transparency" in image.info and image.mode in {"1", "L", "RGB", "P"}:
        return False
    if image.mode not in {"LA", "La", "RGBA", "RGBa", "PA"}:
        return True
    return image.getextrema()[-1] in {(0, 0), (255, 255)}


def _over_white(strip: Image.Image, delivered: str) -> Image.Image:
    seen = strip.convert("LA" if delivered == "L" else "RGBA")
    ground = Image.new(delivered, seen.size, "white")
    ground.paste(seen.convert(delivered), mask=seen.getchannel("A"))
    return ground


def _white_is_zero(image: Image.Image) -> bool:
    """Tell a 16-bit TIFF that Pillow gives as stored although its zero means white."""
    return (
        isinstance(image, TiffImagePlugin.TiffImageFile)
        and image.mode == "I;16"
        and image.tag_v2.get(TiffImagePlugin.PHOTOMETRIC_INTERPRETATION) == _WHITE_IS_ZERO
    )
