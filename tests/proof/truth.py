"""What the real data's own files say: names, hashes, defects. Nothing here knows labeler."""

import csv
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[3] / "shared" / "data"

Region = dict[str, Any]


@dataclass(frozen=True)
class Defect:
    """One defect type on one image: its level of severity, and where."""

    severity: int | None
    regions: tuple[Region, ...]


@dataclass(frozen=True)
class Picture:
    """An image of a data set with everything that its authors say of it."""

    file: str
    path: Path
    sha256: str
    width_px: int
    height_px: int
    row: Mapping[str, str]
    defects: Mapping[str, Defect] = field(default_factory=dict)
    golden: Path | None = None


@dataclass(frozen=True)
class Collection:
    """A data set as it is imported: the manifest's text, its pictures, its standard."""

    code: str
    manifest: str
    pictures: tuple[Picture, ...]
    defect_types: tuple[dict[str, Any], ...]

    @property
    def severities(self) -> dict[str, int]:
        """How many levels each defect type has."""
        return {one["code"]: len(one.get("severity", ())) for one in self.defect_types}


PCB_TYPES = ("open", "short", "mousebite", "spur", "copper", "pin-hole")
_LEVELS = [{"code": c, "name": {"en": c.title()}} for c in ("small", "middle", "large")]


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _pcb_severity(code: str, boxes: list[Region]) -> int | None:
    """A level for two of the types, from the largest box: the data has none of its own."""
    if code not in ("mousebite", "spur"):
        return None
    largest = max(box["width"] * box["height"] for box in boxes)
    return 1 if largest < 900 else 2 if largest < 1_600 else 3


def deeppcb() -> Collection:
    """250 boards with boxes of six defect types, each with its golden template."""
    folder = DATA / "deeppcb"
    pictures = []
    for row in rows_of(folder / "import.csv"):
        path = folder / row["file"]
        found: dict[str, list[Region]] = {}
        label = folder / "labels" / f"{path.stem.removesuffix('_test')}.txt"
        for line in label.read_text().split("\n"):
            if line.strip():
                x1, y1, x2, y2, number = (int(word) for word in line.split())
                box = {"kind": "box", "x": x1, "y": y1, "width": x2 - x1, "height": y2 - y1}
                found.setdefault(PCB_TYPES[number - 1], []).append(box)
        defects = {
            code: Defect(_pcb_severity(code, boxes), tuple(boxes)) for code, boxes in found.items()
        }
        golden = folder / row["golden"]
        pictures.append(Picture(row["file"], path, sha256(path), 640, 640, row, defects, golden))
    types = [
        {
            "code": code,
            "name": {"en": code.title()},
            "geometry": ["box"],
            "severity": _LEVELS if code in ("mousebite", "spur") else [],
        }
        for code in PCB_TYPES
    ]
    manifest = (folder / "import.csv").read_text("utf-8")
    return Collection("deeppcb", manifest, tuple(pictures), tuple(types))


def bsd_pitting() -> Collection:
    """460 photographs of ball screws, 170 of them with pitting as polygons."""
    folder = DATA / "bsd-pitting"
    sizes = _jpeg_sizes(folder)
    pictures = []
    for row in rows_of(folder / "import.csv"):
        path = folder / row["file"]
        width, height = sizes[path.name]
        label = folder / "labels" / f"{path.stem}.json"
        shapes = json.loads(label.read_text("utf-8"))["shapes"] if label.exists() else []
        regions = tuple({"kind": "polygon", "points": shape["points"]} for shape in shapes)
        defects = {"pitting": Defect(None, regions)} if regions else {}
        pictures.append(Picture(row["file"], path, sha256(path), width, height, row, defects))
    types = ({"code": "pitting", "name": {"en": "Pitting"}, "geometry": ["polygon"]},)
    manifest = (folder / "import.csv").read_text("utf-8")
    return Collection("bsd-pitting", manifest, tuple(pictures), types)


def _jpeg_sizes(folder: Path) -> dict[str, tuple[int, int]]:
    """Width and height from each file's frame header (ITU T.81, B.2.2)."""
    return {path.name: _frame_size(path.read_bytes()) for path in (folder / "images").iterdir()}


def _frame_size(data: bytes) -> tuple[int, int]:
    at = 2
    while True:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xC2:
            height, width = data[at + 5 : at + 7], data[at + 7 : at + 9]
            return int.from_bytes(width, "big"), int.from_bytes(height, "big")
        at += 2 + length
