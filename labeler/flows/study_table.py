"""An attribute agreement study that comes as CSV; no database is needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np

from labeler.core.agreement.ratings import MISSING
from labeler.core.agreement.scale import Scale
from labeler.core.errors import InvalidInput
from labeler.core.msa.acceptance import Limits
from labeler.core.msa.report import StudyReport, report_study
from labeler.core.msa.settings import StudySettings
from labeler.core.msa.study import StudyTable
from labeler.flows.ratings_csv import (
    AGREEMENT_NAMES,
    ColumnNames,
    RatingColumn,
    RatingLines,
    read_ratings,
)
from labeler.flows.ratings_matrix import (
    ONLY_TYPE,
    Faults,
    RatingMatrix,
    by_part_and_type,
    in_order,
    matrix_of,
    scale_of,
)

_NAMES = ColumnNames("part", "appraiser", "rating")
_FIRST_TRIAL = "1"
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
    nothing is known. `ordered` gives the ratings in rank order. A trial without a name
    is the first. Raises `InvalidInput` naming
    the line: a duplicate (part, appraiser, trial), two references of one part.
    """
    lines = _first_trial_named(read_ratings(path_or_text, _NAMES, AGREEMENT_NAMES))
    scale = scale_of(lines, bad[0] if len(bad) == 1 else None, ordered)
    faults = Faults(lines)
    typed = "defect_type" in lines.columns
    found = {
        name: matrix_of(lines, places, scale, faults)
        for _, name, places in by_part_and_type(lines)
        if len(places) or not typed
    }
    faults.check()
    known_bad = _bad(scale, bad)
    parts = lines.columns["item"].texts
    reports = {
        name: report_study(_table(found[name], parts, scale, known_bad), settings, limits)
        for name in sorted(found)
    }
    return StudyReports(reports, typed)


def _first_trial_named(lines: RatingLines) -> RatingLines:
    """An empty trial is called 1, as where nobody names any: they are not two."""
    column = lines.columns.get("trial")
    if column is None or not {"", _FIRST_TRIAL} <= set(column.texts):
        return lines
    empty, first = column.texts.index(""), column.texts.index(_FIRST_TRIAL)
    numbers = np.where(column.numbers == empty, first, column.numbers)
    return replace(lines, columns={**lines.columns, "trial": RatingColumn(numbers, column.texts)})


def _bad(scale: Scale, named: Sequence[str]) -> tuple[str, ...]:
    for one in named:
        if one not in scale.categories:
            raise InvalidInput("No rating has the bad value {label}.", label=one)
    if not named:
        return tuple(one for one in scale.categories if one.casefold() in _BAD)
    if set(named) == set(scale.categories) and len(scale.categories) > 1:
        raise InvalidInput("Not every rating can be the bad one.")
    return tuple(one for one in scale.categories if one in named)


def _table(
    found: RatingMatrix, texts: Sequence[str], scale: Scale, bad: tuple[str, ...]
) -> StudyTable:
    names = [texts[item] for item in found.items]
    parts, appraisers = in_order(names), in_order(c.rater for c in found.columns)
    trials = in_order(c.trial for c in found.columns)
    row = {part: place for place, part in enumerate(parts)}
    rows = [row[name] for name in names]
    codes = np.full((len(parts), len(appraisers), len(trials)), MISSING, dtype=np.int8)
    asked = set()
    for place, column in enumerate(found.columns):
        appraiser, trial = appraisers.index(column.rater), trials.index(column.trial)
        codes[rows, appraiser, trial] = found.codes[:, place]
        asked.add((appraiser, trial))
    known = np.full(len(parts), MISSING, dtype=np.int8)
    if found.known is not None:
        known[rows] = found.known
    return StudyTable(
        scale,
        bad,
        tuple(parts),
        tuple(appraisers),
        tuple(trial or _FIRST_TRIAL for trial in trials),
        codes,
        known,
        frozenset(product(range(len(appraisers)), range(len(trials)))) - asked,
    )
