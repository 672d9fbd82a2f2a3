"""Who marked what on which images, brought up to date by the audit chain."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlmodel import Session

from labeler.flows.image_kinds import ImageKinds, KeptKinds, KindsReading
from labeler.store import marked_images
from labeler.store.marked_images import Marks

_MARKS = KindsReading(marked_images.every_marked, marked_images.marks_of)


class MarkedKinds:
    """The marked images of the projects that people look at. Thread-safe."""

    def __init__(self) -> None:
        self._kept: KeptKinds[Marks] = KeptKinds()

    @contextmanager
    def read(self, session: Session, project_id: str) -> Iterator[ImageKinds[Marks]]:
        """The marks as the session sees the project; nothing of them may be used afterwards."""
        with self._kept.read(session, project_id, _MARKS) as kinds:
            yield kinds

    def projects(self) -> list[str]:
        """Whose marks are kept."""
        return [project for project, _ in self._kept.kept()]
