"""The QA lead's queue of disputes, and the rulings on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session

from labeler.core.assignments import PRODUCTION
from labeler.core.errors import Conflict, FieldError, InvalidInput, NotFound
from labeler.core.people import Principal
from labeler.core.reviews import parse_judgement
from labeler.core.standard import Standard
from labeler.core.terms import DisputeKind, ImageState, Role, Verdict
from labeler.flows.scope import project_for, project_holding, standard_of
from labeler.flows.settle import basis_of, resettle
from labeler.flows.site import Site
from labeler.store import audit, images, people, reviews, settling
from labeler.store.tables import DisputeRow, Image, Project, ReviewRow, RulingRow

_NONE = "There is no such dispute for you."
_LETTERS = "ABCDEFGHIJ"


@dataclass(frozen=True, slots=True)
class AnonymousReview:
    """One of the reviews in dispute; whose it is stays out of the lead's sight."""

    letter: str
    verdict: str
    severity: int | None
    regions: Sequence[Mapping[str, Any]]
    unusable: str | None
    counts: bool


@dataclass(frozen=True, slots=True)
class DisputeView:
    """A dispute with the reviews side by side; `version` is what a ruling is based on."""

    id: str
    project: str
    image: str
    file: str
    width_px: int
    height_px: int
    defect_type: str | None
    kind: DisputeKind
    reviews: tuple[AnonymousReview, ...]
    version: int
    state: str
    opened_at: datetime
    standard_version: int


@dataclass(frozen=True, slots=True)
class RulingRequest:
    """What the lead decides; `regions` None keeps what is settled, `based_on` is a version."""

    verdict: str
    reason: str
    based_on: int
    severity: int | None = None
    regions: Sequence[Mapping[str, object]] | None = None
    clause: str | None = None


def list_disputes(
    site: Site,
    who: Principal,
    code: str,
    *,
    after: tuple[datetime, str] | None = None,
    limit: int = 50,
) -> list[DisputeView]:
    """Open disputes of a project, the oldest first. Raises `NotFound`."""
    with site.database.read() as session:
        project = project_for(session, who, code)
        rows = settling.queue(session, project.id, after=after, limit=limit)
        return [_view(site, session, project, row, image) for row, image in rows]


def get_dispute(site: Site, who: Principal, dispute_id: str) -> DisputeView:
    """One dispute, open or not. Raises `NotFound`."""
    with site.database.read() as session:
        project, row, image = _load(session, who, dispute_id)
        return _view(site, session, project, row, image)


def rule(site: Site, who: Principal, dispute_id: str, request: RulingRequest) -> DisputeView:
    """Decide a dispute, keeping the reviews as they are, and settle the image anew.

    Raises `NotFound`, `InvalidInput` (no reason, a value the standard lacks), `Conflict`
    when `based_on` is not the current version, when the dispute waits or fell away, or
    when the lead reviewed the image and another lead could rule.
    """

    def deed(session: Session) -> DisputeView:
        project, row, image = _load(session, who, dispute_id)
        session.refresh(image)
        if request.based_on != image.revision:
            raise Conflict(
                "This dispute has changed. Look at it again, then decide.",
                current={"version": image.revision, "state": row.state},
            )
        _check_open(row, image)
        live = reviews.counting(session, image.id)
        own = reviewed_by(session, who, project, image)
        ruling = _ruling(site, session, who, project, row, image, request)
        ruling.own_review = own
        ruling.basis = basis_of([r.number for r in live])
        settling.add_ruling(session, ruling)
        audit.append(
            session, at=site.now(), actor=who.user_id, action="dispute.ruled",
            subject=row.id,
            data={
                "ruling": ruling.id, "verdict": ruling.verdict, "severity": ruling.severity,
                "reason": ruling.reason, "own_review": own,
            },
        )  # fmt: skip
        resettle(
            site, session, image, overlap=project.overlap, majority=project.majority,
            reference=images.reference(session, image.id), actor=who.user_id,
        )  # fmt: skip
        session.refresh(image)
        session.refresh(row)
        return _view(site, session, project, row, image)

    return site.database.write(deed)


def reviewed_by(session: Session, who: Principal, project: Project, image: Image) -> bool:
    """Whether the lead reviewed the image. Raises `Conflict` if another lead could decide."""
    said = (*reviews.counting(session, image.id), *reviews.extras(session, image.id))
    own = any(r.user_id == who.user_id for r in said)
    if own and people.count_members(session, project.id, Role.LEAD) > 1:
        raise Conflict("You reviewed this image yourself. Let another lead decide.")
    return own


def _load(session: Session, who: Principal, dispute_id: str) -> tuple[Project, DisputeRow, Image]:
    row = settling.dispute(session, dispute_id)
    if row is None:
        raise NotFound(_NONE)
    project = project_holding(session, who, row.project_id, _NONE)
    return project, row, images.by_id(session, row.image_id)


def _check_open(row: DisputeRow, image: Image) -> None:
    if row.state == settling.WAITING:
        raise Conflict(
            "First decide whether the image can be used at all.", current={"state": row.state}
        )
    if row.state == settling.DROPPED or image.state == ImageState.WAITING:
        raise Conflict("This dispute fell away.", current={"state": row.state})


def _ruling(
    site: Site,
    session: Session,
    who: Principal,
    project: Project,
    row: DisputeRow,
    image: Image,
    request: RulingRequest,
) -> RulingRow:
    reason = request.reason.strip()
    if not 1 <= len(reason) <= 2_000:
        raise InvalidInput(
            "A ruling needs its reason.", fields=[FieldError("reason", "Say why, in a sentence.")]
        )
    ruling = RulingRow(
        id=site.new_id(), dispute_id=row.id, image_id=image.id, defect_type=row.defect_type,
        kind=row.kind, verdict=request.verdict, reason=reason,
        clause=(request.clause or "").strip()[:200] or None, user_id=who.user_id,
        own_review=False, basis="", ruled_at=site.now(),
    )  # fmt: skip
    if row.kind == DisputeKind.UNUSABLE:
        if request.verdict not in ("usable", "unusable"):
            raise _wrong("verdict", "Decide usable or unusable.")
        if request.severity is not None or request.regions:
            raise _wrong("severity", "This ruling is only about the image as a whole.")
        return ruling
    version = _judged_by(site, session, project, row, image)
    standard = standard_of(site, session, project.id, version)
    _check_values(row, image, standard, request)
    ruling.severity = request.severity
    ruling.regions = (
        None if request.regions is None else [dict(region) for region in request.regions]
    )
    return ruling


def _judged_by(
    site: Site, session: Session, project: Project, row: DisputeRow, image: Image
) -> int:
    """The version that names what is disputed: the reviews' own, else the one in force.

    A lead who answers "added as CODE" asks for a ruling on a type that the reviews' version
    lacks.
    """
    version = image.judged_version or 1
    if not row.defect_type:
        return version
    known = standard_of(site, session, project.id, version).find(row.defect_type)
    return version if known is not None else project.standard_version


def _wrong(path: str, message: str, **values: object) -> InvalidInput:
    fault = FieldError.filled(path, message, **values)
    return InvalidInput("The ruling is not valid.", fields=[fault])


def _check_values(
    row: DisputeRow, image: Image, standard: Standard, request: RulingRequest
) -> None:
    if request.verdict not in (Verdict.PRESENT, Verdict.ABSENT):
        raise _wrong("verdict", "Decide present or absent.")
    entry = standard.find(row.defect_type)
    if entry is None:
        raise _wrong("verdict", "The reviews were not asked about this defect type.")
    severity = request.severity
    if entry.severity and request.verdict == Verdict.PRESENT:
        if severity is None and row.kind != DisputeKind.WHERE:
            raise _wrong(
                "severity", "Give the severity as 1 to {levels}.", levels=len(entry.severity)
            )
        severity = severity or 1  # only for the check: a ruling on where keeps the settled one
    parse_judgement(
        {
            "defect_type": row.defect_type,
            "verdict": request.verdict,
            "severity": severity,
            "regions": list(request.regions or ()),
        },
        # A ruling may leave out where: it then keeps what is settled.
        Standard(standard.version, (replace(entry, region_required=False),)),
        width_px=image.width_px,
        height_px=image.height_px,
        path="ruling",
    )


def _view(
    site: Site, session: Session, project: Project, row: DisputeRow, image: Image
) -> DisputeView:
    live = [
        given
        for given in reviews.of_image(session, image.id)
        if given.occasion == PRODUCTION and not given.withdrawn
    ]
    judged = reviews.judgements(session, [given.row.id for given in live])
    shown = []
    for letter, given in zip(_LETTERS, live, strict=False):
        review = given.row
        mine = [j for j in judged.get(review.id, ()) if j.defect_type == row.defect_type]
        verdict = mine[0].verdict if mine else _silent_verdict(review, row)
        shown.append(
            AnonymousReview(
                letter,
                verdict,
                mine[0].severity if mine else None,
                tuple(mine[0].regions) if mine else (),
                review.unusable,
                given.place is not None,
            )
        )
    return DisputeView(
        row.id, project.code, image.id, image.file, image.width_px, image.height_px,
        row.defect_type or None, DisputeKind(row.kind), tuple(shown), image.revision,
        row.state, row.opened_at, _judged_by(site, session, project, row, image),
    )  # fmt: skip


def _silent_verdict(review: ReviewRow, row: DisputeRow) -> str:
    if review.unusable:
        return "unusable"
    return "usable" if row.kind == DisputeKind.UNUSABLE else Verdict.ABSENT.value
