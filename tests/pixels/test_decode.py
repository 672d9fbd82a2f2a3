import warnings
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageOps

from labeler.pixels.decode import decode, decode_upright, is_plain
from labeler.pixels.limits import Limits
from labeler.pixels.refusals import Refusal, RefusedImage
from tests.pixels.made_pictures import (
    FORMATS,
    colour,
    encoded,
    gray,
    gray16,
    gray_tiff,
    png_claiming,
)

LIMITS = Limits()
LOSSLESS = ("PNG", "TIFF", "BMP", "WEBP")
EXIF_FORMATS = ("JPEG", "PNG", "TIFF", "WEBP")

# Where the four corners (top left, top right, bottom right, bottom left) of the stored picture
# come to lie, written down from the EXIF standard rather than computed by what is under test.
CORNERS_SHOWN = {
    1: "abcd", 2: "badc", 3: "cdab", 4: "dcba", 5: "adcb", 6: "dabc", 7: "cbad", 8: "bcda",
}  # fmt: skip


def corners(pixels):
    return [tuple(np.atleast_1d(pixels[at])) for at in ((0, 0), (0, -1), (-1, -1), (-1, 0))]


def refusal(data, limits=LIMITS):
    with pytest.raises(RefusedImage) as caught:
        decode(data, limits)
    return caught.value.reason


@pytest.mark.parametrize("image_format", LOSSLESS)
def test_lossless_colour_comes_out_as_it_went_in(image_format):
    decoded = decode(encoded(colour(), image_format), LIMITS)
    assert decoded.format == image_format
    np.testing.assert_array_equal(decoded.pixels, colour())


@pytest.mark.parametrize("image_format", ["PNG", "TIFF", "BMP"])
def test_gray_stays_one_channel(image_format):
    np.testing.assert_array_equal(decode_upright(encoded(gray(), image_format), LIMITS), gray())


def test_jpeg_is_close_to_what_went_in():
    decoded = decode_upright(encoded(colour(), "JPEG"), LIMITS)
    assert np.abs(decoded.astype(int) - colour()).mean() < 2


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("image_format", EXIF_FORMATS)
def test_the_corners_lie_where_exif_says(image_format, turn):
    stored = {"a": 10, "b": 90, "c": 170, "d": 250}
    pixels = np.zeros((32, 48), np.uint8)
    pixels[:16, :24], pixels[:16, 24:] = stored["a"], stored["b"]
    pixels[16:, 24:], pixels[16:, :24] = stored["c"], stored["d"]
    upright = decode_upright(encoded(pixels, image_format, orientation=turn), LIMITS)
    assert upright.shape[:2] == ((32, 48) if turn < 5 else (48, 32))
    shown = [int(np.max(corner)) for corner in corners(upright)]
    assert shown == pytest.approx([stored[letter] for letter in CORNERS_SHOWN[turn]], abs=2)


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("image_format", EXIF_FORMATS)
def test_orientation_is_applied_exactly_once(image_format, turn):
    data = encoded(colour(), image_format, orientation=turn)
    expected = ImageOps.exif_transpose(Image.open(BytesIO(data)))
    decoded = decode(data, LIMITS)
    np.testing.assert_array_equal(decoded.pixels, np.asarray(expected))
    assert decoded.plain == (turn == 1)
    assert is_plain(data, LIMITS) == (turn == 1)


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("image_format", ["PNG", "TIFF"])
def test_16_bit_values_survive_every_orientation(image_format, turn):
    data = encoded(gray16(), image_format, orientation=turn)
    upright = decode_upright(data, LIMITS)
    expected = ImageOps.exif_transpose(Image.open(BytesIO(data)))
    assert upright.dtype == np.uint16
    np.testing.assert_array_equal(upright, np.asarray(expected))
    assert upright.max() > 65_000


def test_a_picture_of_many_strips_is_turned_as_a_whole(monkeypatch):
    monkeypatch.setattr("labeler.pixels.decode._STRIP_PIXELS", 100)
    for turn in range(1, 9):
        data = encoded(colour(), "PNG", orientation=turn)
        expected = np.asarray(ImageOps.exif_transpose(Image.open(BytesIO(data))))
        np.testing.assert_array_equal(decode_upright(data, LIMITS), expected)


@pytest.mark.parametrize("orientation", [0, 9, 4711])
def test_an_orientation_that_means_nothing_is_upright(orientation):
    decoded = decode(encoded(colour(), "PNG", orientation=orientation), LIMITS)
    np.testing.assert_array_equal(decoded.pixels, colour())
    assert decoded.plain


@pytest.mark.parametrize("order", ["<", ">"])
def test_16_bit_tiff_of_either_byte_order(order):
    decoded = decode(gray_tiff(gray16(), order=order), LIMITS)
    np.testing.assert_array_equal(decoded.pixels, gray16())
    assert decoded.plain


def test_12_bits_in_16_keep_their_values():
    np.testing.assert_array_equal(
        decode_upright(encoded(gray16(most=4095), "PNG"), LIMITS), gray16(most=4095)
    )


def test_packed_12_bit_tiff_is_unpacked():
    values = np.arange(4096, dtype=np.uint16).reshape(64, 64)
    pairs = values.reshape(-1, 2).astype(np.uint32)
    packed = (pairs[:, 0] << 12) | pairs[:, 1]
    data = packed.astype(">u4").view(np.uint8).reshape(-1, 4)[:, 1:].tobytes()
    decoded = decode(gray_tiff(values, bits=12, data=data), LIMITS)
    np.testing.assert_array_equal(decoded.pixels, values)
    assert not decoded.plain


def test_16_bit_tiff_where_white_is_zero_is_inverted():
    decoded = decode(gray_tiff(gray16(), photometric=0), LIMITS)
    np.testing.assert_array_equal(decoded.pixels, 65_535 - gray16())
    assert not decoded.plain


def test_16_bit_colour_keeps_the_high_byte():
    row = b"\0" + b"\x12\xff\x34\xff\x56\xff" * 2
    decoded = decode(png_claiming(2, 2, data=row * 2, depth=16), LIMITS)
    np.testing.assert_array_equal(decoded.pixels, np.full((2, 2, 3), (0x12, 0x34, 0x56)))
    assert not decoded.plain


@pytest.mark.parametrize("image_format", ["PNG", "TIFF", "BMP"])
def test_a_palette_becomes_colour(image_format):
    picture = Image.fromarray(colour()).quantize(16)
    decoded = decode(encoded(picture, image_format), LIMITS)
    np.testing.assert_array_equal(decoded.pixels, np.asarray(picture.convert("RGB")))
    assert not decoded.plain


@pytest.mark.parametrize("image_format", ["PNG", "TIFF", "BMP"])
def test_one_bit_becomes_black_and_white(image_format):
    picture = Image.fromarray(gray()).convert("1")
    decoded = decode(encoded(picture, image_format), LIMITS)
    np.testing.assert_array_equal(decoded.pixels, np.asarray(picture.convert("L")))
    assert set(np.unique(decoded.pixels)) == {0, 255}


@pytest.mark.parametrize("image_format", ["JPEG", "TIFF"])
def test_cmyk_becomes_colour(image_format):
    picture = Image.fromarray(colour()).convert("CMYK")
    decoded = decode(encoded(picture, image_format), LIMITS)
    assert np.abs(decoded.pixels.astype(int) - colour()).mean() < 4
    assert not decoded.plain


@pytest.mark.parametrize(("mode", "image_format"), [
    ("RGBA", "PNG"), ("RGBA", "TIFF"), ("RGBA", "WEBP"), ("LA", "PNG"), ("LA", "TIFF"),
])  # fmt: skip
def test_transparency_lies_over_white(mode, image_format):
    picture = Image.fromarray(colour()).convert("RGBA")
    alpha = np.tile(np.linspace(0, 255, 56).astype(np.uint8), (40, 1))
    picture.putalpha(Image.fromarray(alpha))
    picture = picture.convert(mode)
    share = alpha / 255
    values = np.asarray(picture)[..., :-1]
    expected = values * share[..., None] + 255 * (1 - share[..., None])
    decoded = decode(
        encoded(picture, image_format, **({"exact": True} if image_format == "WEBP" else {})),
        LIMITS,
    )
    assert np.abs(decoded.pixels.reshape(expected.shape) - expected).max() <= 1
    assert not decoded.plain


def test_a_transparent_colour_becomes_white():
    decoded = decode(encoded(Image.fromarray(colour()), "PNG", transparency=(255, 0, 0)), LIMITS)
    assert corners(decoded.pixels)[0] == (255, 255, 255)
    assert corners(decoded.pixels)[3] == (0, 0, 255)
    assert not decoded.plain


def test_an_unused_alpha_channel_is_ignored():
    picture = Image.fromarray(colour()).convert("RGBA")
    picture.putalpha(0)
    np.testing.assert_array_equal(decode_upright(encoded(picture, "BMP"), LIMITS), colour())


def test_a_phone_picture_with_pictures_inside_gives_the_first():
    buffer = BytesIO()
    Image.fromarray(colour()).save(
        buffer, "MPO", save_all=True, append_images=[Image.fromarray(255 - colour())]
    )
    decoded = decode(buffer.getvalue(), LIMITS)
    assert np.abs(decoded.pixels.astype(int) - colour()).mean() < 6
    assert not decoded.plain


@pytest.mark.parametrize("image_format", ["TIFF", "WEBP", "PNG"])
def test_several_pages_or_frames_are_refused(image_format):
    other = Image.fromarray(255 - colour())
    data = encoded(colour(), image_format, save_all=True, append_images=[other])
    assert refusal(data) == Refusal.SEVERAL_PAGES


def test_floating_point_is_refused():
    assert refusal(encoded(Image.new("F", (5, 5)), "TIFF")) == Refusal.FLOATING_POINT


@pytest.mark.parametrize(("value", "taken"), [(60_000, True), (70_000, False), (-1, False)])
def test_32_bit_integers_are_taken_while_they_fit_16(value, taken):
    data = encoded(Image.new("I", (5, 5), value), "TIFF")
    if taken:
        np.testing.assert_array_equal(decode_upright(data, LIMITS), np.full((5, 5), value))
    else:
        assert refusal(data) == Refusal.BEYOND_16_BITS


def test_an_unknown_colour_space_is_refused():
    assert refusal(encoded(Image.new("LAB", (5, 5)), "TIFF")) == Refusal.COLOUR_SPACE


@pytest.mark.parametrize("image_format", FORMATS)
def test_one_pixel_is_a_picture(image_format):
    assert decode_upright(encoded(colour()[:1, :1], image_format), LIMITS).shape == (1, 1, 3)


def test_the_limits_hold_at_their_edge():
    data = encoded(gray(20, 30), "PNG")
    assert decode(data, Limits(max_pixels=600, max_side_px=30)).pixels.shape == (20, 30)
    assert refusal(data, Limits(max_pixels=599)) == Refusal.TOO_MANY_PIXELS
    assert refusal(data, Limits(max_side_px=29)) == Refusal.SIDE_TOO_LONG


def test_limits_beyond_pillows_own_are_honoured():
    data = png_claiming(1, 1, data=b"\0" * 4)
    before = Image.MAX_IMAGE_PIXELS
    assert decode(data, Limits(max_pixels=10**10)).pixels.shape == (1, 1, 3)
    assert before == Image.MAX_IMAGE_PIXELS


def test_decoding_leaves_the_warning_filters_as_they_were():
    before = list(warnings.filters)
    decode(encoded(colour(), "JPEG"), LIMITS)
    refusal(b"\xff\xd8\xff" + b"\0" * 50)
    assert list(warnings.filters) == before


def test_a_file_is_read_like_its_bytes(tmp_path):
    path = tmp_path / "no name that means anything.txt"
    path.write_bytes(encoded(colour(), "PNG"))
    np.testing.assert_array_equal(decode_upright(path, LIMITS), colour())


def test_a_missing_file_is_not_a_refused_image(tmp_path):
    with pytest.raises(FileNotFoundError):
        decode(tmp_path / "away.png", LIMITS)


@pytest.mark.parametrize("image_format", FORMATS)
@pytest.mark.parametrize("picture", [colour(), gray()], ids=["colour", "gray"])
def test_plain_files_show_the_same_to_pillow_as_to_us(image_format, picture):
    data = encoded(picture, image_format)
    assert is_plain(data, LIMITS)
    np.testing.assert_array_equal(
        np.asarray(Image.open(BytesIO(data))), decode_upright(data, LIMITS)
    )
