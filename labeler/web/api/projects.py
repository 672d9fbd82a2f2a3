"""Projects, their members and their standards."""

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from labeler.core.standard import Standard
from labeler.core.terms import DataClass
from labeler.flows import images, people, projects
from labeler.web.access import Lead, Member, Overseer, SiteOf
from labeler.web.api.cursors import Cursor, Limit, page_by
from labeler.web.bodies import Body

router = APIRouter(prefix="/api/v1/projects", tags=["projects"])


class StandardIn(Body):
    """The TOML's keys as JSON; the standard itself is checked by the rules."""

    defect_types: list[dict[str, Any]]


class ProjectIn(Body):
    """A new project."""

    code: str
    name: str = ""
    overlap: int = 2
    majority: bool = False
    data_class: DataClass = DataClass.QUALITY
    standard: StandardIn


class StandardOut(BaseModel):
    """A published version."""

    version: int
    defect_types: list[dict[str, Any]]

    @classmethod
    def of(cls, standard: Standard) -> "StandardOut":
        """From the value."""
        types = [d.document() for d in standard.defect_types]
        return cls(version=standard.version, defect_types=types)


class ProjectOut(BaseModel):
    """A project with its current standard."""

    code: str
    name: str
    overlap: int
    majority: bool
    data_class: DataClass
    standard: StandardOut

    @classmethod
    def of(cls, info: projects.ProjectInfo) -> "ProjectOut":
        """From the value."""
        return cls(
            code=info.code, name=info.name, overlap=info.overlap, majority=info.majority,
            data_class=info.data_class, standard=StandardOut.of(info.standard),
        )  # fmt: skip


class ProjectList(BaseModel):
    """The projects that the caller may see, by code."""

    items: list[ProjectOut]
    next_cursor: str | None = None


class StandardList(BaseModel):
    """Every published version, oldest first."""

    items: list[StandardOut]
    next_cursor: str | None = None


class ProgressOut(BaseModel):
    """Counts of images by state, and of live reviews."""

    images: int
    settled: int
    disputed: int
    waiting: int
    unusable: int
    reviews: int


@router.post("", status_code=201)
def create_project(body: ProjectIn, site: SiteOf, who: Lead, response: Response) -> ProjectOut:
    """Create a project with version 1 of its standard."""
    info = projects.create_project(
        site, body.code, body.standard.model_dump(), name=body.name, overlap=body.overlap,
        majority=body.majority, data_class=body.data_class, by=who,
    )  # fmt: skip
    response.headers["Location"] = f"/api/v1/projects/{info.code}"
    return ProjectOut.of(info)


@router.get("")
def list_projects(
    site: SiteOf, who: Member, cursor: Cursor = None, limit: Limit = 100
) -> ProjectList:
    """The projects that the caller may see."""
    found, after = page_by(
        projects.list_projects(site, who), lambda project: project.code, cursor=cursor, limit=limit
    )
    return ProjectList(items=[ProjectOut.of(p) for p in found], next_cursor=after)


@router.get("/{code}")
def get_project(code: str, site: SiteOf, who: Member) -> ProjectOut:
    """One project."""
    return ProjectOut.of(projects.get_project(site, who, code))


@router.put("/{code}/members/{user}", status_code=204)
def add_member(code: str, user: str, site: SiteOf, who: Lead) -> None:
    """Let a person, by id or name, see the project."""
    people.add_member(site, code, user, who)


@router.delete("/{code}/members/{user}", status_code=204)
def remove_member(code: str, user: str, site: SiteOf, who: Lead) -> None:
    """Take a person out of the project."""
    people.remove_member(site, code, user, who)


@router.get("/{code}/standards")
def list_standards(
    code: str, site: SiteOf, who: Member, cursor: Cursor = None, limit: Limit = 100
) -> StandardList:
    """Every published version."""
    found, after = page_by(
        projects.list_standards(site, who, code),
        lambda standard: f"{standard.version:07d}", cursor=cursor, limit=limit,
    )  # fmt: skip
    return StandardList(items=[StandardOut.of(s) for s in found], next_cursor=after)


@router.get("/{code}/standards/{version}")
def get_standard(
    code: str, version: Annotated[int, Field(ge=1, le=1_000_000)], site: SiteOf, who: Member
) -> StandardOut:
    """One published version."""
    return StandardOut.of(projects.get_standard(site, who, code, version))


@router.put("/{code}/standard/draft", status_code=204)
def save_draft(code: str, body: StandardIn, site: SiteOf, who: Lead) -> None:
    """Keep the next version while it is being written."""
    projects.save_draft(site, who, code, body.model_dump())


@router.post("/{code}/standard/publish")
def publish(code: str, site: SiteOf, who: Lead) -> StandardOut:
    """Publish the draft as the next version."""
    return StandardOut.of(projects.publish(site, who, code))


@router.get("/{code}/progress")
def progress(code: str, site: SiteOf, who: Overseer) -> ProgressOut:
    """How far the project has come."""
    found = images.progress(site, who, code)
    return ProgressOut(
        images=found.images, settled=found.settled, disputed=found.disputed,
        waiting=found.waiting, unusable=found.unusable, reviews=found.reviews,
    )  # fmt: skip
