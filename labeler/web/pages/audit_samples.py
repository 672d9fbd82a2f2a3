"""The audit samples of a project: drawing one, its progress, and labels that it contradicts."""

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from pydantic import Field
from starlette.responses import RedirectResponse, Response

from labeler.core.errors import Conflict, FieldError, InvalidInput, LabelerError
from labeler.core.people import Principal
from labeler.flows import projects
from labeler.flows.site import Site
from labeler.web.access import Lead, SiteOf
from labeler.web.bodies import Body
from labeler.web.problems import explain
from labeler.web.rendering import render

if TYPE_CHECKING:
    from labeler.flows.audit_samples import SampleWish

# Flows are imported where they are used: a server starts without NumPy and SciPy.
router = APIRouter(prefix="/projects/{code}/agreement/audits", include_in_schema=False)

_ON_A_PAGE = 100
Text = Annotated[str, Field(max_length=200)]


class DrawForm(Body):
    """The form as the browser sends it; an empty size means: as many as are enough."""

    auditors: Annotated[list[Text], Field(default_factory=list)]
    size: Text = ""
    anew: Text = ""


class ReopenForm(Body):
    """Which label of which image is in doubt, and why."""

    image: Text
    defect_type: Text
    reason: Annotated[str, Field(max_length=10_000)] = ""


@router.get("")
def page(
    request: Request,
    code: str,
    site: SiteOf,
    who: Lead,
    sample: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    """Every sample with its progress, and what the last one (or `sample`) contradicts."""
    return _show(request, site, who, code, sample=sample)


@router.post("")
def draw(
    request: Request, code: str, site: SiteOf, who: Lead, form: Annotated[DrawForm, Form()]
) -> Response:
    """Draw a sample, then show it; a refusal keeps what was typed."""
    from labeler.flows.audit_samples import draw_audit_sample

    try:
        info = draw_audit_sample(site, who, code, _wish(form))
    except (InvalidInput, Conflict) as error:
        return _show(request, site, who, code, form=form, error=error)
    return RedirectResponse(f"/projects/{code}/agreement/audits?sample={info.id}", 303)


@router.post("/reopening")
def reopen(
    request: Request, code: str, site: SiteOf, who: Lead, form: Annotated[ReopenForm, Form()]
) -> Response:
    """Put a label up for a ruling, then on to the ruling."""
    from labeler.flows.audited_labels import reopen_label

    projects.get_project(site, who, code)
    try:
        dispute = reopen_label(site, who, form.image, form.defect_type, form.reason)
    except (InvalidInput, Conflict) as error:
        return _show(request, site, who, code, error=error, typed=form)
    return RedirectResponse(f"/projects/{code}/disputes/{dispute}", 303)


def _wish(form: DrawForm) -> "SampleWish":
    """The form as the flow takes it. Raises `InvalidInput` for a size that is no number."""
    from labeler.flows.audit_samples import SampleWish

    text = form.size.strip()
    if text and not (text.isascii() and text.isdecimal() and len(text) < 9):
        fault = FieldError("size", "Give a whole number.")
        raise InvalidInput("This sample cannot be drawn.", fields=[fault])
    return SampleWish(form.auditors, int(text) if text else None, bool(form.anew))


def _show(
    request: Request,
    site: Site,
    who: Principal,
    code: str,
    *,
    sample: str | None = None,
    form: DrawForm | None = None,
    typed: ReopenForm | None = None,
    error: LabelerError | None = None,
) -> Response:
    from labeler.flows.audit_samples import list_samples
    from labeler.flows.audited_labels import contradicted_labels

    problem = explain(request, error) if error else None
    samples = list_samples(site, who, code)
    shown = next((one for one in samples if one.id == sample), samples[0] if samples else None)
    contradicted = (
        [] if shown is None else contradicted_labels(site, who, shown.id, limit=_ON_A_PAGE)
    )
    return render(
        request, "agreement/audits.html",
        status_code=problem.status if problem else 200,
        headers=problem.headers if problem else None,
        project=projects.get_project(site, who, code),
        samples=samples,
        shown=shown,
        contradicted=contradicted,
        on_a_page=_ON_A_PAGE,
        typed=typed,
        problem=problem,
        **draw_context(request, site, who, code, form=form),
    )  # fmt: skip


def draw_context(
    request: Request,
    site: Site,
    who: Principal,
    code: str,
    *,
    form: DrawForm | None = None,
) -> dict[str, Any]:
    """What the form that draws a sample needs, and the answers above it."""
    from labeler.flows.audit_samples import possible_auditors
    from labeler.flows.label_accuracy import accuracy
    from labeler.web.accuracy_rows import accuracy_chart, accuracy_rows

    project = projects.get_project(site, who, code)
    found = accuracy(site, who, code)
    rows = accuracy_rows(request, found, project.standard)
    return {
        "accuracy": found,
        "accuracy_rows": rows,
        "accuracy_chart": accuracy_chart(request, rows, found.least),
        "auditors": possible_auditors(site, who, code),
        "draw_form": form or DrawForm(auditors=[who.name]),
    }
