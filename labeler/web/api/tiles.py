"""Looking closely: tiles of large images, and how 16-bit values are spread.

Tiles of an image are made when somebody first asks, which takes seconds for a very large one.
Whoever asks meanwhile waits as a coroutine: a dozen tile requests of a tablet hold no thread.
"""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from labeler.core.errors import Unavailable
from labeler.flows import tiles
from labeler.flows.site import Site
from labeler.web.access import Member, SiteOf

router = APIRouter(prefix="/api/v1", tags=["images"])

PICTURE_HEADERS = {
    "Cache-Control": "private, max-age=31536000, immutable",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Vary": "Cookie, Authorization",
}
Value = Annotated[int | None, Query(ge=0, le=65_535)]
_PATIENCE_S = 20.0


class ToneOut(BaseModel):
    """`window`: shown when nobody chose one. `counts`: equal bins from `range[0]` to `range[1]`."""

    window: tuple[int, int]
    range: tuple[int, int]
    counts: list[int]


@router.get("/images/{image}/tiles/{level}/{tile}", response_class=Response)
async def tile(
    image: str,
    level: str,
    tile: str,
    request: Request,
    site: SiteOf,
    who: Member,
    low: Value = None,
    high: Value = None,
) -> Response:
    """One tile of the upright image: `x_y` on a level, 0 being the full resolution."""
    asked = await run_in_threadpool(
        tiles.find_tile, site, who, image, level, tile, low=low, high=high
    )
    headers = {**PICTURE_HEADERS, "ETag": f'"{asked.tag}"'}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    await made(site, asked.picture)
    data = await run_in_threadpool(tiles.read_tile, site, asked)
    return Response(data, media_type="image/jpeg", headers=headers)


@router.get("/images/{image}/tone")
def tone(image: str, site: SiteOf, who: Member) -> ToneOut:
    """How the values of a 16-bit image are spread, for choosing a window; 422 with 8 bits."""
    found = tiles.tone(site, who, image)
    return ToneOut(
        window=(found.window.low, found.window.high),
        range=(found.lowest, found.highest),
        counts=list(found.counts),
    )


async def windowed_preview(request: Request, site: Site, asked: tiles.AskedPreview) -> Response:
    """A preview of a 16-bit image through a window of values."""
    headers = {**PICTURE_HEADERS, "ETag": f'"{asked.tag}"'}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    await made(site, asked.picture)
    data = await run_in_threadpool(tiles.read_preview, site, asked)
    return Response(data, media_type="image/jpeg", headers=headers)


async def made(site: Site, picture: tiles.Picture) -> None:
    """Wait until the picture's tiles are there; the making goes on when nobody waits any more.

    Raises `Unavailable` when it takes too long, and what the making raised.
    """
    work = tiles.making(site, picture)
    if work is None:
        return
    waiting = asyncio.wrap_future(work)
    waiting.add_done_callback(_looked_at)  # it may fail after everybody has left
    # Neither a cancelled request nor impatience cancels the work: others wait for it too.
    done, _ = await asyncio.wait({waiting}, timeout=_PATIENCE_S)
    if not done:
        raise Unavailable("The image's tiles are being made. Try again in a few seconds.")
    waiting.result()


def _looked_at(waiting: "asyncio.Future[None]") -> None:
    if not waiting.cancelled():
        waiting.exception()
