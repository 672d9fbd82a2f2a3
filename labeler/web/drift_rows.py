"""Control charts and their alarms as the page shows them, in the person's words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fastapi import Request
from markupsafe import Markup

from labeler.core.control_chart import ControlChart, Signal
from labeler.core.drift import Alarm
from labeler.core.standard import Standard
from labeler.flows.drift import DISPUTES, Drift, DriftChart
from labeler.web.agreement_csv import table_csv
from labeler.web.control_charts import control_chart_svg
from labeler.web.rendering import language_of, translate

_NEW_FIRST = 4


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """An alarm in words: what happened, and what moved along with it.

    `name` is the defect type whose chart it is, empty for the one of all together.
    """

    name: str
    said: str
    upward: bool
    reviewers: tuple[str, ...]
    defect_types: tuple[str, ...]
    versions: tuple[int, ...]
    is_latest: bool


@dataclass(frozen=True, slots=True)
class ChartRow:
    """A chart with its picture; `of_all` is the one of all defect types together."""

    title: str
    svg: Markup
    chart: ControlChart
    of_all: bool


@dataclass(frozen=True, slots=True)
class DriftRows:
    """What the part of the page needs: alarms (the first few, the others), charts.

    Without a `comparable` chart the silence of the alarms means nothing.
    """

    alarms: tuple[AlarmRow, ...]
    older: tuple[AlarmRow, ...]
    charts: tuple[ChartRow, ...]
    each: tuple[ChartRow, ...]
    firm: bool
    comparable: bool


def _name(standard: Standard, code: str, language: str) -> str:
    entry = standard.find(code)
    return entry.label(language) if entry else code


def _said(request: Request, alarm: Alarm) -> str:
    values: dict[str, object] = {
        "period": alarm.periods[-1],
        "first": alarm.periods[0],
        "last": alarm.periods[-1],
        "count": len(alarm.periods),
        "n": alarm.count,
        "all": alarm.of,
        "share": f"{alarm.centre * 100:.1f} %",
    }
    if alarm.measure == DISPUTES:
        return _disputes_said(request, alarm.signal, values)
    return _misses_said(request, alarm.signal, values)


def _picked(values: dict[str, object], signal: Signal) -> dict[str, object]:
    names = ("first", "last", "count") if signal.of_a_run else ("period",)
    return {name: values[name] for name in (*names, "n", "all", "share")}


def _disputes_said(request: Request, signal: Signal, values: dict[str, object]) -> str:
    given = _picked(values, signal)
    if signal is Signal.ABOVE:
        return translate(
            request,
            "{period}: more disputes than chance gives, {n} of {all} images (usual: {share}).",
            **given,
        )
    if signal is Signal.BELOW:
        return translate(
            request,
            "{period}: fewer disputes than chance gives, {n} of {all} images (usual: {share}).",
            **given,
        )
    if signal is Signal.RUN_ABOVE:
        return translate(
            request,
            "{first} to {last}: more disputes than usual {count} times in a row, "
            "{n} of {all} images (usual: {share}).",
            **given,
        )
    return translate(
        request,
        "{first} to {last}: fewer disputes than usual {count} times in a row, "
        "{n} of {all} images (usual: {share}).",
        **given,
    )


def _misses_said(request: Request, signal: Signal, values: dict[str, object]) -> str:
    given = _picked(values, signal)
    if signal is Signal.ABOVE:
        return translate(
            request,
            "{period}: more missed than chance gives, {n} of {all} known defects (usual: {share}).",
            **given,
        )
    if signal is Signal.BELOW:
        return translate(
            request,
            "{period}: fewer missed than chance gives, {n} of {all} known defects "
            "(usual: {share}).",
            **given,
        )
    if signal is Signal.RUN_ABOVE:
        return translate(
            request,
            "{first} to {last}: more missed than usual {count} times in a row, "
            "{n} of {all} known defects (usual: {share}).",
            **given,
        )
    return translate(
        request,
        "{first} to {last}: fewer missed than usual {count} times in a row, "
        "{n} of {all} known defects (usual: {share}).",
        **given,
    )


def _alarm_rows(request: Request, drift: Drift, standard: Standard) -> list[AlarmRow]:
    language = language_of(request)
    last = max((c.chart.points[-1].sample.period for c in drift.charts), default="")
    rows = []
    own = {(a.measure, a.defect_type, a.periods[-1], a.signal.upward) for a in drift.alarms}
    for alarm in drift.alarms:
        same = (alarm.measure, alarm.periods[-1], alarm.signal.upward)
        if alarm.defect_types and all(
            (same[0], code, *same[1:]) in own for code in alarm.defect_types
        ):
            continue  # those types say it themselves, and nearer
        rows.append(
            AlarmRow(
                _name(standard, alarm.defect_type, language) if alarm.defect_type else "",
                _said(request, alarm),
                alarm.signal.upward,
                alarm.reviewers,
                tuple(_name(standard, code, language) for code in alarm.defect_types),
                alarm.versions,
                alarm.periods[-1] == last,
            )
        )
    return rows


def _title(request: Request, one: DriftChart, standard: Standard) -> str:
    if one.defect_type is not None:
        name = _name(standard, one.defect_type, language_of(request))
        if one.measure == DISPUTES:
            return translate(request, "Disputes: {name}", name=name)
        return translate(request, "Missed defects: {name}", name=name)
    if one.measure == DISPUTES:
        return translate(request, "Images in dispute")
    return translate(request, "Known defects that somebody missed")


def _nothing_said(request: Request, chart: ControlChart) -> str:
    if chart.comparable:
        return translate(request, "Nothing stands out.")
    return translate(request, "There is only one point: too little to compare yet.")


def drift_rows(request: Request, drift: Drift, standard: Standard) -> DriftRows:
    """The alarms in words and the charts as pictures, those of all types together first."""
    alarms = _alarm_rows(request, drift, standard)
    began = {period: f"v{version}" for version, period in drift.began.items()}
    charts = []
    for index, one in enumerate(drift.charts):
        title = _title(request, one, standard)
        own = [
            _said(request, alarm)
            for alarm in drift.alarms
            if (alarm.measure, alarm.defect_type) == (one.measure, one.defect_type)
        ]
        described = " ".join(own) or _nothing_said(request, one.chart)
        svg = control_chart_svg(
            one.chart, name=f"drift-{index}", title=title, described=described, began=began
        )
        charts.append(ChartRow(title, svg, one.chart, one.defect_type is None))
    return DriftRows(
        tuple(alarms[:_NEW_FIRST]),
        tuple(alarms[_NEW_FIRST:]),
        tuple(chart for chart in charts if chart.of_all),
        tuple(chart for chart in charts if not chart.of_all),
        all(one.chart.firm for one in drift.charts),
        any(one.chart.comparable for one in drift.charts),
    )


def drift_csv(drift: Drift) -> str:
    """Every point of every chart, a line each."""

    def lines() -> Iterable[Sequence[object]]:
        for one in drift.charts:
            for point in one.chart.points:
                sample = point.sample
                yield (
                    one.measure, one.defect_type or "", sample.period, sample.count, sample.of,
                    point.share, one.chart.centre, point.low / sample.of,
                    point.high / sample.of, " ".join(point.signals),
                )  # fmt: skip

    header = (
        "measure", "defect_type", drift.by, "count", "of", "share", "centre", "low", "high",
        "signals",
    )  # fmt: skip
    return table_csv(header, lines())
