"""Measure how far a project's reviewers agree, from counts of rating patterns."""

from collections.abc import Mapping
from dataclasses import dataclass
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
from labeler.core.agreement.seats import PatternsOfTypes, Place
from labeler.core.errors import FieldError, InvalidInput
from labeler.core.people import Principal
from labeler.core.standard import Standard
from labeler.core.terms import Verdict
from labeler.flows.kept_places import read_places
from labeler.flows.measure_groups import ITEM, grouped_by
from labeler.flows.measure_known import with_known_answers
from labeler.flows.measure_periods import WEEK, period_split
from labeler.flows.measure_places import PlaceReading, place_counts
from labeler.flows.measure_table import AgreementBy
from labeler.flows.place_tally import Tallies
from labeler.flows.rating_counts import Split
from labeler.flows.rating_groups import MOST_GROUPS, bundle
from labeler.flows.rating_tables import RatingTables
from labeler.flows.scope import every_standard, project_for
from labeler.flows.site import Site
from labeler.store import known_answers, patterns
from labeler.store.known_answers import KnownAnswers
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
class _Read:
    """What was read of a project, for all of its reports."""

    names: Mapping[str, str]
    standards: Mapping[int, Standard]
    parts: Mapping[str, PatternsOfTypes]
    groups: Mapping[str, GroupedBy]
    places: Tallies
    known: KnownAnswers | None

    @property
    def types(self) -> tuple[str, ...]:
        """The defect types of the latest standard."""
        return self.standards[max(self.standards)].codes


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
    pairs: bool = True,
    others: bool = False,
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
    pairs: bool = True,
    others: bool = False,
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
    pairs: bool = True,
    others: bool = False,
) -> AgreementReport | AgreementBy: ...


def measure(
    site: Site,
    who: Principal,
    code: str,
    by: str | None = None,
    *,
    intervals: Intervals = _USUAL,
    how: PlaceSettings = _HOW,
    pairs: bool = True,
    others: bool = False,
) -> AgreementReport | AgreementBy:
    """Agreement over each reviewer's live production review of each image.

    Where images know their unit (the part's serial) or their lot, intervals draw those instead
    of images, because pictures of one part are not independent. `how` compares the marked
    places. `by` names a column of the images (line, station, lot, unit, or a further one of
    the manifest), or the week or shift of their capture in plant time: one report for each of
    its values. Of weeks the latest `MOST_PARTS` are compared. Raises `NotFound`,
    `InvalidInput` for a column that no image has, shifts that nobody set up, or intervals
    that cannot be made. Without `by`, each reviewer is also held against the images whose
    truth is known; too few of them give counts and no share. Without `pairs` those of
    more than two reviewers are left out; with `others` each reviewer is held against all
    others together.
    """
    with site.database.read() as session:
        project = project_for(session, who, code)
        split = None if by is None else _split(site, session, project, by)
    read = _read(site, who, code, project.id, split, how)
    if by is None:
        return _report(site, read, "", intervals, how, pairs=pairs, others=others)
    parts = sorted(read.parts)
    if len(parts) > MOST_PARTS and by != WEEK:
        raise _too_many_parts()
    compared = parts[-MOST_PARTS:]
    return AgreementBy(
        by,
        {
            part: _report(site, read, part, intervals, how, pairs=pairs, others=others)
            for part in compared
        },
        left_out=len(parts) - len(compared),
    )


def _split(site: Site, session: Session, project: Project, by: str) -> Split:
    """Raises `InvalidInput` for a column that no image has, or one with too many values."""
    period = period_split(site, session, project.id, by)
    if period is not None:
        return period
    split = Split(by, by)
    if site.rating_counts.knows(project.id, split):
        return split
    if not site.rating_counts.has_column(session, project.id, by):
        raise InvalidInput(
            "The images have no column of this name.",
            fields=[
                FieldError(
                    "by", "Give week, shift, line, station, lot, unit, or a manifest's column."
                )
            ],
        )
    if patterns.count_parts(session, project.id, by) > MOST_PARTS:
        raise _too_many_parts()
    return split


def _too_many_parts() -> InvalidInput:
    return InvalidInput(
        "This column has more than {most} different values: too many to compare.",
        most=MOST_PARTS,
        fields=[FieldError("by", "Choose a column with fewer values.")],
    )


def _read(
    site: Site, who: Principal, code: str, project_id: str, split: Split | None, how: PlaceSettings
) -> _Read:
    with site.rating_counts.read(site.database, project_id, split) as (found, session):
        project = project_for(session, who, code)
        parts = found.counts.by_part()
        groups = {part: grouped_by(found.groups.get(part, {})) for part in parts}
        names = patterns.every_name(session)
        standards = every_standard(site, session, project)
        reading = PlaceReading(names, standards, how, split, groups, MOST_GROUPS)
        places = read_places(site, session, project_id, reading)
        known = None
        if split is None:
            whole = groups.get("", GroupedBy())
            drawn = partial(_drawn, grouped=whole.kind != ITEM, bundled=whole.count or 0)
            known = known_answers.count_known(session, project_id, drawn)
    return _Read(names, standards, parts, groups, places, known)


def _drawn(place: Place, *, grouped: bool, bundled: int) -> Place:
    """The group that intervals draw: none where images are drawn, a bundle where too many."""
    if not grouped or place.group is None:
        return Place(place.part, None)
    return Place(place.part, bundle(place.group)) if bundled > MOST_GROUPS else place


def _report(
    site: Site,
    read: _Read,
    part: str,
    intervals: Intervals,
    how: PlaceSettings,
    *,
    pairs: bool,
    others: bool,
) -> AgreementReport:
    groups = read.groups.get(part, GroupedBy())
    grouped = groups.kind != ITEM
    counted = read.parts.get(part, PatternsOfTypes())
    tables = RatingTables(counted, read.names, read.standards, grouped=grouped)
    verdicts = {code: tables.verdicts(code) for code in read.types}
    severities = {code: tables.severities(code) for code in read.types}
    if read.known is not None and read.known.seated:
        books = read.known, read.names, read.standards
        verdicts = {
            code: with_known_answers(table, code, *books) for code, table in verdicts.items()
        }
    return measure_tables(
        verdicts,
        positive=Verdict.PRESENT.value,
        level=intervals.level,
        replicates=intervals.replicates,
        seed=intervals.seed,
        method=intervals.method,
        grouped_by=groups,
        severity={code: one for code, one in severities.items() if one is not None},
        places=_places(read, part, verdicts, grouped=grouped),
        how=how,
        pairs=pairs,
        others=others,
        fewest_known=FEWEST_KNOWN,
        recall=site.figures,
    )


def _places(
    read: _Read, part: str, tables: Mapping[str, RatingTable], *, grouped: bool
) -> dict[str, PlaceCounts]:
    """Of the defect types that are judged with a place, or once were."""
    with_place = {
        entry.code
        for book in read.standards.values()
        for entry in book.defect_types
        if entry.geometry
    }
    return {
        code: place_counts(read.places.get((part, code)), table, grouped=grouped)
        for code, table in tables.items()
        if code in with_place
    }
