"""Drawing parts and orders: enriched, spread, one image a unit, none twice in a row."""

from collections import Counter

import numpy as np
import pytest

from labeler.core.msa.drawing import Candidate, draw_parts, trial_order


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def pool(kind: str, count: int, *, bad: bool, near: bool = False, **more) -> list[Candidate]:
    return [Candidate(f"{kind}-{n}", bad, near, **more) for n in range(count)]


PLENTY = [
    *pool("clear scratch", 60, bad=True),
    *pool("faint scratch", 60, bad=True, near=True),
    *pool("fine", 5000, bad=False),
    *pool("dusty", 60, bad=False, near=True),
]


def kinds(found: tuple[Candidate, ...]) -> Counter[str]:
    return Counter(one.image_id.rpartition("-")[0] for one in found)


def test_a_third_is_bad_and_a_third_near_the_limit():
    found = draw_parts(PLENTY, rng(), parts=50)
    assert kinds(found) == {"clear scratch": 9, "faint scratch": 8, "fine": 25, "dusty": 8}
    assert len({one.image_id for one in found}) == 50


def test_another_share_of_bad_parts():
    found = draw_parts(PLENTY, rng(), parts=40, bad_share=0.5)
    assert sum(one.bad for one in found) == 20


def test_what_is_too_rare_is_made_up_for_on_its_own_side():
    few = [*pool("clear", 20, bad=True), *pool("fine", 40, bad=False)]
    assert kinds(draw_parts(few, rng(), parts=30)) == {"clear": 10, "fine": 20}
    rare = [*pool("clear", 3, bad=True), *pool("fine", 40, bad=False)]
    assert kinds(draw_parts(rare, rng(), parts=30)) == {"clear": 3, "fine": 27}
    assert len(draw_parts(rare, rng(), parts=100)) == 43


def test_of_one_unit_there_is_one_image():
    same = [Candidate(f"view-{n}", n == 0, near=False, unit="plate 7") for n in range(9)]
    found = draw_parts([*same, *pool("fine", 20, bad=False)], rng(), parts=20)
    assert kinds(found)["view"] == 1


def test_what_is_known_best_comes_first():
    mixed = [*pool("guessed", 30, bad=True, rank=2), *pool("known", 5, bad=True)]
    found = draw_parts([*mixed, *pool("fine", 30, bad=False)], rng(), parts=30)
    assert kinds(found) == {"known": 5, "guessed": 5, "fine": 20}


def test_strata_are_drawn_evenly_however_large_they_are():
    stations = [
        *pool("busy", 900, bad=False, stratum="1"), *pool("quiet", 9, bad=False, stratum="2"),
        *pool("new", 9, bad=False, stratum="3"), *pool("bad", 20, bad=True),
    ]  # fmt: skip
    drawn = kinds(draw_parts(stations, rng(), parts=24))
    assert sorted(drawn[one] for one in ("busy", "quiet", "new")) == [5, 5, 6]


def test_chance_decides_and_nothing_else():
    assert draw_parts(PLENTY, rng(1)) == draw_parts(PLENTY, rng(1))
    assert draw_parts(PLENTY, rng(1)) != draw_parts(PLENTY, rng(2))
    # Bad parts do not come first.
    assert any(not one.bad for one in draw_parts(PLENTY, rng(1))[:6])


@pytest.mark.parametrize("parts", [1, 2, 3, 10, 50])
def test_a_trial_shows_every_part_once_and_none_soon_again(parts):
    chance = rng(3)
    for _ in range(50):
        first = trial_order(parts, chance)
        second = trial_order(parts, chance, first)
        assert sorted(first) == sorted(second) == list(range(parts))
        if parts > 1:
            assert first[-1] != second[0]
        apart = parts // 5
        assert not set(first[-apart:] if apart else []) & set(second[:apart])
    if parts > 3:
        assert first != second
