"""All tiles of one picture in one file, so that a tile costs one short read.

    magic · width_px · height_px · bits · low · high · where each tile begins, and the end · tiles

8-bit pictures keep their tiles as JPEG. 16-bit ones keep the values themselves (little-endian,
row by row): each window of values then costs one look-up per pixel and no decoding. `low` and
`high` are the window shown when nobody chose one.

The writer is the decoding child, which hostile bytes may have taken over, so the reader believes
no number that it has not checked.
"""

import struct
from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from labeler.core.pyramid import levels, tile_count

_MAGIC = b"LBLTILE1"
_HEAD = struct.Struct("<8s5I")
_PLACE_BYTES = 8
_LARGEST_TILE_BYTES = 4 * 2**20


class BrokenPack(Exception):
    """The file is not a whole pack of this picture; make it anew."""


@dataclass(frozen=True, slots=True)
class PackHead:
    """What a pack says about its picture."""

    width_px: int
    height_px: int
    bits: int
    low: int
    high: int


class PackWriter:
    """Writes tiles in the order of their numbers into an empty file."""

    def __init__(self, file: BinaryIO, head: PackHead) -> None:
        self._file, self._head = file, head
        count = tile_count(head.width_px, head.height_px)
        self._at = _HEAD.size + (count + 1) * _PLACE_BYTES
        self._places = array("Q", [self._at])
        file.seek(self._at)

    def add(self, tile: bytes) -> None:
        """Append the next tile."""
        self._file.write(tile)
        self._at += len(tile)
        self._places.append(self._at)

    def finish(self) -> None:
        """Write the head and the places, after the last tile."""
        head = self._head
        self._file.seek(0)
        self._file.write(
            _HEAD.pack(_MAGIC, head.width_px, head.height_px, head.bits, head.low, head.high)
        )
        self._file.write(_little_endian(self._places))


class TilePack:
    """An open pack of a picture whose size is known from elsewhere.

    Raises `BrokenPack` for anything but a whole pack of that picture, `OSError` when it cannot be
    read. For one thread at a time.
    """

    def __init__(self, path: Path, width_px: int, height_px: int, bits: int) -> None:
        self.levels = levels(width_px, height_px)
        self._count = tile_count(width_px, height_px)
        self._file = path.open("rb", buffering=0)
        try:
            self.head = self._checked_head((width_px, height_px, bits))
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_problem: object) -> None:
        self._file.close()

    def tile(self, level: int, x: int, y: int) -> bytes:
        """The stored bytes of a tile that exists: JPEG, or values where `bits` is 16."""
        where = self.levels[level]
        number = where.number(x, y)
        begin, end = struct.unpack("<2Q", self._read(self._place(number), 2 * _PLACE_BYTES))
        if not self._place(self._count + 1) <= begin < end <= begin + _LARGEST_TILE_BYTES:
            raise BrokenPack("a tile out of place")
        stored = self._read(begin, end - begin)
        width, height = where.tile_size(x, y)
        if self.head.bits == 16 and len(stored) != 2 * width * height:
            raise BrokenPack("a tile of another size")
        return stored

    def _checked_head(self, wanted: tuple[int, int, int]) -> PackHead:
        magic, *numbers = _HEAD.unpack(self._read(0, _HEAD.size))
        head = PackHead(*numbers)
        if magic != _MAGIC or head.low >= head.high:
            raise BrokenPack("not a pack")
        if (head.width_px, head.height_px, head.bits) != wanted:
            raise BrokenPack("another picture")
        (end,) = struct.unpack("<Q", self._read(self._place(self._count), _PLACE_BYTES))
        if self._file.seek(0, 2) != end:
            raise BrokenPack("not whole")
        return head

    def _place(self, number: int) -> int:
        return _HEAD.size + number * _PLACE_BYTES

    def _read(self, at: int, count: int) -> bytes:
        self._file.seek(at)
        found = self._file.read(count)
        if len(found) != count:
            raise BrokenPack("too short")
        return found


def _little_endian(places: "array[int]") -> bytes:
    return struct.pack(f"<{len(places)}Q", *places)
