"""How the reviewers judge, for leads: whom to train, third looks, hidden repeats, pace."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from labeler.core.errors import InvalidInput
from labeler.core.people import Principal
from labeler.core.repeats import MIN_AGE_H, PER_REVIEWER, SPREAD_H, RepeatPlan
from labeler.flows import projects
from labeler.flows.site import Site
from labeler.web.access import Lead, SiteOf
from labeler.web.bodies import Body
from labeler.web.problems import Problem, explain
from labeler.web.rendering import render

router = APIRouter(prefix="/projects/{code}/agreement", include_in_schema=False)

_FIRST_LOOKS = 10


class RepeatsForm(Body):
    """The form as the browser sends it."""

    per_reviewer: int = PER_REVIEWER
    min_age_h: int = MIN_AGE_H
    spread_h: int = SPREAD_H


@router.get("/reviewers")
def reviewers(
    request: Request,
    code: str,
    site: SiteOf,
    who: Lead,
    planned: Annotated[int | None, Query(ge=0)] = None,
) -> Response:
    """Whom to train, what each finds and shares with others, third looks, repeats and pace."""
    return _show(request, site, who, code, planned=planned)


@router.post("/repeats")
def plan(
    request: Request,
    code: str,
    site: SiteOf,
    who: Lead,
    form: Annotated[RepeatsForm, Form()],
) -> Response:
    """Plan hidden repeats; what is refused comes back beside its field."""
    from labeler.flows.repeats import plan_repeats

    wanted = RepeatPlan(form.per_reviewer, form.min_age_h, form.spread_h)
    try:
        added = plan_repeats(site, who, code, wanted)
    except InvalidInput as error:
        return _show(request, site, who, code, typed=wanted, problem=explain(request, error))
    place = f"/projects/{code}/agreement/reviewers?planned={sum(added.values())}"
    return RedirectResponse(f"{place}#agreement-repeats", 303)


def _show(
    request: Request,
    site: Site,
    who: Principal,
    code: str,
    *,
    typed: RepeatPlan | None = None,
    problem: Problem | None = None,
    planned: int | None = None,
) -> Response:
    # Here, not above: a server starts without NumPy and SciPy.
    from labeler.core.agreement.reference import FEWEST_KNOWN
    from labeler.core.agreement.repeatability import FEWEST_REPEATS
    from labeler.flows.reviewer_quality import reviewer_quality, too_unsure
    from labeler.web.agreement_rows import type_rows

    project = projects.get_project(site, who, code)
    quality = reviewer_quality(site, who, code)
    return render(
        request, "agreement/reviewers.html",
        status_code=problem.status if problem else 200,
        project=project,
        quality=quality,
        book=type_rows(request, quality.report, project.standard),
        named=[one for one in quality.marks_more if one.named],
        too_unsure=too_unsure,
        typed=typed or RepeatPlan(),
        problem=problem,
        planned=planned,
        first_looks=_FIRST_LOOKS,
        fewest_repeats=FEWEST_REPEATS,
        fewest_known=FEWEST_KNOWN,
    )  # fmt: skip
