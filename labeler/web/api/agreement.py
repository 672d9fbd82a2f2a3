"""How far reviewers agree, as JSON."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from labeler.web.access import Lead, Overseer, SiteOf

router = APIRouter(prefix="/api/v1", tags=["agreement"])


@router.get("/projects/{code}/agreement")
def agreement(
    code: str,
    site: SiteOf,
    who: Overseer,
    by: Annotated[str | None, Query(min_length=1, max_length=100)] = None,
) -> dict[str, Any]:
    """Every statistic per defect type, pair and reviewer; `by` a column, a report per value."""
    # Here, not above: a server starts without NumPy and SciPy.
    from labeler.flows.measure import measure  # noqa: PLC0415

    return measure(site, who, code, by).document()


@router.get("/projects/{code}/drift")
def drift(
    code: str,
    site: SiteOf,
    who: Overseer,
    by: Annotated[str, Query(min_length=1, max_length=100)] = "week",
) -> dict[str, Any]:
    """Shares of disputes and of missed defects by week or shift, with limits and alarms."""
    from labeler.flows.drift import drift as follow  # noqa: PLC0415

    return follow(site, who, code, by).document()


@router.get("/projects/{code}/reviewer-quality")
def reviewer_quality(code: str, site: SiteOf, who: Lead) -> dict[str, Any]:
    """Per reviewer pace and "can't tell", and who marks more than whom."""
    from labeler.flows.reviewer_quality import reviewer_quality as assess  # noqa: PLC0415

    return assess(site, who, code).document()
