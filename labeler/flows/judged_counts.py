"""Counts of judged and of disputed images by period, brought up to date by the audit chain."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from sqlmodel import Session

from labeler.core.agreement.seats import Seat
from labeler.flows.image_kinds import KeptKinds, KindsReading
from labeler.store import judged_images
from labeler.store.judged_images import Judged


class DatedPeriods(NamedTuple):
    """From a minute of UTC to its period, whose names sort in time; `name` is that of the rule."""

    name: str
    of: Callable[[str], str]


class JudgedIn(NamedTuple):
    """Who judged an image, in which period the last of them, and what is or was disputed."""

    period: str
    seats: tuple[Seat, ...]
    disputed: frozenset[str]


def _reading(periods: DatedPeriods) -> KindsReading[JudgedIn]:
    """Judged images as kinds of them: a minute is too fine to keep them by."""

    def kind(one: Judged) -> JudgedIn:
        return JudgedIn(periods.of(one.minute), one.seats, one.disputed)

    def every(session: Session, project_id: str) -> Iterator[tuple[int, JudgedIn]]:
        for number, one in judged_images.every_judged(session, project_id):
            yield number, kind(one)

    def some(session: Session, image_ids: Sequence[str]) -> Iterator[tuple[int, JudgedIn | None]]:
        for number, one in judged_images.judged_of(session, image_ids):
            yield number, None if one is None else kind(one)

    return KindsReading(every, some)


class JudgedCounts:
    """The judged images of the projects that people look at. Thread-safe."""

    def __init__(self) -> None:
        self._kept: KeptKinds[JudgedIn] = KeptKinds()

    def read(
        self, session: Session, project_id: str, periods: DatedPeriods
    ) -> Mapping[JudgedIn, int]:
        """Images by period as the session sees the project."""
        with self._kept.read(session, project_id, _reading(periods), periods.name) as kinds:
            return kinds.counts()

    def kept(self) -> list[tuple[str, str]]:
        """Which projects are kept, and by which periods."""
        return self._kept.kept()
