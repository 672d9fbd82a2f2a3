"""Pages that the contract names and this version does not have: 422 that says so."""

from fastapi import APIRouter

from labeler.core.errors import NotBuilt
from labeler.flows import projects
from labeler.web.access import Lead, SiteOf

router = APIRouter(include_in_schema=False)


@router.get("/projects/{code}/studies")
def studies(code: str, site: SiteOf, who: Lead) -> None:
    """Not built yet: planning and reading attribute agreement studies."""
    projects.get_project(site, who, code)
    raise NotBuilt("Studies are not built yet. Update Labeler when its changelog names them.")
