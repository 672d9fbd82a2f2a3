import math

import pytest

from labeler.core.datasets.variants import (
    ALL_STEPS,
    Affine,
    Light,
    Tone,
    Variant,
    allowed_steps,
    draw_variant,
    plain_copy,
    variant_seed,
)
from labeler.core.forbidden_changes import FORBIDDEN
from tests.made_datasets import DENT, SCRATCH, blot, settled

SIZE = (640, 480)


def draws(steps, size=SIZE, count=300):
    return [draw_variant(0, f"{n:064x}", 1, 0, frozenset(steps), size) for n in range(count)]


def test_a_variant_depends_on_seed_image_copy_and_attempt_and_on_nothing_else():
    one = draw_variant(3, "ab", 1, 0, ALL_STEPS, SIZE)
    assert draw_variant(3, "ab", 1, 0, ALL_STEPS, SIZE) == one
    others = {
        variant_seed(*key)
        for key in [(4, "ab", 1, 0), (3, "ac", 1, 0), (3, "ab", 2, 0), (3, "ab", 1, 1)]
    }
    assert len(others | {one.seed}) == 5


def test_all_transforms_occur_and_every_variant_differs_from_the_original():
    found = draws(ALL_STEPS)
    assert {v.quarter_turns for v in found} == {0, 1, 2, 3}
    for name in ("mirror", "affine", "tone", "light", "noise"):
        share = sum(bool(getattr(v, name)) for v in found) / len(found)
        assert 0.2 < share < 0.95
    assert all(v.document()["transforms"] for v in found)


@pytest.mark.parametrize("step", sorted(ALL_STEPS))
def test_a_single_allowed_transform_is_the_only_one_applied(step):
    for variant in draws({step}, count=60):
        (only,) = variant.document()["transforms"]
        names = {"flip": "mirror", "rotate": "quarter_turns"}
        expected = "tone" if step in {"brightness", "contrast", "gamma"} else names.get(step, step)
        assert only["name"] == expected


def test_with_nothing_allowed_the_variant_is_a_plain_copy():
    assert all(v.document()["transforms"] == [] for v in draws(set(), count=20))
    assert plain_copy(2).document()["transforms"] == []


def test_forbidding_one_transform_leaves_the_draw_of_the_others_alone():
    whole, less = draws(ALL_STEPS), draws(ALL_STEPS - {"noise"})
    assert all(a.tone == b.tone and a.mirror == b.mirror for a, b in zip(whole, less, strict=True))
    assert not any(b.noise for b in less)


@pytest.mark.parametrize("size", [(640, 480), (64, 64), (2928, 1016), (100, 1000)])
def test_an_affine_step_never_shows_what_lies_beyond_the_picture(size):
    affine = [v.affine for v in draws({"affine"}, size) if v.affine]
    assert len(affine) > 50
    assert max(abs(a.rotate_deg) for a in affine) > 0.5
    width, height = size
    for step in affine:
        assert 1 <= step.zoom <= 1.151
        angle = math.radians(step.rotate_deg)
        for x, y in [(0, 0), (width, 0), (0, height), (width, height)]:
            dx, dy = x - width / 2 - step.shift_x_px, y - height / 2 - step.shift_y_px
            # Either sense of turning must be covered.
            for turn in (angle, -angle):
                back_x = (dx * math.cos(turn) + dy * math.sin(turn)) / step.zoom
                back_y = (-dx * math.sin(turn) + dy * math.cos(turn)) / step.zoom
                assert abs(back_x) <= width / 2 + 1e-6
                assert abs(back_y) <= height / 2 + 1e-6


def test_boxes_and_defects_without_a_place_forbid_turning_by_degrees():
    assert "affine" in allowed_steps(settled("ok"), {})
    assert "affine" in allowed_steps(settled("p", {"scratch": [SCRATCH], "stain": [blot()]}), {})
    assert "affine" not in allowed_steps(settled("b", {"scratch": [SCRATCH, DENT]}), {})
    assert "affine" not in allowed_steps(settled("n", {"scratch": [SCRATCH], "stain": []}), {})


def test_a_forbidden_transform_is_left_out_where_the_defect_type_is_present_only():
    forbidden = {"scratch": ("hue", "flip")}
    steps = allowed_steps(settled("s", {"scratch": [SCRATCH]}), forbidden)
    assert steps == ALL_STEPS - {"flip", "contrast", "gamma"}
    assert allowed_steps(settled("d", {"stain": [blot()]}), forbidden) == ALL_STEPS


def test_sixteen_bit_pictures_get_only_what_is_exact_on_them():
    steps = allowed_steps(settled("16", bit_depth=16), {})
    assert {"flip", "rotate", "brightness"} <= steps
    assert not steps & {"affine", "noise"}


def test_every_word_that_may_be_forbidden_takes_away_known_transforms():
    assert set().union(*FORBIDDEN.values()) == ALL_STEPS


def test_what_was_applied_is_recorded():
    variant = Variant(
        2, 1, 255, mirror=True, quarter_turns=3, affine=Affine(1.5, 1.1, 2, -3),
        tone=Tone(1.1, 0.9, 1.0), light=Light(0.1, 0.0), noise=1.25,
    )  # fmt: skip
    assert variant.document() == {
        "copy": 2,
        "attempt": 1,
        "seed": "000000000000000000000000000000ff",
        "transforms": [
            {"name": "mirror"},
            {"name": "quarter_turns", "count": 3},
            {"name": "affine", "rotate_deg": 1.5, "zoom": 1.1, "shift_x_px": 2, "shift_y_px": -3},
            {"name": "tone", "brightness": 1.1, "contrast": 0.9, "gamma": 1.0},
            {"name": "light", "across": 0.1, "down": 0.0},
            {"name": "noise", "deviation": 1.25},
        ],
    }
