"""What reviewers found that the standard lacks: the lead's list, and the answers."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from labeler.core.change_requests import AnswerKind, Note
from labeler.flows import change_requests
from labeler.flows.change_requests import AnswerRequest, ChangeRequestView, RequestAnswer
from labeler.web.access import Lead, SiteOf
from labeler.web.api.cursors import Cursor, Limit, moment_after, moment_cursor
from labeler.web.bodies import Body

router = APIRouter(prefix="/api/v1", tags=["disputes"])


class AnswerIn(Body):
    """What a lead says of it; `based_on` is the request's version."""

    answer: AnswerKind
    defect_type: Annotated[str, Field(max_length=100)] | None = None
    text: Annotated[str, Field(max_length=10_000)] = ""
    based_on: int


class AnswerOut(BaseModel):
    """An answer that was given."""

    answer: AnswerKind
    defect_type: str | None
    text: str
    by: str
    answered_at: datetime

    @classmethod
    def of(cls, given: RequestAnswer) -> "AnswerOut":
        """From the value."""
        return cls(
            answer=given.kind, defect_type=given.defect_type, text=given.text,
            by=given.lead, answered_at=given.answered_at,
        )  # fmt: skip


class ChangeRequestOut(BaseModel):
    """Something else on an image; whose review it is part of stays out of sight."""

    id: str
    image: str
    file: str
    note: Note
    text: str
    regions: list[dict[str, Any]]
    opened_at: datetime
    state: str
    version: int
    answer: AnswerOut | None
    dispute: str | None

    @classmethod
    def of(cls, view: ChangeRequestView) -> "ChangeRequestOut":
        """From the value."""
        said = AnswerOut.of(view.answer) if view.answer else None
        return cls(
            id=view.id, image=view.image, file=view.file, note=view.note, text=view.text,
            regions=[dict(region) for region in view.regions], opened_at=view.opened_at,
            state="answered" if said else "open", version=view.version, answer=said,
            dispute=view.dispute,
        )  # fmt: skip


class ChangeRequestList(BaseModel):
    """Requests, the oldest first."""

    items: list[ChangeRequestOut]
    next_cursor: str | None


@router.get("/projects/{code}/change-requests")
def list_requests(
    code: str,
    site: SiteOf,
    who: Lead,
    *,
    answered: bool = False,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> ChangeRequestList:
    """The open requests, or those that have an answer."""
    found = change_requests.list_requests(
        site, who, code, is_open=not answered, after=moment_after(cursor), limit=limit
    )
    more = moment_cursor(found[-1].opened_at, found[-1].id) if len(found) == limit else None
    return ChangeRequestList(items=[ChangeRequestOut.of(v) for v in found], next_cursor=more)


@router.post("/change-requests/{request}/answer")
def answer(request: str, body: AnswerIn, site: SiteOf, who: Lead) -> ChangeRequestOut:
    """Answer a request; its image settles anew."""
    said = AnswerRequest(body.answer, body.text, body.based_on, body.defect_type)
    return ChangeRequestOut.of(change_requests.answer_request(site, who, request, said))
