"""Counting what reviewers said of images whose truth is known.

As in `patterns`, judgements that are plainly absent have no row: how many images somebody
judged at all, less those where more was said, is how often they said absent.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Integer, String, cast, func, select
from sqlmodel import Session, col

from labeler.core.agreement.seats import Place
from labeler.core.terms import Verdict
from labeler.store.live_reviews import live_reviews
from labeler.store.patterns import group_column
from labeler.store.tables import Image, ImageReference, JudgementRow


@dataclass(frozen=True, slots=True)
class KnownSeat:
    """Who judged, under which version of the standard, and what is known of the image.

    `present` names the defect types that are known to be there; every other is known to be
    absent. `group` is what intervals draw together, None for an image drawn alone.
    """

    user: str
    version: int
    present: frozenset[str]
    group: str | None


@dataclass(frozen=True, slots=True)
class KnownAnswers:
    """Images by seat, and by seat and verdict where more than absent was said of a type."""

    seated: Mapping[KnownSeat, int]
    said: Mapping[str, Mapping[tuple[KnownSeat, Verdict], int]]

    def of(self, defect_type: str) -> dict[tuple[KnownSeat, Verdict], int]:
        """Every answer to one defect type, absent ones included."""
        said = self.said.get(defect_type, {})
        left = Counter(self.seated)
        for (seat, _), images in said.items():
            left[seat] -= images
        return {**said, **{(seat, Verdict.ABSENT): n for seat, n in left.items() if n}}


@lru_cache(maxsize=1_024)
def _present(labels: str) -> frozenset[str]:
    return frozenset(json.loads(labels))


def count_known(session: Session, project_id: str, drawn: Callable[[Place], Place]) -> KnownAnswers:
    """What everybody said of the images of a project that have a reference.

    `drawn` says which groups intervals draw.
    """
    # The few images with a reference come first, and lead to their reviews: an index on the
    # project would lead through all of its images instead, so the condition is none for it.
    live = live_reviews()
    within = func.coalesce(col(Image.project_id), "") == project_id
    labels = cast(ImageReference.labels, String)
    seat = (live.c.user_id, live.c.standard_version, labels, group_column())
    base = (
        select(*seat, func.count(type_=Integer))
        .select_from(ImageReference)
        .join(Image, col(Image.id) == col(ImageReference.image_id))
        .join(live, live.c.image_id == col(Image.id))
        .where(within)
    )
    seated: Counter[KnownSeat] = Counter()

    def seat_of(user: str, version: int, known: str, group: str | None) -> KnownSeat:
        return KnownSeat(user, version, _present(known), drawn(Place(None, group)).group)

    for *who, images in session.execute(base.group_by(*seat)):
        seated[seat_of(*who)] += images
    verdict = (col(JudgementRow.defect_type), col(JudgementRow.verdict))
    statement = (
        base.add_columns(*verdict)
        .join(JudgementRow, col(JudgementRow.review_id) == live.c.id)
        .group_by(*seat, *verdict)
    )
    said: dict[str, Counter[tuple[KnownSeat, Verdict]]] = {}
    for *who, images, code, word in session.execute(statement):
        said.setdefault(code, Counter())[seat_of(*who), Verdict(word)] += images
    return KnownAnswers(seated, said)
