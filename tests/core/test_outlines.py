"""Outlines against SciPy's morphology and distance transform."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from labeler.core import outlines
from labeler.core.masks import rasterise, runs_of, to_rle
from labeler.core.outlines import apart, box_edges_apart_px, outline
from labeler.core.regions import Box

HEIGHT, WIDTH = 11, 14


@st.composite
def pictures(draw: st.DrawFn) -> np.ndarray:
    bits = draw(st.integers(0, 2 ** (HEIGHT * WIDTH) - 1))
    grid = np.array([bits >> n & 1 for n in range(HEIGHT * WIDTH)], dtype=bool)
    grid = grid.reshape(HEIGHT, WIDTH)
    for _ in range(draw(st.integers(0, 2))):
        x, y = draw(st.integers(0, WIDTH - 2)), draw(st.integers(0, HEIGHT - 2))
        grid[y : y + draw(st.integers(1, 9)), x : x + draw(st.integers(1, 9))] = draw(st.booleans())
    return grid


def outline_of(grid: np.ndarray) -> np.ndarray:
    return outline(runs_of(to_rle(grid), *grid.shape), grid.shape[0])


def edge(grid: np.ndarray) -> np.ndarray:
    """The slow way: what an erosion by a cross takes away."""
    return grid & ~ndimage.binary_erosion(grid, border_value=0)


@given(pictures())
@settings(deadline=None)
def test_an_outline_is_what_an_erosion_takes_away(grid: np.ndarray) -> None:
    found = np.zeros_like(grid)
    points = outline_of(grid)
    found[points[:, 1], points[:, 0]] = True
    assert len(points) == found.sum()
    assert (found == edge(grid)).all()


@given(pictures(), pictures())
@settings(deadline=None)
def test_distances_are_those_of_the_distance_transform(a: np.ndarray, b: np.ndarray) -> None:
    found = apart(outline_of(a), outline_of(b))
    if not a.any() or not b.any():
        assert found is None
        return
    assert found is not None
    first = ndimage.distance_transform_edt(~edge(b))[edge(a)]
    second = ndimage.distance_transform_edt(~edge(a))[edge(b)]
    both = np.concatenate([first, second])
    assert found.mean_px == pytest.approx(both.mean())
    near = (first <= 2).mean(), (second <= 2).mean()
    expected = 2 * near[0] * near[1] / sum(near) if sum(near) else 0
    assert found.f1(2) == pytest.approx(expected)


def test_a_crack_one_pixel_off_is_found_by_its_boundary_and_not_by_its_pixels() -> None:
    grid, other = np.zeros((40, 60), dtype=bool), np.zeros((40, 60), dtype=bool)
    grid[20, 5:55] = other[21, 5:55] = True
    found = apart(outline_of(grid), outline_of(other))
    assert found is not None
    assert (grid & other).sum() == 0
    assert found.mean_px == 1
    assert (found.f1(2), found.f1(1), found.f1(0.9)) == (1, 1, 0)


def test_beyond_the_image_nothing_is_marked() -> None:
    assert len(outline_of(np.ones((5, 5), dtype=bool))) == 16


def test_edges_of_boxes_apart_by_hand() -> None:
    assert box_edges_apart_px(Box(10, 10, 20, 20), Box(11, 10, 20, 20)) == 0.5
    assert box_edges_apart_px(Box(10, 10, 20, 20), Box(8, 8, 24, 24)) == 2
    assert box_edges_apart_px(Box(1, 2, 3, 4), Box(1, 2, 3, 4)) == 0


def test_an_endless_outline_is_thinned_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    grid = rasterise(Box(0, 0, WIDTH, HEIGHT), HEIGHT, WIDTH)
    whole = outline_of(grid)
    monkeypatch.setattr(outlines, "MOST_POINTS", 20)
    assert (outline_of(grid) == whole[::3]).all()
    assert len(whole) == 46
