"""Attribute agreement studies: plan one, watch it, end it, read its report."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from labeler.core.errors import FieldError, InvalidInput
from labeler.core.msa.plan import DEFAULT_BAD_SHARE, DEFAULT_PARTS, StudyPlan
from labeler.flows import studies
from labeler.web.access import Lead, SiteOf
from labeler.web.api.cursors import Cursor, Limit, page_by
from labeler.web.bodies import Body

router = APIRouter(prefix="/api/v1", tags=["studies"])

Numbers = Annotated[list[float], Field(max_length=2)]


class StudyIn(Body):
    """A plan; `appraisers` are ids or names, `limits` as `{FIGURE: [good, marginal]}`."""

    defect_type: str
    appraisers: Annotated[list[str], Field(max_length=50)]
    name: str = ""
    parts: int = DEFAULT_PARTS
    trials: int = 3
    bad_share: float = DEFAULT_BAD_SHARE
    pause_hours: float = 0
    convention: str = "all_trials"
    interval: str = "wilson"
    limits: Annotated[dict[str, Numbers], Field(max_length=10, default_factory=dict)]

    def plan(self) -> StudyPlan:
        """As a value."""
        return StudyPlan(
            defect_type=self.defect_type, appraisers=self.appraisers, name=self.name,
            parts=self.parts, trials=self.trials, bad_share=self.bad_share,
            pause_h=self.pause_hours, convention=self.convention, interval=self.interval,
            limits=self.limits,
        )  # fmt: skip


class AppraiserOut(BaseModel):
    """How far an appraiser has come; `trial` is under way."""

    user: str
    name: str
    done: int
    of: int
    trial: int


class PartsOut(BaseModel):
    """The parts: `sources` counts where their truth is from.

    `judged_before` ones had been judged in production by an appraiser of the study.
    """

    count: int
    bad: int
    good: int
    near_limit: int
    sources: dict[str, int]
    judged_before: int


class StudyOut(BaseModel):
    """A study; `complete` when every answer is in."""

    id: str
    project: str
    name: str
    defect_type: str
    state: Literal["running", "complete", "closed", "cancelled"]
    trials: int
    pause_hours: float
    standard_version: int
    convention: str
    interval: str
    limits: dict[str, Any]
    parts: PartsOut
    appraisers: list[AppraiserOut]
    answers: int
    expected_answers: int
    created_by: str | None
    created_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, info: studies.StudyInfo) -> "StudyOut":
        """From the value."""
        return cls(
            id=info.id, project=info.project, name=info.name, defect_type=info.defect_type,
            state=info.state.value, trials=info.trials, pause_hours=info.pause_h,
            standard_version=info.standard_version, convention=info.convention,
            interval=info.interval, limits=dict(info.limits),
            parts=PartsOut(
                count=info.parts, bad=info.bad, good=info.good, near_limit=info.near_limit,
                sources=dict(info.sources), judged_before=info.judged_before,
            ),
            appraisers=[
                AppraiserOut(
                    user=one.user_id, name=one.name, done=one.done, of=one.of, trial=one.trial
                )
                for one in info.appraisers
            ],
            answers=info.done, expected_answers=info.expected, created_by=info.created_by,
            created_at=info.created_at, ended_at=info.ended_at,
        )  # fmt: skip


class StudyList(BaseModel):
    """Studies, the latest first."""

    items: list[StudyOut]
    next_cursor: str | None = None


class EndIn(Body):
    """`close` keeps the report as it stands, `cancel` says above it that it was cancelled."""

    how: Literal["close", "cancel"]


@router.post("/projects/{code}/studies", status_code=201)
def plan_study(code: str, body: StudyIn, site: SiteOf, who: Lead, response: Response) -> StudyOut:
    """Plan a study: its parts are drawn, and every appraiser's first trial begins."""
    info = studies.plan_study(site, who, code, body.plan())
    response.headers["Location"] = f"/api/v1/studies/{info.id}"
    return StudyOut.of(info)


@router.get("/projects/{code}/studies")
def list_studies(
    code: str, site: SiteOf, who: Lead, cursor: Cursor = None, limit: Limit = 100
) -> StudyList:
    """The studies of a project."""
    found, after = page_by(
        studies.list_studies(site, who, code),
        lambda one: f"{one.created_at.timestamp():020.6f} {one.id}",
        cursor=cursor, limit=limit, latest_first=True,
    )  # fmt: skip
    return StudyList(items=[StudyOut.of(one) for one in found], next_cursor=after)


@router.get("/studies/{study}")
def get_study(study: str, site: SiteOf, who: Lead) -> StudyOut:
    """One study and how far its appraisers have come."""
    return StudyOut.of(studies.get_study(site, who, study))


@router.post("/studies/{study}/end")
def end_study(study: str, body: EndIn, site: SiteOf, who: Lead) -> StudyOut:
    """Hand out nothing more: `close` or `cancel`; what is on a tablet is still taken."""
    return StudyOut.of(studies.end_study(site, who, study, cancel=body.how == "cancel"))


Format = Annotated[str | None, Query(max_length=10)]
Word = Annotated[str | None, Query(max_length=20)]


@router.get(
    "/studies/{study}/report",
    response_model=None,
    responses={
        200: {
            "content": {
                "application/json": {"schema": {"type": "object"}},
                "text/csv": {"schema": {"type": "string"}},
                "text/html": {"schema": {"type": "string"}},
            }
        }
    },
)
def study_report(
    request: Request,
    study: str,
    site: SiteOf,
    who: Lead,
    format: Format = None,  # noqa: A002  its name in the query
    convention: Word = None,
    interval: Word = None,
    ratings: Word = None,
) -> Response | dict[str, Any]:
    """The report of what was answered so far, as `json`, `csv` or `html` to print."""
    # Here, not above: a server starts without NumPy and SciPy.
    from labeler.flows import study_report
    from labeler.web import study_pages

    wanted = format or _accepted(request.headers.get("accept", ""))
    if wanted not in ("json", "csv", "html"):
        raise InvalidInput(
            "The report cannot be made.",
            fields=[FieldError.filled("format", "Give one of: {names}.", names="json, csv, html")],
        )
    found = study_report.study_report(
        site, who, study, convention=convention, interval=interval,
        ratings=ratings or study_report.VERDICT,
    )  # fmt: skip
    if wanted == "json":
        return found.document()
    if wanted == "csv":
        return study_pages.csv_answer(found)
    return study_pages.sheet_answer(request, site, who, found)


def _accepted(header: str) -> str:
    """The first of the three kinds that an `Accept` header names; JSON without any."""
    for part in header.split(","):
        kind = part.partition(";")[0].strip().lower()
        if kind in ("text/html", "text/csv", "application/json"):
            return kind.rpartition("/")[2]
    return "json"
