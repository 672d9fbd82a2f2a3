"""Looking at the images on which two reviewers differ."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import Session

from labeler.core.errors import NotFound
from labeler.core.people import Principal
from labeler.core.terms import ImageState, Verdict
from labeler.flows.scope import project_for, standard_of
from labeler.flows.site import Site
from labeler.store import differences, people
from labeler.store.tables import Project


@dataclass(frozen=True, slots=True)
class DifferingImage:
    """An image that one of two marked; who it was is told once it is no longer in dispute.

    `marked_by` and `left_by` are names, both None while somebody still has to decide: a name
    would tell the lead whose answer is at stake. `dispute` is the open one, if there is one.
    """

    id: str
    file: str
    number: int
    state: ImageState
    dispute: str | None
    marked_by: str | None
    left_by: str | None


@dataclass(frozen=True, slots=True)
class MixUp:
    """Two defect types, in the order of the standard, that reviewers take for one another.

    On so many `images` one reviewer marked the first and not the second, another the second
    and not the first.
    """

    first: str
    second: str
    images: int


def list_differences(
    site: Site,
    who: Principal,
    code: str,
    *,
    defect_type: str,
    reviewers: tuple[str, str],
    after: int = -1,
    limit: int = 50,
) -> list[DifferingImage]:
    """Images that one of the two `reviewers` (names) marked and the other left.

    In the order of import, after a number. Raises `NotFound`.
    """
    with site.database.read() as session:
        project = project_for(session, who, code)
        found = [people.user_by_name(session, name) for name in reviewers]
        users = [row.id for row in found if row is not None]
        if len(users) < 2:
            raise NotFound("There is no such person for you.")
        lacking = {version for version, _ in _unjudged(site, session, project, (defect_type,))}
        versions = set(range(1, project.standard_version + 1)) - lacking
        rows = differences.between(
            session, project.id, defect_type=defect_type, versions=versions,
            users=(users[0], users[1]), after=after, limit=limit,
        )  # fmt: skip
    return [_told(row, reviewers) for row in rows]


def list_mix_ups(site: Site, who: Principal, code: str) -> list[MixUp]:
    """Every two defect types that reviewers take for one another, the most frequent first.

    Of the standard in force; whoever could not tell, or took the review back, mixes nothing up.
    Raises `NotFound`.
    """
    with site.database.read() as session:
        project = project_for(session, who, code)
        codes = standard_of(site, session, project.id, project.standard_version).codes
        counts = differences.count_mix_ups(
            session, project.id, defect_types=codes,
            unjudged=_unjudged(site, session, project, codes),
        )  # fmt: skip
    place = {one: index for index, one in enumerate(codes)}
    found = []
    for pair, images in counts.items():
        first, second = sorted(pair, key=place.__getitem__)
        found.append(MixUp(first, second, images))
    return sorted(found, key=lambda one: (-one.images, place[one.first], place[one.second]))


def list_mixed_up(
    site: Site,
    who: Principal,
    code: str,
    *,
    defect_types: tuple[str, str],
    after: int = -1,
    limit: int = 50,
) -> list[DifferingImage]:
    """The images of a `MixUp`, in the order of import, after a number; nobody is named.

    It does not matter which of the two comes first. Raises `NotFound`.
    """
    with site.database.read() as session:
        project = project_for(session, who, code)
        rows = differences.mixed_up(
            session, project.id, defect_types=defect_types,
            unjudged=_unjudged(site, session, project, defect_types), after=after, limit=limit,
        )  # fmt: skip
    return [
        DifferingImage(
            row.image_id, row.file, row.number, ImageState(row.state), row.dispute_id, None, None
        )
        for row in rows
    ]


def _unjudged(
    site: Site, session: Session, project: Project, codes: Collection[str]
) -> list[tuple[int, str]]:
    """The versions of the standard that lack a defect type, each with its code."""
    return [
        (version, code)
        for version in range(1, project.standard_version + 1)
        for code in codes
        if standard_of(site, session, project.id, version).find(code) is None
    ]


def _told(row: differences.Difference, names: tuple[str, str]) -> DifferingImage:
    state = ImageState(row.state)
    marked: str | None
    left: str | None
    marked, left = names if row.first is Verdict.PRESENT else names[::-1]
    if state is ImageState.DISPUTED:
        marked = left = None
    return DifferingImage(row.image_id, row.file, row.number, state, row.dispute_id, marked, left)
