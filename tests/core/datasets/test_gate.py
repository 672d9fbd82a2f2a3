import pytest

from labeler.core.datasets.gate import GateRefused, pass_gate
from labeler.core.datasets.recipe import GateSettings, OnFail
from labeler.core.errors import InvalidInput
from labeler.core.label_accuracy.outcome import AuditOutcome, Shown, judge
from labeler.core.label_accuracy.strata import AuditedStratum, Stratum

PRESENT, ABSENT = Stratum.PRESENT_AGREED, Stratum.ABSENT_AGREED
REFUSE = GateSettings(on_fail=OnFail.REFUSE)


def audit(wrong: int, seen: int = 150, missed: int = 0) -> AuditOutcome:
    """Of 200 labels that say present so many were audited; all 800 others were."""
    return judge(
        (AuditedStratum(PRESENT, 200, seen, wrong), AuditedStratum(ABSENT, 800, 800, missed))
    )


@pytest.mark.parametrize(
    ("outcome", "shown"),
    [
        (None, Shown.NOT_YET),
        (audit(0), Shown.SHOWN),
        (audit(0, seen=30), Shown.NOT_YET),
        (audit(60), Shown.BELOW),
        (audit(0, missed=30), Shown.BELOW),
    ],
)
def test_an_audit_shows_refutes_or_asks_for_more(
    outcome: AuditOutcome | None, shown: Shown
) -> None:
    report = pass_gate(["scratch"], {"scratch": outcome}, GateSettings())
    [one] = report.types
    assert one.shown is shown
    assert report.marked is (shown is not Shown.SHOWN)
    assert (one.needed or 0) > 0 if shown is Shown.NOT_YET else one.needed == 0


def test_without_an_audit_an_export_is_marked() -> None:
    report = pass_gate(["b", "a"], {}, GateSettings())
    assert report.marked
    assert [(one.defect_type, one.needed) for one in report.types] == [("a", 59), ("b", 59)]
    assert report.document()["passed"] is False


def test_with_every_type_shown_it_is_not() -> None:
    report = pass_gate(["a"], {"a": audit(0)}, REFUSE)
    assert not report.marked
    assert report.document()["passed"] is True


def test_the_document_has_the_figures_with_their_intervals_and_limits() -> None:
    [one] = pass_gate(["a"], {"a": audit(1, missed=2)}, GateSettings()).types
    document = one.document()
    assert (document["audited"], document["wrong"]) == (950, 3)
    second = judge(audit(1).strata, draw=2)
    document_of_second = pass_gate(["a"], {"a": second}, GateSettings()).types[0].document()
    assert (document["level"], document_of_second["level"]) == (0.95, pytest.approx(1 - 0.05 / 3))
    precision, recall = document["precision"], document["recall"]
    assert isinstance(precision, dict)
    assert isinstance(recall, dict)
    assert precision["value"] == pytest.approx(149 / 150)
    assert 0.95 < precision["low"] < precision["at_least"] < precision["value"] <= precision["high"]
    assert recall["value"] == pytest.approx(149 / 150 * 200 / (149 / 150 * 200 + 2))
    assert pass_gate(["a"], {}, GateSettings()).types[0].document()["recall"] is None


def test_refuse_stops_and_says_what_is_missing() -> None:
    with pytest.raises(GateRefused, match="a, b, d, e") as refusal:
        pass_gate(
            ["a", "b", "c", "d", "e"],
            {
                "b": audit(60), "c": audit(0), "d": judge((AuditedStratum(ABSENT, 900, 59),)),
                "e": judge((AuditedStratum(PRESENT, 200, 150, out_of_reach=50),)),
            },
            REFUSE,
        )  # fmt: skip
    assert isinstance(refusal.value, InvalidInput)
    assert [fault.path for fault in refusal.value.fields] == [
        "gate.a", "gate.b", "gate.d", "gate.e",
    ]  # fmt: skip
    more, below, never, others = (fault.message for fault in refusal.value.fields)
    assert "59" in more
    assert "below" in below
    assert "No label says present" in never
    assert "draw more with others" in others
    assert refusal.value.report.marked
