"""Reading reviews and events as the lead and the administrator do."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from labeler.core.audit import ChainedEvent, ChainFault, ChainHead, verify_chain
from labeler.core.people import Principal
from labeler.flows.scope import project_for
from labeler.flows.site import Site
from labeler.store import audit, change_requests, reviews


@dataclass(frozen=True, slots=True)
class ListedReview:
    """A review with its author; `number` is its place in the order of receipt."""

    number: int
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


def list_reviews(
    site: Site, who: Principal, code: str, *, after: int = 0, limit: int = 100
) -> list[ListedReview]:
    """Reviews of a project in the order of receipt, after a number. Raises `NotFound`."""
    with site.database.read() as session:
        project = project_for(session, who, code)
        rows = reviews.page(session, project.id, after=after, limit=limit)
        ids = [given.row.id for given in rows]
        judged = reviews.judgements(session, ids)
        beside = change_requests.of_reviews(session, ids)
        return [
            ListedReview(
                given.row.number or 0, given.row.id, given.row.submission_id, given.row.image_id,
                given.reviewer, given.row.standard_version, given.occasion, given.row.unusable,
                given.extra, given.withdrawn, given.row.received_at,
                [reviews.columns_of(j) for j in judged.get(given.row.id, ())],
                beside.get(given.row.id, []),
            )
            for given in rows
        ]  # fmt: skip


def list_events(site: Site, *, after: int = 0, limit: int = 100) -> list[ChainedEvent]:
    """Events after a number, in order."""
    with site.database.read() as session:
        return list(audit.walk(session, after=after, limit=limit))


def verify_events(site: Site, *, checkpoints: Iterable[ChainHead] = ()) -> ChainHead | ChainFault:
    """Walk the whole chain; its head, or the first fault."""
    with site.database.read() as session:
        return verify_chain(audit.walk(session), checkpoints=checkpoints)
