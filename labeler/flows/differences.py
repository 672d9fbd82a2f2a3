"""Looking at the images on which two reviewers differ."""

from dataclasses import dataclass

from labeler.core.errors import NotFound
from labeler.core.people import Principal
from labeler.core.terms import ImageState, Verdict
from labeler.flows.scope import every_standard, project_for
from labeler.flows.site import Site
from labeler.store import differences, people


@dataclass(frozen=True, slots=True)
class DifferingImage:
    """An image that one of two marked; who it was is told once it is decided.

    `marked_by` and `left_by` are names, both None as long as it waits or is in dispute: a name
    would tell the lead whose answer is at stake. `dispute` is the open one, if there is one.
    """

    id: str
    file: str
    number: int
    state: ImageState
    dispute: str | None
    marked_by: str | None
    left_by: str | None


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
        standards = every_standard(site, session, project)
        versions = [version for version, one in standards.items() if one.find(defect_type)]
        rows = differences.between(
            session, project.id, defect_type=defect_type, versions=versions,
            users=(users[0], users[1]), after=after, limit=limit,
        )  # fmt: skip
    return [_told(row, reviewers) for row in rows]


def _told(row: differences.Difference, names: tuple[str, str]) -> DifferingImage:
    state = ImageState(row.state)
    marked: str | None
    left: str | None
    marked, left = names if row.first is Verdict.PRESENT else names[::-1]
    if not state.is_decided:
        marked = left = None
    return DifferingImage(row.image_id, row.file, row.number, state, row.dispute_id, marked, left)
