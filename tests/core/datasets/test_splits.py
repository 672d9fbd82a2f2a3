import time
from collections import Counter, defaultdict

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from labeler.core.datasets.recipe import Split, parse_recipe
from labeler.core.datasets.selection import SettledImage, select
from labeler.core.datasets.splits import split_images
from labeler.core.datasets.stratify import stratify
from tests.made_datasets import DENT, settled


def split(images, recipe=None, assigned=None):
    recipe = parse_recipe(recipe or {})
    return split_images(select(images, recipe, {}), recipe, assigned or {})


def plant(units: int, per_unit: int = 3, seed: int = 0) -> list[SettledImage]:
    luck = np.random.default_rng(seed)
    images = []
    for unit in range(units):
        defects = [
            code for code, rate in (("scratch", 0.1), ("dent", 0.03)) if luck.random() < rate
        ]
        images += [
            settled(f"{seed} {unit} {shot}", {code: [DENT] for code in defects}, unit=f"{unit}")
            for shot in range(per_unit)
        ]
    return images


def straddling(images, splits, column="unit"):
    seen = defaultdict(set)
    for image in images:
        if image.image in splits and image.key(column):
            seen[image.key(column)].add(splits[image.image])
    return [key for key, found in seen.items() if len(found) > 1]


def test_no_unit_straddles_and_shares_are_met_for_every_defect_type():
    images = plant(600)
    found = split(images)
    assert len(found.split) == len(images)
    assert straddling(images, found.split) == []
    for code in (None, "scratch", "dent"):
        chosen = [i.image for i in images if code is None or code in i.present]
        shares = Counter(found.split[image] for image in chosen)
        for one, share in {Split.TRAIN: 0.7, Split.VAL: 0.15, Split.TEST: 0.15}.items():
            assert abs(shares[one] - share * len(chosen)) <= 4
    assert found.unmet == ()


def test_the_seed_decides_and_the_order_of_the_images_does_not():
    images = plant(50)
    assert split(images).split == split(images[::-1]).split
    assert split(images).split != split(images, {"seed": 1}).split


def test_adding_images_moves_no_earlier_image():
    before = plant(80)
    ledger = {image: s.value for image, s in split(before).split.items()}
    later = before + plant(80, seed=1)
    found = split(later, {"seed": 5}, ledger)
    assert all(found.split[image] == s for image, s in ledger.items())
    assert straddling(later, found.split) == []
    assert len(found.split) == len(later)


def test_a_new_image_of_an_earlier_unit_follows_it():
    ledger = {settled("old").image: "test"}
    images = [settled("old", unit="A"), settled("new", unit="A"), *plant(20)]
    assert split(images, None, ledger).split[settled("new").image] is Split.TEST


def test_an_image_that_would_bridge_two_splits_is_left_out_and_named():
    ledger = {settled("a").image: "train", settled("b").image: "val"}
    bridge = settled("bridge", unit="A", lot="B")
    images = [
        settled("a", unit="A"),
        settled("b", lot="B"),
        bridge,
        settled("beside", unit="A"),
        *plant(10),
    ]
    found = split(images, {"group_by": ["unit", "lot"]}, ledger)
    assert found.bridging == (bridge.image,)
    assert bridge.image not in found.split
    assert found.split[settled("a").image] is Split.TRAIN
    assert found.split[settled("b").image] is Split.VAL
    assert found.split[settled("beside").image] is Split.TRAIN


def test_if_a_new_recipe_ties_earlier_splits_together_the_fewest_are_left_out():
    ledger = {settled(n).image: "train" if n < 5 else "test" for n in range(7)}
    images = [settled(n, lot="L") for n in range(7)]
    found = split(images, {"group_by": ["lot"]}, ledger)
    assert set(found.split) == {settled(n).image for n in range(5)}
    assert set(found.split.values()) == {Split.TRAIN}
    assert found.bridging == tuple(sorted(settled(n).image for n in (5, 6)))


def test_an_earlier_image_that_is_not_selected_now_still_holds_its_unit():
    old = settled("old", unit="A", labels=())
    new = settled("new", unit="A")
    found = split([old, new, *plant(20)], None, {old.image: "val"})
    assert found.split[new.image] is Split.VAL
    assert old.image not in found.split
    assert old.image not in found.bridging


def test_what_groups_do_not_allow_is_reported():
    images = [settled(n, {"dent": [DENT]}, unit="one") for n in range(30)]
    images += [settled(100 + n, unit=f"u{n}") for n in range(70)]
    missed = {(one.label, one.split): one.reached for one in split(images).unmet}
    assert missed["dent", Split.TEST] == 0
    assert missed["dent", Split.VAL] == 0


def test_a_defect_type_with_three_groups_is_in_every_split():
    images = plant(60)
    rare = [settled(f"rare {n}", {"stain": [DENT]}, unit=f"rare {n}") for n in range(3)]
    found = split(images + rare)
    assert {found.split[image.image] for image in rare} == set(Split)


def test_a_split_without_a_share_stays_empty():
    found = split(plant(40), {"splits": {"train": 0.8, "val": 0.2}})
    assert Split.TEST not in found.split.values()


def test_ten_thousand_images_take_seconds():
    images = plant(3_334)
    begin = time.perf_counter()
    found = split(images)
    assert time.perf_counter() - begin < 20
    assert len(found.split) == len(images)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_the_ledger_says_nothing_leaks_and_nothing_moves(data):
    count = data.draw(st.integers(1, 25))
    letters = st.sampled_from([None, "a", "b", "c", "d"])
    images = [settled(n, unit=data.draw(letters), lot=data.draw(letters)) for n in range(count)]
    chosen = data.draw(st.lists(st.sampled_from(images), max_size=8, unique_by=lambda i: i.image))
    ledger = {i.image: data.draw(st.sampled_from(["train", "val", "test"])) for i in chosen}
    found = split(images, {"group_by": ["unit", "lot"]}, ledger)
    assert straddling(images, found.split, "unit") == []
    assert straddling(images, found.split, "lot") == []
    assert all(found.split[i] == s for i, s in ledger.items() if i in found.split)
    assert set(found.bridging) == {i.image for i in images} - set(found.split)
    if not ledger:
        assert found.bridging == ()


def test_stratification_fills_where_the_rarest_label_is_missed_most():
    counts = np.array([[1, 1], [1, 1], [0, 1], [0, 1], [0, 1], [0, 1]])
    assert sorted(stratify(counts, [None] * 6, [0.5, 0.5])[:2]) == [0, 1]
    fixed = stratify(counts, [0, None, 0, None, None, None], [0.5, 0.5])
    assert fixed[0] == fixed[2] == 0
    assert fixed[1] == 1
