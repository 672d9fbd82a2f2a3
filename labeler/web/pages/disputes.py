"""The lead's page: the queue of disputes, one of them opened, and the ruling on it."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from markupsafe import Markup
from pydantic import Field
from starlette.responses import RedirectResponse, Response

from labeler.core.errors import Conflict, FieldError, InvalidInput, LabelerError, NotFound
from labeler.core.people import Principal
from labeler.core.terms import DisputeKind, Geometry
from labeler.flows import adjudicate, change_requests, past_rulings, projects
from labeler.flows.adjudicate import AnonymousReview, DisputeView, RulingRequest
from labeler.flows.images import get_image, progress
from labeler.flows.site import Site
from labeler.web.access import Lead, SiteOf
from labeler.web.api.cursors import Cursor, moment_after, moment_cursor
from labeler.web.bodies import Body
from labeler.web.problems import explain
from labeler.web.region_shapes import region_marks
from labeler.web.rendering import render

router = APIRouter(prefix="/projects/{code}/disputes", include_in_schema=False)

_ON_A_PAGE = 30
_LETTERS = "ABCDEFGHIJ"
_MOST_DRAWN = 20_000
Text = Annotated[str, Field(max_length=200)]


class RulingForm(Body):
    """The form as the browser sends it; `seen` is what the lead had before their eyes."""

    based_on: int
    verdict: Text = ""
    severity: Text = ""
    regions: Text = ""
    drawn: Annotated[str, Field(max_length=_MOST_DRAWN)] = ""
    reason: Annotated[str, Field(max_length=10_000)] = ""
    clause: Annotated[str, Field(max_length=1_000)] = ""
    seen: Annotated[str, Field(max_length=2_000)] = ""


@router.get("")
def queue(
    request: Request,
    code: str,
    site: SiteOf,
    who: Lead,
    cursor: Cursor = None,
    ruled: str | None = None,
) -> Response:
    """The open disputes, the oldest first, and what was ruled lately."""
    project = projects.get_project(site, who, code)
    found = adjudicate.list_disputes(site, who, code, after=moment_after(cursor), limit=_ON_A_PAGE)
    return render(
        request, "disputes/page.html",
        project=project,
        disputes=found,
        open_count=progress(site, who, code).open_disputes,
        open_requests=change_requests.count_open(site, who, code),
        recent=past_rulings.recent_rulings(site, who, code),
        ruled=_just_ruled(site, who, ruled),
        is_first_page=cursor is None,
        next_cursor=moment_cursor(found[-1].opened_at, found[-1].id)
        if len(found) == _ON_A_PAGE
        else None,
    )  # fmt: skip


@router.get("/{dispute}")
def one(
    request: Request, code: str, dispute: str, site: SiteOf, who: Lead, ruled: str | None = None
) -> Response:
    """One dispute with the reviews side by side, and the form for the ruling."""
    view = _load(site, who, code, dispute)
    return _show(request, site, who, view, ruled=_just_ruled(site, who, ruled))


@router.post("/{dispute}/ruling")
def rule(
    request: Request,
    code: str,
    dispute: str,
    site: SiteOf,
    who: Lead,
    form: Annotated[RulingForm, Form()],
) -> Response:
    """Decide, then on to the next dispute; whatever is refused keeps what was typed."""
    view = _load(site, who, code, dispute)
    try:
        adjudicate.rule(site, who, dispute, _request(view, form))
    except (InvalidInput, Conflict) as error:
        now = adjudicate.get_dispute(site, who, dispute)
        return _show(request, site, who, now, form=form, error=error)
    follows = adjudicate.list_disputes(
        site, who, code, after=(view.opened_at, view.id), limit=1
    ) or adjudicate.list_disputes(site, who, code, limit=1)
    place = f"/{follows[0].id}" if follows else ""
    return RedirectResponse(f"/projects/{code}/disputes{place}?ruled={dispute}", 303)


def _load(site: Site, who: Principal, code: str, dispute: str) -> DisputeView:
    view = adjudicate.get_dispute(site, who, dispute)
    if view.project != code:
        raise NotFound("There is no such dispute for you.")
    return view


def _request(view: DisputeView, form: RulingForm) -> RulingRequest:
    _check_verdict(view, form.verdict)
    return RulingRequest(
        verdict=form.verdict,
        reason=form.reason,
        based_on=form.based_on,
        severity=_severity(view, form.verdict, form.severity),
        regions=_regions(view, form.verdict, form.regions, form.drawn),
        clause=form.clause or None,
    )


def _check_verdict(view: DisputeView, verdict: str) -> None:
    if verdict:
        return
    if view.kind is DisputeKind.UNUSABLE:
        raise _wrong("verdict", "Decide usable or unusable.")
    raise _wrong("verdict", "Decide present or absent.")


def _wrong(path: str, message: str) -> InvalidInput:
    return InvalidInput("The ruling is not valid.", fields=[FieldError(path, message)])


def _severity(view: DisputeView, verdict: str, severity: str) -> int | None:
    """The chosen step; a field that its kind of ruling does not use is left aside."""
    if verdict != "present" or view.kind is DisputeKind.WHERE or not severity.isdecimal():
        return None
    return int(severity[:3])


def _regions(
    view: DisputeView, verdict: str, choice: str, drawn: str
) -> Sequence[Mapping[str, Any]] | None:
    """Whose regions are kept; None keeps what the reviewers agree on."""
    if verdict != "present" or view.kind is DisputeKind.SEVERITY or choice in ("", "settled"):
        return None
    if choice == "none":
        return ()
    if choice == "drawn":
        return _drawn(drawn)
    found = [review.regions for review in view.reviews if f"of-{review.letter}" == choice]
    if not found:
        raise _wrong("regions", "Choose whose places count.")
    return found[0]


def _drawn(text: str) -> list[dict[str, Any]]:
    try:
        boxes = json.loads(text or "[]")
    except ValueError:
        boxes = None
    if not isinstance(boxes, list) or not boxes or not all(isinstance(b, dict) for b in boxes):
        raise _wrong("regions", "Draw at least one box on a picture.")
    return boxes


def _show(
    request: Request,
    site: Site,
    who: Principal,
    view: DisputeView,
    *,
    form: RulingForm | None = None,
    error: LabelerError | None = None,
    ruled: past_rulings.PastRuling | None = None,
) -> Response:
    code = view.project
    project = projects.get_project(site, who, code)
    standard = projects.get_standard(site, who, code, view.standard_version)
    follows = adjudicate.list_disputes(site, who, code, after=(view.opened_at, view.id), limit=1)
    problem = explain(request, error) if error else None
    entry = standard.find(view.defect_type) if view.defect_type else None
    return render(
        request, "disputes/dispute.html",
        status_code=problem.status if problem else 200,
        headers=problem.headers if problem else None,
        project=project,
        dispute=view,
        entry=entry,
        draws_boxes=entry is not None and Geometry.BOX in entry.geometry,
        marks=[_marks(review, view) for review in view.reviews],
        image=get_image(site, who, view.image),
        open_count=progress(site, who, code).open_disputes,
        follows=follows[0] if follows else None,
        past=past_rulings.rulings_on(site, who, view.id),
        typed=form,
        problem=problem,
        changed=_changed(view, form.seen) if form and isinstance(error, Conflict) else [],
        seen=json.dumps(_summary(view), separators=(",", ":")),
        ruled=ruled,
    )  # fmt: skip


def _marks(review: AnonymousReview, view: DisputeView) -> Markup:
    return region_marks(
        review.regions, width_px=view.width_px, height_px=view.height_px,
        line=f"line reviewer-{review.letter.lower()}", letter=review.letter,
    )  # fmt: skip


def _summary(view: DisputeView) -> list[list[Any]]:
    return [[r.letter, r.verdict, r.severity, len(r.regions)] for r in view.reviews]


def _changed(view: DisputeView, seen: str) -> list[tuple[str, Any, AnonymousReview | None]]:
    """(letter, what the lead saw, what is there now) of the reviews that differ.

    `seen` comes back from the form: what does not read as a summary counts as nothing seen.
    """
    try:
        rows = json.loads(seen or "[]")
    except ValueError:
        rows = []
    if not isinstance(rows, list):
        rows = []
    before = {str(row[0]): row for row in rows if isinstance(row, list) and len(row) == 4}
    now = {review.letter: review for review in view.reviews}
    after = {row[0]: row for row in _summary(view)}
    return [
        (letter, before.get(letter), now.get(letter))
        for letter in _LETTERS
        if before and before.get(letter) != after.get(letter)
    ]


def _just_ruled(
    site: Site, who: Principal, dispute_id: str | None
) -> past_rulings.PastRuling | None:
    if dispute_id is None:
        return None
    try:
        found = past_rulings.rulings_on(site, who, dispute_id)
    except LabelerError:
        return None
    return found[0] if found else None
