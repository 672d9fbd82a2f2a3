"""Addresses that the contract names and this version does not serve: 422 that says so.

A program that was written against the contract learns what is missing, instead of
mistaking it for a wrong id.
"""

from fastapi import APIRouter

from labeler.core.errors import NotBuilt
from labeler.flows import projects
from labeler.web.access import Lead, SiteOf

router = APIRouter(prefix="/api/v1", tags=["not built yet"])

_SAMPLES = "Audit samples are not built yet. Update Labeler when its changelog names them."


@router.post("/projects/{code}/audit-samples")
def draw_audit_sample(code: str, site: SiteOf, who: Lead) -> None:
    """Not built yet: drawing labels for a blind audit."""
    projects.get_project(site, who, code)
    raise NotBuilt(_SAMPLES)
