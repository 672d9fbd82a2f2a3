"""The first page: every project with how far it has come and what to do next."""

from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from labeler.core.people import Principal
from labeler.core.terms import Role
from labeler.flows.assign import OwnProgress, own_progress
from labeler.flows.images import Progress, progress
from labeler.flows.people import Person, list_people
from labeler.flows.projects import ProjectInfo, list_projects
from labeler.flows.site import Site
from labeler.web.access import Member, SiteOf
from labeler.web.rendering import render

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class ProjectCard:
    """A project as an overseer sees it; `next_step` names a sentence of the template."""

    info: ProjectInfo
    progress: Progress
    reviewers: int
    next_step: str


@dataclass(frozen=True, slots=True)
class WorkCard:
    """A project as its reviewer sees it: nothing about anybody else."""

    info: ProjectInfo
    own: OwnProgress


def next_step(info: ProjectInfo, counts: Progress, reviewers: int) -> str:
    """What moves a project on: `import`, `hire`, `rule`, `export`, or `wait` for reviews."""
    if counts.images == 0:
        return "import"
    if counts.settled + counts.unusable == counts.images:
        return "export"
    if counts.open_disputes:
        return "rule"
    return "hire" if reviewers < info.overlap else "wait"


def _card(site: Site, who: Principal, info: ProjectInfo, everybody: list[Person]) -> ProjectCard:
    counts = progress(site, who, info.code)
    reviewers = sum(p.role is Role.REVIEWER and info.code in p.projects for p in everybody)
    return ProjectCard(info, counts, reviewers, next_step(info, counts, reviewers))


@router.get("/")
def home(request: Request, site: SiteOf, who: Member) -> Response:
    """Projects for overseers, own work for reviewers."""
    found = list_projects(site, who)
    if who.role is Role.REVIEWER:
        work = [WorkCard(info, own_progress(site, who, info.code)) for info in found]
        return render(request, "home/work.html", work=work, on_tablet=who.station_id is not None)
    everybody = list_people(site, who)
    cards = [_card(site, who, info, everybody) for info in found]
    return render(request, "home/page.html", cards=cards)
