"""Variants: what happens to an image in an augmented copy, drawn before a pixel is touched.

The preset `surface` is for flat parts seen from above: turning and mirroring the part, a
camera a little askew, and light, tone and noise of another hour. Colours are never turned.
"""

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from labeler.core.datasets.selection import SettledImage
from labeler.core.forbidden_changes import FORBIDDEN
from labeler.core.regions import Box
from labeler.core.terms import Verdict

_MAX_TURN_DEG = 5.0
_MAX_ZOOM = 1.15
_MAX_SHIFT_SHARE = 0.7  # of what the zoom leaves over, so that no edge comes into sight

ALL_STEPS = frozenset(
    {"flip", "rotate", "affine", "brightness", "contrast", "gamma", "light", "noise"}
)
_EXACT_ON_16_BIT = frozenset({"flip", "rotate", "brightness", "contrast", "gamma", "light"})


@dataclass(frozen=True, slots=True)
class Affine:
    """Turn by `rotate_deg` about the centre, enlarge by `zoom` ≥ 1, move by whole px."""

    rotate_deg: float
    zoom: float
    shift_x_px: int
    shift_y_px: int


@dataclass(frozen=True, slots=True)
class Tone:
    """On values 0–1: v ← v^gamma · brightness, then contrast about 0.5."""

    brightness: float = 1.0
    contrast: float = 1.0
    gamma: float = 1.0


@dataclass(frozen=True, slots=True)
class Light:
    """A gain that falls off evenly: 1 ± `across` from left to right, 1 ± `down` likewise."""

    across: float
    down: float


@dataclass(frozen=True, slots=True)
class Variant:
    """One augmented copy; applied in the order of the fields, mirroring before turning.

    `quarter_turns` count against the clock. `noise` is a standard deviation in gray levels of
    255. `seed` is the variant's own, `attempt` counts draws that were thrown away.
    """

    copy: int
    attempt: int
    seed: int
    mirror: bool = False
    quarter_turns: int = 0
    affine: Affine | None = None
    tone: Tone | None = None
    light: Light | None = None
    noise: float | None = None

    def document(self) -> dict[str, object]:
        """The copy and every applied transform with its parameters, as plain JSON."""
        steps: list[dict[str, object]] = []
        if self.mirror:
            steps.append({"name": "mirror"})
        if self.quarter_turns:
            steps.append({"name": "quarter_turns", "count": self.quarter_turns})
        for name, step in (("affine", self.affine), ("tone", self.tone), ("light", self.light)):
            if step is not None:
                steps.append({"name": name, **_fields(step)})
        if self.noise is not None:
            steps.append({"name": "noise", "deviation": self.noise})
        return {
            "copy": self.copy,
            "attempt": self.attempt,
            "seed": f"{self.seed:032x}",
            "transforms": steps,
        }


def _fields(step: Affine | Tone | Light) -> dict[str, object]:
    return {name: getattr(step, name) for name in type(step).__dataclass_fields__}


def plain_copy(copy: int) -> Variant:
    """A copy without any transform."""
    return Variant(copy, 0, 0)


def variant_seed(seed: int, image: str, copy: int, attempt: int) -> int:
    """128 bits of SHA-256 over recipe seed, image, copy and attempt: independent of order."""
    digest = hashlib.sha256(f"{seed}:{image}:{copy}:{attempt}".encode()).digest()
    return int.from_bytes(digest[:16], "big")


def allowed_steps(image: SettledImage, forbidden: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """The transforms that do this image's labels no harm.

    `forbidden` maps defect types to the words that the standard and the recipe forbid them.
    Boxes stay exact only where their sides stay upright; a defect without a place could be
    moved out of sight unnoticed: neither image is turned by degrees, enlarged or moved.
    """
    steps = ALL_STEPS if image.bit_depth <= 8 else _EXACT_ON_16_BIT
    for label in image.labels:
        if label.verdict is not Verdict.PRESENT:
            continue
        for word in forbidden.get(label.defect_type, ()):
            steps -= FORBIDDEN[word]
        if not label.regions or any(isinstance(region, Box) for region in label.regions):
            steps -= {"affine"}
    return steps


def draw_variant(
    seed: int, image: str, copy: int, attempt: int, steps: frozenset[str], size_px: tuple[int, int]
) -> Variant:
    """Draw the parameters of one variant of preset `surface`; `size_px` is (width, height).

    Rounded before they are used, so that what is recorded is exactly what was done. At least
    one allowed transform is applied.
    """
    own = variant_seed(seed, image, copy, attempt)
    luck = np.random.Generator(np.random.PCG64(own))
    # Every number is drawn whether it is used or not: forbidding one step changes no other.
    chance = [float(number) for number in luck.random(4)]
    value = [float(number) for number in luck.random(12)]
    turns = int(value[1] * 4) if "rotate" in steps else 0
    turned = (size_px[1], size_px[0]) if turns % 2 else size_px
    drawn = Variant(
        copy,
        attempt,
        own,
        mirror="flip" in steps and value[0] < 0.5,
        quarter_turns=turns,
        affine=_affine(value[2:6], turned) if "affine" in steps and chance[0] < 0.5 else None,
        tone=_tone(steps, value[6:9]) if chance[1] < 0.8 else None,
        light=_light(value[9], value[10]) if "light" in steps and chance[2] < 0.4 else None,
        noise=_noise(value[11]) if "noise" in steps and chance[3] < 0.4 else None,
    )
    untouched = drawn == Variant(copy, attempt, own)
    return _something(drawn, steps, value, size_px) if untouched else drawn


def _something(
    drawn: Variant, steps: frozenset[str], value: Sequence[float], size_px: tuple[int, int]
) -> Variant:
    """The first transform that is allowed, where the draw left the image as it was."""
    if "rotate" in steps:
        return replace(drawn, quarter_turns=2)
    if "flip" in steps:
        return replace(drawn, mirror=True)
    tone = _tone(steps, value[6:9])
    if tone is not None:
        return replace(drawn, tone=tone)
    if "affine" in steps:
        return replace(drawn, affine=_affine(value[2:6], size_px))
    if "light" in steps:
        return replace(drawn, light=_light(value[9], value[10]))
    return replace(drawn, noise=_noise(value[11])) if "noise" in steps else drawn


def _affine(value: Sequence[float], size_px: tuple[int, int]) -> Affine:
    """Draw within what keeps the whole frame inside the source picture: nothing is invented."""
    width, height = size_px
    limit = _MAX_TURN_DEG
    while _cover(limit, size_px) > _MAX_ZOOM / 1.02:
        limit *= 0.9
    angle = round((2 * value[0] - 1) * limit, 2)
    least = _cover(angle, size_px)
    zoom = math.ceil((least + (_MAX_ZOOM - least) * value[1]) * 1e4) / 1e4
    spare = (zoom - least) * min(width, height) / 2 * _MAX_SHIFT_SHARE
    reach = int(spare / math.sqrt(2))
    return Affine(angle, zoom, round((2 * value[2] - 1) * reach), round((2 * value[3] - 1) * reach))


def _cover(angle_deg: float, size_px: tuple[int, int]) -> float:
    """The least zoom at which a turned picture still fills its frame."""
    angle = math.radians(abs(angle_deg))
    long, short = max(size_px), min(size_px)
    return math.cos(angle) + long / short * math.sin(angle)


def _tone(steps: frozenset[str], value: Sequence[float]) -> Tone | None:
    def factor(name: str, luck: float) -> float:
        found = round(0.85 + 0.3 * luck, 3) if name in steps else 1.0
        return 1.01 if name in steps and found == 1.0 else found

    tone = Tone(*map(factor, ("brightness", "contrast", "gamma"), value))
    return None if tone == Tone() else tone


def _light(strength: float, direction: float) -> Light:
    angle = 2 * math.pi * direction
    amount = 0.05 + 0.1 * strength
    return Light(round(amount * math.cos(angle), 3), round(amount * math.sin(angle), 3))


def _noise(strength: float) -> float:
    return round(0.5 + 2 * strength, 2)
