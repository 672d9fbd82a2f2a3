import numpy as np
import pytest

from labeler.pixels.inspector import Inspector
from labeler.pixels.preview import Window, default_window
from labeler.pixels.tone import BINS, Tone, parse_tone, tone_of
from tests.pixels.made_pictures import encoded, gray, gray16


def test_the_tone_counts_every_pixel_of_a_small_picture():
    pixels = gray16(100, 200, most=4095)
    found = tone_of(pixels)
    assert found.window == default_window(pixels)
    assert (found.lowest, found.highest) == (int(pixels.min()), int(pixels.max()))
    assert sum(found.counts) == pixels.size
    assert max(found.counts) - min(found.counts) <= 6  # the values rise evenly


def test_a_picture_of_one_value_has_a_tone():
    found = tone_of(np.full((10, 10), 700, np.uint16))
    assert (found.lowest, found.highest, sum(found.counts)) == (700, 700, 100)


def test_a_tone_survives_being_written_down():
    found = tone_of(gray16())
    assert parse_tone(found.document()) == found


@pytest.mark.parametrize(
    "spoilt",
    [
        None,
        {},
        {"window": [5, 5]},
        {"range": [9, 1]},
        {"counts": [1] * (BINS - 1)},
        {"counts": [-1] * BINS},
        {"counts": [True] * BINS},
        {"counts": ["1"] * BINS},
    ],
)
def test_a_spoilt_tone_is_refused(spoilt):
    good = Tone(Window(1, 2), 0, 3, (1,) * BINS).document()
    with pytest.raises(ValueError, match=r"."):
        parse_tone(spoilt if not spoilt else {**good, **spoilt})


def test_the_import_measures_16_bit_images_alone(tmp_path):
    deep, plain = tmp_path / "deep.png", tmp_path / "plain.png"
    deep.write_bytes(encoded(gray16(), "PNG"))
    plain.write_bytes(encoded(gray(), "PNG"))
    with Inspector() as inspector:
        assert inspector.inspect(deep, tmp_path).tone == tone_of(gray16())
        assert inspector.tone(deep) == tone_of(gray16())
        assert inspector.inspect(plain, tmp_path).tone is None
