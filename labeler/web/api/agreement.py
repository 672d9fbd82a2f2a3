"""How far reviewers agree, as JSON."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from labeler.core.agreement.methods import Method
from labeler.core.repeats import MIN_AGE_H, PER_REVIEWER, SPREAD_H, RepeatPlan
from labeler.web.access import Lead, Overseer, SiteOf
from labeler.web.bodies import Body

router = APIRouter(prefix="/api/v1", tags=["agreement"])


class RepeatsBody(Body):
    """How many hidden repeats each reviewer has open, of how old reviews, over how long."""

    per_reviewer: int = PER_REVIEWER
    min_age_h: int = MIN_AGE_H
    spread_h: int = SPREAD_H


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
    from labeler.core.agreement.place_features import place_settings
    from labeler.flows.measure import Intervals, measure

    how = place_settings(iou, grow_px, boundary_px)
    intervals = Intervals(method=method)
    return measure(site, who, code, by, intervals=intervals, how=how, others=True).document()


@router.get("/projects/{code}/drift")
def drift(
    code: str,
    site: SiteOf,
    who: Overseer,
    by: Annotated[str, Query(min_length=1, max_length=100)] = "week",
) -> dict[str, Any]:
    """Shares of disputes and of missed defects by week or shift, with limits and alarms."""
    from labeler.flows.drift import drift as follow

    return follow(site, who, code, by).document()


@router.get("/projects/{code}/reviewer-quality")
def reviewer_quality(code: str, site: SiteOf, who: Lead) -> dict[str, Any]:
    """Per reviewer pace, "can't tell", repeatability; who marks more; whom to train on what."""
    from labeler.flows.reviewer_quality import reviewer_quality as assess

    return assess(site, who, code).document()


@router.post("/projects/{code}/repeats")
def plan_repeats(code: str, body: RepeatsBody, site: SiteOf, who: Lead) -> dict[str, Any]:
    """Top reviewers up with hidden repeats of their own earlier images."""
    from labeler.flows.repeats import plan_repeats as plan

    wanted = RepeatPlan(body.per_reviewer, body.min_age_h, body.spread_h)
    return {"planned": plan(site, who, code, wanted)}
