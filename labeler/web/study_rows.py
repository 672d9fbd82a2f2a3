"""The report of a study as page and sheet show it. Apart, because it loads NumPy and SciPy."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from labeler.core.agreement.values import Estimate, Figure, Undefined
from labeler.core.datasets.formats.labels_csv import escaped
from labeler.core.msa.acceptance import Judged, Limits, is_rate
from labeler.core.msa.limits import Answer
from labeler.core.msa.reasons import reason_words
from labeler.core.msa.report import StudyReport
from labeler.core.msa.sentences import (
    Said,
    Sentence,
    answer_words,
    bad_sentence,
    convention_words,
    interval_words,
    judged_words,
    limit_in_words,
    percent,
    reach_sentence,
    uneven_sentence,
    verdict_words,
)
from labeler.core.msa.settings import Convention
from labeler.core.msa.shares import Share
from labeler.web.charts import DotRow
from labeler.web.limit_chart import Zone, limit_chart, scale_top
from labeler.web.numbers import number

Gettext = Callable[..., str]


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above a report: `subject` in words, facts as (name, value), notes.

    `categories` are the ratings in words; `part_names` and `part_links` belong to parts.
    `running` says that further answers will come, `closed` that a lead ended it.
    """

    subject: str
    facts: Sequence[tuple[str, str]] = ()
    categories: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()
    part_names: Mapping[str, str] = field(default_factory=dict)
    part_links: Mapping[str, str] = field(default_factory=dict)
    running: bool = False
    closed: bool = False


def share_text(share: Share, edges: Sequence[float] = ()) -> str:
    """`84.0 % (71.5–91.7)`, without the counts; empty where undefined.

    No number reads like one of the limits `edges` that it is not.
    """
    figure = share.figure
    if isinstance(figure, Undefined):
        return ""
    value = f"{percent(figure.value, *edges)} %"
    if figure.low is None or figure.high is None:
        return value
    return f"{value} ({percent(figure.low, *edges)}–{percent(figure.high, *edges)})"


def report_context(
    report: StudyReport, heading: Heading, gettext: Gettext, *, links: bool = True
) -> dict[str, Any]:
    """What the template of a report needs; `gettext` translates a sentence and fills it.

    A sheet has no `links`: on paper nobody follows them.
    """

    def sentence(one: Sentence) -> str:
        return gettext(str(one.key), **one.values)

    settings, verdict = report.settings, report.verdict
    bad = tuple(heading.categories.get(name, name) for name in report.table.bad)
    return {
        "report": report,
        "heading": heading,
        "links": links,
        "percent": percent,
        "edges": _edges(verdict.limits),
        "kappa": lambda value, places=2: number(value, decimals=places),
        "words": lambda answer: gettext(str(answer_words(answer))),
        "whole": gettext(str(verdict_words(verdict.answer))),
        "unmeasured": [
            (", ".join(gettext(str(judged_words(one))) for one in judged), gettext(str(reason)))
            for reason, judged in verdict.unmeasured.items()
        ],
        "answers": _answers(report),
        "judged": {one: gettext(str(judged_words(one))) for one in Judged},
        "bad_words": sentence(bad_sentence(bad)),
        "counted": gettext(str(convention_words(settings.convention))),
        "interval": gettext(str(interval_words(settings.interval))),
        "all_trials": settings.convention is Convention.ALL_TRIALS,
        "reach": [sentence(reach_sentence(one)) for one in verdict.reach],
        "limits": _limits_in_words(verdict.limits, gettext),
        "charts": list(_charts(report, gettext)),
        "expected": report.table.expected,
        "uneven": sentence(uneven_sentence(report.trials_by_appraiser))
        if report.table.not_asked
        else "",
        "reason_words": reason_words,
    }


def _edges(limits: Limits) -> dict[Judged, tuple[float, float]]:
    """The limits of each figure, for whoever prints the figure beside them."""
    return {judged: (limit.good, limit.marginal) for judged, limit in limits.of.items()}


def _answers(report: StudyReport) -> dict[str, dict[Judged, tuple[str, str, Answer]]]:
    """Per appraiser or pair and figure: the figure, its interval, and what is shown."""
    found: dict[str, dict[Judged, tuple[str, str, Answer]]] = {}
    edges = _edges(report.verdict.limits)
    for one in report.verdict.judgements:
        texts = _judged_text(one.judged, one.figure, edges[one.judged])
        found.setdefault(" · ".join(one.appraisers), {})[one.judged] = (*texts, one.answer)
    return found


def _judged_text(judged: Judged, figure: Figure, edges: Sequence[float]) -> tuple[str, str]:
    if isinstance(figure, Undefined):
        return "", ""
    is_kappa = judged is Judged.KAPPA
    value = number(figure.value, *edges) if is_kappa else f"{percent(figure.value, *edges)} %"
    if figure.low is None or figure.high is None:
        return value, ""
    ends = (figure.low, figure.high)
    if is_kappa:
        return value, " – ".join(number(end, *edges) for end in ends)
    return value, "–".join(percent(end, *edges) for end in ends)


def _limits_in_words(limits: Limits, gettext: Gettext) -> list[str]:
    found = []
    for judged, limit in limits.of.items():
        name = gettext(str(judged_words(judged)))
        good, marginal = (limit_in_words(judged, one) for one in (limit.good, limit.marginal))
        if judged is Judged.KAPPA:
            pattern = gettext("{figure}: good above {good}, not acceptable below {marginal}")
        else:
            pattern = (
                gettext("{figure}: good up to {good} %, not acceptable above {marginal} %")
                if is_rate(judged)
                else gettext("{figure}: good from {good} %, not acceptable below {marginal} %")
            )
        found.append(pattern.format(figure=name, good=good, marginal=marginal))
    return found


def _charts(report: StudyReport, gettext: Gettext) -> Iterator[tuple[str, Markup]]:
    """(title, picture) of every figure that has limits and is known of somebody."""
    shares: dict[Judged, list[tuple[str, Share]]] = {
        Judged.EFFECTIVENESS: [(one.appraiser, one.all_trials) for one in report.versus],
        Judged.MISS_RATE: [(one.appraiser, one.miss_rate) for one in report.versus],
        Judged.FALSE_ALARM_RATE: [(one.appraiser, one.false_alarm_rate) for one in report.versus],
    }
    for judged, found in shares.items():
        if not any(isinstance(share.figure, Estimate) for _, share in found):
            continue
        limit = report.verdict.limits.of[judged]
        edges = (limit.good, limit.marginal)
        rows = [_dot(name, share, gettext, edges) for name, share in found]
        title = gettext(str(judged_words(judged)))
        good, marginal, poor = (
            gettext(str(one)) for one in (Said.GOOD, Said.MARGINAL, Said.NOT_ACCEPTABLE)
        )
        if is_rate(judged):
            top = scale_top(rows, limit.marginal)
            zones = (
                Zone("good", good, 0, limit.good),
                Zone("marginal", marginal, limit.good, limit.marginal),
                Zone("poor", poor, limit.marginal, top),
            )
            scale = (0.0, top)
        else:
            lows = [row.low for row in rows if row.low is not None]
            bottom = 0.5 if min([limit.marginal, *lows]) >= 0.5 else 0.0
            zones = (
                Zone("poor", poor, bottom, limit.marginal),
                Zone("marginal", marginal, limit.marginal, limit.good),
                Zone("good", good, limit.good, 1),
            )
            scale = (bottom, 1.0)
        yield title, limit_chart(rows, zones, name=f"study-{judged}", title=title, scale=scale)


def _dot(name: str, share: Share, gettext: Gettext, edges: Sequence[float]) -> DotRow:
    figure = share.figure
    if isinstance(figure, Undefined):
        return DotRow(name, None, None, None, gettext("undefined: see below"))
    return DotRow(name, figure.value, figure.low, figure.high, share_text(share, edges))


def study_csv_text(report: StudyReport) -> str:
    """Every figure, a line each; then the verdict, and what this many parts cannot prove."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        (
            "figure",
            "appraisers",
            "count",
            "of",
            "unit",
            "value",
            "low",
            "high",
            "interval",
            "reason",
        )
    )
    for name, who, share, kappas in _figures(report):
        people = escaped(" · ".join(who))
        if share is not None:
            value, low, high, reason = _cells(share.figure)
            writer.writerow(
                (name, people, share.count, share.of, str(share.unit), value, low, high,
                 share.interval, reason)
            )  # fmt: skip
        for kappa, figure in kappas.items():
            value, low, high, reason = _cells(figure)
            writer.writerow((f"{name}.{kappa}", people, "", "", "", value, low, high, "", reason))
    convention = report.settings.convention
    writer.writerow(("convention", *[""] * 3, convention, *[""] * 4, convention_words(convention)))
    verdict = report.verdict
    writer.writerow(("verdict", *[""] * 8, verdict_words(verdict.answer)))
    for reach in verdict.reach:
        # The limit of the interval is the one without a single error: better this many cannot.
        ends = ("", reach.best) if is_rate(reach.judged) else (reach.best, "")
        writer.writerow(
            (f"reach.{reach.judged}", "", reach.errors, reach.parts, "parts", "", *ends, "",
             reach_sentence(reach).english)
        )  # fmt: skip
    return out.getvalue()


def _cells(figure: Figure) -> tuple[object, object, object, str]:
    if isinstance(figure, Undefined):
        return ("", "", "", reason_words(figure))
    return (figure.value, figure.low, figure.high, "")


def _figures(
    report: StudyReport,
) -> Iterator[tuple[str, tuple[str, ...], Share | None, Mapping[str, Figure]]]:
    none: Mapping[str, Figure] = {}
    for one in report.within:
        yield "within", (one.appraiser,), one.share, {"kappa": one.kappa, **one.others}
    for versus in report.versus:
        who = (versus.appraiser,)
        yield "versus_standard", who, versus.share, {"kappa": versus.kappa, **versus.others}
        yield "effectiveness", who, versus.all_trials, none
        yield "right_decisions", who, versus.decisions, none
        yield "miss_rate", who, versus.miss_rate, none
        yield "false_alarm_rate", who, versus.false_alarm_rate, none
    for pair in report.pairs:
        yield "pairs", pair.appraisers, pair.share, {"kappa": pair.kappa}
    for name, together in (
        ("between", report.between),
        ("all_versus_standard", report.all_versus),
    ):
        yield name, (), together.share, {"kappa": together.kappa, **together.others}
