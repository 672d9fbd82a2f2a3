"""Audit samples: drawing settled labels for a blind audit, and what the audits show."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from labeler.web.access import Lead, Overseer, SiteOf
from labeler.web.api.cursors import Cursor, Limit, page_by, pair_after, pair_cursor
from labeler.web.bodies import Body

if TYPE_CHECKING:
    from labeler.flows.audit_samples import SampleInfo
    from labeler.flows.audited_labels import ContradictedLabel

# Flows are imported where they are used: a server starts without NumPy and SciPy.
router = APIRouter(prefix="/api/v1", tags=["label accuracy"])


class SampleIn(Body):
    """What to draw; `{}` draws as many images as are foreseen to be enough, for the caller."""

    auditors: Annotated[
        list[Annotated[str, Field(max_length=100)]] | None, Field(max_length=100)
    ] = None
    size: int | None = None
    anew: bool = False


class AuditorOut(BaseModel):
    """How far an auditor has come."""

    name: str
    images: int
    judged: int


class StratumOut(BaseModel):
    """A stratum as it was drawn from; of `audited` labels `wrong` are contradicted."""

    stratum: str
    labels: int
    out_of_reach: int
    audited: int
    wrong: int
    unsure: int


class ShareOut(BaseModel):
    """Precision or recall: the figure with its interval, and the one-sided limits to claim."""

    value: float | None
    low: float | None = None
    high: float | None = None
    reason: str | None = None
    at_least: float
    at_most: float


class OutcomeOut(BaseModel):
    """The answer for one defect type; `labels_to_audit` null: no number promises anything."""

    shown: str
    labels_to_audit: int | None
    waiting: int
    audited: int
    wrong: int
    level: float
    precision: ShareOut
    recall: ShareOut
    strata: list[StratumOut]


class SampleOut(BaseModel):
    """A sample and how far it is."""

    id: str
    project: str
    number: int
    draw: int
    continues: str | None
    drawn_at: datetime
    drawn_by: str
    images: int
    judged: int
    out_of_reach: int
    auditors: list[AuditorOut]

    @classmethod
    def of(cls, info: "SampleInfo") -> "SampleOut":
        """From the value."""
        return cls(
            id=info.id, project=info.project, number=info.number, draw=info.draw,
            continues=info.continues, drawn_at=info.drawn_at, drawn_by=info.drawn_by,
            images=info.images, judged=info.judged, out_of_reach=info.out_of_reach,
            auditors=[
                AuditorOut(name=one.name, images=one.images, judged=one.judged)
                for one in info.auditors
            ],
        )  # fmt: skip


class SampleWithAnswers(SampleOut):
    """A sample with its answer per defect type."""

    defect_types: dict[str, OutcomeOut]


class SampleList(BaseModel):
    """Samples, the latest first."""

    items: list[SampleOut]
    next_cursor: str | None


class MissedOut(BaseModel):
    """At least so many defects were missed by everybody; null with a reason where unknown."""

    missed: float | None
    found: int | None = None
    recall_at_most: float | None = None
    reason: str | None = None


class KnownLabelsOut(BaseModel):
    """Images of known truth: what their reviewers settled right, wrong, or left to a lead."""

    right: int
    wrong: int
    disputed: int


class RightShareOut(BaseModel):
    """The share that is right if leads ruled wrongly on every dispute, and rightly on every.

    From the lower end of the one's interval to the upper end of the other's; null with a
    reason where too few are known.
    """

    if_none: float | None
    if_all: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    reason: str | None = None


class KnownImagesOut(BaseModel):
    """What the reviewers' rule makes of images that have the defect, and of those without."""

    present: KnownLabelsOut
    absent: KnownLabelsOut
    recall: RightShareOut
    specificity: RightShareOut


class TypeAccuracyOut(OutcomeOut):
    """The answer for one defect type, labels settled since the draw, and what needs no audit."""

    settled_since: int
    missed_by_all: MissedOut
    known_images: KnownImagesOut


class AccuracyOut(BaseModel):
    """The answers of a project from its last sample."""

    sample: str | None
    min: float
    level: float
    suggested_images: int
    waiting_images: int
    defect_types: dict[str, TypeAccuracyOut]


class ContradictedOut(BaseModel):
    """A label that the audit contradicts; `label` is what it said when drawn, `now` today."""

    image: str
    file: str
    defect_type: str
    stratum: str
    label: str
    audit: str
    auditor: str
    now: str | None
    corrected: bool
    dispute: str | None

    @classmethod
    def of(cls, one: "ContradictedLabel") -> "ContradictedOut":
        """From the value."""
        row = one.row
        return cls(
            image=row.image_id, file=row.file, defect_type=row.defect_type, stratum=row.stratum,
            label=row.stratum.verdict, audit=row.said, auditor=row.auditor, now=one.now,
            corrected=one.is_corrected, dispute=one.dispute,
        )  # fmt: skip


class ContradictedList(BaseModel):
    """Contradicted labels in the order of the images' import."""

    items: list[ContradictedOut]
    next_cursor: str | None


class ReopeningIn(Body):
    """Which label of an image is in doubt, and why."""

    defect_type: Annotated[str, Field(max_length=100)]
    reason: Annotated[str, Field(max_length=10_000)]


class ReopeningOut(BaseModel):
    """The dispute that now waits for its ruling."""

    dispute: str


@router.post("/projects/{code}/audit-samples", status_code=201)
def draw_audit_sample(
    code: str, body: SampleIn, site: SiteOf, who: Lead, response: Response
) -> SampleOut:
    """Draw labels for a blind audit; the auditors find the images on their review station."""
    from labeler.flows import audit_samples

    wish = audit_samples.SampleWish(auditors=body.auditors, size=body.size, anew=body.anew)
    info = audit_samples.draw_audit_sample(site, who, code, wish)
    response.headers["location"] = f"/api/v1/audit-samples/{info.id}"
    return SampleOut.of(info)


@router.get("/projects/{code}/audit-samples")
def list_audit_samples(
    code: str, site: SiteOf, who: Lead, cursor: Cursor = None, limit: Limit = 50
) -> SampleList:
    """The samples of a project."""
    from labeler.flows import audit_samples

    found = audit_samples.list_samples(site, who, code)
    page, more = page_by(
        found, lambda one: f"{one.number:09}", cursor=cursor, limit=limit, latest_first=True
    )
    return SampleList(items=[SampleOut.of(info) for info in page], next_cursor=more)


@router.get("/audit-samples/{sample}")
def get_audit_sample(sample: str, site: SiteOf, who: Lead) -> SampleWithAnswers:
    """One sample with its answer per defect type."""
    from labeler.flows import audit_samples, label_accuracy

    plain: dict[str, Any] = dict(SampleOut.of(audit_samples.get_sample(site, who, sample)))
    answers: dict[str, Any] = {
        code: one.document()
        for code, one in label_accuracy.sample_outcomes(site, who, sample).items()
    }
    return SampleWithAnswers(**plain, defect_types=answers)


@router.get("/audit-samples/{sample}/contradicted")
def list_contradicted(
    sample: str, site: SiteOf, who: Lead, cursor: Cursor = None, limit: Limit = 50
) -> ContradictedList:
    """The labels that the audit contradicts."""
    from labeler.flows import audited_labels

    found = audited_labels.contradicted_labels(
        site, who, sample, after=pair_after(cursor), limit=limit
    )
    last = found[-1].row if len(found) == limit else None
    return ContradictedList(
        items=[ContradictedOut.of(one) for one in found],
        next_cursor=pair_cursor(last.number, last.defect_type) if last else None,
    )


@router.get("/projects/{code}/label-accuracy")
def get_accuracy(code: str, site: SiteOf, who: Overseer) -> AccuracyOut:
    """Whether the labels are shown to be right, per defect type."""
    from labeler.flows import label_accuracy

    plain: dict[str, Any] = label_accuracy.accuracy(site, who, code).document()
    return AccuracyOut(**plain)


@router.post("/images/{image}/reopening", status_code=201)
def reopen_label(image: str, body: ReopeningIn, site: SiteOf, who: Lead) -> ReopeningOut:
    """Put a settled label up for a ruling again; the image leaves exports until then."""
    from labeler.flows import audited_labels

    dispute = audited_labels.reopen_label(site, who, image, body.defect_type, body.reason)
    return ReopeningOut(dispute=dispute)
