"""Levels and tiles of a large picture: where each one lies. Pure arithmetic, in pixels.

Level 0 is the upright picture itself; every further level has half the sides, rounded up, until
one tile holds all of it. Tile (x, y) of a level covers columns from `x * TILE_PX` and rows from
`y * TILE_PX`; tiles do not overlap, and those at the right and lower edge are smaller.
"""

from collections.abc import Iterator
from dataclasses import dataclass

TILE_PX = 512


@dataclass(frozen=True, slots=True)
class Level:
    """One level: its size in its own pixels and the number of its first tile."""

    width_px: int
    height_px: int
    first: int

    @property
    def columns(self) -> int:
        """How many tiles lie beside each other."""
        return -(-self.width_px // TILE_PX)

    @property
    def rows(self) -> int:
        """How many tiles lie below each other."""
        return -(-self.height_px // TILE_PX)

    def holds(self, x: int, y: int) -> bool:
        """Tell whether there is such a tile."""
        return 0 <= x < self.columns and 0 <= y < self.rows

    def number(self, x: int, y: int) -> int:
        """The tile's number in the whole pyramid: level by level, row by row."""
        return self.first + y * self.columns + x

    def tile_size(self, x: int, y: int) -> tuple[int, int]:
        """(width_px, height_px) of a tile."""
        width = min(TILE_PX, self.width_px - x * TILE_PX)
        return width, min(TILE_PX, self.height_px - y * TILE_PX)


def levels(width_px: int, height_px: int) -> tuple[Level, ...]:
    """All levels of a picture, the full resolution first.

    >>> [(level.width_px, level.height_px) for level in levels(1500, 600)]
    [(1500, 600), (750, 300), (375, 150)]
    """
    return tuple(_levels(width_px, height_px))


def tile_count(width_px: int, height_px: int) -> int:
    """How many tiles a picture has on all levels together."""
    last = levels(width_px, height_px)[-1]
    return last.first + last.columns * last.rows


def _levels(width_px: int, height_px: int) -> Iterator[Level]:
    level = Level(width_px, height_px, 0)
    yield level
    while max(level.width_px, level.height_px) > TILE_PX:
        level = Level(
            (level.width_px + 1) // 2,
            (level.height_px + 1) // 2,
            level.first + level.columns * level.rows,
        )
        yield level
