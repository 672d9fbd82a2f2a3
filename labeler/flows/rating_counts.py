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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice

from sqlmodel import Session

from labeler.core.agreement.seats import Answers, MiscountedError, PatternsOfTypes, Place
from labeler.core.audit import ChainHead
from labeler.flows.kept_counts import KeptCounts, continues
from labeler.flows.rating_groups import SeenGroups, bundle
from labeler.store import audit, patterns
from labeler.store.engine import Database

_AT_ONCE = 20_000

_Change = tuple[Place, Answers, int]


@dataclass(frozen=True, slots=True)
class Split:
    """What reports are split by: a column of the images, and how its values are called.

    `name` tells splits of one column apart, such as the weeks of two time zones.
    """

    name: str
    column: str
    naming: Callable[[str], str] | None = field(default=None, compare=False)

    def part(self, value: str | None) -> str | None:
        """The part that a value of the column belongs to."""
        return value if value is None or self.naming is None else self.naming(value)


@dataclass(frozen=True, slots=True)
class Counted:
    """Counts that are true after the event `head`.

    Images are kept apart by part and group; where groups are too many, by bundle.
    """

    counts: PatternsOfTypes
    head: ChainHead
    split: Split | None
    seen: SeenGroups
    bundled: bool = False

    def place(self, place: Place) -> Place:
        """Where an image of these rows is counted."""
        group = bundle(place.group) if self.bundled and place.group is not None else place.group
        return Place(place.part, group)

    def plus(self, images: Sequence[_Change], head: ChainHead) -> "Counted":
        """These and so many more images. Raises `MiscountedError`.

        What is known of the groups goes on with the new counts: these are of no use then.
        """
        placed = ((self.place(place), answers, number) for place, answers, number in images)
        counts = self.counts.changed(placed)
        self.seen.add((place, number) for place, answers, number in images if answers.seats)
        found = replace(self, counts=counts, head=head)
        if self.bundled or not self.seen.too_many:
            return found
        found = replace(found, bundled=True)
        return replace(found, counts=counts.moved(found.place))


def _count(session: Session, project_id: str, split: Split | None, head: ChainHead) -> Counted:
    found = Counted(PatternsOfTypes(), head, split, SeenGroups())
    column = None if split is None else split.column
    images = patterns.every_image(session, project_id, part=column)
    while some := list(islice(images, _AT_ONCE)):
        found = found.plus([(_named(split, one.place), one.answers, 1) for one in some], head)
    return found


def _named(split: Split | None, place: Place) -> Place:
    return place if split is None else Place(split.part(place.part), place.group)


def _follow(session: Session, project_id: str, known: Counted, head: ChainHead) -> Counted:
    """Raises `MiscountedError` where the counts do not describe the rows."""
    column = None if known.split is None else known.split.column
    changes: list[_Change] = []
    since = patterns.reviews_since(session, project_id, known.head.number)
    for one in patterns.changes_since(session, project_id, since, part=column):
        place = _named(known.split, one.place)
        changes += [(place, one.before, -1), (place, one.now, 1)]
    return known.plus(changes, head)


def _bring_on(
    session: Session, project_id: str, known: Counted | None, split: Split | None
) -> Counted:
    head = audit.head(session)
    if known is None or not continues(session, known.head, head):
        return _count(session, project_id, split, head)
    if head == known.head:
        return known
    try:
        found = _follow(session, project_id, replace(known, split=split), head)
    except MiscountedError:
        return _count(session, project_id, split, head)
    if found.bundled and not found.seen.too_many:  # enough was taken back to draw each group
        return _count(session, project_id, split, head)
    return found


@dataclass(slots=True)
class _Columns:
    """What is known of the columns of a project's images: which are there, and which not yet.

    Images only come, so those up to the number in `missing` are not looked at twice.
    """

    there: set[str] = field(default_factory=set)
    missing: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Counts as they stood, and the number of groups of each kind in every part."""

    counts: PatternsOfTypes
    groups: Mapping[str, Mapping[str, int]]


class RatingCounts:
    """The counts of the projects that people look at. Thread-safe."""

    def __init__(self) -> None:
        self._kept: KeptCounts[tuple[str, str], Counted] = KeptCounts()
        self._columns: dict[str, _Columns] = {}
        self._looking = threading.Lock()

    @contextmanager
    def read(
        self, database: Database, project_id: str, split: Split | None = None
    ) -> Iterator[tuple[Snapshot, Session]]:
        """The counts as they stand now, by part where `split`, and a session that sees the same."""
        place = self._kept.place((project_id, "" if split is None else split.name))
        # The session begins behind the lock: what it sees is never older than what is kept.
        with place.busy, database.read() as session:
            known, place.counted = place.counted, None  # nothing half done stays
            found = place.counted = _bring_on(session, project_id, known, split)
            yield Snapshot(found.counts, found.seen.by_part()), session

    def knows(self, project_id: str, split: Split) -> bool:
        """Whether these counts were made before."""
        return self._kept.knows((project_id, split.name))

    def has_column(self, session: Session, project_id: str, name: str) -> bool:
        """Whether any image of the project has a column of this name."""
        with self._looking:
            known = self._columns.setdefault(project_id, _Columns())
        if name in known.there:
            return True
        after, last = known.missing.get(name, -1), patterns.last_image(session, project_id)
        if patterns.has_column(session, project_id, name, after=after):
            known.there.add(name)
            return True
        known.missing[name] = max(after, last)
        return False
