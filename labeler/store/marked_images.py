"""Images on which somebody said more than absent of a defect type, with who said what."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import func, select
from sqlmodel import Session, col

from labeler.core.agreement.seats import Said, Seat, answers_of
from labeler.core.terms import ImageState, Verdict
from labeler.store.patterns import AT_ONCE, changed_reviews
from labeler.store.settling import OPEN, RULED, WAITING
from labeler.store.tables import DisputeRow, Image, ImageReference, JudgementRow, ReviewRow


class Marks(NamedTuple):
    """Who judged an image and, in the same order, what each said of the types marked on it.

    `decided` are those of the types that a lead ruled on. `closed` is an image whose truth is
    known, or that is out as unusable.
    """

    seats: tuple[Seat, ...]
    said: tuple[tuple[str, tuple[Verdict, ...]], ...]
    decided: frozenset[str]
    closed: bool


class FoundImage(NamedTuple):
    """What leads to an image: `disputes` has an open one per defect type that has any."""

    id: str
    file: str
    state: ImageState
    disputes: dict[str, str]


def every_marked(session: Session, project_id: str) -> Iterator[tuple[int, Marks]]:
    """(place in the order of import, marks) of each marked image of a project."""
    statement = (
        select(col(ReviewRow.image_id))
        .join(JudgementRow, col(JudgementRow.review_id) == col(ReviewRow.id))
        .where(col(ReviewRow.project_id) == project_id)
        .distinct()
    )
    for number, marks in marks_of(session, list(session.execute(statement).scalars())):
        if marks is not None:
            yield number, marks


def marks_of(session: Session, image_ids: Sequence[str]) -> Iterator[tuple[int, Marks | None]]:
    """The same of these images; None for one that nobody marks."""
    for start in range(0, len(image_ids), AT_ONCE):
        some = image_ids[start : start + AT_ONCE]
        reviews: dict[str, dict[str, tuple[Seat, dict[str, Said]]]] = defaultdict(dict)
        for row in session.execute(changed_reviews(some, None)):
            image, _, _, review, user, version, withdrawn, code, verdict = row
            if not withdrawn:
                _, marks = reviews[image].setdefault(review, (Seat(user, version), {}))
                if code is not None:
                    marks[code] = Said(Verdict(verdict))
        ruled = select(col(DisputeRow.image_id), col(DisputeRow.defect_type)).where(
            col(DisputeRow.image_id).in_(some), col(DisputeRow.state) == RULED
        )
        decided: dict[str, set[str]] = defaultdict(set)
        for image, code in session.execute(ruled):
            decided[image].add(code)
        images = (
            select(
                col(Image.id), col(Image.number), col(Image.state),
                col(ImageReference.image_id).is_not(None),
            )
            .outerjoin(ImageReference, col(ImageReference.image_id) == col(Image.id))
            .where(col(Image.id).in_(some))
        )  # fmt: skip
        for image, number, state, known in session.execute(images):
            answers = answers_of(reviews[image].values())
            if not answers.marked:
                yield number, None
                continue
            said = tuple(
                (code, tuple(one.verdict for one in found))
                for code, found in answers.marked.items()
            )
            done = frozenset(decided[image] & answers.marked.keys())
            closed = known or state == ImageState.UNUSABLE
            yield number, Marks(answers.seats, said, done, closed)


def find_images(session: Session, project_id: str, numbers: Sequence[int]) -> dict[int, FoundImage]:
    """The images with these places in the order of import: some dozens."""
    statement = select(col(Image.number), col(Image.id), col(Image.file), col(Image.state)).where(
        col(Image.project_id) == project_id, col(Image.number).in_(numbers)
    )
    found = {
        number: FoundImage(image, file, ImageState(state), {})
        for number, image, file, state in session.execute(statement)
    }
    of_image = {one.id: one.disputes for one in found.values()}
    disputes = (
        select(col(DisputeRow.image_id), col(DisputeRow.defect_type), func.min(col(DisputeRow.id)))
        .where(
            col(DisputeRow.image_id).in_(list(of_image)), col(DisputeRow.state).in_((OPEN, WAITING))
        )
        .group_by(col(DisputeRow.image_id), col(DisputeRow.defect_type))
    )
    for image, code, dispute in session.execute(disputes):
        of_image[image][code] = dispute
    return found
