"""Whether the labels are right, prepared for the page: rows, words and a chart."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fastapi import Request
from markupsafe import Markup

from labeler.core.agreement.values import Undefined
from labeler.core.label_accuracy.estimate import Share
from labeler.core.label_accuracy.known_process import KnownProcess
from labeler.core.label_accuracy.missed import MissedByAll
from labeler.core.label_accuracy.outcome import AuditOutcome
from labeler.core.standard import Standard
from labeler.flows.label_accuracy import ProjectAccuracy
from labeler.web.charts import DotRow, chart_svg, dot_chart
from labeler.web.rendering import language_of, translate

# Where the scale begins: what lies below is far from what is asked for, and an arrow says so.
_START = 0.8


@dataclass(frozen=True, slots=True)
class AccuracyRow:
    """One defect type: its name in the person's language, the answer, and what nobody audited.

    `missed` is None where nothing can be said without an audit: a bound of none is no praise.
    """

    code: str
    name: str
    outcome: AuditOutcome
    since: int
    missed: MissedByAll | None
    known: KnownProcess

    @property
    def marked(self) -> bool:
        """Whether any label says present."""
        return any(one.says_present for one in self.outcome.strata)


def accuracy_rows(
    request: Request, found: ProjectAccuracy, standard: Standard
) -> list[AccuracyRow]:
    """Every defect type of the standard in force, in its order."""
    language = language_of(request)
    rows = []
    for one in found.types:
        entry = standard.find(one.defect_type)
        missed = one.missed if isinstance(one.missed, MissedByAll) and one.missed.missed else None
        name = entry.label(language) if entry else one.defect_type
        rows.append(AccuracyRow(one.defect_type, name, one.outcome, one.since, missed, one.known))
    return rows


def accuracy_chart(request: Request, rows: Sequence[AccuracyRow], least: float) -> Markup:
    """Precision and recall of each type on one scale, with a line at what is asked for.

    The line through a dot runs between the limits that may be claimed.
    """
    dots = list(_dots(request, rows))
    chart = dot_chart(
        dots, width_px=860, label_px=250, text_px=190, row_px=28, start=_START, limit=least
    )
    title = translate(request, "Precision and recall of the labels per defect type")
    return chart_svg(chart, name="agreement-accuracy-chart", title=title)


def _dots(request: Request, rows: Sequence[AccuracyRow]) -> Iterator[DotRow]:
    for row in rows:
        accuracy = row.outcome.accuracy
        precision = translate(request, "{name}: precision", name=row.name)
        yield _dot(request, precision, accuracy.precision)
        yield _dot(request, translate(request, "{name}: recall", name=row.name), accuracy.recall)


def _dot(request: Request, label: str, share: Share) -> DotRow:
    figure = share.figure
    if isinstance(figure, Undefined):
        return DotRow(label, None, None, None, translate(request, "undefined: see below"))
    text = translate(
        request, "{value} (at least {low})",
        value=f"{figure.value:.3f}", low=share.claim,
    )  # fmt: skip
    return DotRow(label, figure.value, share.at_least, share.at_most, text)
