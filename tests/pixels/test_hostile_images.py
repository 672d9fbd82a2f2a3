"""Files that want to do harm, decoded in this process: each is refused with a plain reason."""

import copy
import errno
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from labeler.pixels.decode import decode
from labeler.pixels.limits import Limits
from labeler.pixels.refusals import Refusal, RefusedImage
from tests.pixels.made_pictures import (
    FORMATS,
    colour,
    encoded,
    gray16,
    gray_tiff,
    png_chunk,
    png_claiming,
    tiff,
)

LIMITS = Limits()


def refusal(data):
    with pytest.raises(RefusedImage) as caught:
        decode(data, LIMITS)
    return caught.value.reason


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("image_format", FORMATS)
def test_a_truncated_file_is_refused_or_lost_nothing(image_format, progressive):
    options = {"progressive": True} if progressive and image_format == "JPEG" else {}
    whole = encoded(colour(64, 80), image_format, **options)
    pixels = decode(whole, LIMITS).pixels
    refused = 0
    lengths = sorted({*range(60), *range(60, len(whole), max(1, len(whole) // 80))})
    for length in lengths:
        try:
            np.testing.assert_array_equal(decode(whole[:length], LIMITS).pixels, pixels)
        except RefusedImage:
            refused += 1
    assert refused > 0.9 * len(lengths)


@pytest.mark.parametrize("image_format", FORMATS)
def test_flipped_bytes_never_raise_anything_but_a_refusal(image_format):
    whole = encoded(colour(), image_format)
    generator = np.random.default_rng(20)
    for _ in range(150):
        spoilt = bytearray(whole)
        for at in generator.integers(0, len(whole), 4):
            spoilt[at] = generator.integers(0, 256)
        try:
            pixels = decode(bytes(spoilt), LIMITS).pixels
        except RefusedImage:
            continue
        assert pixels.size <= 3 * LIMITS.max_pixels


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"GIF89a" + b"\0" * 40, Refusal.OTHER_KIND),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", Refusal.OTHER_KIND),
        (b"<html><script>x()</script>", Refusal.OTHER_KIND),
        (b"\x7fELF" + b"\0" * 60, Refusal.OTHER_KIND),
        (b"", Refusal.EMPTY),
        (b"\xff\xd8\xff\xe0" + b"\0" * 500, Refusal.DAMAGED),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, Refusal.DAMAGED),
        (b"RIFF\xff\xff\xff\xffWEBPVP8 " + b"\0" * 100, Refusal.DAMAGED),
        (b"BM" + b"\0" * 12 + b"\x28" + b"\0" * 100, Refusal.DAMAGED),
    ],
)
def test_a_renamed_or_empty_file_is_refused(data, reason):
    assert refusal(data) == reason


@pytest.mark.parametrize(
    ("width", "height", "reason"),
    [
        (60_000, 60_000, Refusal.TOO_MANY_PIXELS),
        (2**31 - 1, 1, Refusal.TOO_MANY_PIXELS),
        (9_000, 9_000, Refusal.TOO_MANY_PIXELS),
        (16_385, 1, Refusal.SIDE_TOO_LONG),
        (1, 16_385, Refusal.SIDE_TOO_LONG),
        (0, 5, Refusal.DAMAGED),
    ],
)
def test_a_header_that_claims_too_much_is_refused_before_any_pixel(width, height, reason):
    assert refusal(png_claiming(width, height)) == reason


def test_the_bomb_check_of_other_formats_is_ours_too():
    extended = b"VP8X" + struct.pack("<I", 10) + b"\0" * 4 + b"\xff\x3f\0" * 2
    assert refusal(b"RIFF" + struct.pack("<I", 90) + b"WEBP" + extended + b"\0" * 60) == (
        Refusal.TOO_MANY_PIXELS
    )
    assert refusal(gray_tiff(gray16(), height=16_385)) == Refusal.SIDE_TOO_LONG


def test_a_tiff_whose_strip_ends_before_its_rows_is_incomplete():
    assert refusal(gray_tiff(gray16(), height=15_000)) == Refusal.INCOMPLETE


@pytest.mark.parametrize("next_ifd", [8, 2**32 - 1, 4])
def test_a_tiff_directory_that_points_on_is_refused_without_walking(next_ifd):
    assert refusal(gray_tiff(gray16(), next_ifd=next_ifd)) == Refusal.SEVERAL_PAGES


def test_tiff_tags_that_point_at_themselves_are_refused():
    nested = tiff([(34665, 4, 1, 8), (256, 3, 1, 5), (257, 3, 1, 5), (262, 3, 1, 1)])
    assert refusal(nested) in {Refusal.DAMAGED, Refusal.INCOMPLETE}


def test_a_tiff_that_promises_four_thousand_million_values_is_refused():
    endless = tiff([(256, 3, 1, 5), (257, 3, 1, 5), (258, 4, 2**32 - 1, 8), (262, 3, 1, 1)])
    assert refusal(endless) in {Refusal.DAMAGED, Refusal.INCOMPLETE}


def test_exif_full_of_rubbish_costs_nothing_but_itself():
    rubbish = b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\x12\x01\x03\0\xff\xff\xff\xff\0\0\0\0" * 5_000
    decoded = decode(encoded(colour(), "JPEG", exif=rubbish), LIMITS)
    assert decoded.pixels.shape == (40, 56, 3)


def test_a_text_chunk_that_unpacks_without_end_is_refused():
    bomb = b"Comment\0\0" + zlib.compress(b"a" * 20_000_000, 9)
    whole = encoded(colour(), "PNG")
    assert refusal(whole[:33] + png_chunk(b"zTXt", bomb) + whole[33:]) == Refusal.DAMAGED


def test_a_refusal_travels_between_processes_whole():
    refused = RefusedImage(Refusal.OTHER_KIND, kind="GIF")
    copied = copy.copy(refused)
    assert (copied.reason, copied.values, str(copied)) == (
        refused.reason,
        refused.values,
        "This is a GIF file; images must be JPEG, PNG, TIFF, BMP or WebP.",
    )


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        (MemoryError(), Refusal.TOO_MUCH_MEMORY),
        (OSError("out of memory error when reading image file"), Refusal.TOO_MUCH_MEMORY),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), Refusal.TOO_MUCH_MEMORY),
        (OSError("image file is truncated"), Refusal.INCOMPLETE),
        (RecursionError(), Refusal.DAMAGED),
        (struct.error("unpack"), Refusal.DAMAGED),
    ],
)
def test_whatever_a_decoder_raises_is_a_refusal(monkeypatch, problem, reason):
    def raising(*arguments, **options):
        raise problem

    monkeypatch.setattr(Image, "open", raising)
    assert refusal(b"\xff\xd8\xff") == reason


def test_a_disk_that_fails_while_reading_is_not_the_images_fault(monkeypatch):
    def failing(*arguments, **options):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Image, "open", failing)
    with pytest.raises(OSError, match="Input/output"):
        decode(b"\xff\xd8\xff", LIMITS)
