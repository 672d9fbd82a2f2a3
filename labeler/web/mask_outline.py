"""The outline of a mask as SVG path data. Apart, because NumPy is slow to load."""

from collections.abc import Iterator

import numpy as np

from labeler.core.masks import from_rle
from labeler.core.regions import Mask


def mask_outline(mask: Mask) -> str:
    """The edges between marked and unmarked pixels, as path data.

    >>> mask_outline(Mask(height=1, width=3, counts=(1, 1, 1)))
    'M1 0h1M1 1h1M1 0v1M2 0v1'
    """
    padded = np.pad(from_rle(mask), 1).astype(np.int8)
    flat = np.diff(padded, axis=0)[:, 1:-1] != 0
    upright = (np.diff(padded, axis=1)[1:-1, :] != 0).T
    lines = [f"M{start} {row}h{length}" for row, start, length in _runs(flat)]
    lines += [f"M{column} {start}v{length}" for column, start, length in _runs(upright)]
    return "".join(lines)


def _runs(edges: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Iterator[tuple[int, int, int]]:
    """(line, start, length) of each run of True along the second axis."""
    steps = np.diff(np.pad(edges.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    lines, starts = np.nonzero(steps == 1)
    _, ends = np.nonzero(steps == -1)
    for line, start, end in zip(lines, starts, ends, strict=True):
        yield int(line), int(start), int(end - start)
