"""Rows of change requests and their answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, bindparam, func, select
from sqlmodel import Session

from labeler.store.core_tables import (
    CHANGE_ANSWER,
    CHANGE_REQUEST,
    IMAGE,
    REVIEW,
    USER,
    WITHDRAWAL,
)
from labeler.store.prepared import Prepared
from labeler.store.tables import ChangeAnswer

_Q, _W, _I, _R, _U = CHANGE_REQUEST.c, WITHDRAWAL.c, IMAGE.c, REVIEW.c, USER.c
# The last answer of each request: what counts.
_LAST = (
    select(CHANGE_ANSWER.c.request_id, func.max(CHANGE_ANSWER.c.number).label("number"))
    .group_by(CHANGE_ANSWER.c.request_id)
    .subquery()
)
_ANSWER = CHANGE_ANSWER.alias("answer")
_A = _ANSWER.c


def _answered(statement: Select[Any]) -> Select[Any]:
    """The statement with each request's last answer beside it, if there is one."""
    return statement.outerjoin(_LAST, _LAST.c.request_id == _Q.id).outerjoin(
        _ANSWER,
        and_(_A.request_id == _LAST.c.request_id, _A.number == _LAST.c.number),
    )


def add(session: Session, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert the requests of a review."""
    if rows:
        session.execute(CHANGE_REQUEST.insert(), [dict(row) for row in rows])


def add_answer(session: Session, row: ChangeAnswer) -> None:
    """Insert an answer."""
    session.add(row)
    session.flush()


class Standing(NamedTuple):
    """A request of an image with its last answer; `kind` is None while it is open."""

    review_id: str
    kind: str | None
    defect_type: str | None


_ON_IMAGE = Prepared(
    _answered(select(_Q.review_id, _A.kind, _A.defect_type).select_from(CHANGE_REQUEST)).where(
        _Q.image_id == bindparam("image_id")
    )
)


def on_image(session: Session, image_id: str) -> list[Standing]:
    """Every request on an image, those of withdrawn reviews too."""
    return [Standing(*row) for row in _ON_IMAGE.all(session, image_id=image_id)]


def of_reviews(session: Session, review_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """What each review said beside the standard, as it travels; reviews without it are missing."""
    rows = session.execute(
        select(_Q.review_id, _Q.note, _Q.text, _Q.regions)
        .where(_Q.review_id.in_(review_ids))
        .order_by(_Q.id)
    )
    found: dict[str, list[dict[str, Any]]] = {}
    for review_id, note, words, regions in rows:
        found.setdefault(review_id, []).append({"note": note, "text": words, "regions": regions})
    return found


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request with its image and its last answer; `answers` counts all of them."""

    id: str
    project_id: str
    image_id: str
    review_id: str
    note: str
    text: str
    regions: list[dict[str, Any]]
    opened_at: datetime
    file: str
    width_px: int
    height_px: int
    author_id: str
    withdrawn: bool
    answers: int | None
    kind: str | None
    defect_type: str | None
    answer_text: str | None
    answered_at: datetime | None
    lead: str | None


def _rows() -> Select[Any]:
    found = (
        select(
            _Q.id, _Q.project_id, _Q.image_id, _Q.review_id, _Q.note, _Q.text, _Q.regions,
            _Q.opened_at, _I.file, _I.width_px, _I.height_px, _R.user_id,
            _W.review_id.is_not(None), _LAST.c.number, _A.kind, _A.defect_type, _A.text,
            _A.answered_at, _U.name,
        )
        .select_from(CHANGE_REQUEST)
        .join(IMAGE, _I.id == _Q.image_id)
        .join(REVIEW, _R.id == _Q.review_id)
        .outerjoin(WITHDRAWAL, _W.review_id == _Q.review_id)
    )  # fmt: skip
    return _answered(found).outerjoin(USER, _U.id == _A.user_id)


def by_id(session: Session, request_id: str) -> RequestRow | None:
    """One request."""
    row = session.execute(_rows().where(_Q.id == request_id)).one_or_none()
    return RequestRow(*row) if row else None


def page(
    session: Session,
    project_id: str,
    *,
    is_open: bool,
    after: tuple[datetime, str] | None = None,
    limit: int,
) -> list[RequestRow]:
    """Requests of reviews that stand: the open ones or the answered ones, the oldest first."""
    statement = (
        _rows()
        .where(
            _Q.project_id == project_id,
            _W.review_id.is_(None),
            _LAST.c.number.is_(None) if is_open else _LAST.c.number.is_not(None),
        )
        .order_by(_Q.opened_at, _Q.id)
        .limit(limit)
    )
    if after is not None:
        at, last = after
        statement = statement.where((_Q.opened_at > at) | ((_Q.opened_at == at) & (_Q.id > last)))
    return [RequestRow(*row) for row in session.execute(statement)]


def count_open(session: Session, project_id: str) -> int:
    """How many requests of reviews that stand have no answer."""
    answered = select(CHANGE_ANSWER.c.request_id)
    statement = (
        select(func.count())
        .select_from(CHANGE_REQUEST)
        .outerjoin(WITHDRAWAL, _W.review_id == _Q.review_id)
        .where(
            _Q.project_id == project_id,
            _W.review_id.is_(None),
            _Q.id.not_in(answered),
        )
    )
    return int(session.execute(statement).scalar_one())
