"""The review station: the page around the reviewer's loop."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from labeler.core import change_requests, regions, reviews
from labeler.core.terms import Role
from labeler.flows.assign import own_progress
from labeler.flows.projects import get_project
from labeler.web.access import Judge, SiteOf
from labeler.web.rendering import render

router = APIRouter(include_in_schema=False)


def limits() -> dict[str, int]:
    """How much of one picture a review may say: the page draws no more than is taken."""
    return {
        "regions": reviews.MAX_REGIONS, "else_regions": change_requests.MOST_REGIONS,
        "points": regions.MAX_POINTS, "runs": regions.MAX_RUNS,
        "text": change_requests.MOST_TEXT,
    }  # fmt: skip


@router.get("/projects/{code}/review")
def review_page(code: str, request: Request, site: SiteOf, who: Judge) -> Response:
    """One image, one question, a few huge answers."""
    project = get_project(site, who, code)
    progress = own_progress(site, who, code)
    boot = {
        "project": project.code,
        "reviewer": {"id": who.user_id, "name": who.name, "leads": who.role is not Role.REVIEWER},
        "standards": {str(project.standard.version): project.standard.document()},
        "progress": {"done": progress.done, "total": progress.total},
        "limits": limits(),
    }
    return render(request, "review/page.html", project=project, boot=boot, theme="light")
