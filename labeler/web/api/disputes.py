"""Disputes and rulings."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from labeler.core.terms import DisputeKind
from labeler.flows import adjudicate
from labeler.web.access import Lead, SiteOf
from labeler.web.api.cursors import Cursor, Limit, moment_after, moment_cursor
from labeler.web.bodies import Body

router = APIRouter(prefix="/api/v1", tags=["disputes"])


class DisputedReview(BaseModel):
    """One reviewer's judgement under a letter instead of a name."""

    model_config = ConfigDict(populate_by_name=True)

    letter: Annotated[str, Field(alias="as")]
    verdict: str
    severity: int | None
    regions: list[dict[str, Any]]
    unusable: str | None
    counts: bool


class DisputeOut(BaseModel):
    """A dispute; a ruling names its `version` as `based_on`."""

    id: str
    image: str
    file: str
    width_px: int
    height_px: int
    defect_type: str | None
    kind: DisputeKind
    reviews: list[DisputedReview]
    version: int
    state: str
    opened_at: datetime

    @classmethod
    def of(cls, view: adjudicate.DisputeView) -> "DisputeOut":
        """From the value."""
        return cls(
            id=view.id, image=view.image, file=view.file, width_px=view.width_px,
            height_px=view.height_px, defect_type=view.defect_type, kind=view.kind,
            reviews=[
                DisputedReview(
                    letter=r.letter, verdict=r.verdict, severity=r.severity,
                    regions=[dict(region) for region in r.regions], unusable=r.unusable,
                    counts=r.counts,
                )
                for r in view.reviews
            ],
            version=view.version, state=view.state, opened_at=view.opened_at,
        )  # fmt: skip


class DisputeList(BaseModel):
    """Open disputes, the oldest first."""

    items: list[DisputeOut]
    next_cursor: str | None


class RulingIn(Body):
    """A decision with its reason; `regions` null keeps what is settled."""

    verdict: str
    severity: int | None = None
    reason: Annotated[str, Field(max_length=2_000)]
    regions: Annotated[list[dict[str, Any]], Field(max_length=500)] | None = None
    clause: Annotated[str, Field(max_length=200)] | None = None
    based_on: int


@router.get("/projects/{code}/disputes")
def list_disputes(
    code: str, site: SiteOf, who: Lead, cursor: Cursor = None, limit: Limit = 50
) -> DisputeList:
    """Open disputes of a project."""
    found = adjudicate.list_disputes(site, who, code, after=moment_after(cursor), limit=limit)
    full = len(found) == limit
    return DisputeList(
        items=[DisputeOut.of(view) for view in found],
        next_cursor=moment_cursor(found[-1].opened_at, found[-1].id) if full else None,
    )


@router.get("/disputes/{dispute}")
def get_dispute(dispute: str, site: SiteOf, who: Lead) -> DisputeOut:
    """One dispute with the reviews side by side."""
    return DisputeOut.of(adjudicate.get_dispute(site, who, dispute))


@router.post("/disputes/{dispute}/ruling")
def rule(dispute: str, body: RulingIn, site: SiteOf, who: Lead) -> DisputeOut:
    """Decide a dispute; the reviews stay as they are."""
    view = adjudicate.rule(
        site,
        who,
        dispute,
        adjudicate.RulingRequest(
            verdict=body.verdict, reason=body.reason, based_on=body.based_on,
            severity=body.severity, regions=body.regions, clause=body.clause,
        ),
    )  # fmt: skip
    return DisputeOut.of(view)
