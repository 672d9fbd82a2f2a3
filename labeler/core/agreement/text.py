"""The report as plain text for a terminal."""

from collections.abc import Iterator, Mapping, Sequence

from labeler.core.agreement.methods import Weights
from labeler.core.agreement.places import COORDINATES, PlaceAgreement
from labeler.core.agreement.ratings import FEWEST_GROUPS
from labeler.core.agreement.report import AgreementReport, TypeAgreement
from labeler.core.agreement.values import Figure, Statistics, Undefined
from labeler.core.printable import one_line

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
    "f1": "F1",
    "f1_grown": "F1, boxes grown",
    "f1_with_presence": "F1 with presence",
    "mean_iou": "mean IoU of matches",
    "boundary_distance_px": "outlines apart, px",
    "union_dice": "Dice of the unions",
    "union_iou": "IoU of the unions",
    "boundary_f1": "boundary F1",
    "same_level": "same level",
    **{f"gwet_ac2_{one}": f"Gwet's AC2, {one}" for one in Weights},
    **{f"fleiss_kappa_{one}": f"Fleiss' kappa, {one}" for one in Weights},
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
    if figure.no_interval is not None:
        text += f"   no interval: {figure.no_interval}"
    if figure.undefined_share > 0:
        text += f"   undefined in {figure.undefined_share:.1%} of the replicates"
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


def _with_others(report: AgreementReport, defect_type: str) -> Iterator[str]:
    for one in report.raters:
        if one.defect_type == defect_type and one.others is not None:
            alpha = one.others.statistics["krippendorff_alpha"]
            if not isinstance(alpha, Mapping):
                yield (
                    f"  {one.rater} and all others: {one.others.images} items, "
                    f"Krippendorff's alpha {_figure(alpha).strip()}"
                )


def _type(one: TypeAgreement, level: float) -> Iterator[str]:
    counts = ", ".join(_counts(one.counts.document(one.scale)))
    yield f"{one.defect_type}: {one.images} items, {one.ratings} ratings, {one.raters} raters"
    yield f"  {counts}"
    yield (
        f"  prevalence {_share(one.prevalence)}, bias {_share(one.bias)}, "
        f"can't tell {_share(one.unsure_share)}"
    )
    if one.not_enough is not None:
        yield f"  not enough: {one.not_enough}"
    yield f"  {'':24}    value   {100 * level:g} % interval"
    yield from _statistics(one.statistics, "  ")
    if one.severity is not None:
        levels = ", ".join(f"{n} {code}" for n, code in enumerate(("absent", *one.severity.levels)))
        yield f"  severity: {levels}"
        yield from _statistics(one.severity.statistics, "    ")
    if one.places is not None:
        yield from _places(one.places)


def _places(places: PlaceAgreement) -> Iterator[str]:
    how = places.settings
    yield (
        f"  places, IoU {how.iou:g} or more, boxes grown by {how.grow_px:g} px, outlines within "
        f"{how.boundary_px:g} px, {COORDINATES}"
    )
    yield (
        f"    {places.compared} images compared, on {places.one_drew} only one drew, on "
        f"{places.nobody_drew} nobody; {places.regions} regions, {places.matched} pairs, "
        f"{places.unmatched} unmatched"
    )
    yield from _statistics(places.statistics, "    ")


def _drawn(report: AgreementReport) -> str:
    if report.groups is None:
        return report.resampled
    known = f"{report.groups} group{'' if report.groups == 1 else 's'} known"
    if report.groups < FEWEST_GROUPS:
        few = f"fewer than {FEWEST_GROUPS} say nothing of how groups differ"
        return f"{report.resampled} ({known}: {few}, so the figures may differ more)"
    return f"{report.resampled}, {known} (by item where fewer than {FEWEST_GROUPS} gave answers)"


def _report(report: AgreementReport) -> Iterator[str]:
    yield f"intervals: {report.resampling.method}, drawn by {_drawn(report)}"
    for one in report.defect_types:
        yield from _type(one, report.resampling.level)
        if one.raters > 2:
            yield from _pairs(report, one.defect_type)
            yield from _with_others(report, one.defect_type)
        for versus in report.versus_reference or ():
            if versus.defect_type == one.defect_type:
                yield f"  {versus.rater} against the reference"
                yield from _statistics(versus.statistics, "    ")


def render_text(report: AgreementReport | Mapping[str, AgreementReport]) -> str:
    """Plain text, one line a figure; a report per value is printed value by value."""
    if isinstance(report, AgreementReport):
        return "\n".join(map(one_line, _report(report))) + "\n"
    parts: Sequence[str] = [
        f"[{one_line(value)}]\n{render_text(one)}" for value, one in report.items()
    ]
    return "\n".join(parts)
