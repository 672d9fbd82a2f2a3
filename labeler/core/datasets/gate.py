"""Gate: whether the labels are shown to be good enough.

The rule is statistics.md 5.3: precision and recall of each defect type's settled labels
must be shown by an audit; a claim uses the Clopper-Pearson limit, one-sided.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from labeler.core.datasets.recipe import GateSettings, OnFail
from labeler.core.errors import FieldError, InvalidInput


class Shown(StrEnum):
    """What an audit says about one defect type."""

    SHOWN = "shown"
    BELOW = "below"
    NOT_YET = "not_shown_yet"


@dataclass(frozen=True, slots=True)
class AuditResult:
    """An audit of one defect type at the recipe's level.

    `low` and `high` are one-sided limits (shares in 0–1) from claim draws; `audited` and
    `wrong` count the audited labels of that stratum, for saying how many more are needed.
    """

    precision_low: float
    precision_high: float
    recall_low: float
    recall_high: float
    audited: int
    wrong: int


@dataclass(frozen=True, slots=True)
class TypeGate:
    """The gate for one defect type; `needed`: further labels to audit if none is wrong."""

    defect_type: str
    shown: Shown
    needed: int


@dataclass(frozen=True, slots=True)
class GateReport:
    """The gate of an export; `marked` means: say in its name that it is not shown."""

    types: tuple[TypeGate, ...]

    @property
    def marked(self) -> bool:
        """Whether any defect type's labels are not shown to be good enough."""
        return any(one.shown is not Shown.SHOWN for one in self.types)

    def document(self) -> dict[str, object]:
        """The report as plain JSON."""
        return {
            "passed": not self.marked,
            "defect_types": {
                one.defect_type: {"shown": one.shown.value, "labels_to_audit": one.needed}
                for one in self.types
            },
        }


def _what_is_missing(one: TypeGate) -> FieldError:
    path = f"gate.{one.defect_type}"
    if one.shown is Shown.BELOW:
        return FieldError(path, "The audit shows the labels to be below the limit.")
    return FieldError.filled(path, "Audit about {needed} more labels.", needed=one.needed)


class GateRefused(InvalidInput):
    """The recipe refuses what is not shown; `report` says what is missing."""

    def __init__(self, report: GateReport) -> None:
        waiting = [one for one in report.types if one.shown is not Shown.SHOWN]
        super().__init__(
            "The quality of the labels is not shown for: {defect_types}",
            fields=[_what_is_missing(one) for one in waiting],
            defect_types=", ".join(one.defect_type for one in waiting),
        )
        self.report = report


@lru_cache(maxsize=4096)
def audits_needed(wrong: int, least: float, level: float) -> int:
    """Audited labels that show a proportion ≥ `least`, one-sided, when `wrong` are wrong.

    The smallest n with P(at most `wrong` errors | n, rate 1 − `least`) ≤ 1 − `level`
    (Clopper and Pearson 1934).

    >>> [audits_needed(wrong, 0.95, 0.95) for wrong in range(6)]
    [59, 93, 124, 153, 181, 208]
    """
    from scipy.stats import binom  # noqa: PLC0415  0.3 s that processes which render do not need

    def enough(count: int) -> bool:
        return bool(binom.cdf(wrong, count, 1 - least) <= 1 - level)

    high = wrong + 1
    while not enough(high):
        high *= 2
    low = wrong
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _judge(code: str, audit: AuditResult | None, settings: GateSettings) -> TypeGate:
    if audit is None:
        return TypeGate(code, Shown.NOT_YET, audits_needed(0, settings.min, settings.level))
    if min(audit.precision_low, audit.recall_low) >= settings.min:
        return TypeGate(code, Shown.SHOWN, 0)
    if min(audit.precision_high, audit.recall_high) < settings.min:
        return TypeGate(code, Shown.BELOW, 0)
    needed = audits_needed(audit.wrong, settings.min, settings.level) - audit.audited
    return TypeGate(code, Shown.NOT_YET, max(needed, 1))


def pass_gate(
    codes: Iterable[str], audits: Mapping[str, AuditResult | None], settings: GateSettings
) -> GateReport:
    """Hold every defect type's audit against the limit; no audit means: not shown yet.

    Raises `GateRefused` when something is not shown and the recipe says refuse.
    """
    report = GateReport(tuple(_judge(code, audits.get(code), settings) for code in sorted(codes)))
    if report.marked and settings.on_fail is OnFail.REFUSE:
        raise GateRefused(report)
    return report
