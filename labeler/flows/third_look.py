"""Whom to train first, and which images are worth a third look, as orders without figures."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session

from labeler.core.agreement.ranking import Ranking, rank
from labeler.core.agreement.ratings import MISSING
from labeler.core.agreement.seats import PatternsOfTypes
from labeler.core.agreement.values import Reason, Undefined
from labeler.core.standard import Standard
from labeler.core.terms import ImageState
from labeler.flows.rating_tables import CODE, RatingTables
from labeler.flows.scope import standard_of
from labeler.flows.site import Site
from labeler.store import marked_images, patterns
from labeler.store.marked_images import MarkedImage
from labeler.store.tables import Project

# A list to work through; what is further down is hardly in doubt.
MOST_IMAGES = 30


@dataclass(frozen=True, slots=True)
class TrainingOrder:
    """The reviewers of one defect type, whoever would gain most from training first."""

    defect_type: str
    raters: tuple[str, ...]
    reason: Reason | None

    def document(self) -> dict[str, object]:
        """The order as JSON, or why there is none."""
        if self.reason is not None:
            return {"defect_type": self.defect_type, "raters": None, "reason": str(self.reason)}
        return {"defect_type": self.defect_type, "raters": list(self.raters)}


@dataclass(frozen=True, slots=True)
class ThirdLook:
    """An image that is worth a third look; `rank` 1 is the most doubtful answer to a type.

    `dispute` is open on it, None where the reviewers settled it.
    """

    rank: int
    image: str
    file: str
    defect_type: str
    state: ImageState
    dispute: str | None

    def document(self) -> dict[str, object]:
        """The entry as JSON."""
        return {
            "rank": self.rank,
            "image": self.image,
            "file": self.file,
            "defect_type": self.defect_type,
            "state": self.state.value,
            "dispute": self.dispute,
        }


def third_look(
    site: Site, session: Session, project: Project
) -> tuple[list[TrainingOrder], list[ThirdLook]]:
    """Both orders for every defect type of the standard in force; never an accuracy."""
    with site.rating_counts.read(site.database, project.id) as (found, _):
        counted = found.counts.by_part().get("", PatternsOfTypes())
    names = patterns.names_of(session, sorted(counted.users))
    standards = {
        version: standard_of(site, session, project.id, version)
        for version in range(1, project.standard_version + 1)
    }
    tables = RatingTables(counted, names, standards, grouped=False)
    orders: list[TrainingOrder] = []
    looks: list[ThirdLook] = []
    for code in standards[project.standard_version].codes:
        table = tables.verdicts(code)
        ranking = None if table.patterns is None else rank(table.patterns)
        if not isinstance(ranking, Ranking):
            reason = ranking.reason if isinstance(ranking, Undefined) else Reason.NO_RATINGS
            orders.append(TrainingOrder(code, (), reason))
            continue
        orders.append(TrainingOrder(code, ranking.to_train, None))
        place = {rater: index for index, rater in enumerate(table.raters)}
        for image in marked_images.undecided(session, project.id, code):
            key = _answers(image, code, place, names, standards)
            if key in ranking.doubtful:
                looks.append(
                    ThirdLook(
                        ranking.doubtful[key], image.id, image.file, code,
                        ImageState(image.state), image.dispute_id,
                    )
                )  # fmt: skip
    looks.sort(key=lambda look: (look.rank, look.defect_type))
    return orders, looks[:MOST_IMAGES]


def _answers(
    image: MarkedImage,
    code: str,
    place: Mapping[str, int],
    names: Mapping[str, str],
    standards: Mapping[int, Standard],
) -> tuple[int, ...]:
    """The image's answers as a pattern of the table's columns."""
    codes = [MISSING] * len(place)
    for seat, verdict in image.answers:
        if standards[seat.version].find(code) is not None:
            codes[place[names[seat.user]]] = CODE[verdict]
    return tuple(codes)
