"""Counts of settled labels that a server keeps, brought up to date by the audit chain."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from sqlmodel import Session

from labeler.core.terms import Source, Verdict
from labeler.flows.image_kinds import KeptKinds, KindsReading
from labeler.store import settled_labels
from labeler.store.settled_labels import Settled, WrittenLabel


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


_LABELS = KindsReading(settled_labels.every_settled, settled_labels.settled_of)


class LabelCounts:
    """The label counts of the projects that people look at. Thread-safe."""

    def __init__(self) -> None:
        self._kept: KeptKinds[Settled] = KeptKinds()

    def read(self, session: Session, project_id: str) -> SettledCounts:
        """The counts as the session sees the project."""
        with self._kept.read(session, project_id, _LABELS) as kinds:
            return kinds.added_up(_totals)

    def projects(self) -> list[str]:
        """Whose counts are kept."""
        return [project for project, _ in self._kept.kept()]


def _totals(settled: Mapping[Settled, int]) -> SettledCounts:
    versions: Counter[int] = Counter()
    labels: Counter[Said] = Counter()
    marks: Counter[Marked] = Counter()
    for one, images in settled.items():
        if one.version is not None:
            versions[one.version] += images
        for said, marked in map(_read, one.labels):
            labels[said] += images
            if marked is not None:
                marks[marked] += images
    return SettledCounts(versions, labels, marks)


def _read(label: WrittenLabel) -> tuple[Said, Marked | None]:
    said = Said(label.defect_type, Verdict(label.verdict), Source(label.source))
    if said.verdict is not Verdict.PRESENT or said.source is Source.REFERENCE:
        return said, None
    return said, Marked(label.defect_type, label.reviews, label.marking)
