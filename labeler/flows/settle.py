"""Computing where an image stands after something about its reviews or rulings changed.

Called inside the deed that made the change, so reviews, rulings and consensus never
disagree on disk. The rule itself is `core.consensus.settle`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from sqlmodel import Session

from labeler.core.change_requests import Answer, AnswerKind, Asked, held, what_is_asked
from labeler.core.consensus import Dispute, Label, Outcome, Ruling, settle
from labeler.core.regions import Region, parse_region
from labeler.core.reviews import Judgement, Review
from labeler.core.terms import DisputeKind, ImageState, Source, Unusable, Verdict
from labeler.flows.scope import standard_of
from labeler.flows.site import Site
from labeler.store import audit, audit_samples, change_requests, images, reviews, settling
from labeler.store.tables import ConsensusLabel, DisputeRow, RulingRow

_NOTHING_YET = Outcome(ImageState.WAITING, (), (), None)


class SettlingImage(Protocol):
    """What settling needs to know of an image: its row has it, and so has a submit's target."""

    @property
    def id(self) -> str:
        """The image."""

    @property
    def project_id(self) -> str:
        """Its project, whose standard was judged by."""

    @property
    def width_px(self) -> int:
        """Of the upright image."""

    @property
    def height_px(self) -> int:
        """Of the upright image."""

    @property
    def revision(self) -> int:
        """How often its outcome was computed; 0 means nothing is written yet."""


def resettle(
    site: Site,
    session: Session,
    image: SettlingImage,
    *,
    overlap: int,
    majority: bool,
    reference: dict[str, int | None] | None,
    actor: str,
) -> Outcome:
    """Compute the image's outcome anew and write it down; the outcome."""
    live = reviews.counting(session, image.id)
    if len(live) < overlap and not image.revision:
        return _NOTHING_YET
    counting = _read_reviews(session, image, live) if len(live) >= overlap else ()
    basis = basis_of([row.number for row in live])
    past = settling.rulings(session, image.id) if image.revision else ()
    again = audit_samples.reopened_at(session, image.id) if image.revision else {}
    said = [r for r in past if r.basis == basis and not _is_over(r, again)]
    asked = _asked(session, image, live)
    outcome = settle(
        counting,
        standards={
            v: standard_of(site, session, image.project_id, v)
            for v in {review.standard_version for review in counting}
        },
        overlap=overlap,
        majority=majority,
        rulings=[read_ruling(row, image) for row in said],
        reference=reference,
        width_px=image.width_px,
        height_px=image.height_px,
        asked={*asked.defect_types, *again},
    )
    outcome = held(outcome, asked)
    _write(site, session, image, outcome, ruled={(r.defect_type, r.kind) for r in said})
    if outcome.state in (ImageState.SETTLED, ImageState.UNUSABLE):
        audit.append(
            session, at=site.now(), actor=actor, action=f"image.{outcome.state}",
            subject=image.id, data={"basis": basis, "revision": image.revision + 1},
        )  # fmt: skip
    return outcome


def _is_over(ruling: RulingRow, again: Mapping[str, datetime]) -> bool:
    """Whether its label was put up for a ruling again after it was made."""
    reopened_at = again.get(ruling.defect_type)
    return reopened_at is not None and ruling.ruled_at <= reopened_at


def _asked(session: Session, image: SettlingImage, live: Sequence[reviews.LiveReview]) -> Asked:
    """What the counting reviews found besides the standard, and the lead's answers to it."""
    counting = {row.id for row in live}
    return what_is_asked(
        Answer(AnswerKind(row.kind), row.defect_type) if row.kind else None
        for row in change_requests.on_image(session, image.id)
        if row.review_id in counting
    )


def basis_of(numbers: Sequence[int]) -> str:
    """Which reviews an outcome or a ruling rests on, as text."""
    return ",".join(str(n) for n in sorted(numbers))


def read_regions(documents: Sequence[object], image: SettlingImage) -> tuple[Region, ...]:
    """Stored regions as values."""
    return tuple(
        parse_region(d, width_px=image.width_px, height_px=image.height_px) for d in documents
    )


def read_ruling(row: RulingRow, image: SettlingImage) -> Ruling:
    """A stored ruling as the value that settling works with."""
    kind = DisputeKind(row.kind)
    if kind is DisputeKind.UNUSABLE:
        return Ruling(kind, None, usable=row.verdict == "usable", ruled_at=row.ruled_at)
    regions = None if row.regions is None else read_regions(row.regions, image)
    return Ruling(
        kind, row.defect_type, Verdict(row.verdict), row.severity, regions,
        ruled_at=row.ruled_at,
    )  # fmt: skip


def _read_judgement(row: reviews.WrittenJudgement, image: SettlingImage) -> Judgement:
    return Judgement(
        row.defect_type, Verdict(row.verdict), row.severity, read_regions(row.regions, image)
    )


def _read_reviews(
    session: Session, image: SettlingImage, live: Sequence[reviews.LiveReview]
) -> list[Review]:
    judged = reviews.judgements_on(session, image.id)
    return [
        Review(
            reviewer=row.user_id,
            standard_version=row.standard_version,
            judgements=tuple(_read_judgement(j, image) for j in judged.get(row.id, ())),
            unusable=Unusable(row.unusable) if row.unusable else None,
            received_at=row.received_at,
        )
        for row in live
    ]


def _is_plain(label: Label) -> bool:
    """Unanimously absent: what a settled image's missing row means."""
    return label.verdict is Verdict.ABSENT and label.source is Source.UNANIMOUS


def _label_row(image: SettlingImage, label: Label) -> ConsensusLabel:
    return ConsensusLabel(
        image_id=image.id, defect_type=label.defect_type, verdict=label.verdict,
        severity=label.severity, regions=[r.document() for r in label.regions],
        source=label.source, n_present=label.n_present, n_absent=label.n_absent,
        n_unsure=label.n_unsure,
    )  # fmt: skip


def _write(
    site: Site,
    session: Session,
    image: SettlingImage,
    outcome: Outcome,
    *,
    ruled: set[tuple[str, str]],
) -> None:
    untouched = image.revision == 0
    final = outcome.state in (ImageState.SETTLED, ImageState.UNUSABLE)
    images.mark(
        session,
        image.id,
        state=outcome.state,
        judged_version=outcome.judged_version,
        settled_at=site.now() if final else None,
    )
    written = [_label_row(image, label) for label in outcome.labels if not _is_plain(label)]
    if written or not untouched:
        settling.replace_labels(session, image.id, written)
    if outcome.disputes or not untouched:
        _write_disputes(site, session, image, outcome.disputes, ruled)
        session.flush()


def _write_disputes(
    site: Site,
    session: Session,
    image: SettlingImage,
    disputes: Sequence[Dispute],
    ruled: set[tuple[str, str]],
) -> None:
    """Bring the stored disputes to `disputes`: the others were ruled, or fell away."""
    known = {(d.defect_type, d.kind): d for d in settling.disputes_of(session, image.id)}
    wanted = {(d.defect_type or "", d.kind.value): d for d in disputes}
    for key, row in known.items():
        if key not in wanted:
            row.state = settling.RULED if key in ruled else settling.DROPPED
    for key, dispute in wanted.items():
        state = settling.WAITING if dispute.waiting else settling.OPEN
        if key in known:
            known[key].state = state
            continue
        # The id follows from what is disputed, so that drawing it uses no chance: a reviewer
        # must not learn from the ids they see whether others disagreed.
        settling.add_dispute(
            session,
            DisputeRow(
                id=".".join((image.id, *(part for part in key if part))),
                project_id=image.project_id, image_id=image.id, defect_type=key[0],
                kind=key[1], state=state, opened_at=site.now(),
            ),
        )  # fmt: skip
