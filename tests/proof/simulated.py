"""Reviewers who err in a known way, and a lead who knows the truth. All of it is seeded."""

import random
from dataclasses import dataclass
from typing import Any

from tests.proof.truth import Collection, Defect, Picture, Region


@dataclass(frozen=True)
class Person:
    """A simulated reviewer: shares of images or defects on which they go wrong."""

    name: str
    misses: float = 0.03
    false_alarms: float = 0.01
    unsure: float = 0.01
    severity_off: float = 0.08
    misplaced: float = 0.02
    forgotten_region: float = 0.01
    unusable: float = 0.01


@dataclass(frozen=True)
class Judged:
    """One review as it travels: a mark, or judgements of what is not plainly absent."""

    unusable: str | None
    judgements: tuple[dict[str, Any], ...]


PEOPLE = (
    Person("kim"),
    Person("lee", misses=0.05, misplaced=0.03),
    Person("park", misses=0.02, false_alarms=0.02, unsure=0.02),
)


def judge(person: Person, picture: Picture, of: Collection, seed: int) -> Judged:
    """What a person says of a picture; the same in every run."""
    rng = random.Random(f"{seed} {person.name} {picture.sha256}")
    if rng.random() < person.unusable:
        return Judged(rng.choice(["blurred", "dark", "other"]), ())
    said = []
    for code, levels in of.severities.items():
        one = _judge_type(person, picture, code, levels, rng)
        if one is not None:
            said.append(one)
    return Judged(None, tuple(said))


def _judge_type(
    person: Person, picture: Picture, code: str, levels: int, rng: random.Random
) -> dict[str, Any] | None:
    if rng.random() < person.unsure:
        return {"defect_type": code, "verdict": "unsure", "severity": None, "regions": []}
    truth = picture.defects.get(code)
    if truth is None:
        if rng.random() >= person.false_alarms:
            return None
        truth = Defect(1 if levels else None, (_imagined(picture, of_kind(code), rng),))
    elif rng.random() < person.misses:
        return None
    severity = truth.severity
    if severity is not None and rng.random() < person.severity_off:
        severity = rng.choice([level for level in range(1, levels + 1) if level != severity])
    kept = [r for r in truth.regions if rng.random() >= person.forgotten_region]
    regions = [_redrawn(person, region, picture, rng) for region in kept or truth.regions]
    return {"defect_type": code, "verdict": "present", "severity": severity, "regions": regions}


def of_kind(code: str) -> str:
    return "polygon" if code == "pitting" else "box"


def _imagined(picture: Picture, kind: str, rng: random.Random) -> Region:
    x, y = rng.uniform(0, picture.width_px - 90), rng.uniform(0, picture.height_px - 60)
    if kind == "box":
        return {"kind": "box", "x": round(x, 2), "y": round(y, 2), "width": 60.0, "height": 40.0}
    corners = [(x, y), (x + 80.3, y + 5.1), (x + 60.2, y + 50.7), (x + 10.4, y + 40.9)]
    return {"kind": "polygon", "points": [[round(a, 2), round(b, 2)] for a, b in corners]}


def _redrawn(person: Person, region: Region, picture: Picture, rng: random.Random) -> Region:
    """The same place by another hand; now and then another place."""
    far = rng.random() < person.misplaced
    if region["kind"] == "box":
        return _redrawn_box(region, picture, rng, far=far)
    return _redrawn_polygon(region, picture, rng, far=far)


def _redrawn_box(region: Region, picture: Picture, rng: random.Random, *, far: bool) -> Region:
    width, height = region["width"], region["height"]
    away = width * (1.3 if region["x"] + 2.4 * width < picture.width_px else -1.3) if far else 0
    left = region["x"] + away + rng.uniform(-0.05, 0.05) * width
    top = region["y"] + rng.uniform(-0.05, 0.05) * height
    right = left + width * rng.uniform(0.95, 1.05)
    bottom = top + height * rng.uniform(0.95, 1.05)
    left, top = round(max(0.0, left), 2), round(max(0.0, top), 2)
    right, bottom = min(right, picture.width_px), min(bottom, picture.height_px)
    return {
        "kind": "box", "x": left, "y": top, "width": round(right - left, 2),
        "height": round(bottom - top, 2),
    }  # fmt: skip


def _redrawn_polygon(region: Region, picture: Picture, rng: random.Random, *, far: bool) -> Region:
    xs, ys = zip(*region["points"], strict=True)
    width, height = max(xs) - min(xs), max(ys) - min(ys)
    away = width * (1.3 if max(xs) + 1.5 * width < picture.width_px else -1.3) if far else 0
    dx = away + rng.uniform(-0.03, 0.03) * width
    dy = rng.uniform(-0.03, 0.03) * height
    grown = rng.uniform(0.97, 1.03)
    cx, cy = sum(xs) / len(xs), sum(ys) / len(ys)
    points = [
        [
            round(min(max(cx + (x - cx) * grown + dx, 0), picture.width_px), 3),
            round(min(max(cy + (y - cy) * grown + dy, 0), picture.height_px), 3),
        ]
        for x, y in region["points"]
    ]
    return {"kind": "polygon", "points": points}


def rule(picture: Picture, code: str | None, kind: str, marks: int) -> dict[str, Any]:
    """The lead's decision on a dispute; the lead knows the truth.

    An image that two people or more call unusable leaves; otherwise every other one does.
    """
    if code is None:
        leaves = marks > 1 or int(picture.sha256, 16) % 2 == 0
        return {"verdict": "unusable" if leaves else "usable", "severity": None, "regions": None}
    truth = picture.defects.get(code)
    if truth is None:
        return {"verdict": "absent", "severity": None, "regions": None}
    regions = None if kind == "severity" else list(truth.regions)
    severity = None if kind == "where" else truth.severity
    return {"verdict": "present", "severity": severity, "regions": regions}
