"""Which unit (a part's serial) images belong to, as numbers to resample by."""

from collections.abc import Sequence
from zlib import crc32

import numpy as np

from labeler.core.agreement.values import Counts


def bundle_of(unit: str, most: int) -> str:
    """Which of `most` bundles a unit is in: its hash decides, so that all of it stays together."""
    return f"{crc32(unit.encode()) % most:04d}"


def in_units(serials: Sequence[str | None], items: Counts, most: int) -> tuple[Counts, ...]:
    """Number the units of rows of `items` images each; an image that knows no unit is one itself.

    The rows to take (those without a unit once per image), their images, and their groups; at
    most `most` groups stand for the images without a unit. Worked example: serials (a, None)
    with 3 and 2 images are the rows (0, 1, 1) of 3, 1 and 1 images in the groups 0, 1 and 2.
    """
    number = {unit: n for n, unit in enumerate(sorted({s for s in serials if s is not None}))}
    alone = np.array([serial is None for serial in serials], dtype=bool)
    repeats = np.where(alone, items, 1)
    groups = np.repeat([-1 if s is None else number[s] for s in serials], repeats).astype(np.int64)
    lonely = groups < 0
    count = int(lonely.sum())
    bundles = np.random.default_rng(0).integers(0, most, count)
    groups[lonely] = len(number) + (np.arange(count) if count <= most else bundles)
    rows = np.repeat(np.arange(len(items)), repeats)
    return rows, np.repeat(np.where(alone, 1, items), repeats), groups
