import pytest

from labeler.core.datasets.leaks import find_leaks


def file(name, split, **more):
    values = {
        "path": f"images/{split}/{name}",
        "split": split,
        "image": name,
        "group": name,
        "pixels": name,
        "keys": {"unit": None},
    }
    return values | more


def test_groups_in_one_split_each_do_not_leak():
    files = [
        file("a", "train", keys={"unit": "1"}, group="g"),
        file("b", "train", keys={"unit": "1"}, group="g"),
        file("c", "val"),
        file("d", "test"),
    ]
    assert find_leaks(files, [("a", "b")]) == []


@pytest.mark.parametrize(
    "shared",
    [
        {"keys": {"unit": "1"}},
        {"pixels": "same"},
        {"group": "same"},
        {"image": "same"},
    ],
)
def test_whatever_two_splits_share_is_a_leak(shared):
    (leak,) = find_leaks([file("a", "train", **shared), file("b", "test", **shared)], [])
    assert "test and train" in leak
    assert "images/train/a" in leak


def test_a_near_duplicate_across_splits_is_a_leak():
    files = [file("a", "train"), file("b", "val"), file("c", "val")]
    assert len(find_leaks(files, [("a", "b")])) == 1


def test_a_chain_leaks_though_its_ends_share_nothing():
    files = [
        file("a", "train", keys={"unit": "1"}),
        file("b", "train", keys={"unit": "1"}, pixels="p"),
        file("c", "test", pixels="p"),
    ]
    assert len(find_leaks(files, [])) == 1


def test_values_of_different_columns_are_different():
    files = [
        file("a", "train", keys={"unit": "1", "lot": None}),
        file("b", "test", keys={"unit": None, "lot": "1"}),
    ]
    assert find_leaks(files, []) == []
