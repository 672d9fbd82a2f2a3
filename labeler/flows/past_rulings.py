"""Reading what leads decided before, to keep deciding alike."""

from dataclasses import dataclass
from datetime import datetime

from labeler.core.people import Principal
from labeler.core.terms import DisputeKind
from labeler.flows.adjudicate import get_dispute
from labeler.flows.scope import project_for
from labeler.flows.site import Site
from labeler.store import settling
from labeler.store.patterns import names_of
from labeler.store.tables import RulingRow


@dataclass(frozen=True, slots=True)
class PastRuling:
    """A ruling as lists show it; `regions` says whether it named its own places."""

    dispute: str
    file: str
    defect_type: str | None
    kind: DisputeKind
    verdict: str
    severity: int | None
    regions: bool
    reason: str
    clause: str | None
    lead: str
    own_review: bool
    ruled_at: datetime


def recent_rulings(site: Site, who: Principal, code: str, *, limit: int = 10) -> list[PastRuling]:
    """The latest rulings of a project, the latest first. Raises `NotFound`."""
    with site.database.read() as session:
        project = project_for(session, who, code)
        return [
            _past(ruling, file, lead)
            for ruling, _dispute, file, lead in settling.recent_rulings(session, project.id, limit)
        ]


def rulings_on(site: Site, who: Principal, dispute_id: str) -> list[PastRuling]:
    """Every ruling on one dispute, the latest first. Raises `NotFound`."""
    view = get_dispute(site, who, dispute_id)
    with site.database.read() as session:
        rows = [r for r in settling.rulings(session, view.image) if r.dispute_id == dispute_id]
        leads = names_of(session, [row.user_id for row in rows])
        return [_past(row, view.file, leads[row.user_id]) for row in reversed(rows)]


def _past(ruling: RulingRow, file: str, lead: str) -> PastRuling:
    return PastRuling(
        ruling.dispute_id, file, ruling.defect_type or None, DisputeKind(ruling.kind),
        ruling.verdict, ruling.severity, ruling.regions is not None, ruling.reason,
        ruling.clause, lead, ruling.own_review, ruling.ruled_at,
    )  # fmt: skip
