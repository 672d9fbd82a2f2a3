"""The studies of a project: planning one, and one with its progress and report."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request
from pydantic import Field
from starlette.responses import RedirectResponse, Response

from labeler.core.errors import Conflict, FieldError, InvalidInput, NotFound
from labeler.core.msa.acceptance import Judged, Limits
from labeler.core.msa.plan import MOST_TRIALS, StudyPlan
from labeler.core.people import Principal
from labeler.flows import projects, studies
from labeler.flows.site import Site
from labeler.flows.studies import NO_STUDY, StudyInfo
from labeler.web.access import Lead, SiteOf
from labeler.web.bodies import Body
from labeler.web.problems import Problem, explain
from labeler.web.rendering import language_of, render

router = APIRouter(prefix="/projects/{code}/studies", include_in_schema=False)

Text = Annotated[str, Field(max_length=200)]

_NUMBER = re.compile(r"[0-9]{1,3}(?:[.,][0-9]{1,4})?")
_ENDS = ("good", "marginal")


def _whole(judged: Judged) -> int:
    """What stands for all in the form: shares are typed in per cent, kappa as it is."""
    return 1 if judged is Judged.KAPPA else 100


def _usual(judged: Judged, end: str) -> str:
    """AIAG's limit as it is typed."""
    return f"{getattr(Limits().of[judged], end) * _whole(judged):g}"


class PlanForm(Body):
    """The form as the browser sends it; numbers stay as they were typed."""

    name: Text = ""
    defect_type: Text = ""
    parts: Text = "50"
    trials: Text = "3"
    pause_hours: Text = "0"
    convention: Text = "all_trials"
    interval: Text = "wilson"
    appraisers: list[Text] = Field(default_factory=list)
    effectiveness_good: Text = _usual(Judged.EFFECTIVENESS, "good")
    effectiveness_marginal: Text = _usual(Judged.EFFECTIVENESS, "marginal")
    miss_rate_good: Text = _usual(Judged.MISS_RATE, "good")
    miss_rate_marginal: Text = _usual(Judged.MISS_RATE, "marginal")
    false_alarm_rate_good: Text = _usual(Judged.FALSE_ALARM_RATE, "good")
    false_alarm_rate_marginal: Text = _usual(Judged.FALSE_ALARM_RATE, "marginal")
    kappa_good: Text = _usual(Judged.KAPPA, "good")
    kappa_marginal: Text = _usual(Judged.KAPPA, "marginal")


_FRESH = PlanForm()


@router.get("")
def page(request: Request, code: str, site: SiteOf, who: Lead) -> Response:
    """Every study of the project, and the form that plans another."""
    return _show(request, site, who, code)


@router.post("")
def plan(
    request: Request, code: str, site: SiteOf, who: Lead, form: Annotated[PlanForm, Form()]
) -> Response:
    """Plan a study and go to it; a refusal keeps everything that was typed."""
    try:
        info = studies.plan_study(site, who, code, _plan(form))
    except InvalidInput as error:
        return _show(request, site, who, code, form=form, problem=explain(request, error))
    return RedirectResponse(f"/projects/{code}/studies/{info.id}", 303)


@router.get("/{study}")
def one(request: Request, code: str, study: str, site: SiteOf, who: Lead) -> Response:
    """One study: how far everybody is, and the report of what was answered so far."""
    return _show_one(request, site, who, code, study)


@router.post("/{study}/end")
def end(
    request: Request,
    code: str,
    study: str,
    site: SiteOf,
    who: Lead,
    how: Annotated[Literal["close", "cancel"], Form()],
) -> Response:
    """Close or cancel it."""
    _load(site, who, code, study)
    try:
        studies.end_study(site, who, study, cancel=how == "cancel")
    except Conflict as error:
        return _show_one(request, site, who, code, study, problem=explain(request, error))
    return RedirectResponse(f"/projects/{code}/studies/{study}", 303)


def _load(site: Site, who: Principal, code: str, study: str) -> StudyInfo:
    info = studies.get_study(site, who, study)
    if info.project != code:
        raise NotFound(NO_STUDY)
    return info


def _plan(form: PlanForm) -> StudyPlan:
    """The plan in the form. Raises `InvalidInput` for what is no number."""
    faults: list[FieldError] = []

    def whole(name: str) -> int:
        text = getattr(form, name).strip()
        if text.isascii() and text.isdecimal() and len(text) < 7:
            return int(text)
        faults.append(FieldError(name, "Give a whole number."))
        return 0

    parts, trials, pause = whole("parts"), whole("trials"), whole("pause_hours")
    limits = _limits(form, faults)
    if faults:
        raise InvalidInput("The study cannot be planned.", fields=faults)
    return StudyPlan(
        form.defect_type, form.appraisers, form.name, parts, trials, pause_h=pause,
        convention=form.convention, interval=form.interval, limits=limits,
    )  # fmt: skip


def _limits(form: PlanForm, faults: list[FieldError]) -> Mapping[str, object]:
    """The acceptance limits in the form as shares; what is no number joins the `faults`."""
    found: dict[str, object] = {}
    for judged in Judged:
        whole = _whole(judged)
        typed = [getattr(form, f"{judged}_{end}").strip() for end in _ENDS]
        # By way of decimals: 2.3 % divided as a binary fraction is no longer 0.023.
        shares = [
            float(Decimal(text.replace(",", ".")) / whole)
            for text in typed
            if _NUMBER.fullmatch(text)
        ]
        if len(shares) < len(_ENDS) or max(shares) > 1:
            fault = FieldError.filled(
                f"limits.{judged}", "Give two numbers from 0 to {most}.", most=whole
            )
            faults.append(fault)
        found[str(judged)] = shares
    return found


def _show(
    request: Request,
    site: Site,
    who: Principal,
    code: str,
    *,
    form: PlanForm = _FRESH,
    problem: Problem | None = None,
) -> Response:
    project = projects.get_project(site, who, code)
    return render(
        request, "studies/page.html",
        status_code=problem.status if problem else 200,
        project=project,
        form=form,
        usual=_FRESH,
        problem=problem,
        studies=studies.list_studies(site, who, code),
        kinds=_kinds(request, project),
        appraisers=studies.possible_appraisers(site, who, code),
        most_trials=MOST_TRIALS,
    )  # fmt: skip


def _show_one(
    request: Request,
    site: Site,
    who: Principal,
    code: str,
    study: str,
    *,
    problem: Problem | None = None,
) -> Response:
    # Here, not above: a server starts without NumPy and SciPy.
    from labeler.flows.study_report import study_report
    from labeler.web.study_pages import page_context

    info = _load(site, who, code, study)
    project = projects.get_project(site, who, code)
    report: dict[str, Any] = {}
    withheld: Problem | None = None
    if info.done:
        try:
            report = page_context(request, site, who, study_report(site, who, study))
        except Conflict as error:  # from an appraiser who is not through
            withheld = explain(request, error)
    return render(
        request, "studies/study.html",
        status_code=problem.status if problem else 200,
        project=project,
        study=info,
        problem=problem,
        kinds=_kinds(request, project),
        reported=bool(report),
        withheld=withheld,
        **report,
    )  # fmt: skip


def _kinds(request: Request, project: projects.ProjectInfo) -> dict[str, str]:
    """The defect types' names in the person's language, by code."""
    return {one.code: one.label(language_of(request)) for one in project.standard.defect_types}
