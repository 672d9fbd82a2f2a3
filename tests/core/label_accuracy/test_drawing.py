"""Drawing: by chance at known rates, shared between types, kept in later draws, by image."""

import numpy as np
import pytest

from labeler.core.label_accuracy.drawing import (
    NOT_JUDGED,
    Frame,
    Marks,
    draw_sample,
    permanent_numbers,
)
from labeler.core.label_accuracy.estimate import label_accuracy
from labeler.core.label_accuracy.strata import STRATA, AuditedStratum, Stratum
from tests.proof.sizes import AUDITS

PRESENT = STRATA.index(Stratum.PRESENT_AGREED)
QUICK = STRATA.index(Stratum.ABSENT_QUICK)
ABSENT = STRATA.index(Stratum.ABSENT_AGREED)


def frame(
    strata: np.ndarray, key: int = 1, *, reachable: Marks | None = None, before: Marks | None = None
) -> Frame:
    images = strata.shape[1]
    return Frame(
        strata.astype(np.int8),
        permanent_numbers(key, np.arange(images)),
        np.ones(images, np.bool_) if reachable is None else reachable,
        np.zeros(strata.shape, np.bool_) if before is None else before,
    )


def made(images: int = 4_000, types: int = 3, seed: int = 0) -> np.ndarray:
    chance = np.random.default_rng(seed)
    strata = np.full((types, images), ABSENT)
    strata[:, chance.random(images) < 0.05] = QUICK
    strata[chance.random((types, images)) < 0.03] = PRESENT
    return strata


def test_of_each_stratum_as_many_are_drawn_as_wanted_those_with_the_smallest_numbers() -> None:
    strata = made(types=1)
    here = frame(strata)
    drawn = here.draw(0, {Stratum.ABSENT_AGREED: 300, Stratum.PRESENT_AGREED: 10**6})
    absent, present = strata[0] == ABSENT, strata[0] == PRESENT
    assert (drawn & absent).sum() == 300
    assert (drawn & present).sum() == present.sum()
    assert not (drawn & (strata[0] == QUICK)).any()
    assert here.chances[drawn & absent].max() < here.chances[~drawn & absent].min()


def test_each_label_of_a_stratum_is_drawn_equally_often() -> None:
    strata = made(images=60, types=2, seed=4)
    count = 4_000
    hits = np.zeros(strata.shape)
    for key in range(count):
        here = frame(strata, key)
        for row in (0, 1):
            hits[row] += here.draw(row, {Stratum.ABSENT_AGREED: 12})
    for row in (0, 1):
        absent = strata[row] == ABSENT
        rate = 12 / absent.sum()
        tolerance = 4.5 * np.sqrt(rate * (1 - rate) / count)
        assert np.abs(hits[row, absent] / count - rate).max() < tolerance
        assert hits[row, ~absent].sum() == 0


def test_one_look_answers_for_many_types() -> None:
    here = frame(made(images=20_000, types=8))
    rows = [here.labels(row) for row in range(8)]
    marks = draw_sample(here, rows, least=0.95, level=0.95)
    assert marks.any(axis=0).sum() < 0.35 * marks.sum()


def test_a_size_is_kept() -> None:
    here = frame(made(images=20_000, types=4))
    rows = [here.labels(row) for row in range(4)]
    for size in (100, 500, 3_000):
        drawn = draw_sample(here, rows, least=0.95, level=0.95, size=size).any(axis=0).sum()
        assert 0.85 * size <= drawn <= size


def test_a_later_draw_contains_the_earlier_one_and_stays_a_chance_sample() -> None:
    first = made(images=2_000, types=1)
    early = frame(first, key=9)
    drawn = early.draw(0, {Stratum.ABSENT_AGREED: 200})
    # 2,000 images more came: the random numbers of the first ones are the same.
    more = np.concatenate([first, made(images=2_000, types=1, seed=5)], axis=1)
    before = np.zeros(more.shape, np.bool_)
    before[0, :2_000] = drawn
    late = frame(more, key=9, before=before)
    assert (late.chances[:2_000] == early.chances).all()
    again = late.draw(0, {Stratum.ABSENT_AGREED: 150})
    assert again[:2_000][drawn].all()
    absent = more[0] == ABSENT
    # Everybody below the largest number that was drawn: of the new ones about as many.
    limit = late.chances[again & absent].max()
    assert (again & absent).sum() == (absent & (late.chances <= limit)).sum()
    assert again[2_000:].sum() == pytest.approx(200, abs=45)


def test_what_nobody_may_audit_is_counted_and_not_drawn() -> None:
    strata = made(types=1)
    reachable = np.arange(strata.shape[1]) % 10 != 0
    here = frame(strata, reachable=reachable)
    for one in here.labels(0):
        inside = strata[0] == STRATA.index(one.stratum)
        assert (one.labels, one.out_of_reach) == (inside.sum(), (inside & ~reachable).sum())
    drawn = here.draw(0, dict.fromkeys(STRATA, 10**6))
    assert (drawn == reachable).all()


def test_what_was_not_judged_is_in_no_stratum() -> None:
    strata = made(types=2)
    strata[1, :1_000] = NOT_JUDGED
    here = frame(strata)
    assert sum(one.labels for one in here.labels(1)) == strata.shape[1] - 1_000
    assert not here.draw(1, dict.fromkeys(STRATA, 10**6))[:1_000].any()


def test_drawing_images_one_by_one_holds_its_word_where_whole_units_are_wrong_together() -> None:
    """40 units of 50 images, two units wrong as a whole: 5 % of the labels."""
    units, size, audits = 40, 50, 200
    wrong = np.repeat(np.arange(units) < 2, size)
    truth = 1 - wrong.mean()
    assert truth == 0.95
    by_image, by_unit = [], []
    chance = np.random.default_rng(3)
    for key in range(AUDITS):
        drawn = frame(np.full((1, units * size), PRESENT), key).draw(
            0, {Stratum.PRESENT_AGREED: audits}
        )
        whole = np.repeat(
            np.isin(np.arange(units), chance.choice(units, audits // size, False)), size
        )
        for marks, limits in ((drawn, by_image), (whole, by_unit)):
            one = AuditedStratum(
                Stratum.PRESENT_AGREED, units * size, audits, int(wrong[marks].sum())
            )
            limits.append(label_accuracy([one]).precision.at_least)
    above = [np.mean(np.array(limits) > truth) for limits in (by_image, by_unit)]
    assert above[0] <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / AUDITS)
    assert above[1] > 0.5, "whole units, treated as single images, would nearly always pass"
