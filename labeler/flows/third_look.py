"""Whom to train first, and which images are worth a third look, as orders without figures."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from labeler.core.agreement.ranking import Answers, Ranking, rank
from labeler.core.agreement.ratings import MISSING
from labeler.core.agreement.seats import PatternsOfTypes, Seat
from labeler.core.agreement.values import Reason, Undefined
from labeler.core.standard import Standard
from labeler.core.terms import ImageState, Verdict
from labeler.flows.image_kinds import ImageKinds
from labeler.flows.rating_tables import CODE, RatingTables
from labeler.flows.scope import every_standard
from labeler.flows.site import Site
from labeler.store import marked_images, patterns
from labeler.store.marked_images import Marks
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


@dataclass(frozen=True, slots=True)
class _Doubt:
    """Which answers to one defect type are in doubt; `column` is each user's place in them."""

    code: str
    ranks: Mapping[Answers, int]
    column: Mapping[str, int]
    standards: Mapping[int, Standard]

    def rank(self, seats: Sequence[Seat], said: Sequence[Verdict]) -> int | None:
        """1 is the most doubtful; None where nothing is."""
        answers = [MISSING] * len(self.column)
        for seat, verdict in zip(seats, said, strict=True):
            if self.standards[seat.version].find(self.code) is not None:
                answers[self.column[seat.user]] = CODE[verdict]
        return self.ranks.get(tuple(answers))


def third_look(
    site: Site, session: Session, project: Project
) -> tuple[list[TrainingOrder], list[ThirdLook]]:
    """Both orders for every defect type of the standard in force; never an accuracy."""
    with site.rating_counts.read(site.database, project.id) as (found, _):
        counted = found.counts.by_part().get("", PatternsOfTypes())
    names = patterns.names_of(session, sorted(counted.users))
    standards = every_standard(site, session, project)
    tables = RatingTables(counted, names, standards, grouped=False)
    orders: list[TrainingOrder] = []
    doubts: dict[str, _Doubt] = {}
    for code in standards[project.standard_version].codes:
        table = tables.verdicts(code)
        ranking = None if table.patterns is None else rank(table.patterns)
        if not isinstance(ranking, Ranking):
            reason = ranking.reason if isinstance(ranking, Undefined) else Reason.NO_RATINGS
            orders.append(TrainingOrder(code, (), reason))
            continue
        orders.append(TrainingOrder(code, ranking.to_train, None))
        column = {user: table.raters.index(names[user]) for user in counted.users}
        doubts[code] = _Doubt(code, ranking.doubtful, column, standards)
    with site.marked_kinds.read(session, project.id) as kinds:
        return orders, _looks(session, project, kinds, doubts)


def _looks(
    session: Session, project: Project, kinds: ImageKinds[Marks], doubts: Mapping[str, _Doubt]
) -> list[ThirdLook]:
    """The most doubtful images; of those equally doubtful the ones that came first."""
    ranked: dict[tuple[int, str], list[Marks]] = defaultdict(list)
    for marks in kinds.counts():
        for code, said in () if marks.closed else marks.said:
            asked = code in doubts and code not in marks.decided
            place = doubts[code].rank(marks.seats, said) if asked else None
            if place is not None:
                ranked[place, code].append(marks)
    chosen: list[tuple[int, str, int]] = []
    for (place, code), alike in sorted(ranked.items()):
        left = MOST_IMAGES - len(chosen)
        if left == 0:
            break
        chosen += [(place, code, number) for number in kinds.images_of(alike, left)]
    found = marked_images.find_images(session, project.id, [number for *_, number in chosen])
    return [
        ThirdLook(place, one.id, one.file, code, one.state, one.disputes.get(code))
        for place, code, one in ((place, code, found[number]) for place, code, number in chosen)
    ]
