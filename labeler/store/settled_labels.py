"""Reading what settled images are labelled."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, select
from sqlmodel import Session, col

from labeler.core.terms import ImageState
from labeler.store.tables import ConsensusLabel, Image

_IN_PARTS = {"yield_per": 10_000}
_IDS_AT_ONCE = 500


class WrittenLabel(NamedTuple):
    """A label that has a row: what it says, how that came about, and how many said so."""

    defect_type: str
    verdict: str
    source: str
    reviews: int
    marking: int


class Settled(NamedTuple):
    """What a settled image is labelled; a type of `version` without a row is plainly absent."""

    version: int | None
    labels: tuple[WrittenLabel, ...] = ()


_LABEL = (
    col(ConsensusLabel.image_id), col(ConsensusLabel.defect_type), col(ConsensusLabel.verdict),
    col(ConsensusLabel.source),
    col(ConsensusLabel.n_present) + col(ConsensusLabel.n_absent) + col(ConsensusLabel.n_unsure),
    col(ConsensusLabel.n_present),
)  # fmt: skip
# An image's labels in one order, so that images that are labelled alike compare equal.
_ORDER = col(ConsensusLabel.image_id), col(ConsensusLabel.defect_type)


def every_settled(session: Session, project_id: str) -> Iterator[tuple[int, Settled]]:
    """(place in the order of import, labels) of each settled image of a project."""
    here = col(Image.project_id) == project_id, col(Image.state) == ImageState.SETTLED
    rows = select(*_LABEL).join(Image, col(Image.id) == col(ConsensusLabel.image_id)).where(*here)
    labels = _by_image(session.execute(rows.order_by(*_ORDER), execution_options=_IN_PARTS))
    images = select(col(Image.id), col(Image.number), col(Image.judged_version)).where(*here)
    for image, number, version in session.execute(images, execution_options=_IN_PARTS):
        yield number, Settled(version, tuple(labels.get(image, ())))


def settled_of(session: Session, image_ids: Sequence[str]) -> Iterator[tuple[int, Settled | None]]:
    """(place in the order of import, labels) of these images; None for what is not settled."""
    for start in range(0, len(image_ids), _IDS_AT_ONCE):
        some = image_ids[start : start + _IDS_AT_ONCE]
        rows = select(*_LABEL).where(col(ConsensusLabel.image_id).in_(some)).order_by(*_ORDER)
        labels = _by_image(session.execute(rows))
        images = select(
            col(Image.id), col(Image.number), col(Image.state), col(Image.judged_version)
        ).where(col(Image.id).in_(some))
        for image, number, state, version in session.execute(images):
            settled = state == ImageState.SETTLED
            yield number, Settled(version, tuple(labels.get(image, ()))) if settled else None


def _by_image(rows: Iterable[Row[Any]]) -> dict[str, list[WrittenLabel]]:
    found: dict[str, list[WrittenLabel]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(WrittenLabel._make(row[1:]))
    return found
