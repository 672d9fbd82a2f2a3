import hashlib

import numpy as np
import pytest
from PIL import Image
from scipy.fft import dctn

from labeler.pixels.decode import decode_upright
from labeler.pixels.fingerprint import (
    differing_bits,
    hash_text,
    perceptual_hash,
    pixel_sha256,
    thumbnail,
)
from labeler.pixels.limits import Limits
from tests.pixels.made_pictures import colour, encoded, gray, gray16, gray_tiff


def hash_of(pixels):
    return perceptual_hash(thumbnail(Image.fromarray(pixels)))


def part(seed, height=480, width=640):
    """A smooth surface with its own structure, as photographs of parts have."""
    generator = np.random.default_rng(seed)
    coarse = Image.fromarray(generator.integers(0, 256, (9, 12), dtype=np.uint8))
    return np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC))


def test_the_digest_is_of_depth_shape_and_values():
    pixels = np.array([[1, 2, 3]], np.uint8)
    assert pixel_sha256(pixels) == hashlib.sha256(b"uint8 1x3\n\x01\x02\x03").hexdigest()
    deep = np.array([[1, 258]], np.uint16)
    assert pixel_sha256(deep) == hashlib.sha256(b"uint16 1x2\n\x01\x00\x02\x01").hexdigest()


def test_same_bytes_of_other_shape_or_depth_are_another_picture():
    flat = np.zeros((4, 6), np.uint8)
    others = [flat.reshape(6, 4), flat.reshape(4, 2, 3), np.zeros((4, 3), np.uint16)]
    assert len({pixel_sha256(one) for one in [flat, *others]}) == 4


def test_byte_order_and_memory_layout_do_not_matter():
    assert pixel_sha256(gray16().astype(">u2")) == pixel_sha256(gray16())
    assert pixel_sha256(np.asfortranarray(colour())) == pixel_sha256(colour())


def test_the_same_picture_in_other_files_has_the_same_digest():
    files = [encoded(colour(), kind) for kind in ("PNG", "TIFF", "BMP", "WEBP")]
    files.append(encoded(np.rot90(colour()), "PNG", orientation=6))
    assert len({pixel_sha256(decode_upright(data, Limits())) for data in files}) == 1
    deep = [gray_tiff(gray16(), order=order) for order in "<>"]
    assert len({pixel_sha256(decode_upright(data, Limits())) for data in deep}) == 1


def test_the_thumbnail_holds_means():
    pixels = np.zeros((128, 128), np.uint8)
    pixels[0, 0], pixels[2:4, 0:2] = 200, 80
    small = thumbnail(Image.fromarray(pixels))
    assert small.shape == (64, 64)
    assert small.dtype == np.uint8
    assert (small[0, 0], small[1, 0], small[1, 1]) == (50, 80, 0)


def test_the_hash_follows_its_definition():
    small = thumbnail(Image.fromarray(part(1)))
    frequencies = dctn(small.reshape(32, 2, 32, 2).mean(axis=(1, 3)), norm="ortho")
    order = sorted(np.ndindex(32, 32), key=lambda at: (sum(at), at))[1:65]
    lowest = np.array([frequencies[at] for at in order])
    bits = "".join("1" if value > np.median(lowest) else "0" for value in lowest)
    assert hash_text(perceptual_hash(small)) == f"{int(bits, 2):016x}"


@pytest.mark.parametrize("seed", range(8))
def test_the_same_view_hashes_alike_after_what_cameras_and_tools_do(seed):
    pixels = part(seed)
    noise = np.random.default_rng(seed).normal(0, 6, pixels.shape)
    lighter = np.clip(pixels * 0.8 + 30, 0, 255).astype(np.uint8)
    grainy = np.clip(pixels + noise, 0, 255).astype(np.uint8)
    smaller = np.asarray(Image.fromarray(pixels).resize((320, 240)))
    packed = decode_upright(encoded(pixels, "JPEG", quality=50), Limits())
    for other in (lighter, grainy, smaller, packed):
        assert differing_bits(hash_of(pixels), hash_of(other)) <= 6


def test_other_views_hash_apart():
    hashes = [hash_of(part(seed)) for seed in range(20)]
    apart = [
        differing_bits(one, other) for at, one in enumerate(hashes) for other in hashes[at + 1 :]
    ]
    assert min(apart) > 12
    assert 28 < np.mean(apart) < 36


def test_a_picture_of_one_value_hashes_to_zero():
    assert hash_text(hash_of(np.full((50, 70), 93, np.uint8))) == "0" * 16


def test_colour_and_tiny_pictures_have_a_hash():
    assert hash_of(colour()) == perceptual_hash(thumbnail(Image.fromarray(colour())))
    assert hash_of(gray(1, 1)) == 0
