"""Settling once more, from the text of contract.md alone, in plain Python and SciPy.

It shares no line with the product: where the two differ, one of them misreads the text.
It refuses inputs on which the text leaves room, so a comparison can be exact.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from tests.proof.simulated import Judged

MATCH = 0.5
Region = Mapping[str, Any]


class Ambiguous(Exception):
    """The text could be read in two ways here: choose other seeds."""


@dataclass(frozen=True)
class Label:
    """What an image × defect type comes out as. A mask is the set of its pixels (x, y)."""

    verdict: str
    severity: int | None = None
    boxes: tuple[tuple[float, float, float, float], ...] = ()
    polygons: tuple[tuple[tuple[float, float], ...], ...] = ()
    masks: tuple[frozenset[tuple[int, int]], ...] = ()
    source: str = "unanimous"
    votes: tuple[int, int, int] = (0, 0, 0)


@dataclass
class Outcome:
    """State, the labels that stand, and the disputes as (defect type or None, kind)."""

    state: str
    labels: dict[str, Label] = field(default_factory=dict)
    disputes: set[tuple[str | None, str]] = field(default_factory=set)


def settle(
    reviews: Sequence[Judged],
    codes: Sequence[str],
    *,
    majority: bool,
    rulings: Mapping[tuple[str | None, str], Mapping[str, Any]],
) -> Outcome:
    """The outcome over the reviews that count, after the rulings given so far."""
    usable = rulings.get((None, "unusable"))
    marked = [review for review in reviews if review.unusable]
    if marked and usable is None:
        return Outcome("disputed", disputes={(None, "unusable")})
    if marked and usable and usable["verdict"] == "unusable":
        return Outcome("unusable")
    rest = [review for review in reviews if not review.unusable]
    outcome = Outcome("settled")
    for code in codes:
        said = [_of(review, code) for review in rest]
        here = {kind: r for (c, kind), r in rulings.items() if c == code}
        found = _settle_type(said, majority=majority, ruled=here)
        if isinstance(found, Label):
            outcome.labels[code] = found
        else:
            outcome.disputes |= {(code, kind) for kind in found}
    if outcome.disputes:
        outcome.state = "disputed"
    return outcome


def _of(review: Judged, code: str) -> Mapping[str, Any]:
    absent = {"verdict": "absent", "severity": None, "regions": []}
    return next((j for j in review.judgements if j["defect_type"] == code), absent)


def _settle_type(
    said: Sequence[Mapping[str, Any]], *, majority: bool, ruled: Mapping[str, Mapping[str, Any]]
) -> Label | set[str]:
    verdicts = [one["verdict"] for one in said]
    votes = tuple(verdicts.count(v) for v in ("present", "absent", "unsure"))
    assert len(votes) == 3
    if "verdict" in ruled:
        return _as_ruled(ruled["verdict"], votes)
    verdict, source = _verdict(verdicts, majority=majority)
    if verdict is None:
        return {"verdict"}
    if verdict == "absent":
        return Label("absent", source=source, votes=votes)
    if any(ruling["verdict"] == "absent" for ruling in ruled.values()):
        return Label("absent", source="ruled", votes=votes)
    present = [one for one in said if one["verdict"] == "present"]
    levels = [one["severity"] for one in present if one["severity"] is not None]
    groups = _matched([one["regions"] for one in present])
    open_kinds = set()
    if levels and max(levels) - min(levels) > 1 and "severity" not in ruled:
        open_kinds.add("severity")
    if groups is None and "where" not in ruled:
        open_kinds.add("where")
    if open_kinds:
        return open_kinds
    label = _merged(groups or [], max(levels, default=None), source, votes)
    for ruling in ruled.values():
        label = _over(label, ruling, votes)
    return label


def _verdict(verdicts: Sequence[str], *, majority: bool) -> tuple[str | None, str]:
    if "unsure" in verdicts:
        return None, ""
    if len(set(verdicts)) == 1:
        return verdicts[0], "unanimous"
    if majority and len(verdicts) >= 3:
        for verdict in ("present", "absent"):
            if verdicts.count(verdict) * 2 > len(verdicts):
                return verdict, "majority"
    return None, ""


def _as_ruled(ruling: Mapping[str, Any], votes: tuple[int, int, int]) -> Label:
    if ruling["verdict"] == "absent":
        return Label("absent", source="ruled", votes=votes)
    return _over(Label("present"), ruling, votes)


def _over(label: Label, ruling: Mapping[str, Any], votes: tuple[int, int, int]) -> Label:
    """A ruling's values instead of the settled ones; null keeps those."""
    severity = label.severity if ruling["severity"] is None else ruling["severity"]
    if ruling["regions"] is None:
        return Label("present", severity, label.boxes, label.polygons, label.masks, "ruled", votes)
    boxes = tuple(_corners(r) for r in ruling["regions"] if r["kind"] == "box")
    polygons = tuple(
        tuple((x, y) for x, y in r["points"]) for r in ruling["regions"] if r["kind"] == "polygon"
    )
    return Label("present", severity, boxes, polygons, (), "ruled", votes)


def _corners(box: Region) -> tuple[float, float, float, float]:
    return (box["x"], box["y"], box["width"], box["height"])


def _matched(several: Sequence[Sequence[Region]]) -> list[list[Region]] | None:
    """Groups of one region per person, or None where any region has no partner."""
    _refuse_ambiguity(several)
    first, *others = several
    groups = [[region] for region in first]
    for other in others:
        partner = _partners(first, other)
        if len(partner) < len(first) or len(partner) < len(other):
            return None
        for here, there in partner.items():
            groups[here].append(other[there])
    return groups


def _partners(ours: Sequence[Region], theirs: Sequence[Region]) -> dict[int, int]:
    if not ours or not theirs:
        return {}
    overlap = np.array([[iou(a, b) for b in theirs] for a in ours])
    rows, columns = linear_sum_assignment(np.where(overlap >= MATCH, overlap, 0), maximize=True)
    pairs = zip(rows.tolist(), columns.tolist(), strict=True)
    return {row: column for row, column in pairs if overlap[row, column] >= MATCH}


def _refuse_ambiguity(several: Sequence[Sequence[Region]]) -> None:
    """One region may reach at most one of another person's, and matching must be transitive."""
    met: dict[tuple[int, int], set[tuple[int, int]]] = {}
    for a, b in combinations(range(len(several)), 2):
        for i, ours in enumerate(several[a]):
            for j, theirs in enumerate(several[b]):
                overlap = iou(ours, theirs)
                if ours["kind"] != "box" and 0.47 < overlap < 0.53:
                    raise Ambiguous("nearly half of the pixels")
                if overlap >= MATCH:
                    met.setdefault((a, i), set()).add((b, j))
                    met.setdefault((b, j), set()).add((a, i))
    for one, partners in met.items():
        people = [person for person, _ in partners]
        if len(set(people)) < len(people):
            raise Ambiguous("two partners")
        for partner in partners:
            if met[partner] | {partner} != partners | {one}:
                raise Ambiguous("A meets B, B meets C, A does not meet C")


def iou(a: Region, b: Region) -> float:
    """Intersection over union: of areas for boxes, of pixels for polygons."""
    if a["kind"] == "box":
        across = min(a["x"] + a["width"], b["x"] + b["width"]) - max(a["x"], b["x"])
        down = min(a["y"] + a["height"], b["y"] + b["height"]) - max(a["y"], b["y"])
        shared = max(across, 0) * max(down, 0)
        return float(shared / (a["width"] * a["height"] + b["width"] * b["height"] - shared))
    ours, theirs = pixels(a["points"]), pixels(b["points"])
    either = len(ours | theirs)
    return len(ours & theirs) / either if either else 0.0


def pixels(points: Sequence[Sequence[float]]) -> frozenset[tuple[int, int]]:
    """The pixels whose centre lies inside, by the winding number of the outline."""
    return _pixels(tuple((x, y) for x, y in points))


@cache
def _pixels(points: tuple[tuple[float, float], ...]) -> frozenset[tuple[int, int]]:
    corners = np.asarray(points, dtype=float)
    x0, y0 = np.floor(corners.min(axis=0)).astype(int)
    x1, y1 = np.ceil(corners.max(axis=0)).astype(int)
    xs, ys = np.meshgrid(np.arange(x0, x1) + 0.5, np.arange(y0, y1) + 0.5)
    winding = np.zeros(xs.shape, dtype=int)
    for (ax, ay), (bx, by) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        left_of = (bx - ax) * (ys - ay) - (xs - ax) * (by - ay)
        winding += (ay <= ys) & (by > ys) & (left_of > 0)
        winding -= (ay > ys) & (by <= ys) & (left_of < 0)
    inside = winding != 0
    return frozenset(
        zip(
            (xs[inside] - 0.5).astype(int).tolist(),
            (ys[inside] - 0.5).astype(int).tolist(),
            strict=True,
        )
    )


def _merged(
    groups: Sequence[Sequence[Region]],
    severity: int | None,
    source: str,
    votes: tuple[int, int, int],
) -> Label:
    boxes, polygons, masks = [], [], []
    for group in groups:
        if len(group) == 1 and group[0]["kind"] == "polygon":
            # The only voter left after "usable": there is nothing to merge.
            polygons.append(tuple((x, y) for x, y in group[0]["points"]))
            continue
        if group[0]["kind"] == "box":
            mean = np.mean([_corners(box) for box in group], axis=0)
            boxes.append(tuple(float(value) for value in mean))
            continue
        marked = [pixels(region["points"]) for region in group]
        every = frozenset().union(*marked)
        half = frozenset(p for p in every if 2 * sum(p in one for one in marked) >= len(marked))
        masks.append(half)
    places = (tuple(boxes), tuple(polygons), tuple(masks))
    return Label("present", severity, *places, source, votes)
