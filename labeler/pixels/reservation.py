"""Asking for a decoder's memory beforehand, where the decoder hides that it got none."""

import numpy as np
from PIL import Image, JpegImagePlugin

_COEFFICIENT_BYTES = 2


def ensure_room(image: Image.Image) -> None:
    """Raise `MemoryError` when a progressive JPEG cannot have the memory it will need.

    It keeps all coefficients until its last scan. libjpeg reports a failed allocation as broken
    data, and a healthy file would be called damaged. The reservation is given back untouched, so
    it costs address space for an instant and no memory.
    """
    needed = _coefficients(image) * _COEFFICIENT_BYTES
    if needed:
        picture = image.width * image.height * (1 if image.mode == "L" else 4)
        np.empty(needed + picture, np.uint8)


def _coefficients(image: Image.Image) -> int:
    if not isinstance(image, JpegImagePlugin.JpegImageFile) or not image.info.get("progressive"):
        return 0
    samples = [(across, down) for _, across, down, _ in image.layer]
    whole = max(a for a, _ in samples) * max(d for _, d in samples)
    return image.width * image.height * sum(a * d for a, d in samples) // max(1, whole)
