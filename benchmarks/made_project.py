"""A project with many made-up images that have no files: enough to claim and submit."""

from labeler.core.assignments import lane
from labeler.core.people import Principal, effective_scopes
from labeler.core.terms import ImageState, Role
from labeler.flows import people, projects
from labeler.flows.site import Site
from labeler.store import projects as project_rows
from labeler.store import schema
from labeler.store.tables import Image

CODE = "bench"
STANDARD = {
    "defect_types": [
        {"code": code, "name": {"en": code.title()}, "geometry": ["box"]}
        for code in ("scratch", "bubble", "stain", "dent", "burr", "crack", "pore", "chip")
    ]
}


def make_project(site: Site, *, images: int, reviewers: int) -> list[str]:
    """Fill an empty installation; the reviewers' names."""
    schema.upgrade(site.database)
    project_id = projects.create_project(site, CODE, STANDARD).id
    admin = Principal("bench", "bench", Role.ADMIN, effective_scopes(Role.ADMIN, None))
    names = [f"reviewer {n}" for n in range(reviewers)]
    for name in names:
        people.add_user(site, name, Role.REVIEWER)
        people.add_member(site, CODE, name, admin)

    def fill(session) -> None:
        first = project_rows.take_positions(session, project_id, images)
        rows = [_image(site, project_id, n) for n in range(first, first + images)]
        for start in range(0, images, 5_000):
            session.execute(Image.__table__.insert(), rows[start : start + 5_000])

    site.database.write(fill)
    return names


def _image(site: Site, project_id: str, number: int) -> dict[str, object]:
    content = f"{number:064x}"
    return {
        "id": f"{number:032x}", "project_id": project_id, "sha256": content,
        "file": f"{number}.png", "format": "png", "bytes": 1, "width_px": 1000,
        "height_px": 800, "bit_depth": 8, "channels": 1, "upright": True,
        "pixel_sha256": content, "perceptual_hash": "0" * 16, "context": {}, "priority": 0,
        "number": number, "lane": lane(0, returned=False), "position": number,
        "free_places": 2, "state": ImageState.WAITING.value, "imported_at": site.now(),
        "revision": 0,
    }  # fmt: skip
