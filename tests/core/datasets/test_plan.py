import pytest

from labeler.core.datasets.gate import GateRefused
from labeler.core.datasets.plan import Action, plan_dataset, written_size
from labeler.core.datasets.recipe import parse_recipe
from labeler.core.errors import InvalidInput
from tests.made_datasets import DENT, made_standard, settled


def planned(images, recipe=None, standard=None, **more):
    return plan_dataset(
        "demo",
        standard or made_standard(),
        images,
        parse_recipe(recipe or {}),
        **({"excluded": {}, "assigned": {}} | more),
    )


def only(image, recipe=None):
    recipe = {"splits": {"train": 1}, **(recipe or {})}
    (file,) = planned([image], recipe).files
    return file


def test_ten_thousand_files_of_one_name_get_names_of_their_own():
    plan = planned([settled(n, file="1.jpg") for n in range(10_000)])
    names = [file.path.rsplit("/", 1)[-1].lower() for file in plan.files]
    assert len(set(names)) == 10_000
    assert all(name.startswith("1-") for name in names)


def test_a_name_stays_when_other_images_come_and_go():
    alone = only(settled("a", file="part.jpg")).path
    among = planned([settled("a", file="part.jpg"), *map(settled, range(50))]).files
    name = alone.rsplit("/", 1)[-1]
    assert any(file.path.endswith("/" + name) for file in among)


def test_images_whose_hashes_begin_alike_still_get_two_names():
    images = [settled(n, image="ab" * 10 + f"{n:044x}") for n in range(3)]
    assert len({file.path for file in planned(images).files}) == 3


@pytest.mark.parametrize(
    ("file", "begins"),
    [
        ("../../etc/passwd", "passwd-"),
        ("C:\\line 3\\큰 사진 (1).JPG", "1-"),
        ("..", "image-"),
        ("-rf.png", "rf-"),
        ("=cmd|'/c calc'!A1.jpg", "c_calc_A1-"),
        ("x" * 300 + ".jpg", "x" * 60 + "-"),
    ],
)
def test_a_hostile_name_becomes_a_harmless_one(file, begins):
    path = only(settled("a", file=file)).path
    assert path.startswith("images/train/" + begins)
    assert path.count("/") == 2
    assert path.isascii()


@pytest.mark.parametrize(
    ("image", "recipe", "action", "suffix"),
    [
        ({}, {}, Action.COPY, ".jpg"),
        ({"format": "TIFF", "bit_depth": 16}, {}, Action.COPY, ".tif"),
        ({"upright": False}, {}, Action.ENCODE, ".jpg"),
        ({"upright": False, "format": "PNG"}, {}, Action.ENCODE, ".png"),
        ({"upright": False, "format": "BMP"}, {}, Action.ENCODE, ".png"),
        ({}, {"format": "png"}, Action.ENCODE, ".png"),
        ({}, {"format": "jpeg"}, Action.COPY, ".jpg"),
        ({"format": "WEBP"}, {"format": "jpeg"}, Action.ENCODE, ".jpg"),
        ({}, {"max_side_px": 64}, Action.COPY, ".jpg"),
        ({}, {"max_side_px": 63}, Action.ENCODE, ".jpg"),
    ],
)
def test_bytes_are_copied_where_they_can_be(image, recipe, action, suffix):
    file = only(settled("a", **image), {"images": recipe})
    assert file.action is action
    assert file.path.endswith(suffix)


def test_shrinking_keeps_proportions_and_never_enlarges():
    recipe = parse_recipe({"images": {"max_side_px": 100}})
    assert written_size(settled("a", width_px=1000, height_px=333), recipe) == (100, 33)
    assert written_size(settled("a", width_px=5000, height_px=2), recipe) == (100, 1)
    assert written_size(settled("a", width_px=80, height_px=100), recipe) == (80, 100)


def test_sixteen_bits_do_not_go_into_a_jpeg():
    with pytest.raises(InvalidInput, match="8 bits") as problem:
        planned([settled("a", bit_depth=16)], {"images": {"format": "jpeg"}})
    assert problem.value.fields[0].path == "images.format"


def test_copies_are_in_train_only_and_variants_only_with_a_preset():
    images = [settled(n, {"dent": [DENT]}) for n in range(30)] + [
        settled(99 + n, {"stain": [DENT]}) for n in range(10)
    ]
    recipe = {"balance": {"strategy": "equalize"}}
    plain = [file for file in planned(images, recipe).files if file.copy]
    assert plain
    assert {(file.split.value, file.action) for file in plain} == {("train", Action.COPY)}
    recipe["augment"] = {"preset": "surface"}
    varied = [file for file in planned(images, recipe).files if file.copy]
    assert {(file.split.value, file.action) for file in varied} == {("train", Action.VARIANT)}


def test_a_preview_counts_what_the_export_would_have():
    images = [settled(n, {"dent": [DENT]} if n % 2 else {}) for n in range(20)]
    counts = planned(images, {"splits": {"train": 1}}).counts()
    assert counts["real"]["train"] == {
        "images": 20, "ok": 10, "defect_types": {"dent": 10, "scratch": 0, "stain": 0},
    }  # fmt: skip
    assert counts["synthetic"]["train"]["images"] == 0


def test_what_is_left_out_is_counted_by_reason():
    plan = planned(
        [settled(n) for n in range(20)],
        {"splits": {"train": 1}, "balance": {"max_ok": 5}},
        excluded={"unsettled": 7, "unusable": 0},
    )
    assert plan.left_out() == {"ok_not_needed": 15, "unsettled": 7}
    assert len(plan.files) == 5


def test_a_word_that_forbids_nothing_known_is_refused_once_something_is_augmented():
    standard = made_standard(scratch=["warp"])
    assert planned([settled("a")], {}, standard).files
    with pytest.raises(InvalidInput) as problem:
        planned([settled("a")], {"augment": {"preset": "surface"}}, standard)
    assert problem.value.fields[0].path == "standard.scratch.forbid_augment"
    assert "warp" in problem.value.fields[0].message
    wished = {"preset": "surface", "per_defect_type": {"dent": ["melt"]}}
    with pytest.raises(InvalidInput) as problem:
        planned([settled("a")], {"augment": wished}, made_standard())
    assert [one.path for one in problem.value.fields] == ["augment.per_defect_type.dent"]


def test_forbidding_for_a_type_that_does_not_exist_is_refused():
    with pytest.raises(InvalidInput):
        planned([settled("a")], {"augment": {"per_defect_type": {"crack": ["flip"]}}})


def test_what_standard_and_recipe_forbid_adds_up():
    recipe = {"augment": {"preset": "surface", "per_defect_type": {"scratch": ["noise"]}}}
    plan = planned([settled("a")], recipe, made_standard(scratch=["hue"], dent=["flip"]))
    assert plan.forbidden == {"dent": ("flip",), "scratch": ("hue", "noise"), "stain": ()}


def test_a_gate_that_refuses_stops_before_anything_is_planned():
    with pytest.raises(GateRefused):
        planned([settled("a")], {"gate": {"on_fail": "refuse"}})


def test_no_image_gives_an_empty_plan():
    assert planned([]).files == ()
