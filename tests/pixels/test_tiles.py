"""Tiles put together again are the picture."""

import struct
from io import BytesIO
from itertools import product

import numpy as np
import pytest
from PIL import Image

from labeler.core.pyramid import TILE_PX, levels, tile_count
from labeler.pixels.cut import write_pack
from labeler.pixels.decode import decode_upright
from labeler.pixels.inspector import Inspector
from labeler.pixels.limits import ChildLimits, Limits
from labeler.pixels.preview import Window, jpeg, ramp
from labeler.pixels.refusals import Refusal, RefusedImage
from labeler.pixels.tile_pack import BrokenPack, TilePack
from labeler.pixels.windowed import windowed_preview, windowed_tile
from tests.pixels.made_pictures import colour, encoded, gray, gray16


def packed(pixels, path):
    with path.open("wb") as file:
        write_pack(pixels, file)
    height, width = pixels.shape[:2]
    return TilePack(path, width, height, pixels.dtype.itemsize * 8)


def assembled(pack, number):
    """A level as 8-bit colour or gray, or as the 16-bit values that are stored."""
    level = pack.levels[number]
    whole = None
    for x, y in product(range(level.columns), range(level.rows)):
        width, height = level.tile_size(x, y)
        if pack.head.bits == 16:
            part = np.frombuffer(pack.tile(number, x, y), "<u2").reshape(height, width)
        else:
            part = np.asarray(Image.open(BytesIO(pack.tile(number, x, y))))
        assert part.shape[:2] == (height, width)
        if whole is None:
            whole = np.zeros((level.height_px, level.width_px, *part.shape[2:]), part.dtype)
        whole[y * TILE_PX : y * TILE_PX + height, x * TILE_PX : x * TILE_PX + width] = part
    return whole


def mean_of_four(pixels):
    """The next level, worked out the slow way."""
    height, width = pixels.shape[:2]
    edges = ((0, height % 2), (0, width % 2), *[(0, 0)] * (pixels.ndim - 2))
    even = np.pad(pixels.astype(np.float64), edges, mode="edge")
    rest = pixels.shape[2:]
    return even.reshape(-(-height // 2), 2, -(-width // 2), 2, *rest).mean((1, 3))


def test_levels_halve_until_one_tile_holds_the_picture():
    sizes = [(level.width_px, level.height_px) for level in levels(8192, 8191)]
    assert sizes == [(8192, 8191), (4096, 4096), (2048, 2048), (1024, 1024), (512, 512)]
    assert tile_count(8192, 8192) == 256 + 64 + 16 + 4 + 1
    assert len(levels(512, 512)) == 1
    assert len(levels(513, 1)) == 2


@pytest.mark.parametrize("shape", [(1025, 1300), (1300, 513), (40, 56), (1, 1200)])
@pytest.mark.parametrize("make", [gray, colour])
def test_the_tiles_of_each_level_make_the_picture_to_its_last_edge(tmp_path, shape, make):
    pixels = make(*shape)
    with packed(pixels, tmp_path / "pack") as pack:
        assert np.abs(assembled(pack, 0).astype(int) - pixels).mean() < 1.0
        assert np.abs(assembled(pack, 0).astype(int) - pixels).max() <= 40  # beside hard edges
        wanted = pixels
        for number in range(1, len(pack.levels)):
            wanted = mean_of_four(wanted)
            assert np.abs(assembled(pack, number) - wanted).mean() < 2.0


def test_16_bit_values_are_kept_exactly_and_halved_exactly(tmp_path):
    pixels = np.random.default_rng(1).integers(0, 65_536, (1027, 600)).astype(np.uint16)
    with packed(pixels, tmp_path / "pack") as pack:
        assert (assembled(pack, 0) == pixels).all()
        wanted = np.floor(mean_of_four(pixels) + 0.5)
        assert (assembled(pack, 1) == wanted).all()


def test_a_window_is_applied_to_tiles_and_to_the_preview(tmp_path):
    pixels = gray16(1100, 1400, most=4095)
    window = Window(1000, 3000)
    table = ramp(window, 65_535)
    with packed(pixels, tmp_path / "pack") as pack:
        tile = np.asarray(Image.open(BytesIO(windowed_tile(pack, 0, 1, 1, window))))
        assert np.abs(tile.astype(int) - table[pixels[512:1024, 512:1024]]).max() <= 4
        preview = Image.open(BytesIO(windowed_preview(pack, 640, window)))
        assert preview.size == (640, 503)
        small = np.asarray(Image.fromarray(table[pixels]).resize((640, 503)))
        assert np.abs(np.asarray(preview).astype(int) - small).mean() < 3
        wide = Image.open(BytesIO(windowed_preview(pack, 1920, window)))
        assert wide.size == (1400, 1100)


def test_the_pack_says_the_window_that_the_preview_shows(tmp_path):
    pixels = gray16(600, 700, most=5000)
    with packed(pixels, tmp_path / "pack") as pack:
        assert 0 < pack.head.low < 60
        assert 4940 < pack.head.high < 5000


@pytest.mark.parametrize("turn", [1, 3, 6, 8])
def test_tiles_are_of_the_upright_picture(tmp_path, turn):
    source = tmp_path / "source.jpg"
    source.write_bytes(encoded(colour(700, 1100), "JPEG", orientation=turn))
    upright = decode_upright(source, Limits())
    with Inspector() as inspector:
        inspector.tiles(source, tmp_path / "pack")
    height, width = upright.shape[:2]
    assert (width > height) == (turn in {1, 3})
    with TilePack(tmp_path / "pack", width, height, 8) as pack:
        assert np.abs(assembled(pack, 0).astype(int) - upright).mean() < 1.0


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"",
        lambda data: data[:100],
        lambda data: data[:-1],
        lambda data: data + b"x",
        lambda data: b"X" + data[1:],
        lambda data: data[:8] + struct.pack("<I", 4000) + data[12:],  # another width
        lambda data: data[:28] + struct.pack("<Q", 3) + data[36:],  # a tile inside the head
        lambda data: data[:28] + struct.pack("<Q", 2**63) + data[36:],
        lambda data: data[:36] + struct.pack("<Q", 0) + data[44:],  # ends before it begins
    ],
)
def test_a_spoilt_pack_is_noticed_and_never_believed(tmp_path, spoil):
    pixels = gray(600, 700)
    packed(pixels, tmp_path / "pack").__exit__()
    data = (tmp_path / "pack").read_bytes()
    (tmp_path / "pack").write_bytes(spoil(data))
    with (
        pytest.raises(BrokenPack),
        TilePack(tmp_path / "pack", 700, 600, 8) as pack,
    ):
        pack.tile(0, 0, 0)


def test_16_bit_tiles_of_another_size_are_refused(tmp_path):
    packed(gray16(10, 10), tmp_path / "pack").__exit__()
    data = (tmp_path / "pack").read_bytes()
    begin, end = struct.unpack("<2Q", data[28:44])
    (tmp_path / "pack").write_bytes(data[:36] + struct.pack("<Q", end - 2) + data[44:-2])
    with (
        pytest.raises(BrokenPack),
        TilePack(tmp_path / "pack", 10, 10, 16) as pack,
    ):
        pack.tile(0, 0, 0)
    assert end - begin == 200


def test_a_pack_beyond_the_file_limit_leaves_nothing_behind(tmp_path):
    source = tmp_path / "source.png"
    source.write_bytes(encoded(gray16(600, 600), "PNG"))
    with Inspector(child_limits=ChildLimits(file_bytes=100_000)) as inspector:
        with pytest.raises(OSError, match="File too large"):
            inspector.tiles(source, tmp_path / "pack")
        assert not (tmp_path / "pack").exists()


def test_an_image_that_cannot_be_decoded_has_no_tiles(tmp_path):
    source = tmp_path / "source.png"
    source.write_bytes(encoded(colour(), "PNG")[:120])
    with Inspector() as inspector, pytest.raises(RefusedImage) as refused:
        inspector.tiles(source, tmp_path / "pack")
    assert refused.value.reason in {Refusal.INCOMPLETE, Refusal.DAMAGED}
    assert not (tmp_path / "pack").exists()


def test_a_tile_carries_no_metadata(tmp_path):
    with packed(colour(100, 100), tmp_path / "pack") as pack:
        assert pack.tile(0, 0, 0) == jpeg(Image.fromarray(colour(100, 100)))
        opened = Image.open(BytesIO(pack.tile(0, 0, 0)))
        assert set(opened.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
