import pytest

from labeler.core.datasets.recipe import (
    BalanceStrategy,
    OnFail,
    Recipe,
    Split,
    parse_recipe,
)
from labeler.core.errors import InvalidInput, NotBuilt
from labeler.core.terms import Source


def test_an_empty_recipe_has_the_defaults_of_the_contract():
    recipe = parse_recipe({})
    assert recipe == Recipe()
    assert recipe.formats == ("coco", "csv")
    assert recipe.splits == {Split.TRAIN: 0.7, Split.VAL: 0.15, Split.TEST: 0.15}
    assert recipe.group_by == ("unit",)
    assert recipe.near_duplicates
    assert recipe.seed == 0
    assert recipe.balance.strategy is BalanceStrategy.NONE
    assert recipe.augment.preset == "none"
    assert (recipe.gate.min, recipe.gate.level, recipe.gate.on_fail) == (0.95, 0.95, OnFail.MARK)
    assert recipe.sources == tuple(Source)


def full() -> dict[str, object]:
    return {
        "formats": ["csv"],
        "splits": {"train": 0.8, "val": 0.2},
        "group_by": ["lot", "cavity"],
        "near_duplicates": False,
        "seed": 7,
        "images": {"max_side_px": 512, "format": "png", "quality": 80},
        "balance": {
            "strategy": "target",
            "target": {"scratch": 100},
            "max_copies_per_image": 3,
            "max_ok": 10,
        },
        "augment": {
            "preset": "surface",
            "per_defect_type": {"scratch": {"forbid": ["flip"]}},
            "copies_per_image": 2,
        },
        "include": {"sources": ["ruled", "unanimous"]},
        "gate": {"min": 0.9, "level": 0.99, "on_fail": "refuse"},
    }


@pytest.mark.parametrize("document", [{}, full(), {"group_by": []}, {"balance": {"max_ok": 0}}])
def test_a_recipes_document_reads_back_as_the_same_recipe(document):
    recipe = parse_recipe(document)
    assert parse_recipe(recipe.document()) == recipe


def test_the_order_in_which_a_recipe_is_written_does_not_show_in_its_document():
    one = parse_recipe({"formats": ["coco", "csv"], "group_by": ["unit", "lot"]})
    other = parse_recipe({"group_by": ["lot", "unit", "lot"], "formats": ["csv", "coco"]})
    assert one.document() == other.document()


def test_a_single_word_and_three_shares_in_a_row_are_understood():
    recipe = parse_recipe({"group_by": "lot", "splits": [0.5, 0.25, 0.25]})
    assert recipe.group_by == ("lot",)
    assert recipe.splits[Split.VAL] == 0.25


def faulty(document: dict[str, object]) -> set[str]:
    with pytest.raises(InvalidInput) as problem:
        parse_recipe(document)
    assert not isinstance(problem.value, NotBuilt)
    return {fault.path for fault in problem.value.fields}


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"colour": 1}, "colour"),
        ({"images": {"dpi": 3}}, "images.dpi"),
        ({"balance": {"strategie": "none"}}, "balance.strategie"),
        ({"augment": {"preset": "none", "speed": 1}}, "augment.speed"),
        ({"augment": {"per_defect_type": {"a": {"allow": []}}}}, "augment.per_defect_type.a.allow"),
        ({"gate": {"max": 1}}, "gate.max"),
        ({"include": {"images": []}}, "include.images"),
        ({"splits": {"train": 1, "holdout": 0}}, "splits.holdout"),
        ({"splits": {"train": 0.7, "val": 0.7}}, "splits"),
        ({"splits": {"train": True, "val": 0}}, "splits.train"),
        ({"formats": []}, "formats"),
        ({"formats": ["tfrecord"]}, "formats"),
        ({"formats": {"coco": True}}, "formats"),
        ({"seed": -1}, "seed"),
        ({"seed": True}, "seed"),
        ({"seed": 1.5}, "seed"),
        ({"near_duplicates": "yes"}, "near_duplicates"),
        ({"images": {"quality": 0}}, "images.quality"),
        ({"images": "small"}, "images"),
        ({"balance": {"strategy": "target"}}, "balance.target"),
        ({"balance": {"target": 5}}, "balance.target"),
        ({"balance": {"strategy": "target", "target": {"a": -1}}}, "balance.target.a"),
        ({"augment": {"preset": 5}}, "augment.preset"),
        ({"augment": {"per_defect_type": ["flip"]}}, "augment.per_defect_type"),
        ({"gate": {"min": 1.0}}, "gate.min"),
        ({"gate": {"level": 0}}, "gate.level"),
        ({"gate": {"on_fail": "shrug"}}, "gate.on_fail"),
        ({"include": {"sources": ["guess"]}}, "include.sources"),
        ({"include": {"sources": []}}, "include.sources"),
        ({"group_by": [1]}, "group_by"),
    ],
)
def test_a_fault_is_named_with_its_place(document, path):
    assert path in faulty(document)


def test_all_faults_are_named_at_once():
    assert faulty({"seed": -1, "colour": 1, "gate": {"min": 2}}) == {"seed", "colour", "gate.min"}


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"formats": ["coco", "yolo"]}, "formats"),
        ({"formats": ["webdataset"]}, "formats"),
        ({"augment": {"preset": "casting"}}, "augment.preset"),
        ({"share": {"recipient": "x"}}, "share"),
    ],
)
def test_what_the_contract_knows_and_nobody_built_is_refused_by_name(document, path):
    with pytest.raises(NotBuilt) as problem:
        parse_recipe(document)
    assert [fault.path for fault in problem.value.fields] == [path]
    assert path in str(problem.value)
