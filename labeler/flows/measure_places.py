"""Compare where reviewers drew, image by image, and add it up per unit to resample."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, islice
from zlib import crc32

import numpy as np
from sqlmodel import Session

from labeler.core.agreement.place_features import WIDTH, Part, PlaceSettings, alone, compare
from labeler.core.agreement.places import PAIR_PARTS, Drawn, PlaceCounts
from labeler.core.agreement.ratings import RatingTable
from labeler.core.agreement.values import Floats
from labeler.core.regions import Region, parse_region
from labeler.core.standard import Standard
from labeler.core.terms import Verdict
from labeler.flows.site import Site
from labeler.store.drawn_regions import Answer, DrawnOn, drawings, images_drawn_on
from labeler.store.patterns import Place

# Regions of so many images are in memory at a time.
_IMAGES_AT_ONCE = 100
# Comparisons that are kept, about 30 MB; beyond them all are made anew.
_MOST_KEPT = 50_000

Names = Mapping[str, str]
Standards = Mapping[int, Standard]
# From where an image belongs and its id to the report's part and the unit to resample.
Placing = Callable[[Place, str], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class PlaceReading:
    """What the reading of one report needs besides rows.

    `part` and `grouped` are those of the pattern counts, `placing` tells the report and the
    unit that an image belongs to, `most_units` how many units are kept apart.
    """

    names: Names
    standards: Standards
    how: PlaceSettings
    placing: Placing
    part: str | None
    most_units: int


@dataclass(slots=True)
class Tally:
    """Sums of one defect type in one report; units beyond the most are bundled by their hash."""

    most_units: int
    totals: dict[str, Floats] = field(default_factory=dict)
    pairs: dict[tuple[str, str], dict[str, Floats]] = field(default_factory=dict)
    regions: Counter[str] = field(default_factory=Counter)
    bundled: bool = False

    def add(self, unit: str, pair: tuple[str, str], row: Floats) -> None:
        """Add one image of a pair of reviewers."""
        if self.bundled:
            unit = self._bundle(unit)
        _add(self.totals, unit, row)
        if row[Part.COMPARED]:
            _add(self.pairs.setdefault(pair, {}), unit, row[list(PAIR_PARTS)])
        if len(self.totals) > self.most_units:
            self.bundled = True
            self.totals = self._together(self.totals)
            self.pairs = {key: self._together(units) for key, units in self.pairs.items()}

    def _bundle(self, unit: str) -> str:
        return f"{crc32(unit.encode()) % self.most_units:04d}"

    def _together(self, units: Mapping[str, Floats]) -> dict[str, Floats]:
        found: dict[str, Floats] = {}
        for unit, row in units.items():
            _add(found, self._bundle(unit), row)
        return found


def _add(sums: dict[str, Floats], unit: str, row: Floats) -> None:
    known = sums.get(unit)
    if known is None:
        sums[unit] = row.copy()
    else:
        known += row


def tally_places(
    site: Site, session: Session, project_id: str, reading: PlaceReading
) -> dict[tuple[str, str], Tally]:
    """The sums per (part, defect type) over each two reviewers' live production reviews.

    Regions are compared where both said present. What one drew where the other said absent
    is counted beside it; whoever could not tell is not compared.
    """
    found: dict[tuple[str, str], Tally] = {}
    drawn = images_drawn_on(session, project_id, part=reading.part, grouped=True)
    while some := list(islice(drawn, _IMAGES_AT_ONCE)):
        answers = [_in_order(one, reading) for one in some]
        rows = _compared(site, session, reading.how, some, answers)
        for one, answered in zip(some, answers, strict=True):
            part, unit = reading.placing(one.place, one.image)
            tally = found.get((part, one.defect_type))
            if tally is None:
                tally = found[part, one.defect_type] = Tally(reading.most_units)
            for a in answered:
                tally.regions[reading.names[a.user]] += a.regions
            for a, b in combinations(answered, 2):
                row = _row(a, b, one.defect_type, rows)
                if row is not None:
                    tally.add(unit, (reading.names[a.user], reading.names[b.user]), row)
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
        row = compare(regions.get((a, defect_type), ()), regions.get((b, defect_type), ()), how)
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
