"""Two made-up reviewers: what anna and ben would have said of the pictures.

Nothing here is a model of people; it only leaves agreements and disagreements of every kind.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from scipy import ndimage

from sample_data.plan import SEOUL
from sample_data.surfaces import Map, noise

LEVELS = {"scratch": 3, "bubble": 2, "discoloration": 3}


@dataclass(frozen=True, slots=True)
class Sight:
    """One defect as it lies on one picture; `trace` (row, column) is true where it shows."""

    defect_type: str
    severity: int
    faint: float
    decoy: bool
    trace: np.ndarray

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Tight box x, y, width, height in px of the upright picture."""
        rows, columns = np.nonzero(self.trace)
        x, y = int(columns.min()), int(rows.min())
        return x, y, int(columns.max()) + 1 - x, int(rows.max()) + 1 - y


@dataclass(frozen=True, slots=True)
class Habit:
    """How a reviewer errs: shares 0–1, and `care` below 1 for steadier hands."""

    name: str
    misses: float
    alarms: float
    doubts: float
    harsher: float
    care: float


HABITS = (
    Habit("anna", misses=0.55, alarms=0.35, doubts=0.22, harsher=0.30, care=0.7),
    Habit("ben", misses=1.30, alarms=0.55, doubts=0.10, harsher=0.12, care=1.2),
)


def review_rows(seen: Sequence[tuple[str, list[Sight]]], seed: int) -> list[dict[str, str]]:
    """The rows of reviews.csv: 70 % of the pictures reviewed twice, 10 % once, 20 % not yet.

    `seen` lists (file, its defects) in the order of the manifest.
    """
    random = np.random.default_rng([seed, 9001])
    order = random.permutation(len(seen))
    twice, once = round(0.7 * len(seen)), round(0.8 * len(seen))
    turns = {int(i): 2 if place < twice else int(place < once) for place, i in enumerate(order)}
    rows = []
    for habit in HABITS:
        at = datetime(2026, 11, 18, 9, 4 if habit.name == "anna" else 31, tzinfo=SEOUL)
        for index, (file, sights) in enumerate(seen):
            alone = "anna" if index % 2 else "ben"
            if turns[index] == 0 or (turns[index] == 1 and habit.name != alone):
                continue
            hand = np.random.default_rng([seed, 9002, index, HABITS.index(habit)])
            # Both mark one defect with the same tool, as a team that has agreed on it.
            tool = np.random.default_rng([seed, 9003, index])
            at += timedelta(seconds=int(hand.integers(6, 15) + 14 * len(sights)))
            known = {"file": file, "reviewer": habit.name}
            rows += [
                {**known, **judged, "reviewed_at": at.isoformat()}
                for judged in _review(hand, tool, habit, sights)
            ]
    return rows


def _review(
    hand: np.random.Generator, tool: np.random.Generator, habit: Habit, sights: list[Sight]
) -> list[dict[str, str]]:
    judged = []
    for sight in sights:
        kind = str(tool.choice(_TOOLS[sight.defect_type]))
        if sight.decoy and hand.random() > habit.alarms:
            continue
        if not sight.decoy and hand.random() < sight.faint * habit.misses:
            continue
        if sight.faint > 0.25 and hand.random() < habit.doubts:
            judged.append(_row(sight.defect_type, "unsure"))
            continue
        level = _level(hand, habit, sight)
        judged.append(
            _row(sight.defect_type, "present", str(level), [_mark(hand, habit, sight, kind)])
        )
    return judged or [_row("", "absent")]


def _row(
    defect_type: str,
    verdict: str,
    severity: str = "",
    regions: list[dict[str, object]] | None = None,
) -> dict[str, str]:
    text = json.dumps(regions, separators=(",", ":")) if regions else ""
    return {"defect_type": defect_type, "verdict": verdict, "severity": severity, "regions": text}


def _level(hand: np.random.Generator, habit: Habit, sight: Sight) -> int:
    step = 0
    if hand.random() < 0.34:
        step = 1 if hand.random() < 0.5 + habit.harsher else -1
        step *= 2 if hand.random() < 0.3 else 1
    heaviest = 1 if sight.decoy else LEVELS[sight.defect_type]
    return int(np.clip(sight.severity + step, 1, heaviest))


_TOOLS = {
    "scratch": ("box", "box", "box", "polygon"),
    "bubble": ("box",),
    "discoloration": ("box", "polygon", "mask"),
}


def _mark(hand: np.random.Generator, habit: Habit, sight: Sight, kind: str) -> dict[str, object]:
    if kind == "box":
        return _box(hand, habit, sight)
    if kind == "polygon":
        return (
            _band(hand, habit, sight)
            if sight.defect_type == "scratch"
            else _outline(hand, habit, sight)
        )
    return _brush(hand, habit, sight)


def _box(hand: np.random.Generator, habit: Habit, sight: Sight) -> dict[str, object]:
    height, width = sight.trace.shape
    x, y, w, h = sight.box
    slip = habit.care * (3.0 if hand.random() < 0.10 * habit.care else 1.0)
    wobble = hand.normal(0, 1, 4) * slip * np.array([1.2 + 0.04 * w, 1.2 + 0.04 * h] * 2)
    margin = 4.0
    left, top = max(x - margin + wobble[0], 0), max(y - margin + wobble[1], 0)
    right = min(max(x + w + margin + wobble[2], left + 4), width)
    bottom = min(max(y + h + margin + wobble[3], top + 4), height)
    left, top, right, bottom = (round(float(v)) for v in (left, top, right, bottom))
    return {"kind": "box", "x": left, "y": top, "width": right - left, "height": bottom - top}


def _polygon(points: np.ndarray, shape: tuple[int, ...]) -> dict[str, object]:
    inside = np.clip(points, 0, [shape[1], shape[0]])
    return {"kind": "polygon", "points": [[round(float(v), 1) for v in p] for p in inside]}


def _band(hand: np.random.Generator, habit: Habit, sight: Sight) -> dict[str, object]:
    """A narrow outline along the line, from its end to its end and back."""
    rows, columns = np.nonzero(sight.trace)
    points = np.stack([columns, rows], 1).astype(float)
    middle = points.mean(0)
    _, axes = np.linalg.eigh(np.cov((points - middle).T))
    along, across = (points - middle) @ axes[:, 1], (points - middle) @ axes[:, 0]
    stops = np.linspace(along.min() - 4, along.max() + 4, 7)
    centre = [across[np.argsort(np.abs(along - s))[:12]].mean() for s in stops]
    sides = [
        middle + np.outer(stops, axes[:, 1]) + np.outer(np.array(centre) + side, axes[:, 0])
        for side in (-10.0, 10.0)
    ]
    ring = np.vstack([sides[0], sides[1][::-1]])
    return _polygon(ring + hand.normal(0, 1.6 * habit.care, ring.shape), sight.trace.shape)


def _outline(hand: np.random.Generator, habit: Habit, sight: Sight) -> dict[str, object]:
    rows, columns = np.nonzero(sight.trace)
    middle = np.array([columns.mean(), rows.mean()])
    away = np.hypot(columns - middle[0], rows - middle[1])
    turn = np.arctan2(rows - middle[1], columns - middle[0])
    corners = []
    for t in np.linspace(-np.pi, np.pi, 18, endpoint=False):
        near = np.abs(np.angle(np.exp(1j * (turn - t)))) < 0.2
        reach = (away[near].max() if near.any() else away.mean()) + hand.normal(2, 3 * habit.care)
        corners.append(middle + reach * np.array([np.cos(t), np.sin(t)]))
    return _polygon(np.array(corners), sight.trace.shape)


def _brush(hand: np.random.Generator, habit: Habit, sight: Sight) -> dict[str, object]:
    depth: Map = ndimage.distance_transform_edt(sight.trace) - ndimage.distance_transform_edt(
        ~sight.trace
    )
    edge = hand.normal(3, 2) + 4 * habit.care * noise(hand, sight.trace.shape, 18)
    mask = depth > -edge
    # Columns first, beginning with background: COCO's uncompressed run lengths.
    line = np.concatenate([[False], mask.T.ravel()])
    changes = np.flatnonzero(np.diff(line)) + 1
    counts = np.diff(np.concatenate([[1], changes, [line.size]]))
    return {"kind": "mask", "rle": {"size": list(mask.shape), "counts": [int(c) for c in counts]}}
