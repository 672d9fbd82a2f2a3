"""Measure how far a project's reviewers agree, from pattern counts that SQL made."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import overload

import numpy as np
from sqlmodel import Session

from labeler.core.agreement.ratings import (
    MISSING,
    UNSURE,
    Codes,
    Column,
    RatingTable,
    count_patterns,
    rating_table,
)
from labeler.core.agreement.reference import FEWEST_KNOWN
from labeler.core.agreement.report import AgreementReport
from labeler.core.agreement.report import measure as measure_tables
from labeler.core.errors import FieldError, InvalidInput
from labeler.core.people import Principal
from labeler.core.standard import Standard
from labeler.core.terms import Verdict
from labeler.flows.measure_known import with_known_answers
from labeler.flows.measure_periods import WEEK, period_naming
from labeler.flows.measure_table import AgreementBy
from labeler.flows.measure_units import bundle_of, in_units
from labeler.flows.scope import project_for, standard_of
from labeler.flows.site import Site
from labeler.store import known_answers, patterns
from labeler.store.known_answers import KnownAnswers
from labeler.store.patterns import Pattern, PatternsOfTypes, Place, Seat
from labeler.store.tables import Project

# Reports side by side are for reading: beyond this nobody compares them.
MOST_PARTS = 60
# Drawing weights costs replicates × groups. Beyond this many, units are bundled by chance: a
# bundle still keeps every unit whole, so the interval stays honest, and only its edge gets
# rougher by a few per cent.
MOST_GROUPS = 400

_CATEGORIES = (Verdict.ABSENT.value, Verdict.PRESENT.value)
_CODE = {Verdict.ABSENT: 0, Verdict.PRESENT: 1, Verdict.UNSURE: UNSURE}


@dataclass(frozen=True, slots=True)
class Intervals:
    """How intervals are made: their level, and the bootstrap's replicates and seed."""

    level: float = 0.95
    replicates: int = 2000
    seed: int = 0


_USUAL = Intervals()


@overload
def measure(
    site: Site, who: Principal, code: str, by: None = None, *, intervals: Intervals = _USUAL
) -> AgreementReport: ...


@overload
def measure(
    site: Site, who: Principal, code: str, by: str, *, intervals: Intervals = _USUAL
) -> AgreementBy: ...


@overload
def measure(
    site: Site, who: Principal, code: str, by: str | None, *, intervals: Intervals = _USUAL
) -> AgreementReport | AgreementBy: ...


def measure(
    site: Site,
    who: Principal,
    code: str,
    by: str | None = None,
    *,
    intervals: Intervals = _USUAL,
) -> AgreementReport | AgreementBy:
    """Agreement over each reviewer's live production review of each image.

    Where images know their unit (the part's serial), intervals resample units instead of
    images, because pictures of one part are not independent. `by` names a column of the
    images (line, station, lot, unit, or a further one of the manifest), or the week or shift
    of their capture in plant time: one report for each of its values. Of weeks the latest
    `MOST_PARTS` are compared. Without `by`, each reviewer is also held against the images
    whose truth is known; too few of them give counts and no share. Raises `NotFound`,
    `InvalidInput` for a column that no image has, shifts that nobody set up, or intervals
    that cannot be made.
    """
    with site.database.read() as session:
        project = project_for(session, who, code)
        naming = None if by is None else period_naming(site, session, project.id, by)
        if by is not None and naming is None:
            _check_column(session, project, by)
        part = by if naming is None else patterns.CAPTURED
        counted = patterns.count_patterns(session, project.id, part=part, unit="unit")
        if naming is not None:
            counted = _moved(counted, partial(_into_period, naming))
        counted = _bundled(counted)
        known = known_answers.count_known(session, project.id) if by is None else None
        names = patterns.names_of(session, sorted(counted.users))
        standards = {
            version: standard_of(site, session, project.id, version)
            for version in range(1, project.standard_version + 1)
        }
    latest = standards[project.standard_version]
    of_types = {d: counted.of(d) for d in latest.codes}
    if by is None:
        return _report(of_types, counted, names, standards, intervals, known)
    parts = sorted({place.part or "" for place, _ in counted.seated})
    compared = parts[-MOST_PARTS:] if by == WEEK else parts
    return AgreementBy(
        by,
        {
            part: _report(_only(of_types, part), counted, names, standards, intervals)
            for part in compared
        },
        left_out=len(parts) - len(compared),
    )


def _into_period(naming: Callable[[str], str], place: Place) -> Place:
    return place if place.part is None else Place(naming(place.part), place.unit)


def _check_column(session: Session, project: Project, by: str) -> None:
    if not patterns.has_column(session, project.id, by):
        raise InvalidInput(
            "The images have no column of this name.",
            fields=[
                FieldError(
                    "by", "Give week, shift, line, station, lot, unit, or a manifest's column."
                )
            ],
        )
    if patterns.count_parts(session, project.id, by) > MOST_PARTS:
        raise InvalidInput(
            "This column has more than {most} different values: too many to compare.",
            most=MOST_PARTS,
            fields=[FieldError("by", "Choose a column with fewer values.")],
        )


def _only(
    of_types: Mapping[str, Mapping[Pattern, int]], part: str
) -> dict[str, dict[Pattern, int]]:
    return {
        code: {p: n for p, n in found.items() if (p.place.part or "") == part}
        for code, found in of_types.items()
    }


def _report(
    of_types: Mapping[str, Mapping[Pattern, int]],
    counted: PatternsOfTypes,
    names: Mapping[str, str],
    standards: Mapping[int, Standard],
    intervals: Intervals,
    known: KnownAnswers | None = None,
) -> AgreementReport:
    grouped = any(place.unit is not None for place, _ in counted.seated)
    tables = {
        code: _table(code, found, names, standards, grouped=grouped)
        for code, found in of_types.items()
    }
    if known is not None and known.seated:
        tables = {
            code: with_known_answers(table, code, known, names, standards, most_groups=MOST_GROUPS)
            for code, table in tables.items()
        }
    return measure_tables(
        tables,
        positive=Verdict.PRESENT.value,
        level=intervals.level,
        replicates=intervals.replicates,
        seed=intervals.seed,
        fewest_known=FEWEST_KNOWN,
    )


def _bundled(counted: PatternsOfTypes) -> PatternsOfTypes:
    """The same counts with at most `MOST_GROUPS` units: which bundle, its hash decides."""
    units = {place.unit for place, _ in counted.seated if place.unit is not None}
    if len(units) <= MOST_GROUPS:
        return counted
    bundle = {unit: bundle_of(unit, MOST_GROUPS) for unit in units}

    def bundled(place: Place) -> Place:
        return place if place.unit is None else Place(place.part, bundle[place.unit])

    return _moved(counted, bundled)


def _moved(counted: PatternsOfTypes, move: Callable[[Place], Place]) -> PatternsOfTypes:
    """The same counts at other places; what comes to lie at one place is added up."""
    seated: Counter[tuple[Place, tuple[Seat, ...]]] = Counter()
    for (place, seats), images in counted.seated.items():
        seated[move(place), seats] += images
    marked: dict[str, Counter[Pattern]] = {code: Counter() for code in counted.marked}
    for code, found in counted.marked.items():
        for pattern, images in found.items():
            marked[code][replace(pattern, place=move(pattern.place))] += images
    return PatternsOfTypes(seated, marked)


def _table(
    code: str,
    found: Mapping[Pattern, int],
    names: Mapping[str, str],
    standards: Mapping[int, Standard],
    *,
    grouped: bool,
) -> RatingTable:
    """One defect type's ratings; a version of the standard without the type judged nothing."""
    users = sorted({s.user for p in found for s in p.seats}, key=lambda user: names[user])
    place = {user: index for index, user in enumerate(users)}
    codes: Codes = np.full((len(found), len(users)), MISSING, dtype=np.int8)
    for row, pattern in enumerate(found):
        for seat, verdict in zip(pattern.seats, pattern.verdicts, strict=True):
            if standards[seat.version].find(code) is not None:
                codes[row, place[seat.user]] = _CODE[verdict]
    items = np.array(list(found.values()), dtype=np.int64)
    groups = None
    if grouped:
        serials = [pattern.place.unit for pattern in found]
        rows, items, groups = in_units(serials, items, MOST_GROUPS)
        codes = codes[rows]
    columns = [Column(names[user]) for user in users]
    return rating_table(count_patterns(_CATEGORIES, columns, codes, items=items, groups=groups))
