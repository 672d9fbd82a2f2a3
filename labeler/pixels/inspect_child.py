"""The child process in which hostile bytes are decoded: `python -m labeler.pixels.inspect_child`.

It reads requests from standard input and answers on what was standard output, one at a time,
until its input ends. It imports Pillow and NumPy and nothing else of weight, so it starts fast.

It ends with its parent: reading gives end-of-file, and it looks now and then whether it has been
handed to another parent (a forked sibling may hold the pipe open). Not by PR_SET_PDEATHSIG: that
follows the *thread* that started the child, and a server's worker threads come and go.
"""

import base64
import json
import os
import select
import sys
from collections.abc import Mapping
from pathlib import Path

from labeler.core.errors import InvalidInput
from labeler.pixels import fingerprint, preview
from labeler.pixels.confinement import allow_cpu, confine
from labeler.pixels.cut import write_pack
from labeler.pixels.decode import Decoded, decode
from labeler.pixels.limits import Limits
from labeler.pixels.messages import Message, receive, send
from labeler.pixels.refusals import Refusal, RefusedImage
from labeler.pixels.tone import tone_of

_LOOK_FOR_PARENT_S = 5.0


def answer(request: Mapping[str, object], limits: Limits) -> Message:
    """Do what one request asks, and say how it went; never raises for a bad image."""
    try:
        return {"done": _OPERATIONS[str(request["operation"])](request, limits)}
    except RefusedImage as refused:
        return {"refused": refused.reason, "values": dict(refused.values)}
    except InvalidInput as wrong:
        return {"wrong": wrong.message, "values": dict(wrong.values)}
    except MemoryError:
        return {"refused": Refusal.TOO_MUCH_MEMORY, "values": {}}
    except OSError as problem:
        return {"failed": str(problem), "errno": problem.errno}


def _inspect(request: Mapping[str, object], limits: Limits) -> Message:
    decoded = decode(Path(str(request["path"])), limits)
    facts = _facts(decoded)
    picture = preview.shown(decoded.pixels, preview.default_window(decoded.pixels))
    del decoded  # a large one and its previews do not fit the memory limit together
    for width_px, path in _targets(request).items():
        Path(path).write_bytes(preview.jpeg_preview(picture, width_px))
    small = fingerprint.thumbnail(picture)
    return {
        **facts,
        "perceptual_hash": fingerprint.hash_text(fingerprint.perceptual_hash(small)),
        "thumbnail": base64.b64encode(small.tobytes()).decode(),
    }


def _facts(decoded: Decoded) -> Message:
    pixels = decoded.pixels
    return {
        "format": decoded.format,
        "height_px": pixels.shape[0],
        "width_px": pixels.shape[1],
        "channels": 1 if pixels.ndim == 2 else pixels.shape[2],
        "bit_depth": pixels.dtype.itemsize * 8,
        "plain": decoded.plain,
        "pixel_sha256": fingerprint.pixel_sha256(pixels),
        "tone": tone_of(pixels).document() if pixels.dtype.itemsize == 2 else None,
    }


def _preview(request: Mapping[str, object], limits: Limits) -> Message:
    pixels = decode(Path(str(request["path"])), limits).pixels
    low, high = request["low"], request["high"]
    window = preview.chosen_window(
        pixels, low if isinstance(low, int) else None, high if isinstance(high, int) else None
    )
    picture = preview.shown(pixels, window)
    del pixels
    for width_px, path in _targets(request).items():
        Path(path).write_bytes(preview.jpeg_preview(picture, width_px))
    return {"low": window.low, "high": window.high}


def _tiles(request: Mapping[str, object], limits: Limits) -> Message:
    pixels = decode(Path(str(request["path"])), limits).pixels
    with Path(str(request["out"])).open("wb", buffering=1 << 20) as file:
        write_pack(pixels, file)
    return {}


def _tone(request: Mapping[str, object], limits: Limits) -> Message:
    return tone_of(decode(Path(str(request["path"])), limits).pixels).document()


def _targets(request: Mapping[str, object]) -> dict[int, str]:
    targets = request["previews"]
    if not isinstance(targets, dict):
        raise TypeError("previews must map widths to paths")
    return {int(width_px): str(path) for width_px, path in targets.items()}


_OPERATIONS = {"inspect": _inspect, "preview": _preview, "tiles": _tiles, "tone": _tone}


def serve(inbox: int, outbox: int, limits: Limits, cpu_s: int) -> None:
    """Answer requests until the parent is gone, or until memory ran out once."""
    parent = os.getppid()
    while _parent_speaks(inbox, parent):
        request = receive(inbox)
        if request is None:
            return
        allow_cpu(cpu_s)
        reply = answer(request, limits)
        send(outbox, reply)
        if reply.get("refused") == Refusal.TOO_MUCH_MEMORY:
            return


def _parent_speaks(inbox: int, parent: int) -> bool:
    """Wait for input (or its end); false as soon as another process has become our parent."""
    if sys.platform == "win32":
        return True
    while not select.select([inbox], [], [], _LOOK_FOR_PARENT_S)[0]:
        if os.getppid() != parent:
            return False
    return True


def _main() -> None:
    settings = json.loads(sys.argv[1])
    inbox, outbox = os.dup(0), os.dup(1)
    # Whatever a decoder prints must not land among the answers.
    with Path(os.devnull).open("r+b") as nothing:
        for stream in (0, 1, 2):
            os.dup2(nothing.fileno(), stream)
    confine(settings["memory_bytes"], settings["file_bytes"])
    send(outbox, {"ready": os.getpid()})
    serve(inbox, outbox, Limits(**settings["limits"]), settings["cpu_s"])


if __name__ == "__main__":
    _main()
