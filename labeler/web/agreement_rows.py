"""The agreement report as the page shows it. Apart, because it loads NumPy and SciPy."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from markupsafe import Markup

from labeler.core.agreement.pairs import bias_index
from labeler.core.agreement.rater_answers import RaterAnswers, share_of
from labeler.core.agreement.report import (
    UNSURE_WARNING_SHARE,
    AgreementReport,
    PairAgreement,
    TypeAgreement,
)
from labeler.core.agreement.standing import GOOD_FROM, ORDER, POOR_BELOW, Standing, standing
from labeler.core.agreement.values import Estimate, Figure, Statistics, Undefined
from labeler.core.agreement.versus import VersusReference
from labeler.core.datasets.gate import TypeGate
from labeler.core.standard import DefectType, Standard
from labeler.flows.measure_table import AgreementBy
from labeler.web.charts import DotRow, chart_svg, dot_chart
from labeler.web.numbers import interval, number
from labeler.web.rendering import language_of, translate
from labeler.web.strips import interval_strip

HEADLINE, BESIDE = "positive_agreement", "krippendorff_alpha"
# Fewer marked images than this, and the interval says more than the figure.
FEW_MARKED = 20


@dataclass(frozen=True, slots=True)
class FullLine:
    """Every coefficient of a part, a pair or a reviewer; shares None where nothing was judged."""

    name: str
    images: int
    figures: Mapping[str, Figure]
    prevalence: float | None
    bias: float | None


def _crossed_line(
    name: str, images: int, table: Sequence[Sequence[int]], statistics: Statistics
) -> FullLine:
    (absent, second), (first, both) = table
    decisions = absent + second + first + both
    marked = share_of(2 * both + first + second, 2 * decisions)
    return FullLine(name, images, _headline_first(statistics), marked, bias_index(table))


def _headline_first(statistics: Statistics) -> dict[str, Figure]:
    figures = dict(flat_figures(statistics))
    return {name: figures[name] for name in (HEADLINE, BESIDE)} | figures


@dataclass(frozen=True, slots=True)
class TypeRow:
    """A defect type as the page shows it.

    `levels` are the names of its severities; `gate` is None where nothing is known of an audit.
    """

    name: str
    levels: tuple[str, ...]
    agreement: TypeAgreement
    counts: Mapping[str, Any]
    headline: Figure
    beside: Figure
    others: Mapping[str, Figure]
    raters: tuple[RaterAnswers, ...]
    pairs: tuple[PairAgreement, ...]
    versus: tuple[VersusReference, ...]
    standing: Standing
    gate: TypeGate | None = None

    @property
    def code(self) -> str:
        """The defect type's code."""
        return self.agreement.defect_type

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

    @property
    def pair_lines(self) -> list[FullLine]:
        """Every two who judged the same images."""
        return [
            _crossed_line(" · ".join(pair.raters), pair.images, pair.table, pair.statistics)
            for pair in self.pairs
            if pair.images
        ]

    @property
    def reviewer_lines(self) -> list[FullLine]:
        """Every reviewer against all others together, where there is anything to compare."""
        return [
            _crossed_line(one.rater, one.others.images, one.others.table, one.others.statistics)
            for one in self.raters
            if one.others is not None and one.others.images
        ]

    def line(self, name: str) -> FullLine:
        """All reviewers together; Light's kappa of two people is Cohen's, so that one goes."""
        one = self.agreement
        figures = _headline_first(one.statistics)
        figures.pop("cohen_kappa")
        return FullLine(name, one.images, figures, one.prevalence, one.bias)

    @property
    def limits(self) -> tuple[float, float]:
        """What the ends of the interval are held against for the standing."""
        return GOOD_FROM, POOR_BELOW

    @property
    def strip(self) -> Markup:
        """The interval on its scale."""
        return interval_strip(self.headline, self.standing)


def flat_figures(
    statistics: Mapping[str, Figure | Mapping[str, Figure]],
) -> Iterator[tuple[str, Figure]]:
    """Every figure under one name; those per category are joined with a dot."""
    for name, figure in statistics.items():
        if isinstance(figure, Mapping):
            yield from ((f"{name}.{key}", one) for key, one in figure.items())
        else:
            yield name, figure


def type_rows(
    request: Request,
    report: AgreementReport,
    standard: Standard,
    gates: Mapping[str, TypeGate] | None = None,
) -> list[TypeRow]:
    """Every defect type of a report, in the order of the standard, named in the person's language.

    `gates` is keyed by the code of the defect type.
    """
    language = language_of(request)
    rows = []
    for one in report.defect_types:
        figures = dict(flat_figures(one.statistics))
        entry = standard.find(one.defect_type)
        headline = figures.pop(HEADLINE)
        rows.append(
            TypeRow(
                name=entry.label(language) if entry else one.defect_type,
                levels=_level_names(entry, language),
                agreement=one,
                counts=one.counts.document(one.scale),
                headline=headline,
                beside=figures.pop(BESIDE),
                others=figures,
                raters=tuple(r for r in report.raters if r.defect_type == one.defect_type),
                pairs=tuple(p for p in report.pairs if p.defect_type == one.defect_type),
                versus=tuple(
                    v for v in report.versus_reference or () if v.defect_type == one.defect_type
                ),
                # Below the count where intervals break their ends say nothing either.
                standing=Standing.NOT_ENOUGH if one.not_enough else standing(headline),
                gate=(gates or {}).get(one.defect_type),
            )
        )
    return rows


def worst_first(rows: Sequence[TypeRow]) -> list[TypeRow]:
    """What to act on before what to look at; among equals the order of the standard."""
    return sorted(rows, key=lambda row: ORDER.index(row.standing))


def standing_counts(rows: Sequence[TypeRow]) -> dict[Standing, int]:
    """How many defect types stand where, the worst first; only those that there are."""
    counts = Counter(row.standing for row in rows)
    return {one: counts[one] for one in ORDER if counts[one]}


def _level_names(entry: DefectType | None, language: str) -> tuple[str, ...]:
    if entry is None:
        return ()
    names = ((level.name, level.code) for level in entry.severity)
    return tuple(name.get(language) or name.get("en") or code for name, code in names)


def figure_text(request: Request, figure: Figure) -> str:
    """The figure with its interval, or why there is none."""
    if isinstance(figure, Estimate):
        if figure.low is None or figure.high is None:
            return number(figure.value, 0, 1)
        return f"{number(figure.value, 0, 1)} ({interval(figure.low, figure.high)})"
    return translate(request, str(figure.reason))


def _dot(request: Request, label: str, figure: Figure) -> DotRow:
    if isinstance(figure, Undefined):
        return DotRow(label, None, None, None, translate(request, "undefined: see below"))
    text = figure_text(request, figure)
    return DotRow(label, figure.value, figure.low, figure.high, text)


def _svg(dots: Sequence[DotRow], name: str, title: str) -> Markup:
    chart = dot_chart(dots, width_px=820, label_px=190, text_px=170)
    return chart_svg(chart, name=name, title=title)


def alpha_chart(request: Request, rows: Sequence[TypeRow]) -> Markup:
    """Krippendorff's alpha, one dot per defect type."""
    dots = [_dot(request, row.name, row.beside) for row in rows]
    return _svg(dots, "agreement-alpha", translate(request, "Krippendorff's alpha per defect type"))


def place_chart(request: Request, rows: Sequence[TypeRow]) -> Markup:
    """One dot of F1 per defect type that is judged with a place."""
    placed = ((row.name, row.agreement.places) for row in rows)
    figures = ((name, places.statistics["f1"]) for name, places in placed if places is not None)
    dots = [_dot(request, name, f1) for name, f1 in figures if not isinstance(f1, Mapping)]
    return _svg(dots, "agreement-places", translate(request, "F1 of places per defect type"))


@dataclass(frozen=True, slots=True)
class SideBySide:
    """A defect type's positive agreement for each value of a column."""

    title: str
    svg: Markup
    rows: tuple[tuple[str, TypeRow], ...]

    @property
    def lines(self) -> list[FullLine]:
        """Every coefficient of each value."""
        return [row.line(value) for value, row in self.rows]


def split_charts(request: Request, split: AgreementBy, standard: Standard) -> list[SideBySide]:
    """Per defect type a chart with one dot per value of the column, and the rows behind it."""
    parts = [
        (value or translate(request, "(none)"), type_rows(request, report, standard))
        for value, report in split.reports.items()
    ]
    charts = []
    for index, code in enumerate(standard.codes):
        dots = [_dot(request, value, rows[index].headline) for value, rows in parts]
        title = standard.defect_types[index].label(language_of(request))
        behind = tuple((value, rows[index]) for value, rows in parts)
        charts.append(SideBySide(title, _svg(dots, f"agreement-by-{code}", title), behind))
    return charts
