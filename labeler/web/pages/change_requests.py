"""The lead's page of what reviewers found that the standard lacks."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from markupsafe import Markup
from pydantic import Field
from starlette.responses import RedirectResponse, Response

from labeler.core.change_requests import AnswerKind
from labeler.core.errors import Conflict, FieldError, InvalidInput, LabelerError
from labeler.core.people import Principal
from labeler.flows import change_requests, projects
from labeler.flows.change_requests import AnswerRequest, ChangeRequestView
from labeler.flows.site import Site
from labeler.web.access import Lead, SiteOf
from labeler.web.bodies import Body
from labeler.web.problems import explain
from labeler.web.region_shapes import region_marks
from labeler.web.rendering import render

router = APIRouter(prefix="/projects/{code}/standard/requests", include_in_schema=False)

_ON_A_PAGE = 20
_LATELY = 20


class AnswerForm(Body):
    """The form as the browser sends it."""

    based_on: int
    answer: Annotated[str, Field(max_length=20)] = ""
    defect_type: Annotated[str, Field(max_length=100)] = ""
    text: Annotated[str, Field(max_length=10_000)] = ""


@router.get("")
def queue(request: Request, code: str, site: SiteOf, who: Lead) -> Response:
    """The open requests with picture and place, and the answers given."""
    return _show(request, site, who, code)


@router.post("/{change}/answer")
def answer(
    request: Request,
    code: str,
    change: str,
    site: SiteOf,
    who: Lead,
    form: Annotated[AnswerForm, Form()],
) -> Response:
    """Answer one; where that asks for a ruling, the ruling's form is next."""
    projects.get_project(site, who, code)
    try:
        told = change_requests.answer_request(site, who, change, _said(form))
    except (InvalidInput, Conflict) as error:
        return _show(request, site, who, code, change=change, form=form, error=error)
    if told.dispute:
        return RedirectResponse(f"/projects/{code}/disputes/{told.dispute}", 303)
    return RedirectResponse(f"/projects/{code}/standard/requests", 303)


def _said(form: AnswerForm) -> AnswerRequest:
    try:
        kind = AnswerKind(form.answer)
    except ValueError:
        raise InvalidInput(
            "The answer is not valid.", fields=[FieldError("answer", "Choose an answer.")]
        ) from None
    named = form.defect_type or None
    return AnswerRequest(
        kind, form.text, form.based_on, None if kind is AnswerKind.NO_DEFECT else named
    )


def _show(
    request: Request,
    site: Site,
    who: Principal,
    code: str,
    *,
    change: str | None = None,
    form: AnswerForm | None = None,
    error: LabelerError | None = None,
) -> Response:
    problem = explain(request, error) if error else None
    found = change_requests.list_requests(site, who, code, limit=_ON_A_PAGE)
    return render(
        request, "standard/requests.html",
        status_code=problem.status if problem else 200,
        headers=problem.headers if problem else None,
        project=projects.get_project(site, who, code),
        requests=found,
        marks={one.id: _marks(one) for one in found},
        open_count=change_requests.count_open(site, who, code),
        answered=change_requests.list_requests(
            site, who, code, is_open=False, limit=_LATELY
        ),
        problem=problem,
        wrong=change,
        typed=form,
    )  # fmt: skip


def _marks(view: ChangeRequestView) -> Markup:
    return region_marks(
        view.regions, width_px=view.width_px, height_px=view.height_px,
        line="line hue-2 dash-1", letter="?",
    )  # fmt: skip
