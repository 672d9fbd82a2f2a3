"""Claiming images and submitting reviews: the reviewer's loop.

These two endpoints are coroutines: they wait for the writer's commit without holding a
thread, which is what 64 tablets do most of the time.
"""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import AfterValidator, AwareDatetime, BaseModel, Field

from labeler.core.instants import to_utc
from labeler.core.terms import Unusable
from labeler.flows import assign, reading
from labeler.flows import review as reviewing
from labeler.web.access import Judge, Lead, SiteOf
from labeler.web.api.cursors import Cursor, Limit, number_after
from labeler.web.api.pyramids import TilesOut
from labeler.web.bodies import Body

router = APIRouter(prefix="/api/v1", tags=["reviews"])


class ClaimIn(Body):
    """How many images to hold; `answered` are assignments whose reviews are still on their way."""

    count: Annotated[int, Field(ge=1, le=10)] = 1
    answered: Annotated[
        set[Annotated[str, Field(max_length=100)]], Field(max_length=500, default_factory=set)
    ]


class AssignedImage(BaseModel):
    """What the review page needs of an image: nothing that anybody else said."""

    id: str
    width_px: int
    height_px: int
    preview_url: str
    golden_url: str | None = None
    bits: int
    tiles: TilesOut


class AssignmentOut(BaseModel):
    """An image promised to this reviewer until `expires_at`."""

    id: str
    image: AssignedImage
    standard_version: int
    expires_at: datetime


class AssignmentList(BaseModel):
    """This reviewer's open leases."""

    items: list[AssignmentOut]


class ReviewIn(Body):
    """A review; the judgements are held against the standard by the rules."""

    submission_id: Annotated[str, Field(min_length=8, max_length=100)]
    assignment: Annotated[str, Field(max_length=100)]
    standard_version: Annotated[int, Field(ge=1, le=1_000_000)]
    unusable: Unusable | None = None
    judgements: Annotated[list[dict[str, Any]], Field(max_length=200, default_factory=list)]
    reviewed_at: Annotated[AwareDatetime, AfterValidator(to_utc)] | None = None
    elapsed_s: Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)] | None = None
    something_else: Annotated[list[dict[str, Any]], Field(max_length=100, default_factory=list)]


class ReceiptOut(BaseModel):
    """Saved: committed and synced before this was answered."""

    id: str
    submission_id: str
    assignment: str
    image: str
    received_at: datetime
    extra: bool


class WithdrawalIn(Body):
    """Why a review is taken back."""

    reason: Annotated[str, Field(max_length=500)]


class ReviewOut(BaseModel):
    """A review as the lead sees it."""

    id: str
    submission_id: str
    image: str
    reviewer: str
    standard_version: int
    occasion: str
    unusable: str | None
    extra: bool
    withdrawn: bool
    received_at: datetime
    judgements: list[dict[str, Any]]
    something_else: list[dict[str, Any]]


class ReviewList(BaseModel):
    """Reviews in the order of receipt."""

    items: list[ReviewOut]
    next_cursor: str | None


@router.post("/projects/{code}/assignments")
async def claim(code: str, body: ClaimIn, site: SiteOf, who: Judge) -> AssignmentList:
    """This reviewer's open leases, topped up to `count`; empty when nothing is left."""
    deed = assign.claiming(site, who, code, body.count, body.answered)
    leases = await site.database.write_soon(deed)
    return AssignmentList(
        items=[
            AssignmentOut(
                id=lease.id,
                image=AssignedImage(
                    id=lease.image_id, width_px=lease.width_px, height_px=lease.height_px,
                    preview_url=f"/api/v1/images/{lease.image_id}/preview?width=1280",
                    golden_url=_golden_url(
                        code, lease.image_id, lease.golden_file, lease.station_golden
                    ),
                    bits=lease.bits,
                    tiles=TilesOut.of(lease.image_id, lease.width_px, lease.height_px),
                ),
                standard_version=lease.standard_version,
                expires_at=lease.expires_at,
            )
            for lease in leases
        ]
    )  # fmt: skip


def _golden_url(code: str, image: str, own: str | None, of_station: str | None) -> str | None:
    if own is not None:
        return f"/api/v1/images/{image}/golden?width=1280"
    if of_station is not None:  # the same address for every image of the station
        return f"/api/v1/projects/{code}/good-parts/{of_station}?width=1280"
    return None


@router.post("/reviews", status_code=201, responses={200: {"model": ReceiptOut}})
async def submit(body: ReviewIn, site: SiteOf, who: Judge, response: Response) -> ReceiptOut:
    """Store a review: 201 the first time, 200 and the same answer for a repeated delivery."""
    submission = reviewing.Submission(
        submission_id=body.submission_id, assignment=body.assignment,
        standard_version=body.standard_version, judgements=body.judgements,
        unusable=body.unusable, reviewed_at=body.reviewed_at, elapsed_s=body.elapsed_s,
        something_else=body.something_else,
    )  # fmt: skip
    receipt = await site.database.write_soon(reviewing.submitting(site, who, submission))
    if not receipt.first:
        response.status_code = 200
    return ReceiptOut(
        id=receipt.id, submission_id=receipt.submission_id, assignment=receipt.assignment,
        image=receipt.image, received_at=receipt.received_at, extra=receipt.extra,
    )  # fmt: skip


@router.post("/reviews/{review}/withdrawal", status_code=204)
def withdraw(review: str, body: WithdrawalIn, site: SiteOf, who: Judge) -> None:
    """Take an own review back, until its image is settled."""
    reviewing.withdraw(site, who, review, body.reason)


@router.get("/projects/{code}/reviews")
def list_reviews(
    code: str, site: SiteOf, who: Lead, cursor: Cursor = None, limit: Limit = 100
) -> ReviewList:
    """Every review of a project, withdrawn and extra ones too."""
    after = number_after(cursor, start=0)
    found = reading.list_reviews(site, who, code, after=after, limit=limit)
    items = [
        ReviewOut(
            id=r.id, submission_id=r.submission_id, image=r.image, reviewer=r.reviewer,
            standard_version=r.standard_version, occasion=r.occasion, unusable=r.unusable,
            extra=r.extra, withdrawn=r.withdrawn, received_at=r.received_at,
            judgements=r.judgements, something_else=r.something_else,
        )
        for r in found
    ]  # fmt: skip
    next_cursor = str(found[-1].number) if len(found) == limit else None
    return ReviewList(items=items, next_cursor=next_cursor)
