import pytest

from labeler.core.datasets.gate import (
    AuditResult,
    GateRefused,
    Shown,
    audits_needed,
    pass_gate,
)
from labeler.core.datasets.recipe import GateSettings, OnFail
from labeler.core.errors import InvalidInput


def test_the_sample_sizes_are_those_of_the_published_rule():
    assert [audits_needed(wrong, 0.95, 0.95) for wrong in range(6)] == [59, 93, 124, 153, 181, 208]
    assert [audits_needed(wrong, 0.99, 0.95) for wrong in range(3)] == [299, 473, 628]
    # Two-sided at 95 % leaves 2.5 % on each side.
    assert [audits_needed(w, 0.95, 0.975) for w in range(6)] == [72, 110, 142, 173, 202, 230]


def audit(low: float, high: float, audited: int = 30, wrong: int = 0, recall_low: float = 0.99):
    return AuditResult(low, high, recall_low, 1.0, audited, wrong)


@pytest.mark.parametrize(
    ("result", "shown", "needed"),
    [
        (None, Shown.NOT_YET, 59),
        (audit(0.96, 1.0, 80), Shown.SHOWN, 0),
        (audit(0.90, 1.0, 30), Shown.NOT_YET, 29),
        (audit(0.90, 1.0, 60, 1), Shown.NOT_YET, 33),
        (audit(0.60, 0.9, 40, 9), Shown.BELOW, 0),
        (audit(0.96, 1.0, 80, recall_low=0.5), Shown.NOT_YET, 1),
    ],
)
def test_an_audit_shows_refutes_or_asks_for_more(result, shown, needed):
    (one,) = pass_gate(["scratch"], {"scratch": result}, GateSettings()).types
    assert (one.shown, one.needed) == (shown, needed)


def test_without_an_audit_an_export_is_marked():
    report = pass_gate(["b", "a"], {}, GateSettings())
    assert report.marked
    assert [one.defect_type for one in report.types] == ["a", "b"]
    assert report.document()["passed"] is False


def test_with_every_type_shown_it_is_not():
    good = audit(0.97, 1.0)
    report = pass_gate(["a"], {"a": good}, GateSettings(on_fail=OnFail.REFUSE))
    assert not report.marked
    assert report.document()["passed"] is True


def test_refuse_stops_and_says_what_is_missing():
    with pytest.raises(GateRefused, match="a, b") as refusal:
        pass_gate(
            ["a", "b", "c"],
            {"b": audit(0.5, 0.6), "c": audit(0.97, 1.0)},
            GateSettings(on_fail=OnFail.REFUSE),
        )
    assert isinstance(refusal.value, InvalidInput)
    assert [fault.path for fault in refusal.value.fields] == ["gate.a", "gate.b"]
    assert "59" in refusal.value.fields[0].message
    assert refusal.value.report.marked
