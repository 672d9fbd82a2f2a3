"""What each image of a project counts as, kept by a server and brought on by the audit chain.

Counts of rating patterns can be altered by what changed (`rating_counts`); what an image is
labelled, disputed over or waiting for is replaced where it is stored. So the kind that an image
counted for is remembered too, four bytes an image, and events name the images to look at again.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

from sqlmodel import Session

from labeler.core.audit import ChainHead
from labeler.flows.kept_counts import KeptCounts, continues
from labeler.store import audit, touched_images

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

_NONE = 0


class KindsReading(NamedTuple, Generic[K]):
    """How the kinds of images are read; each comes with its place in the order of import.

    `every` reads those of a project that are of any kind. `some` reads these images, None for
    one that is of no kind.
    """

    every: Callable[[Session, str], Iterator[tuple[int, K]]]
    some: Callable[[Session, Sequence[str]], Iterator[tuple[int, K | None]]]


@dataclass(slots=True)
class ImageKinds(Generic[K]):
    """What is true after the event `head`: each image's kind, and how many are of each kind."""

    head: ChainHead
    _number_of: dict[K, int] = field(default_factory=dict)
    _of_image: "array[int]" = field(default_factory=lambda: array("i"))  # by order of import
    _images: Counter[int] = field(default_factory=Counter)
    _added_up: dict[Callable[..., Any], Any] = field(default_factory=dict)

    def put(self, image: int, kind: K | None) -> None:
        """The image with this place in the order of import is of this kind now."""
        if image >= len(self._of_image):
            self._of_image.extend([_NONE] * (image + 1 - len(self._of_image)))
        before = self._of_image[image]
        number = _NONE
        if kind is not None:
            number = self._number_of.setdefault(kind, len(self._number_of) + 1)
        self._of_image[image] = number
        self._added_up.clear()
        self._images[before] -= 1
        self._images[number] += 1

    def counts(self) -> dict[K, int]:
        """How many images are of each kind; kinds without any are left out."""
        found = ((kind, self._images[number]) for kind, number in self._number_of.items())
        return {kind: images for kind, images in found if images}

    def added_up(self, add_up: Callable[[Mapping[K, int]], T]) -> T:
        """The counts added up, once until an image changes."""
        if add_up not in self._added_up:
            self._added_up[add_up] = add_up(self.counts())
        found: T = self._added_up[add_up]
        return found

    def images_of(self, kinds: Collection[K], most: int, after: int = -1) -> list[int]:
        """The first images of these kinds after a place, by their places by import."""
        import numpy as np

        numbers = [self._number_of[kind] for kind in kinds]
        later = np.frombuffer(self._of_image, dtype=np.intc)[after + 1 :]
        found = np.flatnonzero(np.isin(later, numbers))[:most]
        return [int(place) + after + 1 for place in found]


class KeptKinds(Generic[K]):
    """The kinds of the images of those projects that people look at. Thread-safe."""

    def __init__(self) -> None:
        self._kept: KeptCounts[tuple[str, str], ImageKinds[K]] = KeptCounts()

    @contextmanager
    def read(
        self, session: Session, project_id: str, reading: KindsReading[K], name: str = ""
    ) -> Iterator[ImageKinds[K]]:
        """The kinds as the session sees the project; `name` tells readings apart.

        They are changed where they stand: nothing of them may be used afterwards.
        """
        place = self._kept.place((project_id, name))
        with place.busy:
            head, known = audit.head(session), place.counted
            if known is not None and head.number < known.head.number:
                # This session began before what is kept was brought on.
                yield _read_every(session, project_id, reading, head)
                return
            place.counted = None  # nothing half done stays
            if known is None or not continues(session, known.head, head):
                known = _read_every(session, project_id, reading, head)
            elif known.head != head:
                touched = touched_images.touched_since(session, project_id, known.head.number)
                for image, kind in reading.some(session, touched):
                    known.put(image, kind)
                known.head = head
            place.counted = known
            yield known

    def kept(self) -> list[tuple[str, str]]:
        """The projects whose kinds are kept, with the names of their readings."""
        return self._kept.keys()


def _read_every(
    session: Session, project_id: str, reading: KindsReading[K], head: ChainHead
) -> ImageKinds[K]:
    found: ImageKinds[K] = ImageKinds(head)
    for image, kind in reading.every(session, project_id):
        found.put(image, kind)
    return found
