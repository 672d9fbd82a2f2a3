"""Outlines of marked pixels, and how far two outlines lie apart.

A marked pixel belongs to the outline if one of its four neighbours is not marked; beyond
the image nothing is marked. A crack one pixel wide is all outline. Distances are those
between the pixels' centres, in px.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from labeler.core.masks import Runs, marked_by
from labeler.core.regions import Box

Points = npt.NDArray[np.int64]
Distances = npt.NDArray[np.float64]

# Beyond this length an outline is thinned evenly: nobody draws such a one, but a program could.
MOST_POINTS = 500_000
# A distance of exactly the tolerance may miss it by a rounding error.
_ROUNDING = 1e-9


def outline(runs: Runs, height_px: int) -> Points:
    """The outline of what `runs` of an image mark, shape (pixels, [column, row])."""
    sides = (runs + height_px, runs - height_px)
    inner = marked_by((_without_ends(runs, height_px), *sides), 3)
    # The inner pixels lie strictly within the runs, so all the edges in order take turns.
    bounds = np.sort(np.concatenate((runs.ravel(), inner.ravel()))).reshape(-1, 2)
    lengths = bounds[:, 1] - bounds[:, 0]
    before = np.cumsum(lengths) - lengths
    places = np.repeat(bounds[:, 0] - before, lengths) + np.arange(lengths.sum())
    thin = places[:: max(1, -(-len(places) // MOST_POINTS))]
    return np.column_stack(np.divmod(thin, height_px))


def _without_ends(runs: Runs, height_px: int) -> Runs:
    """The runs cut where a column ends, each without its first and its last pixel."""
    first, last = runs[:, 0] // height_px, (runs[:, 1] - 1) // height_px
    columns = last - first + 1
    run = np.repeat(np.arange(len(runs)), columns)
    column = np.arange(len(run)) - (np.cumsum(columns) - columns)[run] + first[run]
    starts = np.maximum(runs[run, 0], column * height_px) + 1
    past = np.minimum(runs[run, 1], (column + 1) * height_px) - 1
    inner: Runs = np.column_stack((starts, past))[past > starts]
    return inner


@dataclass(frozen=True, slots=True, eq=False)
class Apart:
    """How far each pixel of one outline is from the other outline, both ways, in px."""

    first: Distances
    second: Distances

    @property
    def mean_px(self) -> float:
        """The mean over the pixels of both outlines: the average symmetric distance."""
        total = float(self.first.sum()) + float(self.second.sum())
        return total / (len(self.first) + len(self.second))

    def f1(self, within_px: float) -> float:
        """Boundary F1: of each outline the share within `within_px` of the other, 0-1.

        Their harmonic mean, after Csurka, Larlus and Perronnin (BMVC 2013).
        Worked example: of the first outline all is near, of the second a half: 2/3.
        """
        one, other = (
            float((found <= within_px + _ROUNDING).mean()) for found in (self.first, self.second)
        )
        return 2 * one * other / (one + other) if one + other > 0 else 0.0


def apart(a: Points, b: Points) -> Apart | None:
    """Measure between two outlines; None where one of them has no pixel."""
    if not len(a) or not len(b):
        return None
    # SciPy is slow to load, and boxes never come here.
    from scipy.spatial import KDTree

    return Apart(KDTree(b).query(a)[0], KDTree(a).query(b)[0])


def box_edges_apart_px(a: Box, b: Box) -> float:
    """The mean distance between the four edges of two boxes.

    Worked example: one px to the right, the size kept: two edges move, .5.
    """
    across = abs(a.x - b.x) + abs(a.x + a.width - b.x - b.width)
    down = abs(a.y - b.y) + abs(a.y + a.height - b.y - b.height)
    return (across + down) / 4
