"""Looking at the images on which reviewers take one defect type for another."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from labeler.core.people import Principal
from labeler.core.standard import Standard
from labeler.core.terms import Verdict
from labeler.flows.differences import DifferingImage
from labeler.flows.scope import every_standard, project_for
from labeler.flows.site import Site
from labeler.store import marked_images
from labeler.store.marked_images import Marks

Standards = Mapping[int, Standard]


@dataclass(frozen=True, slots=True)
class MixUp:
    """Two defect types, in the order of the standard, that reviewers take for one another.

    On so many `images` one reviewer marked the first and not the second, another the second
    and not the first.
    """

    first: str
    second: str
    images: int


def list_mix_ups(site: Site, who: Principal, code: str) -> list[MixUp]:
    """Every two defect types that reviewers take for one another, the most frequent first.

    Of the standard in force; whoever could not tell, or took the review back, mixes nothing up.
    Raises `NotFound`.
    """
    found: Counter[tuple[str, str]] = Counter()
    with site.database.read() as session:
        project = project_for(session, who, code)
        standards = every_standard(site, session, project)
        codes = standards[project.standard_version].codes
        with site.marked_kinds.read(session, project.id) as kinds:
            for marks, images in kinds.counts().items():
                for pair in _mixed_up(marks, codes, standards):
                    found[pair] += images
    place = {one: index for index, one in enumerate(codes)}
    rows = [MixUp(first, second, images) for (first, second), images in found.items()]
    return sorted(rows, key=lambda one: (-one.images, place[one.first], place[one.second]))


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
        standards = every_standard(site, session, project)
        with site.marked_kinds.read(session, project.id) as kinds:
            alike = [one for one in kinds.counts() if any(_mixed_up(one, defect_types, standards))]
            numbers = kinds.images_of(alike, limit, after)
        images = marked_images.find_images(session, project.id, numbers)
    rows = []
    for number in numbers:
        one = images[number]
        dispute = min((one.disputes[c] for c in defect_types if c in one.disputes), default=None)
        rows.append(DifferingImage(one.id, one.file, number, one.state, dispute, None, None))
    return rows


def _mixed_up(
    marks: Marks, codes: Collection[str], standards: Standards
) -> Iterator[tuple[str, str]]:
    """Every two of these types that are taken for one another on an image, in their order."""
    said = dict(marks.said)

    def somebody(marks_this: str, leaves: str) -> bool:
        return any(
            marked is Verdict.PRESENT
            and left is Verdict.ABSENT
            # Whoever judged without the type in the standard left nothing.
            and standards[seat.version].find(leaves) is not None
            for seat, marked, left in zip(marks.seats, said[marks_this], said[leaves], strict=True)
        )

    marked_types: Sequence[str] = [code for code in codes if code in said]
    for one, other in combinations(marked_types, 2):
        if somebody(one, other) and somebody(other, one):
            yield one, other
