"""Tiles made in the background, one picture at a time, once however many ask for it."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from labeler.core.errors import Unavailable
from labeler.store.blobs import BlobFolder

if TYPE_CHECKING:  # a server starts without what reads pictures
    from labeler.pixels.inspector import Inspector


def make_tiles(blobs: BlobFolder, cutter: "Inspector", most_bytes: int, sha256: str) -> None:
    """Decode an original in the limited child process and keep all its tiles.

    Raises `RefusedImage` when it no longer decodes within the limits, `Unavailable` when the
    storage is away.
    """
    if blobs.tiles_path(sha256).exists():  # another process was faster
        return
    source = blobs.path(sha256)
    if not source.exists():
        raise Unavailable("The image's file is missing from the storage. Tell your IT.")
    with blobs.workspace() as folder:
        cutter.tiles(source, folder / "tiles")
        blobs.keep_tiles(folder / "tiles", sha256, most_bytes)


class TileMaker:
    """Runs `make(sha256)` on one thread of its own; whoever asks meanwhile gets the same future.

    A picture whose tiles could not be made is not tried again for `rest_s` seconds of `clock_s`:
    every look at it asks for a dozen tiles. Safe for threads.
    """

    def __init__(
        self, make: Callable[[str], None], clock_s: Callable[[], float], rest_s: float = 30.0
    ) -> None:
        self._make, self._clock_s, self._rest_s = make, clock_s, rest_s
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="tiles")
        self._lock = threading.Lock()
        self._under_way: dict[str, Future[None]] = {}
        self._failed: dict[str, tuple[float, Future[None]]] = {}

    def made(self, sha256: str) -> Future[None]:
        """Done when the tiles are there; holds the exception when they cannot be made."""
        with self._lock:
            self._forget_failures()
            if sha256 in self._failed:
                return self._failed[sha256][1]
            if sha256 not in self._under_way:
                self._under_way[sha256] = self._thread.submit(self._one, sha256)
            return self._under_way[sha256]

    def close(self) -> None:
        """Finish what is under way; what waits is cancelled."""
        self._thread.shutdown(cancel_futures=True)

    def _one(self, sha256: str) -> None:
        try:
            self._make(sha256)
        except BaseException:
            with self._lock:
                self._failed[sha256] = self._clock_s(), self._under_way[sha256]
            raise
        finally:
            with self._lock:
                del self._under_way[sha256]

    def _forget_failures(self) -> None:
        now_s = self._clock_s()
        self._failed = {
            name: kept for name, kept in self._failed.items() if now_s - kept[0] < self._rest_s
        }
