"""How far reviewers agree, as JSON."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from labeler.web.access import Overseer, SiteOf

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
