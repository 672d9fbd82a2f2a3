"""The fixed cast of test people, the project they work on, and made-up images."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from labeler.core.assignments import lane
from labeler.core.people import Principal, effective_scopes
from labeler.core.terms import ImageState, Role
from labeler.flows import people, projects
from labeler.flows.site import Site
from labeler.store import images
from labeler.store import projects as project_rows
from labeler.store.tables import Image, Project

STANDARD = {
    "defect_types": [
        {
            "code": "scratch",
            "name": {"en": "Scratch", "ko": "스크래치"},
            "severity": [
                {"code": "light", "name": {"en": "Light"}},
                {"code": "middle", "name": {"en": "Middle"}},
                {"code": "deep", "name": {"en": "Deep"}},
            ],
            "geometry": ["box", "polygon", "mask"],
        },
        {"code": "bubble", "name": {"en": "Bubble", "ko": "기포"}, "geometry": ["box"]},
        {"code": "stain", "name": {"en": "Stain", "ko": "얼룩"}},
    ]
}
PASSWORD = "a long enough password"


@dataclass(frozen=True)
class Cast:
    """Two and more reviewers, a lead, an engineer, an administrator, and an outsider."""

    anna: Principal
    ben: Principal
    chris: Principal
    dora: Principal
    lead: Principal
    engineer: Principal
    admin: Principal
    outsider: Principal

    @property
    def reviewers(self) -> tuple[Principal, ...]:
        return (self.anna, self.ben, self.chris, self.dora)


def person(site: Site, name: str, role: Role, **secret: str) -> Principal:
    added = people.add_user(site, name, role, **secret)
    return Principal(added.id, name, role, effective_scopes(role, None))


def hire(site: Site, code: str = "plates") -> Cast:
    """Everybody, the reviewers, lead and engineer as members of the project."""
    admin = person(site, "admin", Role.ADMIN)
    cast = Cast(
        *(person(site, name, Role.REVIEWER) for name in ("anna", "ben", "chris", "dora")),
        lead=person(site, "lea", Role.LEAD),
        engineer=person(site, "emil", Role.ENGINEER),
        admin=admin,
        outsider=person(site, "otto", Role.LEAD),
    )
    for member in (*cast.reviewers, cast.lead, cast.engineer):
        people.add_member(site, code, member.name, admin)
    return cast


def found(site: Site, code: str = "plates", **terms: object) -> str:
    """Create the project; its id."""
    return projects.create_project(site, code, STANDARD, **terms).id


def fill(
    site: Site,
    code: str = "plates",
    count: int = 1,
    *,
    size: tuple[int, int] = (200, 100),
    priority: int = 0,
    references: Sequence[dict[str, int | None] | None] = (),
) -> list[str]:
    """Put made-up images into the queue without any file; their ids."""

    def deed(session: Session) -> list[str]:
        project = project_rows.visible(session, code, user_id="", everywhere=True)
        assert project is not None
        first = project_rows.take_positions(session, project.id, count)
        ids = []
        for number in range(first, first + count):
            image = made_up_image(site, project, number, size, priority)
            images.add(session, image, gray=bytes(64 * 64))
            ids.append(image.id)
        for image_id, known in zip(ids, references, strict=False):
            if known is not None:
                images.set_reference(session, image_id, known)
        return ids

    return site.database.write(deed)


def made_up_image(
    site: Site, project: Project, number: int, size: tuple[int, int], priority: int
) -> Image:
    content = hashlib.sha256(f"{project.code} {number}".encode()).hexdigest()
    return Image(
        id=site.new_id(),
        project_id=project.id,
        sha256=content,
        file=f"{number}.png",
        format="png",
        bytes=1,
        width_px=size[0],
        height_px=size[1],
        bit_depth=8,
        channels=1,
        upright=True,
        pixel_sha256=content,
        perceptual_hash="0" * 16,
        context={},
        priority=priority,
        number=number,
        lane=lane(priority, returned=False),
        position=number,
        free_places=project.overlap,
        state=ImageState.WAITING,
        imported_at=site.now(),
    )


def present(code: str, severity: int | None = None, *boxes: Iterable[float]) -> dict:
    """A judgement as it travels."""
    keys = ("x", "y", "width", "height")
    regions = [{"kind": "box", **dict(zip(keys, box, strict=True))} for box in boxes]
    return {"defect_type": code, "verdict": "present", "severity": severity, "regions": regions}


def unsure(code: str) -> dict:
    return {"defect_type": code, "verdict": "unsure", "severity": None, "regions": []}
