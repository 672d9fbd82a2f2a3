"""Counts of how long reviews took, brought up to date by the audit chain."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session

from labeler.core.audit import ChainHead
from labeler.flows.kept_counts import KeptCounts, continues
from labeler.store import audit, live_reviews, patterns
from labeler.store.live_reviews import Timed


@dataclass(frozen=True, slots=True)
class _Counted:
    """What is true after the event `head`."""

    head: ChainHead
    timed: Counter[Timed]

    def by_user(self) -> dict[str, Mapping[float | None, int]]:
        found: dict[str, dict[float | None, int]] = {}
        for (user, seconds), reviews in self.timed.items():
            if reviews:
                found.setdefault(user, {})[seconds] = reviews
        return dict(found)


class PaceCounts:
    """The times of the projects that people look at. Thread-safe."""

    def __init__(self) -> None:
        self._kept: KeptCounts[str, _Counted] = KeptCounts()

    def read(self, session: Session, project_id: str) -> Mapping[str, Mapping[float | None, int]]:
        """Per user how many reviews took how many seconds, as the session sees the project.

        To a tenth of a second; None: no time is known.
        """
        place = self._kept.place(project_id)
        with place.busy:
            head, known = audit.head(session), place.counted
            if known is None or not continues(session, known.head, head):
                found = _Counted(head, live_reviews.count_seconds(session, project_id))
            else:
                since = patterns.reviews_since(session, project_id, known.head.number)
                timed = Counter(known.timed)
                timed.update(live_reviews.seconds_since(session, since))
                found = _Counted(head, timed)
            if known is None or head.number >= known.head.number:
                place.counted = found
            return found.by_user()

    def projects(self) -> list[str]:
        """Whose times are kept."""
        return self._kept.keys()
