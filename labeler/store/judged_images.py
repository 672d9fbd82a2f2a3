"""Images by the minute in which the last of their reviewers judged them.

Rows of images that are alike are counted in SQL, as in `patterns`: who judged, and what
became of it.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Integer, Select, String, Subquery, cast, func, literal, select
from sqlmodel import Session, col

from labeler.core.agreement.seats import Seat
from labeler.core.terms import ImageState, Verdict
from labeler.store.live_reviews import counting_reviews
from labeler.store.minutes import UtcMinute
from labeler.store.settling import DROPPED
from labeler.store.tables import DisputeRow, Image, ImageReference, JudgementRow

_BETWEEN, _INSIDE = ",", "|"


@dataclass(frozen=True, slots=True)
class Judged:
    """`images` images that all their reviewers have judged, the last within the same minute.

    `minute` is in UTC. `disputed` names the defect types on which there is or was a dispute,
    an empty name standing for the image as a whole.
    """

    minute: str
    seats: tuple[Seat, ...]
    disputed: frozenset[str]
    images: int


@dataclass(frozen=True, slots=True)
class JudgedKnown:
    """The same for images whose truth is known: `present` are the defect types they have.

    `said` has what was said of them beyond absent, by user and defect type.
    """

    minute: str
    seats: tuple[Seat, ...]
    present: frozenset[str]
    said: frozenset[tuple[str, str, Verdict]]
    images: int


@lru_cache(maxsize=4_096)
def _seats(text: str) -> tuple[Seat, ...]:
    # The database has no order.
    parts = sorted(one.split(_INSIDE) for one in text.split(_BETWEEN))
    return tuple(Seat(user, int(version)) for user, version in parts)


@lru_cache(maxsize=4_096)
def _said(text: str | None) -> frozenset[tuple[str, str, Verdict]]:
    parts = (one.split(_INSIDE) for one in text.split(_BETWEEN)) if text else ()
    return frozenset((user, code, Verdict(verdict)) for user, code, verdict in parts)


@lru_cache(maxsize=1_024)
def _present(labels: str) -> frozenset[str]:
    return frozenset(json.loads(labels))


def _per_image(reviews: Subquery) -> Select[tuple[str, str, str]]:
    seat = reviews.c.user_id + _INSIDE + cast(reviews.c.standard_version, String)
    return select(
        reviews.c.image_id,
        UtcMinute(func.max(reviews.c.judged_at)).label("minute"),
        func.aggregate_strings(seat, _BETWEEN).label("seats"),
    ).group_by(reviews.c.image_id)


def count_judged(session: Session, project_id: str) -> Iterator[Judged]:
    """Images that are no longer waiting; those whose truth is known cannot be disputed."""
    each = _per_image(counting_reviews(project_id)).subquery()
    disputes = (
        select(
            col(DisputeRow.image_id),
            func.aggregate_strings(col(DisputeRow.defect_type), _BETWEEN).label("types"),
            literal(1).label("there"),
        )
        .where(col(DisputeRow.project_id) == project_id, col(DisputeRow.state) != DROPPED)
        .group_by(col(DisputeRow.image_id))
        .subquery()
    )
    kind = (each.c.minute, each.c.seats, disputes.c.there, disputes.c.types)
    statement = (
        select(*kind, func.count(type_=Integer))
        .select_from(each)
        .join(Image, col(Image.id) == each.c.image_id)
        .outerjoin(disputes, disputes.c.image_id == each.c.image_id)
        .outerjoin(ImageReference, col(ImageReference.image_id) == each.c.image_id)
        .where(col(Image.state) != ImageState.WAITING, col(ImageReference.image_id).is_(None))
        .group_by(*kind)
    )
    for minute, seats, there, types, images in session.execute(statement):
        disputed = frozenset(types.split(_BETWEEN)) if there else frozenset()
        yield Judged(minute, _seats(seats), disputed, images)


def count_judged_known(session: Session, project_id: str) -> Iterator[JudgedKnown]:
    """Images with a known defect that are no longer waiting."""
    reviews, said = counting_reviews(project_id), counting_reviews(project_id)
    each = _per_image(reviews).subquery()
    answer = (
        said.c.user_id
        + _INSIDE
        + col(JudgementRow.defect_type)
        + _INSIDE
        + col(JudgementRow.verdict)
    )
    marks = (
        select(said.c.image_id, func.aggregate_strings(answer, _BETWEEN).label("said"))
        .join(JudgementRow, col(JudgementRow.review_id) == said.c.id)
        .join(ImageReference, col(ImageReference.image_id) == said.c.image_id)
        .group_by(said.c.image_id)
        .subquery()
    )
    labels = cast(ImageReference.labels, String)
    kind = (each.c.minute, each.c.seats, labels, marks.c.said)
    statement = (
        select(*kind, func.count(type_=Integer))
        .select_from(each)
        .join(Image, col(Image.id) == each.c.image_id)
        .join(ImageReference, col(ImageReference.image_id) == each.c.image_id)
        .outerjoin(marks, marks.c.image_id == each.c.image_id)
        .where(col(Image.state) != ImageState.WAITING)
        .group_by(*kind)
    )
    for minute, seats, known, words, images in session.execute(statement):
        present = _present(known)
        if present:
            yield JudgedKnown(minute, _seats(seats), present, _said(words), images)
