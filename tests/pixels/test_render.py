import hashlib
import io

import numpy as np
import pytest
from PIL import Image

from labeler.core.datasets.plan import Action, PlannedFile
from labeler.core.datasets.recipe import Split
from labeler.core.datasets.rendered import DroppedFile, RenderedFile
from labeler.core.datasets.variants import ALL_STEPS
from labeler.core.errors import CheckFailed
from labeler.core.masks import area, rasterise
from labeler.core.regions import Box, Polygon
from labeler.pixels import render as render_module
from labeler.pixels.decode import decode_upright
from labeler.pixels.limits import Limits
from labeler.pixels.render import MAX_DRAWS, RenderTask, encoded, render
from labeler.pixels.visibility import contrast, hidden
from tests.made_datasets import DENT, SCRATCH, FolderSources, blot, saved, scene, with_marks


class Place:
    """A folder of sources and one of results."""

    def __init__(self, root):
        self.sources, self.out = root / "in", root / "out"
        self.sources.mkdir()
        (self.out / "images/train").mkdir(parents=True)

    def task(self, image, *files, regions=None, target=None, steps=ALL_STEPS):
        size = (image.width_px, image.height_px)
        planned = tuple(
            PlannedFile(f"images/train/{name}", Split.TRAIN, image.image, copy, action)
            for name, copy, action in files
        )
        return RenderTask(image.image, size, target or size, regions or {}, steps, 0, 95, planned)

    def render(self, *args, **more):
        return render(self.task(*args, **more), FolderSources(self.sources), self.out, Limits())

    def pixels(self, name):
        return decode_upright(self.out / "images/train" / name, Limits())


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


def test_an_untouched_image_keeps_its_bytes(place):
    image = saved(place.sources, scene(1))
    (file,) = place.render(image, ("a.jpg", 0, Action.COPY), regions={"dent": (DENT,)})
    data = (place.out / "images/train/a.jpg").read_bytes()
    assert data == (place.sources / image.image).read_bytes()
    assert isinstance(file, RenderedFile)
    assert file.sha256 == image.image
    assert (file.size_bytes, file.width_px, file.height_px) == (len(data), 96, 64)
    assert file.regions == {"dent": (DENT,)}
    assert file.variant is None


@pytest.mark.parametrize(("kind", "suffix"), [("JPEG", ".jpg"), ("TIFF", ".png"), ("PNG", ".png")])
def test_a_turned_image_is_written_upright(place, kind, suffix):
    pixels = scene(2)
    image = saved(place.sources, pixels, kind=kind, orientation=6)
    stored = decode_upright(place.sources / image.image, Limits())
    (file,) = place.render(image, (f"a{suffix}", 0, Action.ENCODE))
    found = place.pixels(f"a{suffix}")
    assert (file.width_px, file.height_px) == (96, 64)
    with Image.open(place.out / f"images/train/a{suffix}") as written:
        assert written.getexif().get(0x0112, 1) == 1
    if kind == "JPEG":
        assert np.abs(found.astype(int) - stored).mean() < 2
    else:
        assert np.array_equal(found, pixels)


def test_a_jpeg_written_anew_keeps_its_full_colour_resolution(place):
    image = saved(place.sources, scene(2), orientation=6)
    place.render(image, ("a.jpg", 0, Action.ENCODE))
    with Image.open(place.out / "images/train/a.jpg") as written:
        assert [layer[1:3] for layer in written.layer] == [(1, 1)] * 3


def test_sixteen_bits_stay_sixteen_bits(place):
    pixels = scene(3, color=False).astype(np.uint16) * 211
    image = saved(place.sources, pixels, kind="TIFF", orientation=6)
    steps = frozenset({"flip", "rotate", "brightness"})
    place.render(image, ("a.png", 0, Action.ENCODE), ("b.png", 1, Action.VARIANT), steps=steps)
    assert np.array_equal(place.pixels("a.png"), pixels)
    assert place.pixels("b.png").dtype == np.uint16


def test_shrinking_shrinks_picture_and_places_alike(place):
    image = saved(place.sources, with_marks(scene(4)), kind="PNG")
    regions = {"dent": (DENT,), "scratch": (SCRATCH,), "stain": (blot(),)}
    (file,) = place.render(image, ("a.png", 0, Action.ENCODE), regions=regions, target=(48, 32))
    assert place.pixels("a.png").shape == (32, 48, 3)
    assert file.regions["dent"] == (Box(5, 6, 15, 12.5),)
    assert area(file.regions["stain"][0]) == 60
    assert contrast(place.pixels("a.png"), file.regions["scratch"][0]) > 10


def test_a_source_is_read_and_decoded_once_however_many_files_come_of_it(place, monkeypatch):
    image = saved(place.sources, scene(5))
    calls = []
    real = decode_upright

    def counted(source, limits):
        calls.append(source)
        return real(source, limits)

    monkeypatch.setattr(render_module, "decode_upright", counted)
    files = [(f"{n}.jpg", n, Action.VARIANT) for n in range(1, 6)]
    assert len(place.render(image, ("0.jpg", 0, Action.COPY), *files)) == 6
    assert len(calls) == 1


def test_variants_are_different_recorded_and_the_same_every_time(place):
    image = saved(place.sources, with_marks(scene(6)))
    files = [(f"{n}.jpg", n, Action.VARIANT) for n in range(1, 6)]
    regions = {"scratch": (SCRATCH,)}
    once = place.render(image, *files, regions=regions)
    again = [place.render(image, one, regions=regions)[0] for one in reversed(files)]
    assert len({file.sha256 for file in once}) == 5
    assert {file.sha256 for file in again} == {file.sha256 for file in once}
    assert all(file.variant.document()["transforms"] for file in once)
    for file in once:
        assert set(file.regions) == {"scratch"}
        picture = place.pixels(file.planned.path.rsplit("/", 1)[-1])
        assert (file.width_px, file.height_px) == picture.shape[1::-1]
        assert contrast(picture, file.regions["scratch"][0]) > 10


def test_a_plain_copy_says_that_nothing_was_done(place):
    image = saved(place.sources, scene(7))
    real, copy = place.render(image, ("a.jpg", 0, Action.COPY), ("b.jpg", 2, Action.COPY))
    assert real.sha256 == copy.sha256
    assert copy.variant.document() == {"copy": 2, "attempt": 0, "seed": "0" * 32, "transforms": []}


CORNER = Polygon(((0.0, 0.0), (5.0, 0.0), (5.0, 5.0), (0.0, 5.0)))


def test_a_variant_that_hides_a_defect_is_drawn_again_and_dropped_in_the_end(place, monkeypatch):
    image = saved(place.sources, scene(8))
    monkeypatch.setattr(render_module, "MAX_DRAWS", 1)
    steps = frozenset({"affine"})
    files = [(f"{n}.jpg", n, Action.VARIANT) for n in range(1, 25)]
    first = place.render(image, *files, regions={"dent": (CORNER,)}, steps=steps)
    dropped = [file for file in first if isinstance(file, DroppedFile)]
    assert dropped
    assert {file.reason for file in dropped} <= {"area", "size"}
    assert not any((place.out / file.planned.path).exists() for file in dropped)
    monkeypatch.setattr(render_module, "MAX_DRAWS", 60)
    later = place.render(image, *files, regions={"dent": (CORNER,)}, steps=steps)
    kept = [file for file in later if isinstance(file, RenderedFile)]
    assert len(kept) > len(first) - len(dropped)
    assert any(file.variant.attempt for file in kept)
    for file in kept:
        (region,) = file.regions["dent"]
        assert area(region) >= 0.4 * 25 * file.variant.affine.zoom**2
    assert MAX_DRAWS == 8


def test_visibility_asks_for_area_size_and_contrast():
    picture = with_marks(scene(9))
    whole = contrast(picture, SCRATCH)
    assert whole > 20
    assert hidden([(SCRATCH, whole)], [SCRATCH], picture, 1.0) is None
    assert hidden([(SCRATCH, whole)], [None], None, 1.0) == "area"
    third = Polygon(((20.0, 20.0), (33.0, 22.0), (33.0, 32.0), (22.0, 32.0)))
    assert hidden([(SCRATCH, whole)], [third], None, 1.0) == "area"
    # What grew with the picture must be held against its grown size.
    assert hidden([(SCRATCH, whole)], [SCRATCH], None, 1.7) == "area"
    speck = Box(5, 5, 5, 4)
    assert hidden([(speck, 0.0)], [Box(5, 5, 5, 3)], None, 1.0) == "size"
    assert hidden([(Box(5, 5, 3, 3), 0.0)], [Box(5, 5, 3, 3)], None, 1.0) is None
    faded = (picture // 4) + 90
    assert hidden([(SCRATCH, whole)], [SCRATCH], faded, 1.0) == "contrast"
    assert hidden([(SCRATCH, 1.0)], [SCRATCH], faded, 1.0) is None


def test_contrast_sees_a_stain_and_a_rough_patch_and_nothing_in_a_plain_place():
    plain = np.full((64, 96), 100, np.uint8)
    assert contrast(plain, SCRATCH) == 0
    stained = plain.copy()
    stained[rasterise(SCRATCH, 64, 96)] = 60
    assert contrast(stained, SCRATCH) == pytest.approx(40)
    assert contrast(stained.astype(np.uint16) * 257, SCRATCH) == pytest.approx(40)
    rough = plain.copy()
    checks = np.indices(plain.shape).sum(axis=0) % 2 == 0
    inside = rasterise(DENT, 64, 96)
    rough[inside & checks], rough[inside & ~checks] = 80, 120
    assert contrast(rough, DENT) > 15
    assert contrast(plain, Box(0, 0, 96, 64)) == 0


def test_a_stored_file_that_changed_is_refused(place):
    image = saved(place.sources, scene(1))
    (place.sources / image.image).write_bytes(b"something else")
    with pytest.raises(CheckFailed, match="changed"):
        place.render(image, ("a.jpg", 0, Action.COPY))


def test_a_stored_file_of_another_size_than_recorded_is_refused(place):
    image = saved(place.sources, scene(1), width_px=95)
    with pytest.raises(CheckFailed, match="size"):
        place.render(image, ("a.jpg", 0, Action.ENCODE))


def test_encoding_keeps_colours_in_their_channels():
    red = np.zeros((8, 8, 3), np.uint8)
    red[..., 2] = 255  # blue, green, red
    with Image.open(io.BytesIO(encoded(red, "x.png", 95))) as picture:
        assert picture.getpixel((0, 0)) == (255, 0, 0)
    assert (
        hashlib.sha256(encoded(red, "x.jpg", 50)).digest()
        != hashlib.sha256(encoded(red, "x.jpg", 95)).digest()
    )
