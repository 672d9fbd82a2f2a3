"""How far reviewers agree, as JSON."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from labeler.core.agreement.methods import Method
from labeler.web.access import Overseer, SiteOf

router = APIRouter(prefix="/api/v1", tags=["agreement"])


@router.get("/projects/{code}/agreement")
def agreement(
    code: str,
    site: SiteOf,
    who: Overseer,
    by: Annotated[str | None, Query(min_length=1, max_length=100)] = None,
    method: Annotated[Method, Query(description="How intervals are made.")] = Method.SMOOTHED,
    iou: Annotated[float, Query(description="From which IoU on marked places match.")] = 0.5,
    grow_px: Annotated[float, Query(description="How far boxes grow for `f1_grown`.")] = 2.0,
    boundary_px: Annotated[float, Query(description="How far apart outlines may be.")] = 2.0,
) -> dict[str, Any]:
    """Every statistic per defect type, pair and reviewer; `by` a column, a report per value."""
    # Here, not above: a server starts without NumPy and SciPy.
    from labeler.core.agreement.place_features import place_settings  # noqa: PLC0415
    from labeler.flows.measure import Intervals, measure  # noqa: PLC0415

    how = place_settings(iou, grow_px, boundary_px)
    return measure(site, who, code, by, intervals=Intervals(method=method), how=how).document()
