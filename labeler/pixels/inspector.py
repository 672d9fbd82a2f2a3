"""Facts and previews of images nobody trusts, made in child processes that may die.

    with Inspector() as inspector:
        inspection = inspector.inspect(path, previews_folder)

A crash, a memory or time limit costs that one image, which is refused with its reason; the child
is replaced and the next image is looked at as if nothing had happened.
"""

import base64
import dataclasses
import queue
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from labeler.core.errors import InvalidInput
from labeler.pixels.child import Child, ChildGone
from labeler.pixels.fingerprint import THUMBNAIL_SIDE_PX
from labeler.pixels.limits import ChildLimits, Limits
from labeler.pixels.messages import BrokenMessage, Message
from labeler.pixels.preview import Window
from labeler.pixels.refusals import Refusal, RefusedImage
from labeler.pixels.signature import ImageFormat
from labeler.pixels.tone import Tone, parse_tone

_Result = TypeVar("_Result")
# A used child may have died between two images, or have its memory full of holes from earlier
# ones. Only a fresh one's word counts for these.
_CHILDS_OWN = frozenset({Refusal.TOO_MUCH_MEMORY, Refusal.DECODER_STOPPED})

_SHA256 = re.compile(r"[0-9a-f]{64}")
_HASH = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Inspection:
    """What is known of one image after decoding it once.

    `width_px` and `height_px` are of the upright picture; `bit_depth` is 8 or 16 (12-bit images
    count as 16), `channels` 1 or 3. `upright`: the file may be copied byte for byte where pixels
    are wanted; it is false for turned, CMYK, palette, transparent images. `pixel_sha256` is of the
    upright pixels, `perceptual_hash` 16 hex digits, `thumbnail` 64 x 64 gray bytes row by row.
    `previews` are the JPEG files by the width asked for; a narrower image keeps its own width.
    `tone` tells how the values of a 16-bit image are spread; None for 8 bits.
    """

    format: ImageFormat
    width_px: int
    height_px: int
    bit_depth: int
    channels: int
    upright: bool
    pixel_sha256: str
    perceptual_hash: str
    thumbnail: bytes = dataclasses.field(repr=False)
    previews: Mapping[int, Path]
    tone: Tone | None = None


class Inspector:
    """Decodes in up to `children` child processes, started when needed. Safe for threads."""

    def __init__(
        self,
        limits: Limits | None = None,
        child_limits: ChildLimits | None = None,
        *,
        children: int = 1,
    ) -> None:
        self._limits = limits or Limits()
        self._child_limits = child_limits or ChildLimits()
        self._places: queue.LifoQueue[Child | None] = queue.LifoQueue()
        for _ in range(children):
            self._places.put(None)
        self._children = children

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the children, waiting for what they are doing. A later call starts new ones."""
        places = [self._places.get() for _ in range(self._children)]
        for child in places:
            if child is not None:
                child.end()
            self._places.put(None)

    def inspect(
        self, path: Path, preview_dir: Path, widths: tuple[int, ...] = (320, 1280)
    ) -> Inspection:
        """Decode one stored file wholly, and write `preview_dir/{width}.jpg` for each width.

        Raises `RefusedImage` when the image is at fault, `OSError` when the disk is, `Unavailable`
        when no child can be started. No preview is left behind then.
        """
        previews = {width: preview_dir / f"{width}.jpg" for width in widths}
        request = _request("inspect", path, previews)
        return self._ask(request, previews.values(), lambda done: _inspection(done, previews))

    def preview(
        self,
        path: Path,
        out: Path,
        width: int,
        low: int | None = None,
        high: int | None = None,
    ) -> Window:
        """Write one JPEG preview to `out` and tell the window of values it shows.

        `low` and `high` are values of the image shown as black and white; without them 8-bit
        images are shown as they are, 16-bit ones by percentiles. Raises as `inspect`, and
        `InvalidInput` for an empty window.
        """
        previews = {width: out}
        request = {**_request("preview", path, previews), "low": low, "high": high}
        return self._ask(request, previews.values(), _window)

    def tiles(self, path: Path, out: Path) -> None:
        """Write every tile of an image to `out` (see `tile_pack`). Raises as `inspect`."""
        request = {"operation": "tiles", "path": str(path.absolute()), "out": str(out.absolute())}
        self._ask(request, (out,), lambda _done: None)

    def tone(self, path: Path) -> Tone:
        """Measure a 16-bit image that was imported before that was done. Raises as `inspect`."""
        request = {"operation": "tone", "path": str(path.absolute())}
        return self._ask(request, (), _tone)

    def _ask(
        self,
        request: Message,
        written: Iterable[Path],
        read: Callable[[Message], _Result],
    ) -> _Result:
        try:
            return read(_done(self._exchange(request)))
        except BaseException:
            for path in written:
                path.unlink(missing_ok=True)
            raise

    def _exchange(self, request: Message) -> Message:
        child = self._places.get()
        try:
            if child is None or not child.usable():
                child = self._replaced(child)
            reply = _attempt(child, request)
            if reply.get("refused") in _CHILDS_OWN and not child.fresh:
                child = self._replaced(child)
                reply = _attempt(child, request)
            return reply
        finally:
            self._places.put(child)

    def _replaced(self, child: Child | None) -> Child:
        if child is not None:
            child.end()
        return Child(self._limits, self._child_limits)


def _attempt(child: Child, request: Message) -> Message:
    try:
        return child.ask(request)
    except (ChildGone, BrokenMessage):
        child.kill()
        return {"refused": Refusal.DECODER_STOPPED}


def _request(operation: str, path: Path, previews: Mapping[int, Path]) -> dict[str, object]:
    targets = {str(width): str(target.absolute()) for width, target in previews.items()}
    return {"operation": operation, "path": str(path.absolute()), "previews": targets}


def _done(reply: Message) -> Message:
    """Unwrap an answer. It comes from where hostile bytes were, so only known shapes pass."""
    values = reply.get("values")
    values = values if isinstance(values, dict) else {}
    if "refused" in reply:
        raise _refused(str(reply["refused"]), values)
    if "wrong" in reply:
        raise InvalidInput(
            "The window from {low} to {high} is empty.",
            low=values.get("low"),
            high=values.get("high"),
        )
    if "failed" in reply:
        raise OSError(reply.get("errno"), str(reply["failed"]))
    done = reply.get("done")
    if not isinstance(done, dict):
        raise RefusedImage(Refusal.DECODER_STOPPED)
    return done


def _refused(sentence: str, values: Mapping[str, object]) -> RefusedImage:
    try:
        reason = Refusal(sentence)
        reason.format(**values)  # all its places are filled
        return RefusedImage(reason, **values)
    except (ValueError, LookupError, TypeError):
        return RefusedImage(Refusal.DECODER_STOPPED)


def _inspection(done: Message, previews: Mapping[int, Path]) -> Inspection:
    try:
        return Inspection(
            format=ImageFormat(str(done["format"])),
            width_px=_count(done["width_px"]),
            height_px=_count(done["height_px"]),
            bit_depth=_count(done["bit_depth"]),
            channels=_count(done["channels"]),
            upright=done["plain"] is True,
            pixel_sha256=_matching(_SHA256, done["pixel_sha256"]),
            perceptual_hash=_matching(_HASH, done["perceptual_hash"]),
            thumbnail=_thumbnail(done["thumbnail"]),
            previews=previews,
            tone=None if done.get("tone") is None else parse_tone(done["tone"]),
        )
    except (ValueError, LookupError, TypeError) as problem:
        raise RefusedImage(Refusal.DECODER_STOPPED) from problem


def _window(done: Message) -> Window:
    try:
        return Window(int(str(done["low"])), int(str(done["high"])))
    except (ValueError, LookupError) as problem:
        raise RefusedImage(Refusal.DECODER_STOPPED) from problem


def _tone(done: Message) -> Tone:
    try:
        return parse_tone(done)
    except ValueError as problem:
        raise RefusedImage(Refusal.DECODER_STOPPED) from problem


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(value)
    return value


def _matching(pattern: re.Pattern[str], value: object) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError(value)
    return value


def _thumbnail(value: object) -> bytes:
    small = base64.b64decode(str(value), validate=True)
    if len(small) != THUMBNAIL_SIDE_PX**2:
        raise ValueError(len(small))
    return small
