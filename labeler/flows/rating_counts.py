"""Counts of rating patterns that a server keeps, brought up to date by the audit chain.

Counting a million images takes seconds, and a review changes one of them. So a process
remembers the counts of the projects that people look at, with the event up to which they
are true. Every review that is submitted or taken back is an event, written in the same
transaction and in one order for all writers: what came after the remembered event names
the images to count anew. Each process follows by itself, and none is told by another.

Nothing else changes what was counted: reviews are never altered, and an image keeps its
line, lot and unit. Where the chain is not the one that was read before (a database put
back from a copy), everything is counted again.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from zlib import crc32

from sqlmodel import Session

from labeler.core.agreement.seats import Answers, MiscountedError, PatternsOfTypes, Place
from labeler.core.audit import ChainHead
from labeler.store import audit, patterns
from labeler.store.engine import Database

# Drawing weights costs replicates × units. In a project with more units than this they are
# bundled by chance: a bundle still keeps every unit whole, so an interval stays honest, and
# only its edge gets rougher by a few per cent.
MOST_GROUPS = 400
# What people look at: some projects, each as a whole and by a few columns.
MOST_KEPT = 24
# After more events than these, counting everything is as quick as following.
MOST_EVENTS = 100_000

_Change = tuple[Place, Answers, int]


@dataclass(frozen=True, slots=True)
class Split:
    """What reports are split by: a column of the images, and how its values are called.

    `name` tells splits of one column apart, such as the weeks of two time zones.
    """

    name: str
    column: str
    naming: Callable[[str], str] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class _View:
    """How images are counted: kept apart by part where there is a split, and by unit or bundle."""

    split: Split | None
    bundled: bool

    @property
    def column(self) -> str | None:
        return None if self.split is None else self.split.column

    def place(self, part: str | None, unit: str | None) -> Place:
        if part is not None and self.split is not None and self.split.naming is not None:
            part = self.split.naming(part)
        return Place(part, _bundle(unit) if self.bundled else unit)


def _bundle(unit: str | None) -> str | None:
    return None if unit is None else f"{crc32(unit.encode()) % MOST_GROUPS:04}"


@dataclass(frozen=True, slots=True)
class _Counted:
    """Counts that are true after the event `head`."""

    counts: PatternsOfTypes
    head: ChainHead
    view: _View

    def bundled(self) -> "_Counted":
        """The same when the project's units have become too many."""
        move = self.counts.moved(lambda place: Place(place.part, _bundle(place.unit)))
        return _Counted(move, self.head, _View(self.view.split, bundled=True))


def _count(session: Session, project_id: str, view: _View, head: ChainHead) -> _Counted:
    found = patterns.every_image(session, project_id, part=view.column, unit="unit")
    images = ((view.place(one.part, one.unit), one.answers, 1) for one in found)
    return _Counted(PatternsOfTypes().changed(images), head, view)


def _follow(session: Session, project_id: str, known: _Counted, head: ChainHead) -> _Counted:
    """Raises `MiscountedError` where the counts do not describe the rows."""
    view = known.view

    def changes() -> Iterator[_Change]:
        for one in patterns.changes_since(
            session, project_id, known.head.number, part=view.column, unit="unit"
        ):
            place = view.place(one.part, one.unit)
            yield place, one.before, -1
            yield place, one.now, 1

    return _Counted(known.counts.changed(changes()), head, view)


def _bring_on(session: Session, project_id: str, known: _Counted | None, view: _View) -> _Counted:
    head = audit.head(session)
    if known is not None and not known.view.bundled and view.bundled:
        known = known.bundled()
    if known is None or known.view != view or not _continues(session, known.head, head):
        return _count(session, project_id, view, head)
    if head == known.head:
        return known
    try:
        return _follow(session, project_id, known, head)
    except MiscountedError:
        return _count(session, project_id, view, head)


def _continues(session: Session, known: ChainHead, head: ChainHead) -> bool:
    """Whether the chain goes on from the event that is known, and not for too long."""
    return 0 <= head.number - known.number <= MOST_EVENTS and audit.holds(session, known)


@dataclass(slots=True)
class _Place:
    """Where counts are kept; one thread at a time brings them on."""

    counted: _Counted | None = None
    busy: threading.Lock = field(default_factory=threading.Lock)


@dataclass(slots=True)
class _Images:
    """What is known of a project's images up to a number, -1 for none.

    Images only come and keep their columns, so none is looked at twice.
    """

    units: frozenset[str] = frozenset()
    units_up_to: int = -1
    columns: set[str] = field(default_factory=set)
    missing_up_to: dict[str, int] = field(default_factory=dict)


class RatingCounts:
    """The counts of the projects that people look at. Thread-safe."""

    def __init__(self) -> None:
        self._places: OrderedDict[tuple[str, str], _Place] = OrderedDict()
        self._images: dict[str, _Images] = {}
        self._looking = threading.Lock()

    def of(
        self, database: Database, project_id: str, split: Split | None = None
    ) -> PatternsOfTypes:
        """The counts as they stand now, kept apart by unit, and by part where `split`."""
        place = self._place(project_id, split)
        # The session begins behind the lock: what it sees is never older than what is kept.
        with place.busy, database.read() as session:
            many = len(self._units(session, project_id)) > MOST_GROUPS
            view = _View(split, bundled=many)
            place.counted = _bring_on(session, project_id, place.counted, view)
            return place.counted.counts

    def knows(self, project_id: str, split: Split) -> bool:
        """Whether these counts were made before."""
        with self._looking:
            place = self._places.get((project_id, split.name))
            return place is not None and place.counted is not None

    def has_column(self, session: Session, project_id: str, name: str) -> bool:
        """Whether any image of the project has a column of this name."""
        known = self._images_of(project_id)
        if name in known.columns:
            return True
        after, last = known.missing_up_to.get(name, -1), patterns.last_image(session, project_id)
        if patterns.has_column(session, project_id, name, after=after):
            known.columns.add(name)
            return True
        known.missing_up_to[name] = max(after, last)
        return False

    def _units(self, session: Session, project_id: str) -> frozenset[str]:
        """Units of the project's images: all of them, or so many that they are bundled."""
        known = self._images_of(project_id)
        if len(known.units) <= MOST_GROUPS:
            last, after = patterns.last_image(session, project_id), known.units_up_to
            known.units |= patterns.units_after(session, project_id, after, MOST_GROUPS + 1)
            known.units_up_to = max(after, last)
        return known.units

    def _place(self, project_id: str, split: Split | None) -> _Place:
        key = (project_id, "" if split is None else split.name)
        with self._looking:
            place = self._places.setdefault(key, _Place())
            self._places.move_to_end(key)
            if len(self._places) > MOST_KEPT:
                self._places.popitem(last=False)
            return place

    def _images_of(self, project_id: str) -> _Images:
        with self._looking:
            return self._images.setdefault(project_id, _Images())
