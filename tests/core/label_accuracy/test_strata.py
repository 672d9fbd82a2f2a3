import pytest

from labeler.core.label_accuracy.sizes import audits_needed
from labeler.core.label_accuracy.strata import STRATA, Stratum, stratum_of
from labeler.core.terms import Source, Verdict

PRESENT, ABSENT = Verdict.PRESENT, Verdict.ABSENT


@pytest.mark.parametrize(
    ("verdict", "source", "doubted", "quick", "expected"),
    [
        (PRESENT, Source.UNANIMOUS, False, False, Stratum.PRESENT_AGREED),
        (PRESENT, Source.MAJORITY, False, False, Stratum.PRESENT_MAJORITY),
        (PRESENT, Source.RULED, True, True, Stratum.PRESENT_RULED),
        (ABSENT, Source.RULED, True, True, Stratum.ABSENT_RULED),
        (ABSENT, Source.MAJORITY, True, True, Stratum.ABSENT_MAJORITY),
        (ABSENT, Source.UNANIMOUS, True, True, Stratum.ABSENT_DOUBTED),
        (ABSENT, Source.UNANIMOUS, False, True, Stratum.ABSENT_QUICK),
        (ABSENT, Source.UNANIMOUS, False, False, Stratum.ABSENT_AGREED),
        (ABSENT, Source.REFERENCE, False, False, None),
        (PRESENT, Source.REFERENCE, False, False, None),
    ],
)
def test_a_label_is_in_the_stratum_of_how_it_came_about(
    verdict: Verdict, source: Source, *, doubted: bool, quick: bool, expected: Stratum | None
) -> None:
    assert stratum_of(verdict, source, doubted=doubted, quick=quick) is expected
    assert expected is None or expected.verdict is verdict


def test_there_are_strata_for_both_verdicts() -> None:
    assert {one.verdict for one in STRATA} == {PRESENT, ABSENT}


def test_the_sample_sizes_are_those_of_the_published_rule() -> None:
    assert [audits_needed(wrong, 0.95, 0.95) for wrong in range(6)] == [59, 93, 124, 153, 181, 208]
    assert [audits_needed(wrong, 0.99, 0.95) for wrong in range(3)] == [299, 473, 628]
    # Two-sided at 95 % leaves 2.5 % on each side.
    assert [audits_needed(w, 0.95, 0.975) for w in range(6)] == [72, 110, 142, 173, 202, 230]
