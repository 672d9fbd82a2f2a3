"""Compared places that a server keeps, brought up to date by the audit chain as counts are."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session

from labeler.core.audit import ChainHead
from labeler.flows.kept_counts import continues
from labeler.flows.measure_groups import ITEM
from labeler.flows.measure_places import PlaceReading, tallies_since, tally_places
from labeler.flows.place_tally import Tallies
from labeler.flows.site import Site
from labeler.store import audit, patterns

# As many as there are kept counts, under one or two settings.
_MOST_KEPT = 40


@dataclass(frozen=True, slots=True)
class KeptPlaces:
    """Sums that are true after the event `head`; `alone` are the parts whose images are drawn."""

    tallies: Tallies
    head: ChainHead
    alone: Mapping[str, bool]

    def fits(self, alone: Mapping[str, bool]) -> bool:
        """Whether what is drawn is still the same."""
        return all(alone.get(part, one) == one for part, one in self.alone.items())


def read_places(site: Site, session: Session, project_id: str, reading: PlaceReading) -> Tallies:
    """The sums per (part, defect type) as the session sees the project.

    One thread at a time asks for one project and split: whoever reads the counts.
    """
    name = "" if reading.split is None else reading.split.name
    kept, key = site.kept_places, (project_id, name, reading.how)
    known, head = kept.pop(key, None), audit.head(session)
    alone = {part: one.kind == ITEM for part, one in reading.groups.items()}
    found: Tallies | None = None
    if known is not None and known.fits(alone) and continues(session, known.head, head):
        found = known.tallies
        if known.head != head:
            since = patterns.reviews_since(session, project_id, known.head.number)
            found = tallies_since(site, session, project_id, reading, found, since)
    if found is None:
        found = tally_places(site, session, project_id, reading)
    kept[key] = KeptPlaces(found, head, alone)
    while len(kept) > _MOST_KEPT:
        kept.pop(next(iter(kept)), None)
    return found
