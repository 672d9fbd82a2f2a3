"""Addresses that the contract names and this version does not serve: 422 that says so.

A program that was written against the contract learns what is missing, instead of
mistaking it for a wrong id.
"""

from fastapi import APIRouter

from labeler.core.errors import NotBuilt
from labeler.flows import projects
from labeler.web.access import Lead, SiteOf

router = APIRouter(prefix="/api/v1", tags=["not built yet"])

_STUDIES = "Studies are not built yet. Update Labeler when its changelog names them."


@router.post("/projects/{code}/studies")
def create_study(code: str, site: SiteOf, who: Lead) -> None:
    """Not built yet: planning an attribute agreement study."""
    projects.get_project(site, who, code)
    raise NotBuilt(_STUDIES)


@router.get("/projects/{code}/studies")
def list_studies(code: str, site: SiteOf, who: Lead) -> None:
    """Not built yet: the studies of a project."""
    projects.get_project(site, who, code)
    raise NotBuilt(_STUDIES)


@router.get("/studies/{study}")
def get_study(study: str, who: Lead) -> None:
    """Not built yet: one study."""
    del study, who
    raise NotBuilt(_STUDIES)


@router.get("/studies/{study}/report")
def study_report(study: str, who: Lead) -> None:
    """Not built yet: the report of a study."""
    del study, who
    raise NotBuilt(_STUDIES)
