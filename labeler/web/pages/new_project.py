"""Making a project, with its first labeling standard typed, pasted or uploaded."""

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, UploadFile
from starlette.responses import RedirectResponse, Response

from labeler.core.errors import FieldError, InvalidInput, LabelerError
from labeler.core.terms import DataClass
from labeler.flows.projects import create_project, term_faults
from labeler.web.access import Lead, SiteOf
from labeler.web.problems import Problem, explain
from labeler.web.rendering import render
from labeler.web.standard_text import EXAMPLE, faults_in, read_standard_text

router = APIRouter(prefix="/projects/new", include_in_schema=False)

_MOST_BYTES = 500_000
_TERMS = ("code", "name", "overlap", "data_class", "file")
_NOTHING: dict[str, Any] = {
    "code": "", "name": "", "overlap": 2, "majority": False, "data_class": DataClass.QUALITY,
}  # fmt: skip

Word = Annotated[str, Form(max_length=200)]


def _page(
    request: Request, text: str, given: dict[str, Any], problem: Problem | None = None
) -> Response:
    fields = problem.fields if problem else {}
    return render(
        request, "projects/new.html",
        status_code=problem.status if problem else 200,
        headers=problem.headers if problem else None,
        problem=problem, given=given, text=text, fields=fields,
        faults=faults_in(text, {k: v for k, v in fields.items() if k not in _TERMS}),
        data_classes=list(DataClass),
    )  # fmt: skip


@router.get("")
def new_project_page(request: Request, who: Lead) -> Response:
    """The form, with a small standard to begin from."""
    del who
    return _page(request, EXAMPLE, _NOTHING)


@router.post("")
def create(
    request: Request,
    site: SiteOf,
    who: Lead,
    code: Word = "",
    name: Word = "",
    overlap: Annotated[int, Form()] = 2,
    *,
    majority: Annotated[bool, Form()] = False,
    data_class: Annotated[DataClass, Form()] = DataClass.QUALITY,
    text: Annotated[str, Form(max_length=_MOST_BYTES)] = "",
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Make the project and go on to its images; a refusal keeps everything that was typed."""
    given = {
        "code": code, "name": name, "overlap": overlap, "majority": majority,
        "data_class": data_class,
    }  # fmt: skip
    code, text = code.strip(), text.replace("\r\n", "\n")
    try:
        text = _standard_of(text, file)
        made = create_project(
            site, code, _document(code, overlap, text), name=name, overlap=overlap,
            majority=majority, data_class=data_class, by=who,
        )  # fmt: skip
    except LabelerError as error:
        return _page(request, text, given, explain(request, error))
    return RedirectResponse(f"/projects/{made.code}/images", 303)


def _document(code: str, overlap: int, text: str) -> dict[str, object]:
    """The standard as a document; a text that is no TOML is refused with the other faults."""
    try:
        return read_standard_text(text)
    except InvalidInput as error:
        terms = term_faults(code, overlap)
        raise InvalidInput(error.message, fields=[*terms, *error.fields]) from error


def _standard_of(text: str, file: UploadFile | None) -> str:
    """The text to use: the file's where one was chosen, but never over something typed."""
    if file is None or not file.filename:
        return text
    if text.strip() not in ("", EXAMPLE.strip()):
        raise _refused("You wrote a standard and chose a file. Empty the text, or leave out the "
                       "file.")  # fmt: skip
    content = file.file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise _refused("This file is too large to be a labeling standard.")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise _refused("This file is not UTF-8 text. Save it as UTF-8.") from None


def _refused(message: str) -> InvalidInput:
    return InvalidInput("The project cannot be created.", fields=[FieldError("file", message)])
