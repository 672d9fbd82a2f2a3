"""Measure agreement in a table of ratings that comes as CSV; no database is needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from labeler.core.agreement.methods import Method, Weights
from labeler.core.agreement.ratings import RatingTable, count_patterns, rating_table
from labeler.core.agreement.report import AgreementReport, measure
from labeler.flows.ratings_csv import read_ratings
from labeler.flows.ratings_matrix import (
    Faults,
    RatingMatrix,
    by_part_and_type,
    in_order,
    matrix_of,
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


def _table(one: RatingMatrix, categories: Sequence[str]) -> RatingTable:
    return rating_table(
        count_patterns(categories, one.columns, one.codes, groups=one.groups, reference=one.known)
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
    weights: Weights | None = None,
) -> AgreementReport | AgreementBy:
    """Agreement in a table `item,rater,label[,defect_type][,trial][,reference]`, any order.

    A `Path` is read, a `str` is the table itself. An empty label is missing, `unsure` is
    "can't tell". `by` names a column: one report for each of its values. `group` names the
    column of the unit to resample, where items of one unit depend on each other. `weights`
    add weighted coefficients of `ordered` labels. The scale is that of the whole table. Raises
    `InvalidInput` naming the line: a duplicate (item, rater, trial), a label outside `ordered`,
    a column that is missing.
    """
    lines = read_ratings(path_or_text, wanted=[name for name in (by, group) if name is not None])
    scale = scale_of(lines, positive, ordered)
    faults = Faults(lines)
    parts: dict[str, dict[str, RatingTable]] = {}
    for part, name, places in by_part_and_type(lines, by):
        one = matrix_of(lines, places, scale, faults, group=group)
        parts.setdefault(part, {})[name] = _table(one, scale.categories)
    faults.check()
    reports = {
        part: measure(
            {name: parts[part][name] for name in sorted(parts[part])},
            positive=scale.positive,
            ordered=scale.categories if scale.ordered else None,
            level=level,
            replicates=replicates,
            seed=seed,
            method=method,
            weights=weights,
        )
        for part in in_order(parts)
    }
    return reports[""] if by is None else AgreementBy(by, reports)
