"""The images of a project: the grid, importing, and one image with what is known of it."""

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from labeler.core.errors import LabelerError
from labeler.core.imports import ImportStatus
from labeler.core.people import Principal
from labeler.core.standard import Standard
from labeler.core.terms import ImageState, Role, Verdict
from labeler.flows import images, projects
from labeler.flows.ingest import ImportReport
from labeler.flows.site import Site
from labeler.web.access import Lead, Overseer, SiteOf
from labeler.web.api.cursors import Cursor, number_after
from labeler.web.api.images import import_uploads
from labeler.web.problems import Problem, explain
from labeler.web.region_shapes import region_marks
from labeler.web.rendering import render, wants_fragment

router = APIRouter(prefix="/projects/{code}/images", include_in_schema=False)

_ON_A_PAGE = 48
_STATES = (ImageState.WAITING, ImageState.DISPUTED, ImageState.SETTLED, ImageState.UNUSABLE)
_BATCH_FILES, _BATCH_MB = 8, 128
_COLOURS = 8
_LETTERS = 26


@router.get("")
def page(
    request: Request,
    code: str,
    site: SiteOf,
    who: Overseer,
    cursor: Cursor = None,
    state: ImageState | None = None,
    imported: Annotated[int | None, Query(ge=0)] = None,
    known: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """Thumbnails in the order of import, how far the project is, and the import for leads."""
    done = None if imported is None else (imported, known)
    return _show(request, site, who, code, cursor=cursor, state=state, done=done)


@router.post("/import")
def import_files(
    request: Request,
    code: str,
    site: SiteOf,
    who: Lead,
    files: Annotated[list[UploadFile], File()],
    manifest: Annotated[UploadFile | None, File()] = None,
    among: Annotated[tuple[str, ...], Form()] = (),
) -> Response:
    """Import what the form sent: the results as a fragment for the script, else the page."""
    given = manifest if manifest is not None and manifest.filename else None
    try:
        report = import_uploads(code, site, who, files, given, among=among)
    except LabelerError as error:
        problem = explain(request, error)
        if not wants_fragment(request):
            return _show(request, site, who, code, problem=problem)
        return render(
            request, "images/_results.html", status_code=problem.status,
            report=None, problem=problem, counts=_counts(None),
        )  # fmt: skip
    counts = _counts(report)
    if wants_fragment(request):
        return render(request, "images/_results.html", report=report, problem=None, counts=counts)
    told = (one for one in report if one.reason and one.status is not ImportStatus.IMPORTED)
    if report.unmatched or any(told):
        return _show(request, site, who, code, report=report)
    query = f"imported={counts[ImportStatus.IMPORTED]}&known={counts[ImportStatus.DUPLICATE]}"
    return RedirectResponse(f"/projects/{code}/images?{query}", 303)


@router.get("/{image}")
def one(request: Request, code: str, image: str, site: SiteOf, who: Overseer) -> Response:
    """One image with its settled labels drawn over it; its history for leads."""
    project = projects.get_project(site, who, code)
    info = images.get_image(site, who, image)
    is_lead = who.role in (Role.LEAD, Role.ADMIN)
    standard = project.standard
    return render(
        request, "images/image.html",
        project=project,
        image=info,
        labels=[label for label in info.labels if label["verdict"] == Verdict.PRESENT],
        marks=_marks(info, standard),
        absent=_absent(info, standard),
        history=images.image_history(site, who, image) if is_lead else [],
        names_shown=info.state is not None and info.state.is_decided,
    )  # fmt: skip


def _counts(report: ImportReport | None) -> dict[ImportStatus, int]:
    results = report.results if report else ()
    return {s: sum(r.status is s for r in results) for s in ImportStatus}


def _show(
    request: Request,
    site: Site,
    who: Principal,
    code: str,
    *,
    cursor: str | None = None,
    state: ImageState | None = None,
    done: tuple[int, int] | None = None,
    report: ImportReport | None = None,
    problem: Problem | None = None,
) -> Response:
    project = projects.get_project(site, who, code)
    after = number_after(cursor, start=-1)
    found = images.list_images(site, who, code, after=after, limit=_ON_A_PAGE + 1, state=state)
    shown = found[:_ON_A_PAGE]
    return render(
        request, "images/page.html",
        status_code=problem.status if problem else 200,
        headers=problem.headers if problem else None,
        project=project,
        images=shown,
        progress=images.progress(site, who, code),
        states=_STATES,
        state=state,
        next_cursor=str(shown[-1].number) if len(found) > _ON_A_PAGE else None,
        is_first_page=cursor is None,
        may_import=who.role in (Role.LEAD, Role.ADMIN),
        batch_bytes=min(_BATCH_MB, site.settings.max_upload_mb) << 20,
        batch_files=min(_BATCH_FILES, site.settings.max_upload_files),
        done=done,
        report=report,
        counts=_counts(report),
        problem=problem,
    )  # fmt: skip


def _marks(info: images.ImageInfo, standard: Standard) -> Markup:
    drawn: list[Markup] = []
    for label in info.labels:
        code: Any = label["defect_type"]
        if label["verdict"] == Verdict.PRESENT and code in standard.codes:
            index = standard.codes.index(code)
            drawn.append(
                region_marks(
                    label["regions"], width_px=info.width_px, height_px=info.height_px,
                    line=line_classes(index), letter=type_letter(index),
                )
            )  # fmt: skip
    return Markup("").join(drawn)


def _absent(info: images.ImageInfo, standard: Standard) -> list[str]:
    """The codes settled as absent: written ones, and those that a settled image leaves out."""
    if info.state is not ImageState.SETTLED:
        return []
    written = {label["defect_type"]: label["verdict"] for label in info.labels}
    return [c for c in standard.codes if written.get(c, Verdict.ABSENT) == Verdict.ABSENT]


def line_classes(index: int) -> str:
    """Colour and dash of a defect type by its place in the book, as on the review page."""
    dash = (index + 3 * (index // _COLOURS)) % _COLOURS
    return f"line hue-{index % _COLOURS} dash-{dash}"


def type_letter(index: int) -> str:
    """A, B, … Z, AA, AB, … by the place in the book."""
    before = type_letter(index // _LETTERS - 1) if index >= _LETTERS else ""
    return before + chr(ord("A") + index % _LETTERS)
