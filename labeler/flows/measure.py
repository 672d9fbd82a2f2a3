"""Measure how far a project's reviewers agree, from counts of rating patterns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import overload

from sqlmodel import Session

from labeler.core.agreement.report import AgreementReport
from labeler.core.agreement.report import measure as measure_tables
from labeler.core.agreement.seats import PatternsOfTypes
from labeler.core.errors import FieldError, InvalidInput
from labeler.core.people import Principal
from labeler.core.standard import Standard
from labeler.core.terms import Verdict
from labeler.flows.measure_periods import WEEK, period_split
from labeler.flows.measure_table import AgreementBy
from labeler.flows.rating_counts import Split
from labeler.flows.rating_tables import rating_tables
from labeler.flows.scope import project_for, standard_of
from labeler.flows.site import Site
from labeler.store import patterns
from labeler.store.tables import Project

# Reports side by side are for reading: beyond this nobody compares them.
MOST_PARTS = 60


@dataclass(frozen=True, slots=True)
class Intervals:
    """How intervals are made: their level, and the bootstrap's replicates and seed."""

    level: float = 0.95
    replicates: int = 2000
    seed: int = 0


_USUAL = Intervals()


@overload
def measure(
    site: Site,
    who: Principal,
    code: str,
    by: None = None,
    *,
    intervals: Intervals = _USUAL,
    pairs: bool = True,
) -> AgreementReport: ...


@overload
def measure(
    site: Site,
    who: Principal,
    code: str,
    by: str,
    *,
    intervals: Intervals = _USUAL,
    pairs: bool = True,
) -> AgreementBy: ...


@overload
def measure(
    site: Site,
    who: Principal,
    code: str,
    by: str | None,
    *,
    intervals: Intervals = _USUAL,
    pairs: bool = True,
) -> AgreementReport | AgreementBy: ...


def measure(
    site: Site,
    who: Principal,
    code: str,
    by: str | None = None,
    *,
    intervals: Intervals = _USUAL,
    pairs: bool = True,
) -> AgreementReport | AgreementBy:
    """Agreement over each reviewer's live production review of each image.

    Where images know their unit (the part's serial), intervals resample units instead of
    images, because pictures of one part are not independent. `by` names a column of the
    images (line, station, lot, unit, or a further one of the manifest), or the week or shift
    of their capture in plant time: one report for each of its values. Of weeks the latest
    `MOST_PARTS` are compared. Without `pairs` those of more than two reviewers are left out.
    Raises `NotFound`, `InvalidInput` for a column that no image
    has, shifts that nobody set up, or intervals that cannot be made.
    """
    with site.database.read() as session:
        project = project_for(session, who, code)
        split = None if by is None else _split(site, session, project, by)
    counted = site.rating_counts.of(site.database, project.id, split)
    with site.database.read() as session:
        # Only now: the counts may know reviews that came after the project was looked up.
        project = project_for(session, who, code)
        people = _People(
            patterns.names_of(session, sorted(counted.users)),
            {
                version: standard_of(site, session, project.id, version)
                for version in range(1, project.standard_version + 1)
            },
        )
    types = people.standards[project.standard_version].codes
    if by is None:
        return _report(site, counted, types, people, intervals, pairs=pairs)
    parts = counted.by_part()
    if len(parts) > MOST_PARTS and by != WEEK:
        raise _too_many_parts()
    compared = sorted(parts)[-MOST_PARTS:]
    return AgreementBy(
        by,
        {
            part: _report(site, parts[part], types, people, intervals, pairs=pairs)
            for part in compared
        },
        left_out=len(parts) - len(compared),
    )


@dataclass(frozen=True, slots=True)
class _People:
    """Names by id, and what they judged by."""

    names: Mapping[str, str]
    standards: Mapping[int, Standard]


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


def _report(
    site: Site,
    counted: PatternsOfTypes,
    types: Sequence[str],
    people: _People,
    intervals: Intervals,
    *,
    pairs: bool,
) -> AgreementReport:
    return measure_tables(
        rating_tables(counted, types, people.names, people.standards),
        positive=Verdict.PRESENT.value,
        level=intervals.level,
        replicates=intervals.replicates,
        seed=intervals.seed,
        pairs=pairs,
        recall=site.figures,
    )
