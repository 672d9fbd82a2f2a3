"""Labels that an audit contradicts: the lead's list of them, and opening one again."""

from dataclasses import dataclass

from sqlmodel import Session

from labeler.core.errors import Conflict, FieldError, InvalidInput, NotFound
from labeler.core.people import Principal
from labeler.core.terms import DisputeKind, ImageState, Verdict
from labeler.flows.adjudicate import reviewed_by
from labeler.flows.images import visible_row
from labeler.flows.label_accuracy import load_sample
from labeler.flows.scope import project_holding, standard_of
from labeler.flows.settle import resettle
from labeler.flows.site import Site
from labeler.store import audit, audit_samples, images, settling
from labeler.store.audit_samples import WrongLabel
from labeler.store.tables import Image, Project, ReopenedLabel

_GONE = "There is no such image for you."
_MOST_TEXT = 2_000


@dataclass(frozen=True, slots=True)
class ContradictedLabel:
    """A label that the audit contradicts: `said` is the auditor's verdict, never can't tell.

    `now` is what the label says today, None while its image is in dispute or left out; `dispute`
    waits for its ruling.
    """

    row: WrongLabel
    now: Verdict | None
    dispute: str | None

    @property
    def is_corrected(self) -> bool:
        """Whether the label says today what the auditor said."""
        return self.now is self.row.said


def contradicted_labels(
    site: Site, who: Principal, sample_id: str, *, after: tuple[int, str] = (-1, ""), limit: int
) -> list[ContradictedLabel]:
    """Labels of a sample that the audit contradicts, by image, behind (number, defect type).

    Those that were not drawn for their own type, and so make no figure, stand among them.
    Raises `NotFound`.
    """
    with site.database.read() as session:
        _project, sample = load_sample(session, who, sample_id)
        rows = audit_samples.wrong_labels(session, sample.id, after=after, limit=limit)
        return [_contradicted(session, row) for row in rows]


def _contradicted(session: Session, row: WrongLabel) -> ContradictedLabel:
    if row.state == ImageState.SETTLED:
        return ContradictedLabel(row, Verdict(row.verdict_now or Verdict.ABSENT), None)
    return ContradictedLabel(row, None, _open_dispute(session, row.image_id, row.defect_type))


def _open_dispute(session: Session, image_id: str, defect_type: str) -> str | None:
    for dispute in settling.disputes_of(session, image_id):
        same = dispute.defect_type == defect_type and dispute.kind == DisputeKind.VERDICT
        if same and dispute.state in (settling.OPEN, settling.WAITING):
            return dispute.id
    return None


def reopen_label(site: Site, who: Principal, image_id: str, defect_type: str, reason: str) -> str:
    """Put a settled label up for a ruling; the dispute that waits for it.

    The image leaves every export until it is ruled on. Reviews stay as they are, and so do the
    figures of the audit that found it. Opening what is open already changes nothing. Raises
    `NotFound`, `InvalidInput`, `Conflict` for a label that nobody may rule on: of a reference, of
    an image that is not settled, or of one that the lead reviewed while another could rule.
    """
    reason = reason.strip()
    if not 1 <= len(reason) <= _MOST_TEXT:
        raise InvalidInput(
            "Say why the label is in doubt.",
            fields=[FieldError("reason", "Say why, in a sentence.")],
        )

    def deed(session: Session) -> str:
        image = visible_row(session, who, image_id)
        project = project_holding(session, who, image.project_id, _GONE)
        waiting = _open_dispute(session, image.id, defect_type)
        if waiting is not None:
            return waiting
        _check(site, session, project, image, defect_type)
        reviewed_by(session, who, project, image)
        row = ReopenedLabel(
            id=site.new_id(), image_id=image.id, defect_type=defect_type, reason=reason,
            user_id=who.user_id, reopened_at=site.now(),
        )  # fmt: skip
        audit_samples.add_reopened(session, row)
        audit.append(
            session, at=row.reopened_at, actor=who.user_id, action="label.reopened",
            subject=image.id, data={"defect_type": defect_type, "reason": reason},
        )  # fmt: skip
        resettle(
            site, session, image, overlap=project.overlap, majority=project.majority,
            reference=None, actor=who.user_id,
        )  # fmt: skip
        found = _open_dispute(session, image.id, defect_type)
        if found is None:
            raise NotFound(_GONE)
        return found

    return site.database.write(deed)


def _check(site: Site, session: Session, project: Project, image: Image, defect_type: str) -> None:
    if images.reference(session, image.id) is not None:
        raise Conflict("The truth of this image was known beforehand: there is nothing to rule on.")
    if image.state != ImageState.SETTLED:
        raise Conflict("This image is not settled.", current={"state": image.state})
    judged = standard_of(site, session, project.id, image.judged_version or 1)
    current = standard_of(site, session, project.id, project.standard_version)
    if judged.find(defect_type) is None and current.find(defect_type) is None:
        raise InvalidInput(
            "The standard has no such defect type.",
            fields=[FieldError("defect_type", "Choose a defect type of the standard in force.")],
        )
