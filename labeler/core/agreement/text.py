"""The report as plain text for a terminal."""

from collections.abc import Iterator, Mapping, Sequence

from labeler.core.agreement.report import AgreementReport, TypeAgreement
from labeler.core.agreement.values import Figure, Statistics, Undefined

_TITLES = {
    "positive_agreement": "positive agreement",
    "negative_agreement": "negative agreement",
    "percent_agreement": "percent agreement",
    "krippendorff_alpha": "Krippendorff's alpha",
    "krippendorff_alpha_ordinal": "alpha, ordinal",
    "cohen_kappa": "Cohen's kappa",
    "light_kappa": "Light's kappa",
    "fleiss_kappa": "Fleiss' kappa",
    "gwet_ac1": "Gwet's AC1",
    "gwet_ac2": "Gwet's AC2",
    "pabak": "PABAK",
    "brennan_prediger": "Brennan-Prediger",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
}
_FIRST = ("positive_agreement", "krippendorff_alpha", "negative_agreement")
# All pairs of ten raters; beyond that nobody reads them in a terminal.
_MOST_PAIRS = 45


def _figure(figure: Figure) -> str:
    if isinstance(figure, Undefined):
        return f"undefined: {figure.reason}"
    text = f"{figure.value:9.6f}"
    if figure.low is not None and figure.high is not None:
        text += f"   {figure.low:.3f} to {figure.high:.3f}"
    return text


def _statistics(statistics: Statistics, indent: str) -> Iterator[str]:
    """The headline figures first, then the others as they come."""
    names = [name for name in _FIRST if name in statistics]
    names += [name for name in statistics if name not in _FIRST]
    for name in names:
        figure = statistics[name]
        if isinstance(figure, Mapping):
            for category, one in figure.items():
                yield f"{indent}{'agreement on ' + category:24}{_figure(one)}"
        else:
            yield f"{indent}{_TITLES.get(name, name):24}{_figure(figure)}"


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _counts(counts: Mapping[str, object]) -> Iterator[str]:
    for name, count in counts.items():
        if isinstance(count, Mapping):
            yield from (f"{name} on {category}: {n}" for category, n in count.items())
        else:
            yield f"{name.replace('_', ' ')}: {count}"


def _pairs(report: AgreementReport, defect_type: str) -> Iterator[str]:
    pairs = [pair for pair in report.pairs if pair.defect_type == defect_type]
    for pair in pairs[:_MOST_PAIRS]:
        kappa = pair.statistics["cohen_kappa"]
        if not isinstance(kappa, Mapping):
            names = " and ".join(pair.raters)
            yield f"  {names}: {pair.images} items, Cohen's kappa {_figure(kappa).strip()}"
    if len(pairs) > _MOST_PAIRS:
        yield f"  and {len(pairs) - _MOST_PAIRS} more pairs: the JSON has them all"


def _type(one: TypeAgreement, level: float) -> Iterator[str]:
    counts = ", ".join(_counts(one.counts.document(one.scale)))
    yield f"{one.defect_type}: {one.images} items, {one.ratings} ratings, {one.raters} raters"
    yield f"  {counts}"
    yield f"  prevalence {_share(one.prevalence)}, can't tell {_share(one.unsure_share)}"
    yield f"  {'':24}    value   {level:.0%} interval"
    yield from _statistics(one.statistics, "  ")


def _report(report: AgreementReport) -> Iterator[str]:
    for one in report.defect_types:
        yield from _type(one, report.resampling.level)
        if one.raters > 2:
            yield from _pairs(report, one.defect_type)
        for versus in report.versus_reference or ():
            if versus.defect_type == one.defect_type:
                yield f"  {versus.rater} against the reference"
                yield from _statistics(versus.statistics, "    ")


def render_text(report: AgreementReport | Mapping[str, AgreementReport]) -> str:
    """Plain text, one line a figure; a report per value is printed value by value."""
    if isinstance(report, AgreementReport):
        return "\n".join(_report(report)) + "\n"
    parts: Sequence[str] = [f"[{value}]\n{render_text(one)}" for value, one in report.items()]
    return "\n".join(parts)
