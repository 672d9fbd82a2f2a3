"""Compare where reviewers drew, image by image, and add it up per unit to resample."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice

import numpy as np
from sqlmodel import Session

from labeler.core.agreement.draws import on_grid
from labeler.core.agreement.place_features import WIDTH, PlaceSettings, alone, compare
from labeler.core.agreement.places import PAIR_PARTS, Drawn, PlaceCounts
from labeler.core.agreement.ratings import RatingTable
from labeler.core.agreement.report import GroupedBy
from labeler.core.agreement.seats import Place
from labeler.core.agreement.values import Floats
from labeler.core.regions import Region, parse_region
from labeler.core.standard import Standard
from labeler.core.terms import Verdict
from labeler.flows.measure_groups import ITEM
from labeler.flows.place_tally import ROW_GRID, ComparedImage, Tallies, Tally
from labeler.flows.rating_counts import Split
from labeler.flows.site import Site
from labeler.store.drawn_regions import (
    Answer,
    DrawnOn,
    drawings,
    drawn_since,
    images_drawn_on,
)
from labeler.store.patterns import ReviewsSince

# Regions of so many images are in memory at a time.
_IMAGES_AT_ONCE = 100
# Comparisons that are kept, about 30 MB; beyond them all are made anew.
_MOST_KEPT = 50_000

Names = Mapping[str, str]
Standards = Mapping[int, Standard]


@dataclass(frozen=True, slots=True)
class PlaceReading:
    """What the reading of one report needs besides rows.

    `split` is that of the pattern counts, `groups` are what is drawn in each part, `most_units`
    how many units are kept apart.
    """

    names: Names
    standards: Standards
    how: PlaceSettings
    split: Split | None
    groups: Mapping[str, GroupedBy]
    most_units: int

    def placing(self, place: Place, image: str) -> tuple[str, str]:
        """The part of the report and the unit to resample that an image belongs to."""
        named = place.part if self.split is None else self.split.part(place.part)
        part = named or ""
        alone = place.group is None or self.groups[part].kind == ITEM
        return part, image if alone else str(place.group)


def tally_places(site: Site, session: Session, project_id: str, reading: PlaceReading) -> Tallies:
    """The sums per (part, defect type) over each two reviewers' live production reviews.

    Regions are compared where both said present. What one drew where the other said absent
    is counted beside it; whoever could not tell is not compared.
    """
    found: Tallies = {}
    column = None if reading.split is None else reading.split.column
    drawn = images_drawn_on(session, project_id, part=column, grouped=True)
    while some := list(islice(drawn, _IMAGES_AT_ONCE)):
        for one in _compare(site, session, reading, some):
            tally = found.get(one.key)
            if tally is None:
                tally = found[one.key] = Tally(reading.most_units)
            tally.add(one)
    return found


def tallies_since(
    site: Site,
    session: Session,
    project_id: str,
    reading: PlaceReading,
    known: Tallies,
    since: ReviewsSince,
) -> Tallies | None:
    """The known sums brought on by the reviews since; those that changed are made anew.

    None where a unit went out of a bundle: the units left may be few enough to be kept apart.
    """
    column = None if reading.split is None else reading.split.column
    changes = list(drawn_since(session, project_id, since, part=column))
    before, now = (
        _compare(
            site, session, reading,
            [DrawnOn(c.image, c.defect_type, c.place, c.now if later else c.before)
             for c in changes],
        )
        for later in (False, True)
    )  # fmt: skip
    found = dict(known)
    for was, one in zip(before, now, strict=True):
        tally = known.get(one.key)
        if tally is not None and tally.bundled and was.rows and not one.rows:
            return None
        found[one.key] = Tally(reading.most_units) if tally is None else tally.copy()
    # All away before anything comes: no unit is one too many for a moment.
    for was in before:
        found[was.key].add(was, times=-1)
    for one in now:
        found[one.key].add(one)
    return found


def _compare(
    site: Site, session: Session, reading: PlaceReading, drawn: Sequence[DrawnOn]
) -> list[ComparedImage]:
    answers = [_in_order(one, reading) for one in drawn]
    rows = _compared(site, session, reading.how, drawn, answers)
    found = []
    for one, answered in zip(drawn, answers, strict=True):
        part, unit = reading.placing(one.place, one.image)
        pairs = [
            ((reading.names[a.user], reading.names[b.user]), _row(a, b, one.defect_type, rows))
            for a, b in combinations(answered, 2)
        ]
        found.append(
            ComparedImage(
                (part, one.defect_type),
                unit,
                tuple((pair, row) for pair, row in pairs if row is not None),
                tuple((reading.names[a.user], a.regions) for a in answered),
            )
        )
    return found


def _in_order(one: DrawnOn, reading: PlaceReading) -> list[Answer]:
    """The answers by reviewer's name; a standard without the type asked for none."""
    asked = [a for a in one.answers if reading.standards[a.version].find(one.defect_type)]
    return sorted(asked, key=lambda a: (reading.names[a.user], a.user))


Key = tuple[str, str, str]


def _row(a: Answer, b: Answer, defect_type: str, rows: Mapping[Key, Floats]) -> Floats | None:
    verdicts = (a.verdict, b.verdict)
    if verdicts == (Verdict.PRESENT, Verdict.PRESENT):
        return rows[a.review, b.review, defect_type] if a.regions or b.regions else None
    if set(verdicts) == {Verdict.PRESENT, Verdict.ABSENT} and a.regions + b.regions:
        return alone(a.regions + b.regions)
    return None


def _compared(
    site: Site,
    session: Session,
    how: PlaceSettings,
    drawn: Sequence[DrawnOn],
    answers: Sequence[Sequence[Answer]],
) -> dict[Key, Floats]:
    """The rows of every two reviews that said present; each two are compared once and kept."""
    kept = site.compared_places
    wanted = {
        (a.review, b.review, one.defect_type)
        for one, answered in zip(drawn, answers, strict=True)
        for a, b in combinations(answered, 2)
        if a.verdict is b.verdict is Verdict.PRESENT and (a.regions or b.regions)
    }
    found = {key: kept[*key, how] for key in wanted if (*key, how) in kept}
    new = sorted(wanted - found.keys())
    regions = _regions(session, new)
    for a, b, defect_type in new:
        one, other = regions.get((a, defect_type), ()), regions.get((b, defect_type), ())
        row = on_grid(compare(one, other, how), ROW_GRID)
        found[a, b, defect_type] = row
        if len(kept) >= _MOST_KEPT:
            kept.clear()
        kept[a, b, defect_type, how] = row
    return found


def _regions(session: Session, keys: Sequence[Key]) -> dict[tuple[str, str], Sequence[Region]]:
    reviews = sorted({review for a, b, _ in keys for review in (a, b)})
    return {
        (one.review_id, one.defect_type): [
            parse_region(d, width_px=one.width_px, height_px=one.height_px) for d in one.regions
        ]
        for one in drawings(session, reviews)
    }


def place_counts(tally: Tally | None, table: RatingTable, *, grouped: bool) -> PlaceCounts:
    """A tally as the statistics take it; `table` has the verdicts of the same images."""
    tally = tally or Tally(1)
    units = sorted(tally.totals)
    present = table.categories.index(Verdict.PRESENT.value)
    said = table.vectors.vectors[:, present]
    return PlaceCounts(
        _stacked(tally.totals, units, WIDTH),
        {pair: _stacked(tally.pairs[pair], units, len(PAIR_PARTS)) for pair in sorted(tally.pairs)},
        int(table.vectors.items @ (said * (said - 1) // 2)),
        tuple(
            Drawn(rater, int(table.answers[index, present]), tally.regions[rater])
            for index, rater in enumerate(table.raters)
        ),
        grouped,
    )


def _stacked(sums: Mapping[str, Floats], units: Sequence[str], width: int) -> Floats:
    nothing = np.zeros(width)
    return np.array([sums.get(unit, nothing) for unit in units]).reshape(-1, width)
