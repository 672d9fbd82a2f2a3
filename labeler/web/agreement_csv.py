"""The agreement report as CSV, a file per picture of the page."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from labeler.core.agreement.marginals import marks_more
from labeler.core.agreement.places import PlaceAgreement
from labeler.core.agreement.report import AgreementReport, TypeAgreement
from labeler.core.agreement.values import Figure, Undefined
from labeler.core.datasets.formats.labels_csv import escaped
from labeler.core.label_accuracy.known_process import KnownProcess
from labeler.core.label_accuracy.missed import MissedByAll
from labeler.core.terms import Verdict
from labeler.flows.label_accuracy import ProjectAccuracy
from labeler.flows.measure_table import AgreementBy
from labeler.web.agreement_matrix import MatrixCell, MatrixRow
from labeler.web.agreement_rows import flat_figures

_FIGURE = ("value", "low", "high", "reason", "standard_error", "undefined_share")
_NO_FIGURE = ("", "", "", "", "")


def table_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table as CSV; texts cannot become formulas in a spreadsheet, column names neither."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(map(escaped, header))
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
    lines = (
        (one.defect_type, *line) for one in report.defect_types for line in _lines_of_type(one)
    )
    return table_csv(("defect_type", "statistic", *_FIGURE), lines)


def _lines_of_type(one: TypeAgreement) -> Iterator[Sequence[object]]:
    for name, count in one.counts.document(one.scale).items():
        yield name, count, *_NO_FIGURE
    yield "prevalence", one.prevalence, *_NO_FIGURE
    yield "bias_index", one.bias, *_NO_FIGURE
    if one.not_enough is not None:
        yield "not_enough", "", "", "", str(one.not_enough), "", ""
    for name, figure in flat_figures(one.statistics):
        yield name, *figure_cells(figure)
    for name, figure in flat_figures(one.severity.statistics if one.severity else {}):
        yield f"severity.{name}", *figure_cells(figure)
    if one.places is not None:
        for name, known in _place_facts(one.places):
            yield f"places.{name}", known, *_NO_FIGURE
        for name, figure in flat_figures(one.places.statistics):
            yield f"places.{name}", *figure_cells(figure)


def _place_facts(places: PlaceAgreement) -> Iterator[tuple[str, object]]:
    """How places were compared, and what was counted."""
    document = places.document()
    yield from ((key, document[key]) for key in ("coordinates", "iou", "grow_px", "boundary_px"))
    for key in ("compared", "one_drew", "nobody_drew", "regions", "matched", "unmatched"):
        yield key, getattr(places, key)


def by_csv(split: AgreementBy) -> str:
    """Every count and figure per defect type and value of the column, a line each."""
    lines = (
        (value, one.defect_type, one.images, *line)
        for value, report in split.reports.items()
        for one in report.defect_types
        for line in _lines_of_type(one)
    )
    return table_csv((split.column, "defect_type", "images", "statistic", *_FIGURE), lines)


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
            for name, figure in flat_figures(pair.statistics):
                yield (
                    pair.defect_type, *pair.raters, pair.images, both, first, second, absent,
                    pair.bias, *p_values, name, *figure_cells(figure),
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
                    share.at_most, found.least, outcome.level, outcome.shown.value, outcome.audited,
                    outcome.wrong, *_bound(name, one.missed), *_known(name, one.known),
                )  # fmt: skip

    header = (
        "defect_type", "statistic", "value", "low", "high", "reason", "at_least", "at_most",
        "asked", "level", "answer", "audited", "wrong", "missed_by_all_at_least", "recall_at_most",
        "known", "known_right", "known_wrong", "known_disputed",
    )  # fmt: skip
    return table_csv(header, lines())


def _bound(name: str, missed: MissedByAll | Undefined) -> Sequence[object]:
    """What no audit is needed for says something of recall only."""
    if name != "recall" or isinstance(missed, Undefined):
        return "", ""
    return missed.missed, missed.recall_at_most


def _known(name: str, known: KnownProcess) -> Sequence[object]:
    """Known defects tell of recall; what share of labels says present is not that of known ones."""
    one = known.present
    return (one.known, one.right, one.wrong, one.disputed) if name == "recall" else ("",) * 4


def matrix_csv(codes: Sequence[str], rows: Sequence[MatrixRow]) -> str:
    """What each reviewer said of each defect type, of what is known, and how far others agree."""

    def line(reviewer: str, code: str, cell: MatrixCell) -> Sequence[object]:
        present, versus = Verdict.PRESENT, cell.versus
        unsure = cell.answers.unsure if cell.answers else 0
        known: Sequence[object] = ("", "", "", "")
        if versus is not None:
            absent = versus.confusion[Verdict.ABSENT]
            known = (
                cell.found_defects, versus.known[present], absent[present], versus.known["absent"]
            )  # fmt: skip
        figures = dict(flat_figures(versus.statistics if versus else {}))
        others = cell.answers.others if cell.answers else None
        together = dict(flat_figures(others.statistics if others else {}))
        return (
            reviewer, code, cell.marked, cell.judged, unsure, *known,
            *(c for name in _RATES for c in _short(figures.get(name))),
            others.images if others else "",
            *(c for name in _WITH_OTHERS for c in _short(together.get(name))),
        )  # fmt: skip

    header = (
        "reviewer", "defect_type", "marked", "judged", "cant_tell",
        "known_defects_found", "known_defects", "known_good_marked", "known_good",
        *(f"{name}{part}" for name in _RATES for part in _SHORT),
        "with_others_images",
        *(f"with_others_{name}{part}" for name in _WITH_OTHERS for part in _SHORT),
    )  # fmt: skip
    return table_csv(
        header,
        (
            line(row.reviewer, code, cell)
            for row in rows
            for code, cell in zip(codes, row.cells, strict=True)
        ),
    )


_RATES = ("sensitivity", "specificity")
_WITH_OTHERS = (
    "percent_agreement", "positive_agreement", "negative_agreement", "cohen_kappa",
    "fleiss_kappa", "krippendorff_alpha", "gwet_ac1", "pabak",
)  # fmt: skip
# What a figure has where it is a few columns beside others, not a line of its own.
_SHORT = ("", "_low", "_high", "_reason")


def _short(figure: Figure | None) -> Sequence[object]:
    return ("",) * len(_SHORT) if figure is None else figure_cells(figure)[: len(_SHORT)]
