"""Measure agreement in a table of ratings that comes as CSV; no database is needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from labeler.core.agreement.methods import Method
from labeler.core.agreement.ratings import (
    MISSING,
    UNSURE,
    RatingTable,
    count_answers,
    rating_table,
)
from labeler.core.agreement.report import AgreementReport, measure
from labeler.core.agreement.scale import Scale
from labeler.core.terms import Verdict
from labeler.flows.ratings_csv import (
    ONLY_TYPE,
    RatingsOfType,
    add,
    in_order,
    read_ratings,
    scale_of,
)


@dataclass(frozen=True, slots=True)
class AgreementBy:
    """One report per value of the column `column`, in the order of the values.

    `left_out` counts values before the first one: of weeks only the latest are compared.
    """

    column: str
    reports: Mapping[str, AgreementReport]
    left_out: int = 0

    def document(self) -> dict[str, object]:
        """`{"by": {VALUE: report}}`, and `left_out` where something was."""
        found: dict[str, object] = {
            "by": {value: one.document() for value, one in self.reports.items()}
        }
        return found | ({"left_out": self.left_out} if self.left_out else {})


def _table(found: RatingsOfType, scale: Scale, *, reference: bool, grouped: bool) -> RatingTable:
    codes = {category: code for code, category in enumerate(scale.categories)}
    codes.setdefault(Verdict.UNSURE, UNSURE)
    codes[""] = MISSING
    raters = in_order(column.rater for column in found.columns)
    rank = {rater: index for index, rater in enumerate(raters)}
    trials = {trial: n for n, trial in enumerate(in_order(c.trial for c in found.columns))}
    columns = sorted(found.columns, key=lambda c: (rank[c.rater], trials[c.trial]))
    place = {found.columns[column]: index for index, column in enumerate(columns)}
    groups = None
    if grouped:
        numbers = {name: n for n, name in enumerate(in_order(found.groups.values()))}
        groups = np.array([numbers[found.groups[i]] for i in range(len(found.items))], np.int64)
    known = None
    if reference:
        # A reference of "unsure" is no known answer.
        of = [codes[found.known.get(i, "")] for i in range(len(found.items))]
        known = np.array([max(code, MISSING) for code in of], dtype=np.int8)
    return rating_table(
        count_answers(
            scale.categories,
            columns,
            item=np.array([item for item, _ in found.answers], dtype=np.int64),
            column=np.array([place[column] for _, column in found.answers], dtype=np.int64),
            code=np.array([codes[label] for label in found.answers.values()], dtype=np.int8),
            groups=groups,
            reference=known,
        )
    )


def measure_csv(
    path_or_text: Path | str,
    *,
    by: str | None = None,
    positive: str | None = None,
    ordered: Sequence[str] | None = None,
    level: float = 0.95,
    replicates: int = 2000,
    seed: int = 0,
    group: str | None = None,
    method: Method = Method.SMOOTHED,
) -> AgreementReport | AgreementBy:
    """Agreement in a table `item,rater,label[,defect_type][,trial][,reference]`, any order.

    A `Path` is read, a `str` is the table itself. An empty label is missing, `unsure` is
    "can't tell". `by` names a column: one report for each of its values. `group` names the
    column of the unit to resample, where items of one unit depend on each other. The scale
    is that of the whole table. Raises `InvalidInput` naming the line: a duplicate
    (item, rater, trial), a label outside `ordered`, a column that is missing.
    """
    read = read_ratings(path_or_text, by=by, group=group)
    scale = scale_of(read.lines, positive, ordered)
    parts: dict[str, dict[str, RatingsOfType]] = {} if by is not None else {"": {}}
    for one in read.lines:
        add(parts.setdefault(one.part, {}).setdefault(one.defect_type, RatingsOfType()), one)
    if not read.lines and by is None:
        parts[""][ONLY_TYPE] = RatingsOfType()
    reports = {
        part: measure(
            {
                name: _table(
                    types[name], scale, reference=read.reference, grouped=group is not None
                )
                for name in sorted(types)
            },
            positive=scale.positive,
            ordered=scale.categories if scale.ordered else None,
            level=level,
            replicates=replicates,
            seed=seed,
            method=method,
        )
        for part, types in ((name, parts[name]) for name in in_order(parts))
    }
    return reports[""] if by is None else AgreementBy(by, reports)
