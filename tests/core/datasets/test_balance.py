import itertools

import numpy as np
import pytest

from labeler.core.datasets import balance as balance_module
from labeler.core.datasets.balance import balance
from labeler.core.datasets.recipe import Split, parse_recipe
from labeler.core.datasets.splits import Splits
from labeler.core.errors import InvalidInput
from tests.made_datasets import CODES, DENT, settled


def given(images, split=Split.TRAIN):
    return Splits(
        {i.image: split for i in images},
        {i.image: i.unit or i.image for i in images},
        (),
        (),
        (),
        (),
    )


def showing(name, *codes, unit=None):
    return settled(name, {code: [DENT] for code in codes}, unit=unit)


def several(count, *codes):
    return [showing(f"{codes} {n}", *codes) for n in range(count)]


def run(images, recipe, splits=None):
    return balance(images, splits or given(images), parse_recipe(recipe), CODES)


EQUALIZE = {"balance": {"strategy": "equalize"}}


def test_without_a_strategy_nothing_is_copied_or_dropped():
    images = several(10, "dent") + several(3, "scratch") + several(40)
    found = run(images, {})
    assert found.copies == {}
    assert found.dropped == frozenset()
    assert found.types["dent"].before == found.types["dent"].reached == 10
    assert found.types["dent"].asked is None
    assert found.ok.before == found.ok.reached == 40


def test_equalize_brings_every_type_to_the_largest_ones_count():
    images = several(12, "dent") + several(5, "scratch") + several(4, "stain") + several(30)
    found = run(images, EQUALIZE)
    assert {code: one.reached for code, one in found.types.items()} == {
        "dent": 12, "scratch": 12, "stain": 12,
    }  # fmt: skip
    assert sum(found.copies.values()) == 7 + 8
    # Diverse: nobody gets a third copy before everybody has a second.
    assert {found.copies[i.image] for i in images if i.present == ("stain",)} == {2}
    assert {found.copies[i.image] for i in images if i.present == ("scratch",)} == {1, 2}


def test_an_image_that_serves_two_types_is_copied_rather_than_one_for_each():
    images = several(10, "dent") + several(8, "scratch", "stain") + several(5, "scratch")
    images += several(5, "stain")
    # scratch 13, stain 13, dent 10: asked 15 of each of the first two.
    target = {"strategy": "target", "target": {"scratch": 15, "stain": 15}}
    found = run(images, {"balance": target})
    assert sum(found.copies.values()) == 2
    assert all(
        image.present == ("scratch", "stain") for image in images if image.image in found.copies
    )


def test_no_image_is_copied_more_often_than_allowed_and_what_was_not_reached_is_said():
    images = several(20, "dent") + several(2, "stain")
    found = run(images, {"balance": {"strategy": "equalize", "max_copies_per_image": 3}})
    stain = found.types["stain"]
    assert (stain.before, stain.asked, stain.reached) == (2, 20, 8)
    assert set(found.copies.values()) == {3}


def test_a_type_without_any_image_cannot_be_reached_and_breaks_nothing():
    found = run(several(5, "dent") + several(2, "scratch"), EQUALIZE)
    assert (found.types["stain"].asked, found.types["stain"].reached) == (5, 0)
    assert found.types["scratch"].reached == 5


def test_validation_and_test_images_are_never_copied_nor_dropped():
    train, val = several(10, "dent") + several(2, "stain"), [showing("v", "stain"), settled("ok")]
    splits = given(train)
    held = {**splits.split, **{image.image: Split.VAL for image in val}}
    splits = Splits(held, splits.group, (), (), (), ())
    found = run(train + val, {"balance": {"strategy": "equalize", "max_ok": 0}}, splits)
    assert not {image.image for image in val} & (set(found.copies) | found.dropped)
    assert found.types["stain"].before == 2


def test_ok_images_are_thinned_out_so_that_every_group_keeps_one_first():
    images = [settled(f"{unit} {shot}", unit=f"{unit}") for unit in range(6) for shot in range(5)]
    found = run(images, {"balance": {"max_ok": 8}})
    kept = [i for i in images if i.image not in found.dropped]
    assert len(kept) == 8
    assert {i.unit for i in kept} == {str(unit) for unit in range(6)}
    assert (found.ok.before, found.ok.asked, found.ok.reached) == (30, 8, 8)


def test_copies_go_to_as_many_groups_as_possible():
    images = [showing(f"{u} {s}", "stain", unit=f"{u}") for u in range(5) for s in range(4)]
    images += several(25, "dent")
    found = run(images, EQUALIZE)
    copied = [i.unit for i in images if i.image in found.copies]
    assert sorted(copied) == ["0", "1", "2", "3", "4"]


def test_an_augmentation_without_a_balance_gives_each_image_its_variants():
    images = several(3, "dent") + several(2)
    found = run(images, {"augment": {"preset": "surface", "copies_per_image": 2}})
    assert found.copies == {image.image: 2 for image in images}
    assert found.types["dent"].reached == 9
    assert found.ok.reached == 6


def test_a_target_for_an_unknown_type_is_refused():
    with pytest.raises(InvalidInput, match="crack"):
        run([], {"balance": {"strategy": "target", "target": {"crack": 5}}})


def test_the_program_needs_no_more_copies_than_trying_everything():
    luck = np.random.default_rng(4)
    for _ in range(12):
        member = luck.integers(0, 2, (3, 3)).astype(float)
        size = luck.integers(1, 3, 3).astype(float)
        need = luck.integers(0, 4, 3).astype(float)
        found = np.array(balance_module._program(member, need, size, 2))
        assert (found <= size * 2).all()

        def cost(copies, member=member, need=need):
            short = np.maximum(need - member @ np.array(copies), 0).sum()
            return (short, sum(copies))

        every = itertools.product(*(range(int(s * 2) + 1) for s in size))
        assert cost(found) == min(cost(copies) for copies in every)


def test_greedy_keeps_the_same_bounds_and_serves_what_it_can(monkeypatch):
    monkeypatch.setattr(balance_module, "_MAX_VARIABLES", 0)
    images = several(12, "dent") + several(5, "scratch") + several(2, "stain")
    found = run(images, {"balance": {"strategy": "equalize", "max_copies_per_image": 3}})
    assert {code: one.reached for code, one in found.types.items()} == {
        "dent": 12, "scratch": 12, "stain": 8,
    }  # fmt: skip
    assert max(found.copies.values()) == 3


def test_the_answer_does_not_depend_on_the_order_of_the_images():
    images = several(12, "dent") + several(5, "scratch") + several(7, "stain", "scratch")
    assert run(images, EQUALIZE) == run(images[::-1], EQUALIZE)
