"""How many labels may be wrong: held against the hypergeometric law and Clopper-Pearson."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, betabinom, hypergeom

from labeler.core.label_accuracy.strata import AuditedStratum, Stratum
from labeler.core.label_accuracy.wrong_labels import Assume, wrong_count

AGREED, RULED = Stratum.PRESENT_AGREED, Stratum.PRESENT_RULED


@st.composite
def audited(draw: st.DrawFn) -> AuditedStratum:
    labels = draw(st.integers(1, 300))
    seen = draw(st.integers(0, labels))
    return AuditedStratum(AGREED, labels, seen, draw(st.integers(0, seen)))


@given(audited(), st.sampled_from([0.8, 0.9, 0.95, 0.99]))
@settings(max_examples=120, deadline=None)
def test_of_one_stratum_the_limits_are_clopper_pearsons_of_the_hypergeometric_law(
    one: AuditedStratum, level: float
) -> None:
    can_be = range(one.wrong, one.labels - (one.audited - one.wrong) + 1)
    upper = [w for w in can_be if hypergeom.cdf(one.wrong, one.labels, w, one.audited) > 1 - level]
    lower = [
        w for w in can_be if hypergeom.sf(one.wrong - 1, one.labels, w, one.audited) > 1 - level
    ]
    assert wrong_count([one], Assume.WORST).quantile(level) == max(upper)
    assert wrong_count([one], Assume.BEST).quantile(1 - level) == min(lower)


@pytest.mark.parametrize(("seen", "wrong"), [(59, 0), (93, 1), (124, 2), (40, 9)])
def test_of_labels_without_number_they_are_clopper_pearsons_limits(seen: int, wrong: int) -> None:
    labels = 2_000_000
    one = AuditedStratum(AGREED, labels, seen, wrong)
    upper = wrong_count([one], Assume.WORST).quantile(0.95) / labels
    assert upper == pytest.approx(beta.ppf(0.95, wrong + 1, seen - wrong), abs=1e-4)
    lower = wrong_count([one], Assume.BEST).quantile(0.05) / labels
    expected = beta.ppf(0.05, wrong, seen - wrong + 1) if wrong else 0.0
    assert lower == pytest.approx(expected, abs=1e-4)


def test_the_middle_way_is_a_beta_binomial_with_half_a_label_on_either_side() -> None:
    count = wrong_count([AuditedStratum(AGREED, 500, 80, 3)], Assume.MIDDLE)
    for w in (3, 10, 25, 60):
        found = count.mass[w - count.start] if count.start <= w else 0.0
        assert found == pytest.approx(betabinom.pmf(w - 3, 420, 3.5, 77.5), abs=1e-12)


def test_several_strata_add_up_as_independent_numbers_do() -> None:
    strata = [AuditedStratum(AGREED, 300, 60, 1), AuditedStratum(RULED, 90, 30, 2)]
    chance = np.random.default_rng(3)
    drawn = [
        one.wrong
        + chance.binomial(
            one.labels - one.audited,
            chance.beta(one.wrong + 1, one.audited - one.wrong, 200_000),
        )
        for one in strata
    ]
    total = wrong_count(strata, Assume.WORST)
    assert total.mass.sum() == pytest.approx(1)
    assert total.values @ total.mass == pytest.approx(np.mean(drawn[0] + drawn[1]), rel=5e-3)
    for level in (0.05, 0.5, 0.95):
        assert total.quantile(level) == pytest.approx(
            np.quantile(drawn[0] + drawn[1], level), abs=1.0
        )


def test_nothing_is_left_to_doubt_where_every_label_was_audited() -> None:
    census = [AuditedStratum(AGREED, 20, 20, 3), AuditedStratum(RULED, 5, 5)]
    for assume in Assume:
        assert wrong_count(census, assume).values.tolist() == [3]


def test_where_nothing_was_audited_all_may_be_wrong_and_all_may_be_right() -> None:
    unseen = [AuditedStratum(AGREED, 50)]
    assert wrong_count(unseen, Assume.WORST).values.tolist() == [50]
    assert wrong_count(unseen, Assume.BEST).values.tolist() == [0]


def test_what_the_auditor_cannot_tell_counts_against_every_claim() -> None:
    unsure = [AuditedStratum(AGREED, 100, 100, 1, unsure=4, out_of_reach=0)]
    assert wrong_count(unsure, Assume.WORST).quantile(0.95) == 5
    assert wrong_count(unsure, Assume.BEST).quantile(0.05) == 1
    hidden = [AuditedStratum(AGREED, 100, 90, out_of_reach=10)]
    assert wrong_count(hidden, Assume.WORST).quantile(0.95) == 10
    assert wrong_count(hidden, Assume.BEST).quantile(0.05) == 0


def test_coarse_steps_err_on_the_careful_side() -> None:
    big = [AuditedStratum(AGREED, 900_000, 40, 1), AuditedStratum(RULED, 400_000, 30)]
    worst = wrong_count(big, Assume.WORST)
    assert worst.step > 1
    rates = np.random.default_rng(1).beta([[2], [1]], [[39], [30]], (2, 400_000))
    drawn = np.quantile(rates[0] * 900_000 + rates[1] * 400_000, 0.95)
    assert drawn * 0.997 <= worst.quantile(0.95) <= drawn * 1.003


@pytest.mark.parametrize("counts", [(10, 11, 0, 0, 0), (10, 5, 6, 0, 0), (10, 6, 0, 0, 5)])
def test_counts_that_contradict_each_other_are_refused(counts: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="contradict"):
        AuditedStratum(AGREED, *counts)
