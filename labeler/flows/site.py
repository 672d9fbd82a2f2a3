"""An installation, handed to every flow: nothing reaches out for time, chance or rows."""

import hashlib
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from labeler.core.standard import Standard
from labeler.flows.judged_counts import JudgedCounts
from labeler.flows.label_counts import LabelCounts
from labeler.flows.marked_kinds import MarkedKinds
from labeler.flows.pace_counts import PaceCounts
from labeler.flows.rating_counts import RatingCounts
from labeler.flows.recall import Recall
from labeler.flows.tile_maker import TileMaker, make_tiles
from labeler.pixels.limits import ChildLimits, Limits
from labeler.settings import Settings
from labeler.store.blobs import BlobFolder
from labeler.store.engine import Database

if TYPE_CHECKING:
    from labeler.core.agreement.place_features import PlaceSettings
    from labeler.core.agreement.values import Floats
    from labeler.flows.kept_places import KeptPlaces
    from labeler.pixels.inspector import Inspector

# Cutting all tiles of an image takes about three times as long as decoding it.
_CUTTING = 3
_LARGEST_TILES_BYTES = 512 << 20

Clock = Callable[[], datetime]
Entropy = Callable[[int], bytes]


def wall_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Site:
    """Settings, rows, files, clock and entropy of one installation."""

    settings: Settings
    database: Database
    blobs: BlobFolder
    clock: Clock = wall_clock
    entropy: Entropy = os.urandom
    # Published versions never change, so each is parsed once.
    standards: dict[tuple[str, int], Standard] = field(default_factory=dict)
    rating_counts: RatingCounts = field(default_factory=RatingCounts)
    label_counts: LabelCounts = field(default_factory=LabelCounts)
    judged_counts: JudgedCounts = field(default_factory=JudgedCounts)
    pace_counts: PaceCounts = field(default_factory=PaceCounts)
    marked_kinds: MarkedKinds = field(default_factory=MarkedKinds)
    figures: Recall = field(default_factory=Recall)
    # Reviews never change either, so the places in two of them are compared once.
    compared_places: "dict[tuple[str, str, str, PlaceSettings], Floats]" = field(
        default_factory=dict
    )
    kept_places: "dict[tuple[str, str, PlaceSettings], KeptPlaces]" = field(default_factory=dict)
    _inspector: "Inspector | None" = None
    _cutter: "Inspector | None" = None
    _tile_maker: TileMaker | None = None
    _starting: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> datetime:
        """The time that a flow works with."""
        return self.clock()

    def new_id(self) -> str:
        """An opaque id; ids made later sort later, which keeps indexes compact."""
        return f"{int(self.now().timestamp() * 1000):012x}{self.entropy(8).hex()}"

    def new_secret(self) -> str:
        """256 random bits as hex."""
        return self.entropy(32).hex()

    @property
    def inspector(self) -> "Inspector":
        """The limited child process that opens images, started when first needed."""
        with self._starting:
            if self._inspector is None:
                self._inspector = self._new_inspector()
            return self._inspector

    @property
    def tile_maker(self) -> TileMaker:
        """Makes the tiles of large images, in a child process of its own: imports go on."""
        with self._starting:
            if self._tile_maker is None:
                self._cutter = cutter = self._new_inspector(_CUTTING, _LARGEST_TILES_BYTES)
                most_bytes = self.settings.tile_cache_mb << 20
                self._tile_maker = TileMaker(
                    lambda sha256: make_tiles(self.blobs, cutter, most_bytes, sha256),
                    lambda: self.now().timestamp(),
                )
            return self._tile_maker

    def _new_inspector(self, times: int = 1, file_bytes: int = 64 << 20) -> "Inspector":
        from labeler.pixels.inspector import Inspector

        return Inspector(
            self.limits,
            ChildLimits(
                memory_bytes=self.settings.decode_memory_mb << 20,
                cpu_s=self.settings.decode_seconds * times,
                wall_s=self.settings.decode_seconds * times,
                file_bytes=file_bytes,
            ),
        )

    @property
    def limits(self) -> Limits:
        """What an image may measure; a megapixel is 2^20 pixels, so 64 admit 8192 × 8192."""
        return Limits(
            max_pixels=self.settings.max_megapixels << 20,
            max_side_px=self.settings.max_side_px,
        )

    def close(self) -> None:
        """Finish what is under way and let everything go."""
        if self._tile_maker is not None:
            self._tile_maker.close()
        for inspector in (self._cutter, self._inspector):
            if inspector is not None:
                inspector.close()
        self.database.close()


def open_site(
    settings: Settings, *, clock: Clock = wall_clock, entropy: Entropy = os.urandom
) -> Site:
    """The installation that `settings` describe; the data folder is made if missing."""
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Site(
        settings=settings,
        database=Database(settings.resolved_database_url),
        blobs=BlobFolder(settings.data),
        clock=clock,
        entropy=entropy,
    )


def secret_sha256(secret: str) -> str:
    """How a random secret is stored: it is long, so a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()
