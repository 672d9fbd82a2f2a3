from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from labeler.core.errors import InvalidInput
from labeler.pixels.decode import decode_upright
from labeler.pixels.limits import Limits
from labeler.pixels.preview import (
    PREVIEW_WIDTHS_PX,
    Window,
    chosen_window,
    default_window,
    jpeg_preview,
    shown,
)
from tests.pixels.made_pictures import colour, encoded, gray, gray16


def opened(data):
    return Image.open(BytesIO(data))


@pytest.mark.parametrize("width", PREVIEW_WIDTHS_PX)
def test_a_preview_has_the_width_asked_for_and_keeps_proportions(width):
    picture = Image.fromarray(colour(1000, 2000))
    assert opened(jpeg_preview(picture, width)).size == (width, width // 2)


def test_a_preview_is_never_larger_than_its_image():
    assert opened(jpeg_preview(Image.fromarray(colour(40, 56)), 320)).size == (56, 40)


def test_a_very_wide_image_keeps_a_row():
    assert opened(jpeg_preview(Image.fromarray(gray(1, 4000)), 320)).size == (320, 1)


def test_a_preview_keeps_full_colour_resolution_and_no_metadata():
    source = encoded(colour(), "JPEG", orientation=3, comment=b"serial 4711", dpi=(72, 72))
    pixels = decode_upright(source, Limits())
    data = jpeg_preview(shown(pixels, default_window(pixels)), 320)
    preview = opened(data)
    assert all(layer[1:3] == (1, 1) for layer in preview.layer)
    assert set(preview.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert b"4711" not in data
    assert b"Exif" not in data


def test_a_one_pixel_line_survives_at_a_quarter_of_the_width():
    pixels = np.full((400, 1280), 128, np.uint8)
    pixels[:, 641] = 255
    small = np.asarray(opened(jpeg_preview(Image.fromarray(pixels), 320)))
    assert small[:, 158:163].max() >= 128 + 20


def test_a_red_line_on_gray_keeps_its_colour():
    pixels = np.full((200, 300, 3), 128, np.uint8)
    pixels[:, 151] = (200, 60, 60)
    kept = np.asarray(opened(jpeg_preview(Image.fromarray(pixels), 320)))[100, 151].astype(int)
    assert kept[0] - kept[1] > 110  # 140 before encoding; 4:2:0 leaves 51


def test_8_bit_images_are_shown_as_they_are():
    assert default_window(gray()) == Window(0, 255)
    np.testing.assert_array_equal(np.asarray(shown(gray(), Window(0, 255))), gray())


def test_12_bit_images_use_all_grays_where_a_plain_convert_leaves_few():
    pixels = gray16(most=4095)
    levels = np.unique(np.asarray(shown(pixels, default_window(pixels))))
    assert len(levels) > 200
    plain = np.unique(np.asarray(Image.fromarray(pixels).point(lambda v: v / 256).convert("L")))
    assert len(plain) <= 17


def test_the_default_window_leaves_out_the_outer_half_percents():
    values = np.arange(10_000, dtype=np.uint16).reshape(100, 100)
    assert default_window(values) == Window(50, 9949)


def test_one_hot_pixel_does_not_darken_the_rest():
    pixels = gray16(most=1000)
    pixels[3, 3] = 65_535
    assert default_window(pixels).high <= 1000


def test_rare_values_still_have_a_window():
    pixels = np.full((400, 400), 100, np.uint16)
    pixels[0, 0] = 900
    assert default_window(pixels) == Window(100, 900)


@pytest.mark.parametrize("value", [0, 7, 65_535])
def test_a_picture_of_one_value_is_shown_and_not_an_error(value):
    pixels = np.full((8, 8), value, np.uint16)
    window = default_window(pixels)
    assert window.low < window.high
    assert len(np.unique(np.asarray(shown(pixels, window)))) == 1


@pytest.mark.parametrize("pixels", [gray(), colour(), gray16()], ids=["gray", "colour", "16 bit"])
def test_a_window_spans_black_to_white(pixels):
    window = Window(50, 150)
    expected = np.floor(np.clip((pixels.astype(float) - 50) / 100, 0, 1) * 255 + 0.5)
    np.testing.assert_array_equal(np.asarray(shown(pixels, window)), expected)


def test_one_end_of_the_window_may_be_chosen():
    assert chosen_window(gray(), 10, None) == Window(10, 255)
    assert chosen_window(gray(), None, 90) == Window(0, 90)


@pytest.mark.parametrize(("low", "high"), [(5, 5), (9, 3), (-1, 50), (255, None)])
def test_an_empty_window_is_refused(low, high):
    with pytest.raises(InvalidInput):
        chosen_window(gray(), low, high)
