"""Images by the minute in which the last of their reviewers judged them, and what came of it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    Subquery,
    case,
    cast,
    func,
    literal,
    select,
)
from sqlmodel import Session, col

from labeler.core.agreement.seats import Seat
from labeler.core.terms import ImageState, Verdict
from labeler.store.live_reviews import counting_reviews
from labeler.store.minutes import UtcMinute
from labeler.store.patterns import AT_ONCE
from labeler.store.settling import DROPPED
from labeler.store.tables import DisputeRow, Image, ImageReference, JudgementRow

_BETWEEN, _INSIDE = ",", "|"
_NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Judged:
    """An image that all its reviewers have judged, the last of them within that minute.

    `minute` is in UTC. `disputed` names the defect types on which there is or was a dispute,
    an empty name standing for the image as a whole.
    """

    minute: str
    seats: tuple[Seat, ...]
    disputed: frozenset[str]


@dataclass(frozen=True, slots=True)
class JudgedKnown:
    """`images` images whose truth is known, judged alike: `present` are the types they have.

    `said` has what was said of them beyond absent, by user and defect type; those in `unusable`
    could not use the image and said nothing.
    """

    minute: str
    seats: tuple[Seat, ...]
    present: frozenset[str]
    said: frozenset[tuple[str, str, Verdict]]
    unusable: frozenset[str]
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


def _seat(reviews: Subquery) -> ColumnElement[str]:
    return reviews.c.user_id + _INSIDE + cast(reviews.c.standard_version, String)


def every_judged(session: Session, project_id: str) -> Iterator[tuple[int, Judged]]:
    """(place in the order of import, how it was judged) of each image that no longer waits.

    Those whose truth is known are left out: they cannot be disputed.
    """
    yield from _judged(session, _judged_images(project_id))


def judged_of(session: Session, image_ids: Sequence[str]) -> Iterator[tuple[int, Judged | None]]:
    """The same of these images; None for what waits or is known."""
    for start in range(0, len(image_ids), AT_ONCE):
        some = image_ids[start : start + AT_ONCE]
        found = dict(_judged(session, _judged_images(None, some)))
        numbers = select(col(Image.number)).where(col(Image.id).in_(some))
        for number in session.execute(numbers).scalars():
            yield number, found.get(number)


def _judged_images(
    project_id: str | None, image_ids: Sequence[str] = ()
) -> Select[*tuple[Any, ...]]:
    """Those of a project, or these."""
    reviews = counting_reviews(project_id)
    here, theirs = col(Image.project_id) == project_id, col(DisputeRow.project_id) == project_id
    if project_id is None:
        here, theirs = col(Image.id).in_(image_ids), col(DisputeRow.image_id).in_(image_ids)
    disputes = (
        select(
            col(DisputeRow.image_id),
            func.aggregate_strings(col(DisputeRow.defect_type), _BETWEEN).label("types"),
            literal(1).label("there"),
        )
        .where(theirs, col(DisputeRow.state) != DROPPED)
        .group_by(col(DisputeRow.image_id))
        .subquery()
    )
    return (
        select(
            col(Image.number),
            UtcMinute(func.max(reviews.c.judged_at)),
            func.aggregate_strings(_seat(reviews), _BETWEEN),
            func.max(disputes.c.there),
            func.max(disputes.c.types),
        )
        .select_from(Image)
        .join(reviews, reviews.c.image_id == col(Image.id))
        .outerjoin(disputes, disputes.c.image_id == col(Image.id))
        .outerjoin(ImageReference, col(ImageReference.image_id) == col(Image.id))
        .where(
            here,
            col(Image.state) != ImageState.WAITING,
            col(ImageReference.image_id).is_(None),
        )
        # Its number is the image's place in an index: its reviews come together by themselves.
        .group_by(col(Image.number))
        .execution_options(yield_per=10_000)
    )


def _judged(session: Session, statement: Select[*tuple[Any, ...]]) -> Iterator[tuple[int, Judged]]:
    for number, minute, seats, there, types in session.execute(statement):
        disputed = frozenset(types.split(_BETWEEN)) if there else _NOTHING
        yield number, Judged(minute, _seats(seats), disputed)


def count_judged_known(session: Session, project_id: str) -> Iterator[JudgedKnown]:
    """Images whose truth is known and that are no longer waiting."""
    reviews, said = counting_reviews(project_id), counting_reviews(project_id)
    refusing = case((reviews.c.unusable.is_not(None), reviews.c.user_id))
    each = (
        select(
            reviews.c.image_id,
            UtcMinute(func.max(reviews.c.judged_at)).label("minute"),
            func.aggregate_strings(_seat(reviews), _BETWEEN).label("seats"),
            func.aggregate_strings(refusing, _BETWEEN).label("unusable"),
        )
        .group_by(reviews.c.image_id)
        .subquery()
    )
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
    kind = (each.c.minute, each.c.seats, labels, marks.c.said, each.c.unusable)
    statement = (
        select(*kind, func.count(type_=Integer))
        .select_from(each)
        .join(Image, col(Image.id) == each.c.image_id)
        .join(ImageReference, col(ImageReference.image_id) == each.c.image_id)
        .outerjoin(marks, marks.c.image_id == each.c.image_id)
        .where(col(Image.state) != ImageState.WAITING)
        .group_by(*kind)
    )
    for minute, seats, known, words, refused, images in session.execute(statement):
        unusable = frozenset(refused.split(_BETWEEN)) if refused else _NOTHING
        yield JudgedKnown(minute, _seats(seats), _present(known), _said(words), unusable, images)
