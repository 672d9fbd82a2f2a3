"""Where audits go: as few as show it, and where they narrow the limits most."""

from itertools import product
from math import ceil

import pytest

from labeler.core.label_accuracy.estimate import label_accuracy
from labeler.core.label_accuracy.planning import audits_to_go, plan_audits
from labeler.core.label_accuracy.strata import AuditedStratum, Stratum

PRESENT, RULED = Stratum.PRESENT_AGREED, Stratum.PRESENT_RULED
ABSENT, QUICK, DOUBTED = Stratum.ABSENT_AGREED, Stratum.ABSENT_QUICK, Stratum.ABSENT_DOUBTED


def plan(*strata: AuditedStratum, most: int | None = None) -> dict[Stratum, int]:
    counts = plan_audits(strata, least=0.95, level=0.95, most=most)
    return {one.stratum: count for one, count in zip(strata, counts, strict=True)}


def test_recall_is_the_dear_one() -> None:
    # The table of statistics.md: 190 defects found among 10,000 images, about 3,000 clean audits.
    counts = plan(AuditedStratum(PRESENT, 190), AuditedStratum(ABSENT, 9_800))
    assert 59 <= counts[PRESENT] <= 110
    assert 2_900 <= counts[ABSENT] <= 4_500
    clean = [AuditedStratum(PRESENT, 190, 80), AuditedStratum(ABSENT, 9_800, 3_000)]
    assert label_accuracy(clean).recall.at_least >= 0.95
    fewer = [AuditedStratum(PRESENT, 190, 80), AuditedStratum(ABSENT, 9_800, 1_500)]
    assert label_accuracy(fewer).recall.at_least < 0.95


def test_audits_go_where_misses_hide() -> None:
    counts = plan(
        AuditedStratum(PRESENT, 1_900),
        AuditedStratum(DOUBTED, 400),
        AuditedStratum(QUICK, 4_500),
        AuditedStratum(ABSENT, 93_000),
    )
    rates = {h: counts[h] / n for h, n in ((DOUBTED, 400), (QUICK, 4_500), (ABSENT, 93_000))}
    assert rates[DOUBTED] > 2 * rates[QUICK] > 4 * rates[ABSENT]


def test_where_misses_were_found_more_is_audited() -> None:
    def again(wrong: int) -> int:
        return plan(
            AuditedStratum(PRESENT, 1_900, 80),
            AuditedStratum(QUICK, 4_500, 300, wrong),
            AuditedStratum(ABSENT, 93_000, 3_000),
        )[QUICK]

    assert again(3) > again(1) > again(0)


@pytest.mark.parametrize("labels", [(190, 400, 2_000), (60, 900, 1_500), (500, 100, 6_000)])
def test_no_plan_on_a_grid_does_the_same_with_a_fifth_fewer_audits(
    labels: tuple[int, int, int],
) -> None:
    strata = [AuditedStratum(h, n) for h, n in zip((PRESENT, QUICK, ABSENT), labels, strict=True)]
    counts = plan(*strata)

    def shown(seen: tuple[float, ...]) -> bool:
        """Whether it would be, if as many wrong ones were found as the plan assumes."""
        found = sum(labels[:1]) * 0.05 * 0.25
        risks = 3 * labels[1] + labels[2]
        rates = (found / labels[0], 3 * found / 0.95 / risks, found / 0.95 / risks)
        accuracy = label_accuracy(
            [
                AuditedStratum(one.stratum, one.labels, round(n), ceil(rate * n))
                for one, n, rate in zip(strata, seen, rates, strict=True)
            ]
        )
        return min(accuracy.precision.at_least, accuracy.recall.at_least) >= 0.95

    fewer = 0.8 * sum(counts.values())
    for first, second in product(*([n * step / 8 for step in range(1, 9)] for n in labels[:2])):
        third = min(labels[2], fewer - first - second)
        assert third <= 0 or not shown((first, second, third)), (first, second, third)


def test_a_wanted_number_is_used_up_and_not_exceeded() -> None:
    strata = (AuditedStratum(PRESENT, 1_900), AuditedStratum(QUICK, 4_500),
              AuditedStratum(ABSENT, 93_000))  # fmt: skip
    for most in (50, 400, 3_000, 20_000):
        assert sum(plan(*strata, most=most).values()) == pytest.approx(most, abs=2)
    few = plan(AuditedStratum(PRESENT, 5), AuditedStratum(ABSENT, 20), most=300)
    assert few == {PRESENT: 5, ABSENT: 20}


def test_every_stratum_is_looked_at_and_none_beyond_what_can_be_drawn() -> None:
    counts = plan(
        AuditedStratum(PRESENT, 40, out_of_reach=38),
        AuditedStratum(RULED, 1),
        AuditedStratum(DOUBTED, 7),
        AuditedStratum(ABSENT, 200),
    )
    assert counts[PRESENT] <= 2
    assert counts[RULED] == 1
    assert min(counts.values()) >= 1


def test_audits_done_are_part_of_the_plan() -> None:
    done = AuditedStratum(PRESENT, 190, 150, 1)
    assert plan(done, AuditedStratum(ABSENT, 900))[PRESENT] >= 150


def test_a_plan_ends_where_no_audit_helps() -> None:
    strata = (AuditedStratum(PRESENT, 20, 20), AuditedStratum(ABSENT, 40, 20, 9))
    assert audits_to_go(strata, least=0.95, level=0.95) is None
    for wrong in range(6):
        for seen in range(wrong, 21):
            tried = (AuditedStratum(PRESENT, 20, seen, wrong), AuditedStratum(ABSENT, 40))
            assert sum(plan_audits(tried, least=0.95, level=0.95)) <= 60
