import itertools
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from labeler.core.datasets.moved_regions import turned_size
from labeler.core.datasets.variants import (
    ALL_STEPS,
    Affine,
    Light,
    Tone,
    Variant,
    draw_variant,
    plain_copy,
)
from labeler.core.masks import rasterise, to_rle
from labeler.core.regions import Box, Mask, Polygon
from labeler.pixels.augment import augment, carry
from tests.made_datasets import DENT, SCRATCH, blot, scene

SIZE = (96, 64)
BASE = plain_copy(1)


def test_a_plain_copy_is_the_picture_and_its_regions():
    picture = scene(1)
    assert np.array_equal(augment(picture, BASE), picture)
    assert carry([SCRATCH, DENT], SIZE, BASE) == [SCRATCH, DENT]


@pytest.mark.parametrize("color", [True, False])
def test_the_input_is_never_changed(color):
    picture = scene(1, color=color)
    before = picture.copy()
    for number in range(20):
        augment(picture, draw_variant(0, str(number), 1, 0, ALL_STEPS, SIZE))
    assert np.array_equal(picture, before)


@pytest.mark.parametrize(("mirror", "turns"), list(itertools.product([False, True], range(4))))
def test_square_symmetries_lose_nothing_in_8_and_16_bits(mirror, turns):
    variant = replace(BASE, mirror=mirror, quarter_turns=turns)
    for picture in (scene(1), scene(1, color=False), scene(1, color=False).astype(np.uint16) * 200):
        there = augment(picture, variant)
        assert there.shape[1::-1] == turned_size(SIZE, turns)
        back = np.rot90(there, -turns)
        assert np.array_equal(back[:, ::-1] if mirror else back, picture)


def painted(region, size=SIZE):
    """A black picture in which the region's pixels are white."""
    return rasterise(region, size[1], size[0]).astype(np.uint8) * 255


AFFINE = Affine(4.0, 1.12, 2, -1)


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("affine", [None, AFFINE, Affine(-3.0, 1.1, -1, 1)])
def test_a_region_goes_where_its_pixels_go(mirror, turns, affine):
    variant = replace(BASE, mirror=mirror, quarter_turns=turns, affine=affine)
    for region in (SCRATCH, blot()):
        (moved,) = carry([region], SIZE, variant)
        picture = augment(painted(region), variant)
        found = rasterise(moved, picture.shape[0], picture.shape[1])
        shown = picture > 127
        assert np.count_nonzero(found & shown) / np.count_nonzero(found | shown) > 0.93


def test_boxes_stay_boxes_of_the_same_size_under_symmetries():
    for turns in range(4):
        (moved,) = carry([DENT], SIZE, replace(BASE, mirror=True, quarter_turns=turns))
        assert isinstance(moved, Box)
        assert {moved.width, moved.height} == {DENT.width, DENT.height}


def test_regions_that_overlap_are_carried_one_by_one():
    over = Polygon(((30.0, 20.0), (50.0, 20.0), (50.0, 50.0), (30.0, 50.0)))
    variant = replace(BASE, affine=AFFINE)
    alone = [carry([region], SIZE, variant)[0] for region in (SCRATCH, over, blot())]
    assert carry([SCRATCH, over, blot()], SIZE, variant) == alone


def test_a_region_pushed_out_of_sight_is_none():
    corner = Polygon(((0.0, 0.0), (3.0, 0.0), (3.0, 3.0), (0.0, 3.0)))
    variant = replace(BASE, affine=Affine(0.0, 1.3, 0, 0))
    assert carry([corner, SCRATCH], SIZE, variant)[0] is None
    assert carry([corner, SCRATCH], SIZE, variant)[1] is not None


def test_a_region_over_the_full_height_is_carried_whole():
    band = Mask(64, 96, to_rle(np.tile(np.arange(96) % 96 > 80, (64, 1))).counts)
    (moved,) = carry([band], SIZE, replace(BASE, affine=Affine(0.0, 1.1, 0, 0)))
    pixels = rasterise(moved, 64, 96)
    assert pixels[:, -10:].all()
    assert not pixels[:, :80].any()


def test_many_regions_keep_their_order():
    boxes = [
        Polygon(((x, y), (x + 6.0, y), (x + 6.0, y + 6.0), (x, y + 6.0)))
        for x in np.arange(16.0, 80.0, 8.0)
        for y in np.arange(16.0, 48.0, 8.0)
    ]
    moved = carry(boxes, SIZE, replace(BASE, affine=Affine(0.0, 1.05, 0, 0)))
    for before, after in zip(boxes, moved, strict=True):
        (x, y), box = before.points[0], rasterise(after, 64, 96)
        rows, columns = np.nonzero(box)
        assert abs(columns.mean() + 0.5 - (48 + (x + 3 - 48) * 1.05)) < 1
        assert abs(rows.mean() + 0.5 - (32 + (y + 3 - 32) * 1.05)) < 1


def test_no_affine_variant_shows_anything_from_beyond_the_picture():
    inside = np.full((64, 96), 200, np.uint8)
    frame = inside.copy()
    frame[[0, -1]] = frame[:, [0, -1]] = 0
    for number in range(40):
        variant = draw_variant(0, str(number), 1, 0, frozenset({"affine"}), SIZE)
        assert (augment(inside, variant) == 200).all()
        # A repeated edge would draw the dark frame as a band of several pixels.
        dark = augment(frame, variant) < 100
        assert (dark.sum(axis=0) <= 2 * 4).sum() >= 90


def test_tone_follows_its_formula():
    picture = np.arange(256, dtype=np.uint8).reshape(16, 16)
    tone = Tone(brightness=1.1, contrast=0.9, gamma=1.2)
    found = augment(picture, replace(BASE, tone=tone))
    wanted = np.clip(((picture / 255) ** 1.2 * 1.1 - 0.5) * 0.9 + 0.5, 0, 1) * 255
    assert np.abs(found - wanted).max() <= 0.501


def test_tone_in_16_bits_works_on_the_values_that_are_there():
    picture = np.array([[0, 1000, 4095]], dtype=np.uint16)  # 12 bits in 16
    found = augment(picture, replace(BASE, tone=Tone(brightness=0.9)))
    assert found.dtype == np.uint16
    assert found.tolist() == [[0, 900, 3686]]
    brighter = augment(np.array([[0, 65_535]], np.uint16), replace(BASE, tone=Tone(brightness=1.1)))
    assert brighter.tolist() == [[0, 65_535]]


def test_light_brightens_one_side_and_dims_the_other():
    for picture in (np.full((64, 96), 100, np.uint8), np.full((64, 96), 20_000, np.uint16)):
        found = augment(picture, replace(BASE, light=Light(0.1, 0.0)))
        assert found.dtype == picture.dtype
        assert found[0, 0] == pytest.approx(int(picture[0, 0]) * 0.9, abs=1)
        assert found[0, -1] == pytest.approx(int(picture[0, 0]) * 1.1, abs=1)
        assert (found[0] == found[-1]).all()


def test_noise_has_the_asked_deviation_no_bias_and_no_colour():
    picture = np.full((400, 400, 3), 128, np.uint8)
    found = augment(picture, replace(BASE, noise=2.0, seed=7)).astype(int) - 128
    assert (found[..., 0] == found[..., 1]).all()
    assert found[..., 0].std() == pytest.approx(2.0, rel=0.05)
    assert abs(found.mean()) < 0.05
    other = augment(picture, replace(BASE, noise=2.0, seed=8)).astype(int) - 128
    assert not np.array_equal(found, other)


RENDER = """
import hashlib, sys
import numpy as np
from labeler.core.datasets.variants import ALL_STEPS, draw_variant
from labeler.pixels.augment import augment, carry
from labeler.pixels.render import encoded
from tests.made_datasets import SCRATCH, blot, scene
import cv2

found = hashlib.sha256()
for size in ((333, 217), (1201, 803)):
    deep = scene(3, *size, color=False).astype(np.uint16) * 173
    pictures = {"color": scene(1, *size), "gray": scene(2, *size, color=False), "deep": deep}
    for kind, picture in pictures.items():
        steps = ALL_STEPS if kind != "deep" else ALL_STEPS - {"affine", "noise"}
        for number in range(10):
            variant = draw_variant(0, f"{kind} {number}", 1, 0, steps, size)
            pixels = augment(picture, variant)
            found.update(pixels.tobytes())
            found.update(repr(carry([SCRATCH, blot(*size)], size, variant)).encode())
        for target in ((100, 65), (size[0] - 2, size[1] - 2)):
            found.update(cv2.resize(picture, target, interpolation=cv2.INTER_AREA).tobytes())
        found.update(encoded(pixels, "a.png", 95))
        if kind != "deep":
            found.update(encoded(pixels, "a.jpg", 95))
print(found.hexdigest())
# Turning 16 bits is what the presets avoid: the control that something was switched off.
luck = np.random.default_rng(1).integers(0, 65_536, (803, 1201), dtype=np.uint16)
matrix = cv2.getRotationMatrix2D((600, 400), 3.7, 1.1)
print(hashlib.sha256(cv2.warpAffine(luck, matrix, (1201, 803)).tobytes()).hexdigest())
"""


def rendered_with(**environment: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", RENDER],
        cwd=Path(__file__).parents[2],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


def test_variants_are_the_same_bytes_on_every_processor():
    here = rendered_with()
    plain = rendered_with(
        OPENCV_CPU_DISABLE="AVX512-SKX,AVX2,FMA3,FP16,AVX,SSE4.2,SSE4.1,SSSE3",
        JSIMD_FORCENONE="1",
    )
    assert here[0] == plain[0]
    flags = Path("/proc/cpuinfo")
    if flags.exists() and " avx2 " in flags.read_text():
        assert here[1] != plain[1]


def test_the_package_is_told_not_to_ask_the_network_before_it_is_imported():
    check = (
        "import os, sys\n"
        "import labeler.pixels.augment as ours\n"
        "assert 'albumentations' not in sys.modules\n"
        "ours._albumentations()\n"
        "assert os.environ['NO_ALBUMENTATIONS_UPDATE'] == '1'\n"
        "assert 'albumentations' in sys.modules\n"
    )
    environment = {k: v for k, v in os.environ.items() if k != "NO_ALBUMENTATIONS_UPDATE"}
    subprocess.run(
        [sys.executable, "-c", check], check=True, env=environment, cwd=Path(__file__).parents[2]
    )


def test_albumentations_is_imported_in_one_module_only():
    package = Path(__file__).parents[2] / "labeler"
    users = [p.name for p in package.rglob("*.py") if "import albumentations" in p.read_text()]
    assert users == ["augment.py"]


def test_a_variant_is_a_value():
    assert Variant(1, 0, 5, mirror=True) == Variant(1, 0, 5, mirror=True)
