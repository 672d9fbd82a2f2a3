"""The report of a study as plain text for a terminal."""

from collections.abc import Iterator, Sequence

from labeler.core.agreement.values import Figure, Undefined
from labeler.core.msa.acceptance import Judged
from labeler.core.msa.appraisers import Table
from labeler.core.msa.reasons import reason_words
from labeler.core.msa.report import StudyReport
from labeler.core.msa.sentences import (
    Said,
    answer_words,
    bad_sentence,
    convention_words,
    interval_words,
    judged_words,
    percent,
    reach_sentence,
    uneven_sentence,
    verdict_words,
)
from labeler.core.msa.shares import Share

# More parts to look at than this nobody reads in a terminal.
_MOST_PARTS = 40


def _share(share: Share, limits: Sequence[float] = ()) -> str:
    figure = share.figure
    if isinstance(figure, Undefined):
        return f"undefined: {reason_words(figure)}"
    text = f"{share.count:>4}/{share.of:<4} {percent(figure.value, *limits):>5} %"
    if figure.low is not None and figure.high is not None:
        text += f"   {percent(figure.low, *limits)} to {percent(figure.high, *limits)}"
    return text


def _kappa(figure: Figure) -> str:
    if isinstance(figure, Undefined):
        return f"kappa undefined: {figure.reason}"
    text = f"kappa {figure.value:.3f}"
    if figure.low is not None and figure.high is not None:
        text += f" ({figure.low:.3f} to {figure.high:.3f})"
    return text


def _lines(
    rows: Sequence[tuple[str, Share, Figure | None]], limits: Sequence[float] = ()
) -> Iterator[str]:
    width = max((len(name) for name, _, _ in rows), default=0)
    for name, share, kappa in rows:
        text = f"  {name:{width}}  {_share(share, limits):36}"
        yield (text if kappa is None else f"{text}  {_kappa(kappa)}").rstrip()


def _crossed(table: Table, down: str, across: str, categories: Sequence[str]) -> Iterator[str]:
    width = max(len(name) for name in categories)
    cell = max(width, *(len(str(n)) for row in table for n in row)) + 2
    yield f"  {down} (down) and {across} (across)"
    yield " " * (width + 4) + "".join(f"{name:>{cell}}" for name in categories)
    for name, row in zip(categories, table, strict=True):
        yield f"    {name:{width}}" + "".join(f"{n:>{cell}}" for n in row)


def _head(report: StudyReport) -> Iterator[str]:
    table, settings = report.table, report.settings
    known = f"{report.bad_parts} bad, {report.good_parts} good" if table.bad else ""
    if not known:
        known = f"{table.known} known"
    yield (
        f"{len(table.parts)} parts ({known}), {len(table.appraisers)} appraisers, "
        f"{len(table.trials)} trials"
    )
    yield bad_sentence(table.bad).english
    yield str(convention_words(settings.convention))
    yield f"{interval_words(settings.interval)} For decisions and kappas parts are resampled."
    if table.not_asked:
        yield uneven_sentence(report.trials_by_appraiser).english
    if report.missing:
        yield f"{report.missing} answers are missing."
    for name in report.too_unsure:
        yield f'{name} says "can\'t tell" so often that it flatters the shares of decisions.'


def _verdict(report: StudyReport) -> Iterator[str]:
    verdict = report.verdict
    yield f"Verdict: {verdict_words(verdict.answer)}"
    for reason, judged in verdict.unmeasured.items():
        yield f"  not measured: {', '.join(str(judged_words(one)) for one in judged)}: {reason}"
    yield f"  the figures alone, without their intervals: {answer_words(verdict.alone)}"
    for one in verdict.judgements:
        who = " and ".join(one.appraisers)
        name = judged_words(one.judged)
        yield (
            f"  {who}: {str(name).lower()}: {answer_words(one.answer)} "
            f"(alone: {answer_words(one.alone)})"
        )
    yield from (f"  {reach_sentence(reach).english}" for reach in verdict.reach)


def _figures(report: StudyReport) -> Iterator[str]:
    level = f"{100 * report.settings.level:g} % interval"
    yield f"Within appraiser: alike with themselves ({level})"
    yield from _lines([(one.appraiser, one.share, one.kappa) for one in report.within])
    yield "Each appraiser against the standard"
    yield from _lines([(one.appraiser, one.share, one.kappa) for one in report.versus])
    for title, name, judged in (
        (f"{Said.EFFECTIVENESS}: parts right in all trials", "all_trials", Judged.EFFECTIVENESS),
        (f"{Said.RIGHT_DECISIONS}: every decision by itself", "decisions", None),
        (Said.MISS_RATE, "miss_rate", Judged.MISS_RATE),
        (Said.FALSE_ALARM_RATE, "false_alarm_rate", Judged.FALSE_ALARM_RATE),
    ):
        yield str(title)
        limit = report.verdict.limits.of.get(judged) if judged else None
        beside = () if limit is None else (limit.good, limit.marginal)
        rows = [(one.appraiser, getattr(one, name), None) for one in report.versus]
        yield from _lines(rows, beside)
    yield "Between appraisers"
    yield from _lines(
        [(" and ".join(one.appraisers), one.share, one.kappa) for one in report.pairs]
        + [("all", report.between.share, report.between.kappa)]
    )
    yield "All appraisers against the standard"
    yield from _lines([("all", report.all_versus.share, report.all_versus.kappa)])


def _tables(report: StudyReport) -> Iterator[str]:
    categories = report.table.scale.categories
    yield "Cross tables, in decisions"
    for pair in report.pairs:
        yield from _crossed(pair.table, *pair.appraisers, categories)
    for one in report.versus:
        if one.table:
            yield from _crossed(one.table, one.appraiser, "the standard", categories)


def _parts(report: StudyReport) -> Iterator[str]:
    if not report.disagreements:
        return
    yield "Parts not judged alike and right by all"
    for part in report.disagreements[:_MOST_PARTS]:
        said = "  ".join(
            f"{name}: {' '.join(one or '-' for one in answers)}"
            for name, answers in zip(report.table.appraisers, part.answers, strict=True)
        )
        yield f"  {part.part} ({part.reference or 'unknown'})  {said}"
    if len(report.disagreements) > _MOST_PARTS:
        yield f"  and {len(report.disagreements) - _MOST_PARTS} more: the JSON has them all"


def render_text(report: StudyReport) -> str:
    """Plain text: verdict first, then every figure with its counts, then the parts to look at."""
    blocks = (_head, _verdict, _figures, _tables, _parts)
    return "\n\n".join(text for block in blocks if (text := "\n".join(block(report)))) + "\n"
