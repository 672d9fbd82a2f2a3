"""Counts of settled labels that a server keeps, brought up to date by the audit chain.

As with the counts of ratings (`rating_counts`), a process remembers what it has counted and the
event up to which that is true; events name the images to look at again. Labels are replaced
where they are stored, so what an image counted for is remembered too: four bytes an image.
"""

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlmodel import Session

from labeler.core.audit import ChainHead
from labeler.core.terms import Source, Verdict
from labeler.flows.kept_counts import KeptCounts, continues
from labeler.store import audit, settled_labels
from labeler.store.settled_labels import Settled, WrittenLabel

_NOT_SETTLED = 0


class Said(NamedTuple):
    """What a label with a row says, and where that comes from."""

    defect_type: str
    verdict: Verdict
    source: Source


class Marked(NamedTuple):
    """A label that says present: of so many reviews, so many mark it."""

    defect_type: str
    reviews: int
    marking: int


@dataclass(frozen=True, slots=True)
class SettledCounts:
    """Settled images by the version they were judged by, and their labels that have a row.

    `marks` leaves references out: they were known before anybody looked.
    """

    versions: Mapping[int, int]
    labels: Mapping[Said, int]
    marks: Mapping[Marked, int]


@dataclass(slots=True)
class _Counted:
    """What is true after the event `head`: each image's kind, and how many are of each kind."""

    head: ChainHead
    kinds: dict[Settled, int] = field(default_factory=dict)
    of_image: "array[int]" = field(default_factory=lambda: array("i"))  # by order of import
    images: Counter[int] = field(default_factory=Counter)
    added_up: SettledCounts | None = None

    def put(self, number: int, settled: Settled | None) -> None:
        """The image with this number is labelled so now."""
        if number >= len(self.of_image):
            self.of_image.extend([_NOT_SETTLED] * (number + 1 - len(self.of_image)))
        before = self.of_image[number]
        kind = (
            _NOT_SETTLED if settled is None else self.kinds.setdefault(settled, len(self.kinds) + 1)
        )
        self.of_image[number] = kind
        self.added_up = None
        self.images[before] -= 1
        self.images[kind] += 1

    def totals(self) -> SettledCounts:
        """The kinds added up, once until an image changes."""
        if self.added_up is None:
            self.added_up = self._totals()
        return self.added_up

    def _totals(self) -> SettledCounts:
        versions: Counter[int] = Counter()
        labels: Counter[Said] = Counter()
        marks: Counter[Marked] = Counter()
        for settled, kind in self.kinds.items():
            count = self.images[kind]
            if not count:
                continue
            if settled.version is not None:
                versions[settled.version] += count
            for said, marked in map(_read, settled.labels):
                labels[said] += count
                if marked is not None:
                    marks[marked] += count
        return SettledCounts(versions, labels, marks)


def _read(label: WrittenLabel) -> tuple[Said, Marked | None]:
    said = Said(label.defect_type, Verdict(label.verdict), Source(label.source))
    if said.verdict is not Verdict.PRESENT or said.source is Source.REFERENCE:
        return said, None
    return said, Marked(label.defect_type, label.reviews, label.marking)


class LabelCounts:
    """The label counts of the projects that people look at. Thread-safe."""

    def __init__(self) -> None:
        self._kept: KeptCounts[str, _Counted] = KeptCounts()

    def read(self, session: Session, project_id: str) -> SettledCounts:
        """The counts as the session sees the project."""
        place = self._kept.place(project_id)
        with place.busy:
            head, known = audit.head(session), place.counted
            if known is not None and head.number < known.head.number:
                # This session began before what is kept was brought on.
                return _count(session, project_id, head).totals()
            place.counted = None  # nothing half done stays
            if known is None or not continues(session, known.head, head):
                known = _count(session, project_id, head)
            elif known.head != head:
                touched = settled_labels.touched_since(session, project_id, known.head.number)
                known = _with(known, settled_labels.settled_of(session, touched), head)
            place.counted = known
            return known.totals()

    def projects(self) -> list[str]:
        """Whose counts are kept."""
        return self._kept.keys()


def _count(session: Session, project_id: str, head: ChainHead) -> _Counted:
    return _with(_Counted(head), settled_labels.every_settled(session, project_id), head)


def _with(
    known: _Counted, images: Iterator[tuple[int, Settled | None]], head: ChainHead
) -> _Counted:
    for number, settled in images:
        known.put(number, settled)
    known.head = head
    return known
