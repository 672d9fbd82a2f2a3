"""The agreement report as CSV, a file per picture of the page."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from labeler.core.agreement.marginals import marks_more
from labeler.core.agreement.places import PlaceAgreement
from labeler.core.agreement.report import AgreementReport
from labeler.core.agreement.values import Figure, Undefined
from labeler.core.datasets.formats.labels_csv import escaped
from labeler.core.terms import Verdict
from labeler.flows.label_accuracy import ProjectAccuracy
from labeler.flows.measure_table import AgreementBy
from labeler.web.agreement_matrix import MatrixCell, MatrixRow
from labeler.web.agreement_rows import HEADLINE, flat_figures

_FIGURE = ("value", "low", "high", "reason", "standard_error", "undefined_share")
_NO_FIGURE = ("", "", "", "", "")


def table_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table as CSV; texts cannot become formulas in a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([escaped(c) if isinstance(c, str) else c for c in row] for row in rows)
    return out.getvalue()


def figure_cells(figure: Figure) -> tuple[object, ...]:
    """The cells of `_FIGURE`; the reason says why there is no value, or no interval."""
    if isinstance(figure, Undefined):
        return ("", "", "", str(figure.reason), "", "")
    return (
        figure.value, figure.low, figure.high, str(figure.no_interval or ""),
        figure.standard_error, figure.undefined_share,
    )  # fmt: skip


def agreement_csv(report: AgreementReport) -> str:
    """Every count and figure per defect type, a line each."""

    def lines() -> Iterable[Sequence[object]]:
        for one in report.defect_types:
            for name, count in one.counts.document(one.scale).items():
                yield one.defect_type, name, count, *_NO_FIGURE
            yield one.defect_type, "prevalence", one.prevalence, *_NO_FIGURE
            yield one.defect_type, "bias_index", one.bias, *_NO_FIGURE
            if one.not_enough is not None:
                yield one.defect_type, "not_enough", "", "", "", str(one.not_enough), "", ""
            for name, figure in flat_figures(one.statistics):
                yield one.defect_type, name, *figure_cells(figure)
            for name, figure in flat_figures(one.severity.statistics if one.severity else {}):
                yield one.defect_type, f"severity.{name}", *figure_cells(figure)
            if one.places is not None:
                for name, known in _place_facts(one.places):
                    yield one.defect_type, f"places.{name}", known, *_NO_FIGURE
                for name, figure in flat_figures(one.places.statistics):
                    yield one.defect_type, f"places.{name}", *figure_cells(figure)

    return table_csv(("defect_type", "statistic", *_FIGURE), lines())


def _place_facts(places: PlaceAgreement) -> Iterator[tuple[str, object]]:
    """How places were compared, and what was counted."""
    document = places.document()
    yield from ((key, document[key]) for key in ("coordinates", "iou", "grow_px", "boundary_px"))
    for key in ("compared", "one_drew", "nobody_drew", "regions", "matched", "unmatched"):
        yield key, getattr(places, key)


def by_csv(split: AgreementBy) -> str:
    """Positive agreement per defect type and value of the column."""

    def lines() -> Iterable[Sequence[object]]:
        for value, report in split.reports.items():
            for one in report.defect_types:
                headline = dict(flat_figures(one.statistics))[HEADLINE]
                yield value, one.defect_type, one.images, *figure_cells(headline)

    return table_csv((split.column, "defect_type", "images", *_FIGURE), lines())


def pairs_csv(report: AgreementReport) -> str:
    """Every two reviewers on every defect type: what both said, and whether one marks more.

    `p` is McNemar's exact one, `corrected` the same after Holm's correction for all lines.
    """
    tests = {(one.defect_type, frozenset((one.more, one.less))): one for one in marks_more(report)}

    def lines() -> Iterable[Sequence[object]]:
        for pair in report.pairs:
            (absent, second), (first, both) = pair.table
            tested = tests.get((pair.defect_type, frozenset(pair.raters)))
            p_values = ("", "") if tested is None else (tested.p, tested.corrected)
            figures = dict(flat_figures(pair.statistics))
            for name in (HEADLINE, "cohen_kappa"):
                yield (
                    pair.defect_type, *pair.raters, pair.images, both, first, second, absent,
                    pair.bias, *p_values, name, *figure_cells(figures[name]),
                )  # fmt: skip

    header = (
        "defect_type", "first", "second", "images", "both_present", "only_first", "only_second",
        "both_absent", "bias_index", "p", "corrected", "statistic", *_FIGURE,
    )  # fmt: skip
    return table_csv(header, lines())


def accuracy_csv(found: ProjectAccuracy) -> str:
    """Precision and recall of the labels per defect type, with the limits that may be claimed."""

    def lines() -> Iterable[Sequence[object]]:
        for one in found.types:
            outcome = one.outcome
            for name in ("precision", "recall"):
                share = getattr(outcome.accuracy, name)
                value, low, high, reason, *_ = figure_cells(share.figure)
                yield (
                    one.defect_type, name, value, low, high, reason, share.at_least,
                    share.at_most, found.least, outcome.shown.value, outcome.audited,
                    outcome.wrong,
                )  # fmt: skip

    header = (
        "defect_type", "statistic", "value", "low", "high", "reason", "at_least", "at_most",
        "asked", "answer", "audited", "wrong",
    )  # fmt: skip
    return table_csv(header, lines())


def matrix_csv(codes: Sequence[str], rows: Sequence[MatrixRow]) -> str:
    """What each reviewer said of each defect type, and of what is known."""

    def line(reviewer: str, code: str, cell: MatrixCell) -> Sequence[object]:
        present, versus = Verdict.PRESENT, cell.versus
        unsure = cell.answers.unsure if cell.answers else 0
        if versus is None:
            return reviewer, code, cell.marked, cell.judged, unsure, "", "", "", ""
        absent = versus.confusion[Verdict.ABSENT]
        return (
            reviewer, code, cell.marked, cell.judged, unsure,
            cell.found_defects, versus.known[present], absent[present], versus.known["absent"],
        )  # fmt: skip

    header = (
        "reviewer", "defect_type", "marked", "judged", "cant_tell",
        "known_defects_found", "known_defects", "known_good_marked", "known_good",
    )  # fmt: skip
    return table_csv(
        header,
        (
            line(row.reviewer, code, cell)
            for row in rows
            for code, cell in zip(codes, row.cells, strict=True)
        ),
    )
