"""Looking closely: tiles of large images, and windows over 16-bit values.

Asking and reading are two steps, because between them somebody may have to wait for the tiles to
be made, and a door does that without holding a thread:

    asked = find_tile(site, who, image, "0", "3_4")
    waiting = making(site, asked.picture)        # None when the tiles are there
    data = read_tile(site, asked)
"""

import json
import os
import re
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from labeler.core.errors import FieldError, InvalidInput, NotFound, Unavailable
from labeler.core.people import Principal
from labeler.core.pyramid import levels
from labeler.flows.images import PREVIEW_WIDTHS, visible_row
from labeler.flows.site import Site
from labeler.store.tables import Image

if TYPE_CHECKING:  # a server starts without what reads pictures
    from labeler.pixels.preview import Window
    from labeler.pixels.tile_pack import TilePack
    from labeler.pixels.tone import Tone

_ONLY_16 = "Only images with 16 bits have a window of values."
_AGAIN = "The image's tiles were just swept away. They are made anew: try again in a few seconds."
_TILE = re.compile(r"(0|[1-9]\d{0,4})_(0|[1-9]\d{0,4})", re.ASCII)
_LEVEL = re.compile(r"0|[1-9]\d?", re.ASCII)
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Picture:
    """The stored picture that somebody may see; `low` and `high` as they were asked for."""

    sha256: str
    width_px: int
    height_px: int
    bits: int
    low: int | None
    high: int | None

    @property
    def window_tag(self) -> str:
        """What tells answers with different windows apart."""
        return "" if self.low is None and self.high is None else f"-{self.low}-{self.high}"


@dataclass(frozen=True, slots=True)
class AskedTile:
    """A tile that exists and may be seen; `tag` names its content."""

    picture: Picture
    level: int
    x: int
    y: int
    tag: str


@dataclass(frozen=True, slots=True)
class AskedPreview:
    """A preview through a chosen window of values; `tag` names its content."""

    picture: Picture
    width: int
    tag: str


def find_tile(
    site: Site,
    who: Principal,
    image_id: str,
    level: str,
    tile: str,
    *,
    low: int | None = None,
    high: int | None = None,
) -> AskedTile:
    """A tile by level and `x_y`. Raises `NotFound` when there is none, `InvalidInput`."""
    picture = _picture(site, who, image_id, low, high)
    place = _TILE.fullmatch(tile)
    number = int(level) if _LEVEL.fullmatch(level) else -1
    every = levels(picture.width_px, picture.height_px)
    if not place or not 0 <= number < len(every):
        raise NotFound("The image has no such tile.")
    x, y = int(place[1]), int(place[2])
    if not every[number].holds(x, y):
        raise NotFound("The image has no such tile.")
    if picture.window_tag and picture.bits != 16:
        raise InvalidInput(_ONLY_16)
    tag = f"t1-{picture.sha256[:32]}-{number}-{x}_{y}{picture.window_tag}"
    return AskedTile(picture, number, x, y, tag)


def find_preview(
    site: Site, who: Principal, image_id: str, width: int, *, low: int | None, high: int | None
) -> AskedPreview | None:
    """A preview through a window; None for 8 bits. Raises `NotFound`, `InvalidInput`."""
    picture = _picture(site, who, image_id, low, high)
    if picture.bits != 16:
        return None
    if width not in PREVIEW_WIDTHS:
        raise InvalidInput(
            "Previews come in four widths.",
            fields=[FieldError("width", "Choose 320, 640, 1280 or 1920.")],
        )
    tag = f"t1-{picture.sha256[:32]}-w{width}{picture.window_tag}"
    return AskedPreview(picture, width, tag)


def making(site: Site, picture: Picture) -> Future[None] | None:
    """The work of making the picture's tiles, shared by all who ask; None when they are there."""
    if site.blobs.tiles_path(picture.sha256).exists():
        return None
    return site.tile_maker.made(picture.sha256)


def read_tile(site: Site, asked: AskedTile) -> bytes:
    """The tile as JPEG. Raises `Unavailable` when the tiles are not there, `InvalidInput`."""
    from labeler.pixels.windowed import windowed_tile

    where = asked.level, asked.x, asked.y

    def read(pack: "TilePack") -> bytes:
        if pack.head.bits == 8:
            return pack.tile(*where)
        return windowed_tile(pack, *where, _window(pack, asked.picture))

    return _from_pack(site, asked.picture, read)


def read_preview(site: Site, asked: AskedPreview) -> bytes:
    """The preview as JPEG. Raises `Unavailable` when the tiles are not there, `InvalidInput`."""
    from labeler.pixels.windowed import windowed_preview

    return _from_pack(
        site,
        asked.picture,
        lambda pack: windowed_preview(pack, asked.width, _window(pack, asked.picture)),
    )


def tone(site: Site, who: Principal, image_id: str) -> "Tone":
    """How the values of a 16-bit image are spread. Raises `NotFound`, `InvalidInput`."""
    with site.database.read() as session:
        row = visible_row(session, who, image_id)
        sha256, bits = row.sha256, row.bit_depth
    if bits != 16:
        raise InvalidInput(_ONLY_16)
    return stored_tone(site, sha256) or _measured(site, sha256)


def stored_tone(site: Site, sha256: str) -> "Tone | None":
    """What the import wrote down; None for images that came before it did."""
    from labeler.pixels.tone import parse_tone

    try:
        return parse_tone(json.loads(site.blobs.tone_path(sha256).read_bytes()))
    except (OSError, ValueError):
        return None


def _measured(site: Site, sha256: str) -> "Tone":
    source = site.blobs.path(sha256)
    if not source.exists():
        raise Unavailable("The image's file is missing from the storage. Tell your IT.")
    with site.blobs.workspace() as folder:
        found = site.inspector.tone(source)
        file = folder / "tone.json"
        file.write_text(json.dumps(found.document()), encoding="utf-8")
        site.blobs.keep_tone(file, sha256)
    return found


def _picture(
    site: Site, who: Principal, image_id: str, low: int | None, high: int | None
) -> Picture:
    with site.database.read() as session:
        row: Image = visible_row(session, who, image_id)
        return Picture(row.sha256, row.width_px, row.height_px, row.bit_depth, low, high)


def _window(pack: "TilePack", picture: Picture) -> "Window":
    from labeler.pixels.preview import Window, completed

    return completed(Window(pack.head.low, pack.head.high), picture.low, picture.high)


def _from_pack(site: Site, picture: Picture, read: "Callable[[TilePack], _Result]") -> _Result:
    from labeler.pixels.tile_pack import BrokenPack, TilePack

    path = site.blobs.tiles_path(picture.sha256)
    try:
        with TilePack(path, picture.width_px, picture.height_px, picture.bits) as pack:
            os.utime(path)  # the longest unused are swept first
            return read(pack)
    except BrokenPack as broken:
        with suppress(OSError):
            path.unlink()
        raise Unavailable(_AGAIN) from broken
    except OSError as problem:
        raise Unavailable(_AGAIN) from problem
