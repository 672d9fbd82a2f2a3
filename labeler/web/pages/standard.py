"""The labeling standard as a book for everybody, and its next version for leads."""

import hashlib
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Query, Request, UploadFile
from starlette.responses import RedirectResponse, Response

from labeler.core.audit import canonical_json
from labeler.core.errors import InvalidInput, LabelerError
from labeler.core.people import Principal
from labeler.core.standard import Standard, parse_standard
from labeler.core.standard_changes import changes
from labeler.core.terms import ExampleKind, Role
from labeler.flows import change_requests, examples, projects
from labeler.flows.site import Site
from labeler.web.access import Lead, Member, SiteOf
from labeler.web.problems import explain
from labeler.web.rendering import render
from labeler.web.standard_text import faults_in, read_standard_text, standard_text

router = APIRouter(prefix="/projects/{code}/standard", include_in_schema=False)


@dataclass(frozen=True, slots=True)
class ExampleForm:
    """What stands beside an example's picture."""

    defect_type: str
    kind: ExampleKind
    note_en: str
    note_ko: str


def example_form(
    defect_type: Annotated[str, Form(max_length=100)] = "",
    kind: Annotated[ExampleKind, Form()] = ExampleKind.TYPICAL,
    note_en: Annotated[str, Form(max_length=300)] = "",
    note_ko: Annotated[str, Form(max_length=300)] = "",
) -> ExampleForm:
    """The form's fields; the picture travels beside them."""
    return ExampleForm(defect_type, kind, note_en, note_ko)


@router.get("")
def book(
    request: Request,
    code: str,
    site: SiteOf,
    who: Member,
    version: Annotated[int | None, Query(ge=1, le=1_000_000)] = None,
) -> Response:
    """A version of the standard; the current one unless another is asked for."""
    return _book(request, site, who, code, version)


@router.post("/examples")
def add_example(
    request: Request,
    code: str,
    site: SiteOf,
    who: Lead,
    file: Annotated[UploadFile, File()],
    form: Annotated[ExampleForm, Depends(example_form)],
) -> Response:
    """Bring a picture into the draft; what is refused is said on the book's page."""
    try:
        sha256 = examples.upload_example(site, who, code, file.filename or "", file.file)
        note = {"en": form.note_en, "ko": form.note_ko}
        new = examples.NewExample(form.defect_type, form.kind, sha256, note)
        examples.add_example(site, who, code, new)
    except InvalidInput as error:
        return _book(request, site, who, code, None, error)
    return RedirectResponse(f"/projects/{code}/standard/publish", 303)


def _book(
    request: Request,
    site: Site,
    who: Principal,
    code: str,
    version: int | None,
    error: LabelerError | None = None,
) -> Response:
    project = projects.get_project(site, who, code)
    is_lead = who.role in (Role.LEAD, Role.ADMIN)
    versions = projects.list_standards(site, who, code)
    problem = explain(request, error) if error else None
    return render(
        request, "standard/page.html",
        status_code=problem.status if problem else 200,
        headers=problem.headers if problem else None,
        project=project,
        standard=projects.get_standard(site, who, code, version),
        versions=[v.version for v in reversed(versions)],
        may_edit=is_lead,
        has_draft=is_lead and projects.get_draft(site, who, code) is not None,
        open_requests=change_requests.count_open(site, who, code) if is_lead else 0,
        problem=problem,
    )  # fmt: skip


@router.get("/draft")
def edit(request: Request, code: str, site: SiteOf, who: Lead) -> Response:
    """The next version as text: the draft, or the current version to begin with."""
    return _editor(request, site, who, code)


@router.post("/draft")
def save(
    request: Request,
    code: str,
    site: SiteOf,
    who: Lead,
    text: Annotated[str, Form(max_length=500_000)] = "",
) -> Response:
    """Keep the draft if it is valid; else the same text with its faults beside it."""
    text = text.replace("\r\n", "\n")
    try:
        projects.save_draft(site, who, code, read_standard_text(text))
    except InvalidInput as error:
        return _editor(request, site, who, code, text=text, error=error)
    return RedirectResponse(f"/projects/{code}/standard/publish", 303)


@router.get("/publish")
def look(request: Request, code: str, site: SiteOf, who: Lead) -> Response:
    """What publishing the draft would change."""
    return _before_publishing(request, site, who, code)


@router.post("/publish")
def publish(
    request: Request, code: str, site: SiteOf, who: Lead, seen: Annotated[str, Form()] = ""
) -> Response:
    """Publish the draft that was looked at; another one is shown first."""
    draft = _draft(site, who, code)
    if draft is not None and seen != _fingerprint(draft):
        return _before_publishing(request, site, who, code, changed=True)
    try:
        projects.publish(site, who, code, draft.document() if draft else None)
    except LabelerError as error:
        return _editor(request, site, who, code, error=error)
    return RedirectResponse(f"/projects/{code}/standard", 303)


def _draft(site: Site, who: Principal, code: str) -> Standard | None:
    """The draft as the version that it would become."""
    document = projects.get_draft(site, who, code)
    if document is None:
        return None
    current = projects.get_standard(site, who, code, None)
    return parse_standard(document, version=current.version + 1)


def _fingerprint(draft: Standard) -> str:
    return hashlib.sha256(canonical_json(draft.document())).hexdigest()


def _editor(
    request: Request,
    site: Site,
    who: Principal,
    code: str,
    *,
    text: str | None = None,
    error: LabelerError | None = None,
) -> Response:
    project = projects.get_project(site, who, code)
    draft = _draft(site, who, code)
    if text is None:
        text = standard_text(draft or project.standard)
    problem = explain(request, error) if error else None
    return render(
        request, "standard/edit.html",
        status_code=problem.status if problem else 200,
        headers=problem.headers if problem else None,
        project=project,
        text=text,
        has_draft=draft is not None,
        problem=problem,
        faults=faults_in(text, problem.fields if problem else {}),
    )  # fmt: skip


def _before_publishing(
    request: Request, site: Site, who: Principal, code: str, *, changed: bool = False
) -> Response:
    project = projects.get_project(site, who, code)
    draft = _draft(site, who, code)
    if draft is None:
        return RedirectResponse(f"/projects/{code}/standard", 303)
    return render(
        request, "standard/publish.html",
        status_code=409 if changed else 200,
        project=project,
        draft=draft,
        changes=changes(project.standard, draft),
        seen=_fingerprint(draft),
        changed=changed,
    )  # fmt: skip
