"""How to recognise a picture again: exactly, roughly, and by a small copy of itself."""

import hashlib

import numpy as np
import numpy.typing as npt
from PIL import Image

from labeler.pixels.decode import Pixels

THUMBNAIL_SIDE_PX = 64
HASH_BITS = 64
_DCT_SIDE = 32


def pixel_sha256(pixels: Pixels) -> str:
    """Digest the upright pixels with their shape and depth, 64 hex digits.

    Equal for the same picture in another lossless format or with other metadata. A lossy file
    decoded by another version of the decoder may differ in single values, and then in all.
    """
    digest = hashlib.sha256()
    shape = "x".join(str(side) for side in pixels.shape)
    digest.update(f"{pixels.dtype.name} {shape}\n".encode())
    little = pixels.astype(pixels.dtype.newbyteorder("<"), order="C", copy=False)
    digest.update(little.data.cast("B"))
    return digest.hexdigest()


def thumbnail(picture: Image.Image) -> npt.NDArray[np.uint8]:
    """Shrink an 8-bit picture to 64 x 64 gray (rows, columns), each the mean of what it covers.

    Proportions are given up on purpose: any two pictures can be compared cell by cell.
    """
    side = (THUMBNAIL_SIDE_PX, THUMBNAIL_SIDE_PX)
    return np.asarray(picture.resize(side, Image.Resampling.BOX).convert("L"))


def perceptual_hash(small: npt.NDArray[np.uint8]) -> int:
    """Hash the coarse structure of a `thumbnail` into 64 bits; similar pictures differ in few.

    The cosine transform of the 32 x 32 means; the 64 lowest frequencies after the constant one,
    each bit telling whether it lies above their median. A picture of one value gives 0. It only
    nominates pairs: compare thumbnails or pixels before calling two pictures alike.
    """
    means = small.reshape(_DCT_SIDE, 2, _DCT_SIDE, 2).mean(axis=(1, 3))
    frequencies = _COSINES @ means @ _COSINES.T
    lowest = frequencies[_LOWEST].round(6)
    above = lowest > np.median(lowest)
    return int.from_bytes(np.packbits(above).tobytes(), "big")


def hash_text(value: int) -> str:
    """Write a hash as 16 hex digits."""
    return f"{value:016x}"


def differing_bits(one: int, other: int) -> int:
    """Count the bits in which two hashes differ, 0 to 64."""
    return (one ^ other).bit_count()


def _cosines() -> npt.NDArray[np.float64]:
    """Orthonormal DCT-II matrix (frequency, position).

    X_k = s_k sum_n x_n cos(pi (n + 1/2) k / N), s_0 = sqrt(1/N), else sqrt(2/N).
    """
    position = np.arange(_DCT_SIDE) + 0.5
    frequency = np.arange(_DCT_SIDE)[:, None]
    scale = np.full((_DCT_SIDE, 1), (2 / _DCT_SIDE) ** 0.5)
    scale[0] = (1 / _DCT_SIDE) ** 0.5
    waves = np.cos(np.pi * frequency * position / _DCT_SIDE) * scale
    return np.asarray(waves, dtype=np.float64)


def _lowest() -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Rows and columns of the lowest frequencies, after the constant one."""
    pairs = [(row, column) for row in range(_DCT_SIDE) for column in range(_DCT_SIDE)]
    chosen = sorted(pairs, key=lambda pair: (sum(pair), pair))[1 : HASH_BITS + 1]
    rows, columns = zip(*chosen, strict=True)
    return np.array(rows), np.array(columns)


_COSINES = _cosines()
_LOWEST = _lowest()
