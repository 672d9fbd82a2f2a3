"""Which images depend on each other: the groups of a project's images, counted.

Pictures of one part are not independent, nor are parts of one lot. Where images know their
unit (the part's serial), units are drawn for intervals; where they know only their lot, lots
are; an image that knows neither is drawn alone.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from zlib import crc32

from labeler.core.agreement.seats import MiscountedError, Place
from labeler.store.patterns import kind_of_group

# Drawing weights costs replicates × groups. Beyond this many in one report, groups are bundled
# by chance: a bundle still keeps every group whole, so the interval stays honest, and only its
# edge gets rougher by a few per cent.
MOST_GROUPS = 400


def bundle(name: str) -> str:
    """Which of `MOST_GROUPS` bundles something belongs to: its hash decides."""
    return f"{crc32(name.encode()) % MOST_GROUPS:04d}"


class SeenGroups:
    """How many judged images every group has, by the part of the images that is reported on."""

    def __init__(self) -> None:
        self._images: Counter[tuple[str, str]] = Counter()
        self._kinds: dict[str, Counter[str]] = {}

    def add(self, images: Iterable[tuple[Place, int]]) -> None:
        """So many more images at these places, less where negative.

        Raises `MiscountedError` below zero.
        """
        for place, number in images:
            if place.group is None:
                continue
            key = (place.part or "", place.group)
            before = self._images[key]
            now = self._images[key] = before + number
            if now < 0:
                message = "an image left a group that it was not in"
                raise MiscountedError(message)
            if not now:
                del self._images[key]
            if bool(before) != bool(now):
                kinds = self._kinds.setdefault(key[0], Counter())
                kinds[kind_of_group(place.group)] += 1 if now else -1

    @property
    def too_many(self) -> bool:
        """Whether some part has more groups than can be drawn."""
        return any(kinds.total() > MOST_GROUPS for kinds in self._kinds.values())

    def by_part(self) -> Mapping[str, Mapping[str, int]]:
        """How many groups of each kind every part has, as things stand now."""
        return {part: +kinds for part, kinds in self._kinds.items()}
