"""What a program needs to know to ask for tiles."""

from pydantic import BaseModel

from labeler.core.pyramid import TILE_PX, levels


class TilesOut(BaseModel):
    """Tiles of `size` pixels at `url` + `/{level}/{x}_{y}`, on levels 0 to `levels` - 1.

    Level 0 is the full resolution; each further one halves the sides, rounded up.
    """

    size: int
    levels: int
    url: str

    @classmethod
    def of(cls, image: str, width_px: int, height_px: int) -> "TilesOut":
        """Of an image by its id and size."""
        count = len(levels(width_px, height_px))
        return cls(size=TILE_PX, levels=count, url=f"/api/v1/images/{image}/tiles")
