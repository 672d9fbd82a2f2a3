"""Images on which somebody drew regions, and the regions: what agreement on place needs.

The first reading carries no region, only how many each reviewer drew: whoever has compared
two reviews before need not read them again, because a review never changes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import Integer, String, cast, func, select, text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction
from sqlmodel import Session, col

from labeler.core.agreement.seats import Place
from labeler.core.terms import Verdict
from labeler.store.live_reviews import live_reviews
from labeler.store.patterns import (
    AT_ONCE,
    BETWEEN,
    INSIDE,
    ReviewsSince,
    changed_reviews,
    group_column,
    image_column,
)
from labeler.store.tables import Image, JudgementRow, ReviewRow

_ROWS_AT_ONCE = 500


class _JsonLength(GenericFunction[int]):
    """How many entries a JSON list has."""

    type = Integer()
    inherit_cache = True
    name = "json_list_length"


@compiles(_JsonLength, "sqlite")
def _length_on_sqlite(call: _JsonLength, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_array_length({compiler.process(call.clauses, **options)})"


@compiles(_JsonLength, "postgresql")
def _length_on_postgresql(call: _JsonLength, compiler: SQLCompiler, **options: Any) -> str:
    return f"jsonb_array_length({compiler.process(call.clauses, **options)})"


@dataclass(frozen=True, slots=True)
class Answer:
    """One reviewer's live answer to one defect type of one image, with the regions counted."""

    user: str
    version: int
    review: str
    verdict: Verdict
    regions: int


@dataclass(frozen=True, slots=True)
class DrawnOn:
    """An image on which somebody drew regions of a defect type, and everybody's answers."""

    image: str
    defect_type: str
    place: Place
    answers: tuple[Answer, ...]


# Word for word as the index `judgement_with_regions` has it, or it would not be used.
_HAS_REGIONS = text("judgement.regions <> '[]'")


def images_drawn_on(
    session: Session, project_id: str, *, part: str | None = None, grouped: bool = False
) -> Iterator[DrawnOn]:
    """Stream them by image and defect type; `part` and `grouped` as in `count_patterns`.

    It begins at the judgements that have regions, so that a project in which nobody draws
    costs nothing, however many reviews it has. Where only a review drew that does not count,
    the answers have no regions.
    """
    seats = live_reviews()
    touched = (
        select(col(ReviewRow.image_id), col(JudgementRow.defect_type))
        .select_from(JudgementRow)
        .join(ReviewRow, col(ReviewRow.id) == col(JudgementRow.review_id))
        # By this expression no index of projects can be used: it would lead to every review.
        .where(_HAS_REGIONS, func.coalesce(col(ReviewRow.project_id), "") == project_id)
        .distinct()
        .subquery()
    )
    regions = func.coalesce(cast(_JsonLength(col(JudgementRow.regions)), String), "0")
    answer = (
        seats.c.user_id
        + INSIDE
        + cast(seats.c.standard_version, String)
        + INSIDE
        + seats.c.id
        + INSIDE
        + func.coalesce(col(JudgementRow.verdict), Verdict.ABSENT.value)
        + INSIDE
        + regions
    )
    statement = (
        select(
            touched.c.image_id,
            touched.c.defect_type,
            func.max(image_column(part)).label("part"),
            func.max(group_column(grouped=grouped)).label("group"),
            func.aggregate_strings(answer, BETWEEN).label("told"),
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
        .order_by(touched.c.image_id, touched.c.defect_type)
    )
    for row in session.execute(statement.execution_options(yield_per=_ROWS_AT_ONCE)):
        image, defect_type, value, group, said = row
        yield DrawnOn(image, defect_type, Place(value, group), _read(said))


@dataclass(frozen=True, slots=True)
class DrawnChange:
    """An image and a defect type of which reviews changed: everybody's answers before, and now."""

    image: str
    defect_type: str
    place: Place
    before: tuple[Answer, ...]
    now: tuple[Answer, ...]


@dataclass(slots=True)
class _Changed:
    place: Place
    seats: dict[str, tuple[str, int, bool, bool]] = field(default_factory=dict)
    said: dict[str, dict[str, tuple[Verdict, int]]] = field(default_factory=dict)

    def answers(self, defect_type: str, *, now: bool) -> tuple[Answer, ...]:
        said = self.said[defect_type]
        return tuple(
            Answer(user, version, review, *said.get(review, (Verdict.ABSENT, 0)))
            for review, (user, version, was, live) in self.seats.items()
            if (live if now else was)
        )


def drawn_since(
    session: Session, project_id: str, since: ReviewsSince, *, part: str | None = None
) -> Iterator[DrawnChange]:
    """What changed where somebody drew, or had drawn; `part` as in `images_drawn_on`."""
    for start in range(0, len(since.images), AT_ONCE):
        statement = (
            changed_reviews(since.images[start : start + AT_ONCE], part)
            .add_columns(func.coalesce(_JsonLength(col(JudgementRow.regions)), 0))
            .where(col(ReviewRow.project_id) == project_id)
        )
        found: dict[str, _Changed] = {}
        for row in session.execute(statement):
            image, value, group, review, user, version, withdrawn, kind, verdict, regions = row
            one = found.setdefault(image, _Changed(Place(value, group)))
            was = since.was_live(review, withdrawn=withdrawn)
            one.seats[review] = user, version, was, not withdrawn
            if kind is not None:
                one.said.setdefault(kind, {})[review] = Verdict(verdict), regions
        for image, one in found.items():
            for kind in one.said:
                before, now = (one.answers(kind, now=later) for later in (False, True))
                if any(a.regions for a in (*before, *now)):
                    yield DrawnChange(image, kind, one.place, before, now)


def _read(said: str) -> tuple[Answer, ...]:
    answers = (one.split(INSIDE) for one in said.split(BETWEEN))
    return tuple(
        Answer(user, int(version), review, Verdict(verdict), int(regions))
        for user, version, review, verdict, regions in answers
    )


class Drawing(NamedTuple):
    """The stored regions of one judgement, and the size of the image that they lie on."""

    review_id: str
    defect_type: str
    regions: list[dict[str, Any]]
    width_px: int
    height_px: int


def drawings(session: Session, review_ids: Iterable[str]) -> Iterator[Drawing]:
    """The regions of the judgements of these reviews, those without any left out."""
    wanted = iter(review_ids)
    while some := list(islice(wanted, _ROWS_AT_ONCE)):
        statement = (
            select(
                col(JudgementRow.review_id), col(JudgementRow.defect_type),
                col(JudgementRow.regions), col(Image.width_px), col(Image.height_px),
            )
            .join(ReviewRow, col(ReviewRow.id) == col(JudgementRow.review_id))
            .join(Image, col(Image.id) == col(ReviewRow.image_id))
            .where(col(JudgementRow.review_id).in_(some))
        )  # fmt: skip
        for row in session.execute(statement):
            if row.regions:
                yield Drawing(*row)
