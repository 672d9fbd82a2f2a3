"""Images on which somebody said more than absent of a defect type, with who said what."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import func, select
from sqlmodel import Session, col

from labeler.core.agreement.seats import Said, Seat, answers_of
from labeler.core.terms import ImageState, Verdict
from labeler.store.patterns import AT_ONCE, changed_reviews
from labeler.store.settling import DROPPED, RULED
from labeler.store.tables import DisputeRow, Image, ImageReference, JudgementRow, ReviewRow


class Marks(NamedTuple):
    """Who judged an image and, in the same order, what each said of the types marked on it.

    Of those types alone that no lead has ruled on.
    """

    seats: tuple[Seat, ...]
    said: tuple[tuple[str, tuple[Verdict, ...]], ...]


class FoundImage(NamedTuple):
    """What leads to an image: `disputes` has those not ruled on, by defect type."""

    id: str
    file: str
    state: ImageState
    disputes: dict[str, str]


def every_marked(session: Session, project_id: str) -> Iterator[tuple[int, Marks]]:
    """(place in the order of import, marks) of each marked image of a project.

    What a lead ruled on is left out, as are images that are unusable or whose truth is known.
    """
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
    """The same of these images; None for what is left out or not marked."""
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
        decided = {(image, code) for image, code in session.execute(ruled)}
        images = (
            select(
                col(Image.id), col(Image.number), col(Image.state),
                col(ImageReference.image_id).is_not(None),
            )
            .outerjoin(ImageReference, col(ImageReference.image_id) == col(Image.id))
            .where(col(Image.id).in_(some))
        )  # fmt: skip
        for image, number, state, known in session.execute(images):
            left_out = known or state == ImageState.UNUSABLE
            done = {code for of, code in decided if of == image}
            yield number, None if left_out else _marks(reviews[image].values(), done)


def _marks(reviews: Iterable[tuple[Seat, dict[str, Said]]], decided: set[str]) -> Marks | None:
    answers = answers_of(reviews)
    said = tuple(
        (code, tuple(one.verdict for one in found))
        for code, found in answers.marked.items()
        if code not in decided
    )
    return Marks(answers.seats, said) if said else None


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
        select(col(DisputeRow.image_id), col(DisputeRow.defect_type), func.max(col(DisputeRow.id)))
        .where(col(DisputeRow.image_id).in_(list(of_image)), col(DisputeRow.state) != DROPPED)
        .group_by(col(DisputeRow.image_id), col(DisputeRow.defect_type))
    )
    for image, code, dispute in session.execute(disputes):
        of_image[image][code] = dispute
    return found
