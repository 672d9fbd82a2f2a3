import itertools

import numpy as np
import pytest

from labeler.core.datasets.moved_regions import scaled_region, turned_region, turned_size
from labeler.core.masks import area, from_rle, rasterise, to_rle
from labeler.core.regions import Box, Mask
from tests.made_datasets import DENT, SCRATCH, blot

SIZE = (96, 64)


@pytest.mark.parametrize("region", [DENT, SCRATCH, blot()], ids=["box", "polygon", "mask"])
@pytest.mark.parametrize(("mirror", "turns"), list(itertools.product([False, True], [0, 1, 2, 3])))
def test_a_region_turns_exactly_as_its_pixels_do(region, mirror, turns):
    pixels = rasterise(region, SIZE[1], SIZE[0])
    wanted = np.rot90(pixels[:, ::-1] if mirror else pixels, turns)
    moved = turned_region(region, SIZE, mirror=mirror, quarter_turns=turns)
    width, height = turned_size(SIZE, turns)
    found = rasterise(moved, height, width)
    assert type(moved) is type(region)
    assert area(moved) == area(region)
    if isinstance(region, Mask):
        assert np.array_equal(found, wanted)
    else:
        # Centres on an edge belong to the left and upper side, so a turn may move those.
        assert np.count_nonzero(found != wanted) <= 0.02 * wanted.sum()


def test_four_quarter_turns_change_nothing():
    region = SCRATCH
    size = SIZE
    for _ in range(4):
        region = turned_region(region, size, mirror=False, quarter_turns=1)
        size = turned_size(size, 1)
    assert region == SCRATCH


def test_a_shrunk_box_and_polygon_keep_their_share_of_the_picture():
    box = scaled_region(DENT, SIZE, (48, 32))
    assert box == Box(5, 6, 15, 12.5)
    assert area(scaled_region(SCRATCH, SIZE, (48, 32))) == pytest.approx(area(SCRATCH) / 4)


def test_a_shrunk_mask_keeps_its_place_and_never_vanishes():
    half = from_rle(scaled_region(blot(), SIZE, (48, 32)))
    assert half[15:21, 20:30].all()
    assert half.sum() == 60
    pixels = np.zeros((64, 96), dtype=bool)
    pixels[63, 95] = True
    assert from_rle(scaled_region(to_rle(pixels), SIZE, (9, 6))).sum() == 1


def test_the_same_size_changes_nothing():
    assert scaled_region(SCRATCH, SIZE, SIZE) is SCRATCH
