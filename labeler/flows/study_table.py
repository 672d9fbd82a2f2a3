"""An attribute agreement study that comes as CSV; no database is needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from labeler.core.agreement.ratings import MISSING, UNSURE
from labeler.core.agreement.scale import Scale
from labeler.core.errors import InvalidInput
from labeler.core.msa.acceptance import Limits
from labeler.core.msa.report import StudyReport, report_study
from labeler.core.msa.settings import StudySettings
from labeler.core.msa.study import StudyTable
from labeler.core.terms import Verdict
from labeler.flows.ratings_csv import (
    AGREEMENT_NAMES,
    ONLY_TYPE,
    ColumnNames,
    RatingsOfType,
    add,
    in_order,
    read_ratings,
    scale_of,
)

_NAMES = ColumnNames("part", "appraiser", "rating")
# What these words mean nobody has to be told; of 0 and 1 either may be the bad one.
_BAD = frozenset({"present", "bad", "ng", "nok", "not ok", "fail", "reject", "불량"})


@dataclass(frozen=True, slots=True)
class StudyReports:
    """A report per defect type; `typed` where the table has a column for it."""

    reports: Mapping[str, StudyReport]
    typed: bool

    def document(self) -> dict[str, object]:
        """The MSA JSON, or one per type under `defect_types`."""
        if self.typed:
            return {"defect_types": {name: one.document() for name, one in self.reports.items()}}
        return self.reports[ONLY_TYPE].document()


def study_csv(
    path_or_text: Path | str,
    *,
    bad: Sequence[str] = (),
    ordered: Sequence[str] | None = None,
    settings: StudySettings | None = None,
    limits: Limits | None = None,
) -> StudyReports:
    """Report a table `part,appraiser,trial,rating,reference`, or with agreement's columns.

    A `Path` is read, a `str` is the table itself. `bad` are the ratings that mean a bad part;
    without any, a rating that says so by itself (present, bad, NG, reject, …). An empty rating
    is missing, `unsure` is "can't tell"; without `trial` there is one, without `reference`
    nothing is known. `ordered` gives the ratings in rank order. Raises `InvalidInput` naming
    the line: a duplicate (part, appraiser, trial), two references of one part.
    """
    read = read_ratings(path_or_text, _NAMES, AGREEMENT_NAMES)
    only = bad[0] if len(bad) == 1 else None
    scale = scale_of(read.lines, only, ordered)
    found: dict[str, RatingsOfType] = {} if read.typed else {ONLY_TYPE: RatingsOfType()}
    for one in read.lines:
        add(found.setdefault(one.defect_type, RatingsOfType()), one)
    known_bad = _bad(scale, bad)
    reports = {
        name: report_study(_table(found[name], scale, known_bad), settings, limits)
        for name in sorted(found)
    }
    return StudyReports(reports, read.typed)


def _bad(scale: Scale, named: Sequence[str]) -> tuple[str, ...]:
    for one in named:
        if one not in scale.categories:
            raise InvalidInput("No rating has the bad value {label}.", label=one)
    if not named:
        return tuple(one for one in scale.categories if one.casefold() in _BAD)
    if set(named) == set(scale.categories):
        raise InvalidInput("Not every rating can be the bad one.")
    return tuple(one for one in scale.categories if one in named)


def _table(found: RatingsOfType, scale: Scale, bad: tuple[str, ...]) -> StudyTable:
    code = {category: index for index, category in enumerate(scale.categories)}
    code = {"": MISSING, Verdict.UNSURE: UNSURE} | code
    parts, appraisers = in_order(found.items), in_order(c.rater for c in found.columns)
    trials = in_order(c.trial for c in found.columns)
    row = {found.items[part]: place for place, part in enumerate(parts)}
    column = {
        index: (appraisers.index(c.rater), trials.index(c.trial))
        for c, index in found.columns.items()
    }
    codes = np.full((len(parts), len(appraisers), len(trials)), MISSING, dtype=np.int8)
    for (item, index), label in found.answers.items():
        codes[(row[item], *column[index])] = code[label]
    # A reference of "unsure" is no known answer.
    known = [max(code[found.known.get(found.items[part], "")], MISSING) for part in parts]
    return StudyTable(
        scale,
        bad,
        tuple(parts),
        tuple(appraisers),
        tuple(trial or "1" for trial in trials),
        codes,
        np.array(known, dtype=np.int8),
    )
