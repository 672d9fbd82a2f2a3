"""Reading rating patterns: what the reviews of images say, and whose reviews changed since.

What a project's agreement is computed from are counts (`core.agreement.seats`). They are
made once from `every_image`, and kept up to date from `changes_since`.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import SQLColumnExpression, String, Subquery, cast, func, literal, select, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction
from sqlmodel import Session, col

from labeler.core.agreement.seats import Answers, Seat, answers_of
from labeler.core.assignments import PRODUCTION
from labeler.core.terms import Verdict
from labeler.store.tables import Assignment, Event, Image, JudgementRow, ReviewRow, User, Withdrawal

IMAGE_COLUMNS = ("line", "station", "lot", "unit")
# No column of a manifest can be called so: the minute of capture, in UTC.
CAPTURED = "\x00captured"
_SUBMITTED, _WITHDRAWN = "review.submitted", "review.withdrawn"
_BETWEEN, _INSIDE = ",", "|"
_AT_ONCE = 500


class _UtcMinute(GenericFunction[str]):
    """An instant as text like `2026-03-02 06:00`."""

    type = String()
    inherit_cache = True
    name = "utc_minute"


@compiles(_UtcMinute, "sqlite")
def _minute_on_sqlite(call: _UtcMinute, compiler: SQLCompiler, **options: Any) -> str:
    # Times are kept as text in UTC.
    return f"substr({compiler.process(call.clauses, **options)}, 1, 16)"


@compiles(_UtcMinute, "postgresql")
def _minute_on_postgresql(call: _UtcMinute, compiler: SQLCompiler, **options: Any) -> str:
    inner = compiler.process(call.clauses, **options)
    return f"to_char({inner} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')"


class ImageAnswers(NamedTuple):
    """One image's value of the columns asked for, and what its live production reviews say."""

    part: str | None
    unit: str | None
    answers: Answers


class ChangedImage(NamedTuple):
    """An image whose reviews changed: what they said before, and what they say now."""

    part: str | None
    unit: str | None
    before: Answers
    now: Answers


def _column(name: str | None) -> SQLColumnExpression[Any]:
    """An image's own column, or one of the manifest's further ones, as text."""
    if name is None:
        return literal(None, String)
    if name in IMAGE_COLUMNS:
        return col(getattr(Image, name))
    if name == CAPTURED:
        return _UtcMinute(col(Image.captured_at))
    further: SQLColumnExpression[Any] = col(Image.context)[name].as_string()
    return further


def has_column(session: Session, project_id: str, name: str, *, after: int = -1) -> bool:
    """Whether images of a project that are numbered above `after` have a column of this name."""
    if name in IMAGE_COLUMNS:
        return True
    statement = (
        select(col(Image.id))
        .where(
            col(Image.project_id) == project_id,
            col(Image.number) > after,
            _column(name).is_not(None),
        )
        .limit(1)
    )
    return session.execute(statement).first() is not None


def count_parts(session: Session, project_id: str, name: str) -> int:
    """How many different values of a column the images of a project have."""
    statement = select(func.count(func.distinct(_column(name)))).where(
        col(Image.project_id) == project_id
    )
    return int(session.execute(statement).scalar_one())


def last_image(session: Session, project_id: str) -> int:
    """The highest number that an image of a project has; -1 without images."""
    statement = select(func.max(col(Image.number))).where(col(Image.project_id) == project_id)
    found = session.execute(statement).scalar_one()
    return -1 if found is None else int(found)


def units_after(session: Session, project_id: str, after: int, limit: int) -> set[str]:
    """Different units of the images numbered above `after`, at most so many."""
    statement = (
        select(col(Image.unit))
        .where(
            col(Image.project_id) == project_id,
            col(Image.number) > after,
            col(Image.unit).is_not(None),
        )
        .distinct()
        .limit(limit)
    )
    return {unit for unit in session.execute(statement).scalars() if unit is not None}


def every_image(
    session: Session, project_id: str, *, part: str | None = None, unit: str | None = None
) -> Iterator[ImageAnswers]:
    """Every image with a live production review; `part` and `unit` name columns.

    `CAPTURED` is the minute of capture. One pass over the reviews, row by row: a million
    images need no more memory than a thousand.
    """
    said = _said_in_reviews()
    seat = (
        col(ReviewRow.user_id)
        + _INSIDE
        + cast(col(ReviewRow.standard_version), String)
        + func.coalesce(said.c.said, "")
    )
    # Both lists are short, and asked once; a join would look up each of many reviews.
    withdrawn = select(col(Withdrawal.review_id))
    measuring = select(col(Assignment.id)).where(
        col(Assignment.project_id) == project_id, text("assignment.occasion <> 'production'")
    )
    statement = (
        select(
            func.max(_column(part)),
            func.max(_column(unit)),
            func.aggregate_strings(seat, _BETWEEN),
        )
        .select_from(Image)
        .join(ReviewRow, col(ReviewRow.image_id) == col(Image.id))
        .outerjoin(said, said.c.review_id == col(ReviewRow.id))
        .where(
            col(Image.project_id) == project_id,
            col(ReviewRow.unusable).is_(None),
            col(ReviewRow.id).not_in(withdrawn),
            col(ReviewRow.assignment_id).not_in(measuring),
        )
        # Its number is the image's place in an index: its reviews come together by themselves.
        .group_by(col(Image.number))
        .execution_options(yield_per=2_000)
    )
    for part_value, unit_value, text_of in session.execute(statement):
        yield ImageAnswers(part_value, unit_value, _read(text_of))


def _said_in_reviews() -> Subquery:
    """Per review that marks anything, its judgements as text."""
    judgement = (
        literal(_INSIDE) + col(JudgementRow.defect_type) + _INSIDE + col(JudgementRow.verdict)
    )
    return (
        select(
            col(JudgementRow.review_id), func.aggregate_strings(judgement, "").label("said")
        )
        .group_by(col(JudgementRow.review_id))
        .subquery()
    )  # fmt: skip


# Images are many, what was said on them is nearly always one of few.
@lru_cache(maxsize=16_384)
def _read(said: str) -> Answers:
    return answers_of(_review(one.split(_INSIDE)) for one in said.split(_BETWEEN))


def _review(words: Sequence[str]) -> tuple[Seat, Mapping[str, Verdict]]:
    user, version, *marks = words
    types, verdicts = marks[::2], marks[1::2]
    return Seat(user, int(version)), {
        one: Verdict(verdict) for one, verdict in zip(types, verdicts, strict=True)
    }


class _Review(NamedTuple):
    """A production review that judges its image; `was` and `live`: before, and now."""

    seat: Seat
    marks: dict[str, Verdict]
    was: bool
    live: bool


def changes_since(
    session: Session,
    project_id: str,
    number: int,
    *,
    part: str | None = None,
    unit: str | None = None,
) -> Iterator[ChangedImage]:
    """The images whose reviews were submitted or withdrawn by the events above `number`."""
    statement = (
        select(col(Event.action), col(ReviewRow.id), col(ReviewRow.image_id))
        .join(ReviewRow, col(ReviewRow.id) == col(Event.subject))
        .where(
            col(Event.number) > number,
            col(Event.action).in_((_SUBMITTED, _WITHDRAWN)),
            col(ReviewRow.project_id) == project_id,
        )
    )
    since: dict[str, set[str]] = {_SUBMITTED: set(), _WITHDRAWN: set()}
    images: dict[str, None] = {}
    for action, review, image in session.execute(statement):
        since[action].add(review)
        images[image] = None
    touched = list(images)
    for start in range(0, len(touched), _AT_ONCE):
        found = _reviews_of(session, touched[start : start + _AT_ONCE], since, part, unit)
        for part_value, unit_value, reviews in found:
            yield ChangedImage(
                part_value,
                unit_value,
                answers_of((r.seat, r.marks) for r in reviews if r.was),
                answers_of((r.seat, r.marks) for r in reviews if r.live),
            )


def _reviews_of(
    session: Session,
    image_ids: Sequence[str],
    since: Mapping[str, set[str]],
    part: str | None,
    unit: str | None,
) -> Iterator[tuple[str | None, str | None, list[_Review]]]:
    statement = (
        select(
            col(Image.id), _column(part), _column(unit), col(ReviewRow.id), col(ReviewRow.user_id),
            col(ReviewRow.standard_version), col(Withdrawal.review_id).is_not(None),
            col(JudgementRow.defect_type), col(JudgementRow.verdict),
        )
        .select_from(ReviewRow)
        .join(Image, col(Image.id) == col(ReviewRow.image_id))
        .join(Assignment, col(Assignment.id) == col(ReviewRow.assignment_id))
        .outerjoin(Withdrawal, col(Withdrawal.review_id) == col(ReviewRow.id))
        .outerjoin(JudgementRow, col(JudgementRow.review_id) == col(ReviewRow.id))
        .where(
            col(ReviewRow.image_id).in_(image_ids),
            col(Assignment.occasion) == PRODUCTION,
            col(ReviewRow.unusable).is_(None),
        )
    )  # fmt: skip
    places: dict[str, tuple[str | None, str | None]] = {}
    reviews: dict[str, dict[str, _Review]] = {}
    for row in session.execute(statement):
        image, part_value, unit_value, review, user, version, withdrawn, kind, verdict = row
        places[image] = (part_value, unit_value)
        was = review not in since[_SUBMITTED] and (not withdrawn or review in since[_WITHDRAWN])
        one = reviews.setdefault(image, {}).setdefault(
            review, _Review(Seat(user, version), {}, was, not withdrawn)
        )
        if kind is not None:
            one.marks[kind] = Verdict(verdict)
    for image, found in reviews.items():
        yield (*places[image], list(found.values()))


def names_of(session: Session, user_ids: Sequence[str]) -> dict[str, str]:
    """People's names by id."""
    statement = select(col(User.id), col(User.name)).where(col(User.id).in_(user_ids))
    found = session.execute(statement)
    return {row.id: row.name for row in found}
