"""Gate: whether the labels are shown to be good enough.

The rule is statistics.md 5.3: precision and recall of each defect type's settled labels must
each be shown by a blind audit (`labeler.core.label_accuracy`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from labeler.core.datasets.recipe import GateSettings, OnFail
from labeler.core.errors import FieldError, InvalidInput
from labeler.core.label_accuracy.outcome import AuditOutcome, Shown
from labeler.core.label_accuracy.sizes import audits_needed


@dataclass(frozen=True, slots=True)
class TypeGate:
    """The gate for one defect type; `outcome` None: nobody has drawn a sample.

    `needed`: about how many labels more to audit, None where no number promises anything.
    """

    defect_type: str
    shown: Shown
    needed: int | None
    outcome: AuditOutcome | None = None

    def document(self) -> dict[str, object]:
        """The answer and the figures behind it as plain JSON."""
        found = {} if self.outcome is None else self.outcome.document()
        return {
            "shown": self.shown.value,
            "labels_to_audit": self.needed,
            "audited": found.get("audited", 0),
            "wrong": found.get("wrong", 0),
            "level": found.get("level"),
            "precision": found.get("precision"),
            "recall": found.get("recall"),
        }


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
            "defect_types": {one.defect_type: one.document() for one in self.types},
        }


def _what_is_missing(one: TypeGate) -> FieldError:
    path = f"gate.{one.defect_type}"
    if one.shown is Shown.BELOW:
        return FieldError(path, "The audit shows the labels to be below the limit.")
    if one.outcome and not any(stratum.says_present for stratum in one.outcome.strata):
        return FieldError(path, "No label says present: nothing can be shown.")
    if one.outcome and one.outcome.other_auditors:
        return FieldError(
            path,
            "Labels that none of the auditors may judge stand in the way: draw more with others.",
        )
    if one.needed is None:
        return FieldError(
            path, "No number of audits promises to show it: correct the labels, then draw anew."
        )
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


def _judge(code: str, outcome: AuditOutcome | None, settings: GateSettings) -> TypeGate:
    if outcome is None:
        return TypeGate(code, Shown.NOT_YET, audits_needed(0, settings.min, settings.level))
    return TypeGate(code, outcome.shown, outcome.needed, outcome)


def pass_gate(
    codes: Iterable[str], audits: Mapping[str, AuditOutcome | None], settings: GateSettings
) -> GateReport:
    """Hold every defect type's audit against the limit; no audit means: not shown yet.

    `audits` were judged by the recipe's own `min` and `level`. Raises `GateRefused` when
    something is not shown and the recipe says refuse.
    """
    report = GateReport(tuple(_judge(code, audits.get(code), settings) for code in sorted(codes)))
    if report.marked and settings.on_fail is OnFail.REFUSE:
        raise GateRefused(report)
    return report
