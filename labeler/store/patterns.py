"""Counting rating patterns in SQL: what agreement is computed from.

A judgement that is plainly absent has no row, and nearly all are. So two counts answer
everything: which reviewers (under which version of the standard) judged how many images
at all, and, for the few images where somebody said more than absent, who said what. What
is left of the first after the second is where all of them said absent.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Integer,
    SQLColumnExpression,
    String,
    cast,
    func,
    literal,
    select,
)
from sqlmodel import Session, col

from labeler.core.terms import Verdict
from labeler.store.live_reviews import live_reviews
from labeler.store.minutes import UtcMinute
from labeler.store.tables import Image, JudgementRow, User

IMAGE_COLUMNS = ("line", "station", "lot", "unit")
# No column of a manifest can be called so: the minute of capture, in UTC.
CAPTURED = "\x00captured"
# Pictures of one part or lot are not independent: a group is the part's serial, else the lot,
# with the word before it that says which.
GROUPS = ("unit", "lot")
BETWEEN, INSIDE, _NAMES = ",", "|", ":"


@dataclass(frozen=True, slots=True)
class Seat:
    """A reviewer's id and the version of the standard that the review was made under."""

    user: str
    version: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where images belong: `part` is the value that reports are split by, `group` see `GROUPS`.

    Both are None where nobody asked for them or the image has none.
    """

    part: str | None
    group: str | None


@dataclass(frozen=True, slots=True)
class Pattern:
    """Who sat at an image and, in the same order, what each said of one defect type.

    A severity is None where somebody did not say present, or the type had no levels.
    """

    place: Place
    seats: tuple[Seat, ...]
    verdicts: tuple[Verdict, ...]
    severities: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class PatternsOfTypes:
    """Images by who judged them, and by pattern for those where somebody said more than absent."""

    seated: Mapping[tuple[Place, tuple[Seat, ...]], int]
    marked: Mapping[str, Mapping[Pattern, int]]

    def of(self, defect_type: str) -> dict[Pattern, int]:
        """Every pattern of a defect type, all-absent ones included, with its number of images."""
        marked = self.marked.get(defect_type, {})
        left = Counter(self.seated)
        for pattern, images in marked.items():
            left[pattern.place, pattern.seats] -= images
        found = dict(marked)
        for (place, seats), images in left.items():
            if images:
                nobody = (Verdict.ABSENT,) * len(seats), (None,) * len(seats)
                found[Pattern(place, seats, *nobody)] = images
        return found

    @property
    def users(self) -> frozenset[str]:
        """The ids of everybody who judged anything."""
        return frozenset(seat.user for _, seats in self.seated for seat in seats)


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


def kind_of_group(group: str) -> str:
    """`unit` or `lot`."""
    return group.partition(_NAMES)[0]


def group_column(*, grouped: bool = True) -> SQLColumnExpression[Any]:
    """An image's group, None where it knows none or nobody asks."""
    if not grouped:
        return literal(None, String)
    named = [literal(f"{kind}{_NAMES}") + col(getattr(Image, kind)) for kind in GROUPS]
    return func.coalesce(*named, type_=String)


def has_column(session: Session, project_id: str, name: str) -> bool:
    """Whether images of a project have a column of this name."""
    if name in IMAGE_COLUMNS:
        return True
    statement = (
        select(col(Image.id))
        .where(col(Image.project_id) == project_id, image_column(name).is_not(None))
        .limit(1)
    )
    return session.execute(statement).first() is not None


def count_parts(session: Session, project_id: str, name: str) -> int:
    """How many different values of a column the images of a project have."""
    statement = select(func.count(func.distinct(image_column(name)))).where(
        col(Image.project_id) == project_id
    )
    return int(session.execute(statement).scalar_one())


def count_patterns(
    session: Session, project_id: str, *, part: str | None = None, grouped: bool = False
) -> PatternsOfTypes:
    """Count a project's rating patterns; `part` names a column to keep apart, `grouped` groups.

    `CAPTURED` keeps every minute of capture apart.
    """
    marked: dict[str, Counter[Pattern]] = {}
    columns = image_column(part), group_column(grouped=grouped)
    for code, part_value, group, said, images in _marked(session, project_id, *columns):
        pattern = Pattern(Place(part_value, group), *_read(said))
        marked.setdefault(code, Counter())[pattern] += images
    seated: Counter[tuple[Place, tuple[Seat, ...]]] = Counter()
    for part_value, group, said, images in _seated(session, project_id, *columns):
        seats, *_ = _read(said)
        seated[Place(part_value, group), seats] += images
    return PatternsOfTypes(seated, marked)


# Groups are many, what was said in them is nearly always one of few.
@lru_cache(maxsize=4_096)
def _read(said: str) -> tuple[tuple[Seat, ...], tuple[Verdict, ...], tuple[int | None, ...]]:
    """Seats in a fixed order, and the answers where there are any: the database has no order."""
    parts = sorted(one.split(INSIDE) for one in said.split(BETWEEN))
    answers = [rest for _, _, *rest in parts if rest]
    return (
        tuple(Seat(user, int(version)) for user, version, *_ in parts),
        tuple(Verdict(verdict) for verdict, _ in answers),
        tuple(int(severity) if severity else None for _, severity in answers),
    )


def _seated(
    session: Session,
    project_id: str,
    part: SQLColumnExpression[Any],
    group: SQLColumnExpression[Any],
) -> Sequence[Any]:
    live = live_reviews(project_id)
    seat = live.c.user_id + INSIDE + cast(live.c.standard_version, String)
    each = (
        select(
            func.max(part).label("part"),
            func.max(group).label("group"),
            func.aggregate_strings(seat, BETWEEN).label("said"),
        )
        .select_from(live)
        .join(Image, col(Image.id) == live.c.image_id)
        .group_by(live.c.image_id)
        .subquery()
    )
    statement = select(each.c.part, each.c.group, each.c.said, func.count(type_=Integer)).group_by(
        each.c.part, each.c.group, each.c.said
    )
    return session.execute(statement).all()


def _marked(
    session: Session,
    project_id: str,
    part: SQLColumnExpression[Any],
    group: SQLColumnExpression[Any],
) -> Sequence[Any]:
    live, seats = live_reviews(project_id), live_reviews(project_id)
    touched = (
        select(live.c.image_id, col(JudgementRow.defect_type))
        .join(JudgementRow, col(JudgementRow.review_id) == live.c.id)
        .distinct()
        .subquery()
    )
    answer = (
        seats.c.user_id
        + INSIDE
        + cast(seats.c.standard_version, String)
        + INSIDE
        + func.coalesce(col(JudgementRow.verdict), Verdict.ABSENT.value)
        + INSIDE
        + func.coalesce(cast(col(JudgementRow.severity), String), "")
    )
    each = (
        select(
            touched.c.defect_type,
            func.max(part).label("part"),
            func.max(group).label("group"),
            func.aggregate_strings(answer, BETWEEN).label("said"),
        )
        .select_from(touched)
        .join(Image, col(Image.id) == touched.c.image_id)
        .join(seats, seats.c.image_id == touched.c.image_id)
        .outerjoin(
            JudgementRow,
            (col(JudgementRow.review_id) == seats.c.id)
            & (col(JudgementRow.defect_type) == touched.c.defect_type),
        )
        .group_by(touched.c.image_id, touched.c.defect_type)
        .subquery()
    )
    statement = select(
        each.c.defect_type, each.c.part, each.c.group, each.c.said, func.count(type_=Integer)
    ).group_by(each.c.defect_type, each.c.part, each.c.group, each.c.said)
    return session.execute(statement).all()


def names_of(session: Session, user_ids: Sequence[str]) -> dict[str, str]:
    """People's names by id."""
    statement = select(col(User.id), col(User.name)).where(col(User.id).in_(user_ids))
    found = session.execute(statement)
    return {row.id: row.name for row in found}
