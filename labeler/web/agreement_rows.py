"""The agreement report as the page and the CSV show it. Apart, because it loads NumPy and SciPy."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from markupsafe import Markup

from labeler.core.agreement.places import PlaceAgreement
from labeler.core.agreement.rater_answers import RaterAnswers
from labeler.core.agreement.report import (
    UNSURE_WARNING_SHARE,
    AgreementReport,
    PairAgreement,
    TypeAgreement,
)
from labeler.core.agreement.values import Estimate, Figure, Undefined
from labeler.core.datasets.formats.labels_csv import escaped
from labeler.core.standard import DefectType, Standard
from labeler.flows.measure_table import AgreementBy
from labeler.web.charts import DotRow, chart_svg, dot_chart
from labeler.web.rendering import language_of, translate

HEADLINE, BESIDE = "positive_agreement", "krippendorff_alpha"
# Fewer marked images than this, and the interval says more than the figure.
FEW_MARKED = 20


@dataclass(frozen=True, slots=True)
class TypeRow:
    """A defect type as the page shows it; `levels` are the names of its severities."""

    name: str
    levels: tuple[str, ...]
    agreement: TypeAgreement
    counts: Mapping[str, Any]
    headline: Figure
    beside: Figure
    others: Mapping[str, Figure]
    raters: tuple[RaterAnswers, ...]
    pairs: tuple[PairAgreement, ...]

    @property
    def marked(self) -> int:
        """Images with two ratings on which at least one said present."""
        return int(self.counts["both_present"]) + int(self.counts["only_one"])

    @property
    def is_few(self) -> bool:
        """Whether so few were marked that one image more would move the figure visibly."""
        return 0 < self.marked < FEW_MARKED

    @property
    def too_unsure(self) -> bool:
        """Whether "can't tell" is so frequent that it flatters every figure."""
        return (self.agreement.unsure_share or 0) > UNSURE_WARNING_SHARE

    @property
    def compared(self) -> bool:
        """Whether any image of it has two ratings."""
        return self.marked + int(self.counts["both_absent"]) > 0


def agreement_csv(report: AgreementReport) -> str:
    """Every count and figure per defect type, a line each."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for one in report.defect_types:
        code = escaped(one.defect_type)
        for name, count in one.counts.document(one.scale).items():
            writer.writerow((code, name, count, "", "", "", "", ""))
        for name, figure in _flat(one.statistics):
            writer.writerow((code, name, *_cells(figure)))
        for name, figure in _flat(one.severity.statistics if one.severity else {}):
            writer.writerow((code, f"severity.{name}", *_cells(figure)))
        if one.places is not None:
            for name, known in _place_facts(one.places):
                writer.writerow((code, f"places.{name}", known, "", "", "", "", ""))
            for name, figure in _flat(one.places.statistics):
                writer.writerow((code, f"places.{name}", *_cells(figure)))
    return out.getvalue()


_COLUMNS = (
    "defect_type", "statistic", "value", "low", "high", "reason", "standard_error",
    "undefined_share",
)  # fmt: skip


def _place_facts(places: PlaceAgreement) -> Iterator[tuple[str, object]]:
    """How places were compared, and what was counted."""
    document = places.document()
    yield from ((key, document[key]) for key in ("coordinates", "iou", "grow_px", "boundary_px"))
    for key in ("compared", "one_drew", "nobody_drew", "regions", "matched", "unmatched"):
        yield key, getattr(places, key)


def _cells(figure: Figure) -> tuple[object, ...]:
    if isinstance(figure, Undefined):
        return ("", "", "", str(figure.reason), "", "")
    return (
        figure.value, figure.low, figure.high, figure.no_interval or "", figure.standard_error,
        figure.undefined_share,
    )  # fmt: skip


def _flat(statistics: Mapping[str, Figure | Mapping[str, Figure]]) -> Iterator[tuple[str, Figure]]:
    for name, figure in statistics.items():
        if isinstance(figure, Mapping):
            yield from ((f"{name}.{key}", one) for key, one in figure.items())
        else:
            yield name, figure


def type_rows(request: Request, report: AgreementReport, standard: Standard) -> list[TypeRow]:
    """Every defect type of a report under its name in the person's language."""
    language = language_of(request)
    rows = []
    for one in report.defect_types:
        figures = dict(_flat(one.statistics))
        entry = standard.find(one.defect_type)
        rows.append(
            TypeRow(
                name=entry.label(language) if entry else one.defect_type,
                levels=_level_names(entry, language),
                agreement=one,
                counts=one.counts.document(one.scale),
                headline=figures.pop(HEADLINE),
                beside=figures.pop(BESIDE),
                others=figures,
                raters=tuple(r for r in report.raters if r.defect_type == one.defect_type),
                pairs=tuple(p for p in report.pairs if p.defect_type == one.defect_type),
            )
        )
    return rows


def _level_names(entry: DefectType | None, language: str) -> tuple[str, ...]:
    if entry is None:
        return ()
    names = ((level.name, level.code) for level in entry.severity)
    return tuple(name.get(language) or name.get("en") or code for name, code in names)


def _figure_text(request: Request, figure: Figure) -> str:
    """The figure with its interval, or why there is none."""
    if isinstance(figure, Estimate):
        if figure.low is None or figure.high is None:
            return f"{figure.value:.2f}"
        return f"{figure.value:.2f} ({figure.low:.2f}–{figure.high:.2f})"
    return translate(request, str(figure.reason))


def _dot(request: Request, label: str, figure: Figure) -> DotRow:
    if isinstance(figure, Undefined):
        return DotRow(label, None, None, None, translate(request, "undefined: see below"))
    text = _figure_text(request, figure)
    return DotRow(label, figure.value, figure.low, figure.high, text)


def _svg(dots: Sequence[DotRow], name: str, title: str) -> Markup:
    chart = dot_chart(dots, width_px=820, label_px=190, text_px=170)
    return chart_svg(chart, name=name, title=title)


def type_chart(request: Request, rows: Sequence[TypeRow], which: str) -> Markup:
    """One dot per defect type; `which` is headline or beside."""
    dots = [_dot(request, row.name, getattr(row, which)) for row in rows]
    title = (
        translate(request, "Positive agreement per defect type")
        if which == "headline"
        else translate(request, "Krippendorff's alpha per defect type")
    )
    return _svg(dots, f"agreement-{which}", title)


def place_chart(request: Request, rows: Sequence[TypeRow]) -> Markup:
    """One dot of F1 per defect type that is judged with a place."""
    placed = ((row.name, row.agreement.places) for row in rows)
    figures = ((name, places.statistics["f1"]) for name, places in placed if places is not None)
    dots = [_dot(request, name, f1) for name, f1 in figures if not isinstance(f1, Mapping)]
    return _svg(dots, "agreement-places", translate(request, "F1 of places per defect type"))


def split_charts(
    request: Request, split: AgreementBy, standard: Standard
) -> list[tuple[str, Markup]]:
    """Per defect type its name and a chart with one dot per value of the column."""
    parts = {
        value or translate(request, "(none)"): type_rows(request, report, standard)
        for value, report in split.reports.items()
    }
    charts = []
    for index, code in enumerate(standard.codes):
        dots = [_dot(request, value, rows[index].headline) for value, rows in parts.items()]
        entry = standard.defect_types[index]
        title = entry.label(language_of(request))
        charts.append((title, _svg(dots, f"agreement-by-{code}", title)))
    return charts
