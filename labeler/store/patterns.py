"""Reading rating patterns: what the reviews of images say, and whose reviews changed since.

What a project's agreement is computed from are counts (`core.agreement.seats`). They are
made once from `every_image`, and kept up to date from `changes_since`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    Select,
    SQLColumnExpression,
    String,
    Subquery,
    cast,
    func,
    literal,
    select,
    text,
)
from sqlmodel import Session, col

from labeler.core.agreement.seats import Answers, Place, Said, Seat, answers_of
from labeler.core.assignments import PRODUCTION
from labeler.core.terms import Verdict
from labeler.store.minutes import UtcMinute
from labeler.store.tables import Assignment, Event, Image, JudgementRow, ReviewRow, User, Withdrawal

IMAGE_COLUMNS = ("line", "station", "lot", "unit")
# No column of a manifest can be called so: the minute of capture, in UTC.
CAPTURED = "\x00captured"
_SUBMITTED, _WITHDRAWN = "review.submitted", "review.withdrawn"
# Pictures of one part or lot are not independent: a group is the part's serial, else the lot,
# with the word before it that says which.
GROUPS = ("unit", "lot")
BETWEEN, INSIDE, _NAMES = ",", "|", ":"
# So many images are asked for by their ids at a time.
AT_ONCE = 500


class ImageAnswers(NamedTuple):
    """Where an image belongs, and what its live production reviews say."""

    place: Place
    answers: Answers


class ChangedImage(NamedTuple):
    """An image whose reviews changed: what they said before, and what they say now."""

    place: Place
    before: Answers
    now: Answers


def image_column(name: str | None) -> SQLColumnExpression[Any]:
    """An image's own column, or one of the manifest's further ones, as text."""
    if name is None:
        return literal(None, String)
    if name in IMAGE_COLUMNS:
        return col(getattr(Image, name))
    if name == CAPTURED:
        return UtcMinute(col(Image.captured_at))
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
            image_column(name).is_not(None),
        )
        .limit(1)
    )
    return session.execute(statement).first() is not None


def count_parts(session: Session, project_id: str, name: str) -> int:
    """How many different values of a column the images of a project have."""
    statement = select(func.count(func.distinct(image_column(name)))).where(
        col(Image.project_id) == project_id
    )
    return int(session.execute(statement).scalar_one())


def kind_of_group(group: str) -> str:
    """`unit` or `lot`."""
    return group.partition(_NAMES)[0]


def group_column(*, grouped: bool = True) -> SQLColumnExpression[Any]:
    """An image's group, None where it knows none or nobody asks."""
    if not grouped:
        return literal(None, String)
    named = [literal(f"{kind}{_NAMES}") + col(getattr(Image, kind)) for kind in GROUPS]
    return func.coalesce(*named, type_=String)


def last_image(session: Session, project_id: str) -> int:
    """The highest number that an image of a project has; -1 without images."""
    statement = select(func.max(col(Image.number))).where(col(Image.project_id) == project_id)
    found = session.execute(statement).scalar_one()
    return -1 if found is None else int(found)


def every_image(
    session: Session, project_id: str, *, part: str | None = None
) -> Iterator[ImageAnswers]:
    """Every image with a live production review; `part` names a column.

    `CAPTURED` is the minute of capture. One pass over the reviews, row by row: a million
    images need no more memory than a thousand.
    """
    said = _said_in_reviews()
    seat = (
        col(ReviewRow.user_id)
        + INSIDE
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
            func.max(image_column(part)),
            func.max(group_column()),
            func.aggregate_strings(seat, BETWEEN),
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
    for value, group, told in session.execute(statement):
        yield ImageAnswers(Place(value, group), _read(told))


def _said_in_reviews() -> Subquery:
    """Per review that marks anything, its judgements as text."""
    judgement = (
        literal(INSIDE)
        + col(JudgementRow.defect_type)
        + INSIDE
        + col(JudgementRow.verdict)
        + INSIDE
        + func.coalesce(cast(col(JudgementRow.severity), String), "")
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
    return answers_of(_review(one.split(INSIDE)) for one in said.split(BETWEEN))


def _review(words: Sequence[str]) -> tuple[Seat, Mapping[str, Said]]:
    user, version, *marks = words
    told = zip(marks[::3], marks[1::3], marks[2::3], strict=True)
    return Seat(user, int(version)), {
        one: Said(Verdict(verdict), int(severity) if severity else None)
        for one, verdict, severity in told
    }


def changed_reviews(image_ids: Sequence[str], part: str | None) -> Select[Any]:
    """(image, part, group, review, user, version, withdrawn, defect type, verdict) of images.

    All their production reviews that judge them, withdrawn ones too; a row for each judgement
    that is not plainly absent, one row without any.
    """
    return (
        select(
            col(Image.id), image_column(part), group_column(), col(ReviewRow.id),
            col(ReviewRow.user_id), col(ReviewRow.standard_version),
            col(Withdrawal.review_id).is_not(None), col(JudgementRow.defect_type),
            col(JudgementRow.verdict),
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


class _Review(NamedTuple):
    """A production review that judges its image; `was` and `live`: before, and now."""

    seat: Seat
    marks: dict[str, Said]
    was: bool
    live: bool


@dataclass(frozen=True, slots=True)
class ReviewsSince:
    """The reviews that were submitted and those that were withdrawn, and on which images."""

    submitted: frozenset[str]
    withdrawn: frozenset[str]
    images: tuple[str, ...]

    def was_live(self, review: str, *, withdrawn: bool) -> bool:
        """Whether a review counted before, of which it is known whether it is withdrawn now."""
        return review not in self.submitted and (not withdrawn or review in self.withdrawn)


def reviews_since(session: Session, project_id: str, number: int) -> ReviewsSince:
    """What the events above `number` did to the reviews of a project."""
    statement = (
        select(col(Event.action), col(ReviewRow.id), col(ReviewRow.image_id))
        .join(ReviewRow, col(ReviewRow.id) == col(Event.subject))
        .where(
            col(Event.number) > number,
            col(Event.action).in_((_SUBMITTED, _WITHDRAWN)),
            col(ReviewRow.project_id) == project_id,
        )
    )
    rows = session.execute(statement).all()
    return ReviewsSince(
        frozenset(review for action, review, _ in rows if action == _SUBMITTED),
        frozenset(review for action, review, _ in rows if action == _WITHDRAWN),
        tuple(dict.fromkeys(image for _, _, image in rows)),
    )


def changes_since(
    session: Session, project_id: str, since: ReviewsSince, *, part: str | None = None
) -> Iterator[ChangedImage]:
    """The images whose reviews changed since; `part` as in `every_image`."""
    for start in range(0, len(since.images), AT_ONCE):
        found = _reviews_of(session, project_id, since, since.images[start : start + AT_ONCE], part)
        for place, reviews in found:
            yield ChangedImage(
                place,
                answers_of((r.seat, r.marks) for r in reviews if r.was),
                answers_of((r.seat, r.marks) for r in reviews if r.live),
            )


def _reviews_of(
    session: Session,
    project_id: str,
    since: ReviewsSince,
    image_ids: Sequence[str],
    part: str | None,
) -> Iterator[tuple[Place, list[_Review]]]:
    statement = (
        changed_reviews(image_ids, part)
        .add_columns(col(JudgementRow.severity))
        .where(col(ReviewRow.project_id) == project_id)
    )
    places: dict[str, Place] = {}
    reviews: dict[str, dict[str, _Review]] = {}
    for row in session.execute(statement):
        image, value, group, review, user, version, withdrawn, kind, verdict, severity = row
        places[image] = Place(value, group)
        was = since.was_live(review, withdrawn=withdrawn)
        one = reviews.setdefault(image, {}).setdefault(
            review, _Review(Seat(user, version), {}, was, not withdrawn)
        )
        if kind is not None:
            one.marks[kind] = Said(Verdict(verdict), severity)
    for image, found in reviews.items():
        yield places[image], list(found.values())


def names_of(session: Session, user_ids: Sequence[str]) -> dict[str, str]:
    """People's names by id."""
    statement = select(col(User.id), col(User.name)).where(col(User.id).in_(user_ids))
    found = session.execute(statement)
    return {row.id: row.name for row in found}


def every_name(session: Session) -> dict[str, str]:
    """The names of all people that ever were, by id: some hundreds."""
    return {row.id: row.name for row in session.execute(select(col(User.id), col(User.name)))}
