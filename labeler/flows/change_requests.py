"""What reviewers found that the standard lacks: the lead's list of it, and the answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from labeler.core.change_requests import AnswerKind, Note
from labeler.core.errors import Conflict, FieldError, InvalidInput, NotFound
from labeler.core.people import Principal
from labeler.core.terms import DisputeKind
from labeler.flows.adjudicate import reviewed_by
from labeler.flows.scope import project_for, project_holding, standard_of
from labeler.flows.settle import resettle
from labeler.flows.site import Site
from labeler.store import audit, change_requests, images, settling
from labeler.store.change_requests import RequestRow
from labeler.store.tables import ChangeAnswer, Image, Project

_NONE = "There is no such request for you."


@dataclass(frozen=True, slots=True)
class RequestAnswer:
    """What a lead said of it, and when; `defect_type` only with `added` and `is`."""

    kind: AnswerKind
    defect_type: str | None
    text: str
    lead: str
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class ChangeRequestView:
    """A request as the lead sees it; whose it is stays out of sight.

    `version` counts the answers so far: an answer names the one it is based on. `dispute` is
    the dispute that the answer opened, if it waits for its ruling.
    """

    id: str
    project: str
    image: str
    file: str
    width_px: int
    height_px: int
    note: Note
    text: str
    regions: Sequence[Mapping[str, Any]]
    opened_at: datetime
    version: int
    answer: RequestAnswer | None
    dispute: str | None = None


@dataclass(frozen=True, slots=True)
class AnswerRequest:
    """What the lead decides; `based_on` is the version of the request that they saw."""

    kind: AnswerKind
    text: str
    based_on: int
    defect_type: str | None = None


def list_requests(
    site: Site,
    who: Principal,
    code: str,
    *,
    is_open: bool = True,
    after: tuple[datetime, str] | None = None,
    limit: int = 50,
) -> list[ChangeRequestView]:
    """Open (or answered) requests of reviews that stand, oldest first. Raises `NotFound`."""
    with site.database.read() as session:
        project = project_for(session, who, code)
        rows = change_requests.page(session, project.id, is_open=is_open, after=after, limit=limit)
        return [_view(session, project, row) for row in rows]


def count_open(site: Site, who: Principal, code: str) -> int:
    """How many requests wait for an answer. Raises `NotFound`."""
    with site.database.read() as session:
        return change_requests.count_open(session, project_for(session, who, code).id)


def answer_request(
    site: Site, who: Principal, request_id: str, answer: AnswerRequest
) -> ChangeRequestView:
    """Answer a request, keeping the review as it is, and settle its image anew.

    Answering again replaces what was said; both stay. Raises `NotFound`, `InvalidInput`
    (no reason for "no defect", a defect type the standard lacks), `Conflict` when the
    request was answered meanwhile or its review was taken back, or when the lead reviewed
    the image and another lead could answer.
    """

    def deed(session: Session) -> ChangeRequestView:
        project, row = _load(session, who, request_id)
        image = images.by_id(session, row.image_id)
        session.refresh(image)
        _check(site, session, project, row, answer)
        own = reviewed_by(session, who, project, image)
        change_requests.add_answer(
            session,
            ChangeAnswer(
                request_id=row.id, number=(row.answers or 0) + 1, kind=answer.kind,
                defect_type=answer.defect_type, text=answer.text.strip(),
                user_id=who.user_id, own_review=own, answered_at=site.now(),
            ),
        )  # fmt: skip
        audit.append(
            session, at=site.now(), actor=who.user_id, action="request.answered",
            subject=row.id,
            data={
                "answer": answer.kind, "defect_type": answer.defect_type,
                "text": answer.text.strip(), "own_review": own,
            },
        )  # fmt: skip
        _settle_anew(site, session, who, project, image)
        return _view(session, project, _load(session, who, request_id)[1])

    return site.database.write(deed)


def _settle_anew(
    site: Site, session: Session, who: Principal, project: Project, image: Image
) -> None:
    resettle(
        site, session, image, overlap=project.overlap, majority=project.majority,
        reference=images.reference(session, image.id), actor=who.user_id,
    )  # fmt: skip


def _load(session: Session, who: Principal, request_id: str) -> tuple[Project, RequestRow]:
    row = change_requests.by_id(session, request_id)
    if row is None:
        raise NotFound(_NONE)
    project = project_holding(session, who, row.project_id, _NONE)
    return project, row


def _check(
    site: Site, session: Session, project: Project, row: RequestRow, answer: AnswerRequest
) -> None:
    if row.withdrawn:
        raise Conflict("The reviewer took this review back. There is nothing left to answer.")
    if answer.based_on != (row.answers or 0):
        raise Conflict(
            "This request was answered meanwhile. Look at it again, then decide.",
            current={"version": row.answers or 0},
        )
    if len(answer.text.strip()) > 2_000:
        raise _wrong("text", "Give at most 2000 characters.")
    if answer.kind is AnswerKind.NO_DEFECT:
        if not answer.text.strip():
            raise _wrong("text", "Say why it is no defect, in a sentence.")
        if answer.defect_type is not None:
            raise _wrong("defect_type", "No defect has no defect type.")
        return
    standard = standard_of(site, session, project.id, project.standard_version)
    if answer.defect_type is None or standard.find(answer.defect_type) is None:
        raise _wrong("defect_type", "Choose a defect type of the standard in force.")


def _wrong(path: str, message: str) -> InvalidInput:
    return InvalidInput("The answer is not valid.", fields=[FieldError(path, message)])


def _view(session: Session, project: Project, row: RequestRow) -> ChangeRequestView:
    answer = None
    if row.kind is not None and row.answered_at is not None:
        answer = RequestAnswer(
            AnswerKind(row.kind), row.defect_type, row.answer_text or "", row.lead or "",
            row.answered_at,
        )  # fmt: skip
    return ChangeRequestView(
        row.id, project.code, row.image_id, row.file, row.width_px, row.height_px,
        Note(row.note), row.text, row.regions, row.opened_at, row.answers or 0, answer,
        _open_dispute(session, row),
    )  # fmt: skip


def _open_dispute(session: Session, row: RequestRow) -> str | None:
    if row.defect_type is None:
        return None
    for dispute in settling.disputes_of(session, row.image_id):
        same = dispute.defect_type == row.defect_type and dispute.kind == DisputeKind.VERDICT
        if same and dispute.state == settling.OPEN:
            return dispute.id
    return None
