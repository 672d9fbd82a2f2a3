"""Measure how far a project's reviewers agree, from pattern counts that SQL made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import overload

from sqlmodel import Session

from labeler.core.agreement.methods import Method
from labeler.core.agreement.place_features import PlaceSettings
from labeler.core.agreement.places import PlaceCounts
from labeler.core.agreement.ratings import RatingTable
from labeler.core.agreement.reference import FEWEST_KNOWN
from labeler.core.agreement.report import AgreementReport, GroupedBy
from labeler.core.agreement.report import measure as measure_tables
from labeler.core.errors import FieldError, InvalidInput
from labeler.core.people import Principal
from labeler.core.standard import Standard
from labeler.core.terms import Verdict
from labeler.flows.measure_groups import ITEM, MOST_GROUPS, drawn_together, groups_by_part, moved
from labeler.flows.measure_known import with_known_answers
from labeler.flows.measure_periods import WEEK, period_naming
from labeler.flows.measure_places import PlaceReading, Tally, place_counts, tally_places
from labeler.flows.measure_table import AgreementBy
from labeler.flows.rating_tables import severity_ratings, verdict_table
from labeler.flows.scope import project_for, standard_of
from labeler.flows.site import Site
from labeler.store import known_answers, patterns
from labeler.store.known_answers import KnownAnswers
from labeler.store.patterns import Pattern, Place
from labeler.store.tables import Project

# Reports side by side are for reading: beyond this nobody compares them.
MOST_PARTS = 60


@dataclass(frozen=True, slots=True)
class Intervals:
    """How intervals are made: their level and method, and the bootstrap's replicates and seed."""

    level: float = 0.95
    replicates: int = 2000
    seed: int = 0
    method: Method = Method.SMOOTHED


@dataclass(frozen=True, slots=True)
class _Counted:
    """What was read of a project, for all of its reports."""

    names: Mapping[str, str]
    standards: Mapping[int, Standard]
    of_types: Mapping[str, Mapping[Pattern, int]]
    groups: Mapping[str, GroupedBy]
    places: Mapping[tuple[str, str], Tally] = field(default_factory=dict)
    known: KnownAnswers | None = None


_USUAL = Intervals()
_HOW = PlaceSettings()


@overload
def measure(
    site: Site,
    who: Principal,
    code: str,
    by: None = None,
    *,
    intervals: Intervals = _USUAL,
    how: PlaceSettings = _HOW,
) -> AgreementReport: ...


@overload
def measure(
    site: Site,
    who: Principal,
    code: str,
    by: str,
    *,
    intervals: Intervals = _USUAL,
    how: PlaceSettings = _HOW,
) -> AgreementBy: ...


@overload
def measure(
    site: Site,
    who: Principal,
    code: str,
    by: str | None,
    *,
    intervals: Intervals = _USUAL,
    how: PlaceSettings = _HOW,
) -> AgreementReport | AgreementBy: ...


def measure(
    site: Site,
    who: Principal,
    code: str,
    by: str | None = None,
    *,
    intervals: Intervals = _USUAL,
    how: PlaceSettings = _HOW,
) -> AgreementReport | AgreementBy:
    """Agreement over each reviewer's live production review of each image.

    Where images know their unit (the part's serial) or their lot, intervals draw those instead
    of images, because pictures of one part are not independent. `how` compares the marked
    places. `by` names a column of the images (line, station, lot, unit, or a further one of
    the manifest), or the week or shift of their capture in plant time: one report for each of
    its values. Of weeks the latest `MOST_PARTS` are compared. Without `by`, each reviewer is
    also held against the images whose truth is known; too few of them give counts and no
    share. Raises `NotFound`, `InvalidInput` for a column that no image has, shifts that nobody
    set up, or intervals that cannot be made.
    """
    with site.database.read() as session:
        project = project_for(session, who, code)
        counted = _read(site, session, project, by, how)
    if by is None:
        return _report(counted, "", intervals, how)
    parts = sorted(counted.groups)
    compared = parts[-MOST_PARTS:] if by == WEEK else parts
    return AgreementBy(
        by,
        {part: _report(counted, part, intervals, how) for part in compared},
        left_out=len(parts) - len(compared),
    )


def _read(
    site: Site, session: Session, project: Project, by: str | None, how: PlaceSettings
) -> _Counted:
    naming = None if by is None else period_naming(site, session, project.id, by)
    if by is not None and naming is None:
        _check_column(session, project, by)
    column = by if naming is None else patterns.CAPTURED
    found = patterns.count_patterns(session, project.id, part=column, grouped=True)
    if naming is not None:
        found = moved(found, partial(_into_period, naming))
    groups = groups_by_part(found)
    drawn = drawn_together(found, groups)
    found = moved(found, drawn)
    names = patterns.names_of(session, sorted(found.users))
    standards = {
        version: standard_of(site, session, project.id, version)
        for version in range(1, project.standard_version + 1)
    }

    def placing(place: Place, image: str) -> tuple[str, str]:
        part = (place if naming is None else _into_period(naming, place)).part or ""
        alone = place.group is None or groups[part].kind == ITEM
        return part, image if alone else str(place.group)

    reading = PlaceReading(names, standards, how, placing, column, MOST_GROUPS)
    codes = standards[project.standard_version].codes
    return _Counted(
        names,
        standards,
        {code: found.of(code) for code in codes},
        groups,
        tally_places(site, session, project.id, reading),
        None if by else known_answers.count_known(session, project.id, drawn),
    )


def _into_period(naming: Callable[[str], str], place: Place) -> Place:
    return place if place.part is None else Place(naming(place.part), place.group)


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


def _report(
    counted: _Counted, part: str, intervals: Intervals, how: PlaceSettings
) -> AgreementReport:
    groups = counted.groups.get(part, GroupedBy())
    grouped = groups.kind != ITEM
    of_types = {
        code: {p: n for p, n in found.items() if (p.place.part or "") == part}
        for code, found in counted.of_types.items()
    }
    books = counted.names, counted.standards
    tables = {c: verdict_table(c, f, *books, grouped=grouped) for c, f in of_types.items()}
    severities = {c: severity_ratings(c, f, *books, grouped=grouped) for c, f in of_types.items()}
    known = counted.known
    if known is not None and known.seated:
        tables = {code: with_known_answers(t, code, known, *books) for code, t in tables.items()}
    return measure_tables(
        tables,
        positive=Verdict.PRESENT.value,
        level=intervals.level,
        replicates=intervals.replicates,
        seed=intervals.seed,
        method=intervals.method,
        grouped_by=groups,
        severity={code: one for code, one in severities.items() if one is not None},
        places=_places(counted, part, tables, grouped=grouped),
        how=how,
        fewest_known=FEWEST_KNOWN,
    )


def _places(
    counted: _Counted, part: str, tables: Mapping[str, RatingTable], *, grouped: bool
) -> dict[str, PlaceCounts]:
    """Of the defect types that are judged with a place, or once were."""
    with_place = {
        entry.code
        for book in counted.standards.values()
        for entry in book.defect_types
        if entry.geometry
    }
    return {
        code: place_counts(counted.places.get((part, code)), table, grouped=grouped)
        for code, table in tables.items()
        if code in with_place
    }
