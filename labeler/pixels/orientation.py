"""EXIF orientation: read once, applied once, without a second copy of the picture."""

import warnings

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image

UPRIGHT = 1


def orientation(image: Image.Image) -> int | None:
    """Tell the EXIF orientation, 1 to 8; 1 without one, `None` when its EXIF cannot be read.

    A value outside 1 to 8 means nothing to any viewer and counts as 1.
    """
    try:
        with warnings.catch_warnings(action="ignore"):
            value = image.getexif().get(ExifTags.Base.Orientation, UPRIGHT)
    except Exception:  # noqa: BLE001 - Pillow's parsers raise anything on hostile EXIF
        return None
    return value if value in range(1, 9) else UPRIGHT


def upright_shape(height: int, width: int, turn: int) -> tuple[int, int]:
    """Give rows and columns after applying orientation `turn`."""
    return (width, height) if turn >= 5 else (height, width)


def stored_view(upright: npt.NDArray[np.generic], turn: int) -> npt.NDArray[np.generic]:
    """View an upright array (rows, columns, …) in the order in which the file stores it.

    Writing stored rows through this view turns the picture on the way, so that a 64 megapixel
    picture needs no second copy. Orientations as in EXIF 2.32, tag 0x0112.
    """
    if turn >= 5:
        upright = upright.swapaxes(0, 1)
    if turn in {3, 4, 6, 7}:
        upright = upright[::-1]
    if turn in {2, 3, 7, 8}:
        upright = upright[:, ::-1]
    return upright
