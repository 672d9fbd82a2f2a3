"""Made pictures of parts with a scratch, as settled images."""

import hashlib
import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from labeler.core.consensus import Label
from labeler.core.datasets.selection import SettledImage
from labeler.core.regions import Polygon
from labeler.core.standard import parse_standard
from labeler.core.terms import Source, Verdict
from labeler.pixels.fingerprint import hash_text, perceptual_hash, pixel_sha256, thumbnail

STANDARD = parse_standard(
    {
        "defect_types": [
            {"code": "scratch", "name": {"en": "Scratch"}, "geometry": ["polygon"]},
        ]
    },
    version=1,
)
PLACE = ((0.30, 0.40), (0.62, 0.44), (0.63, 0.50), (0.31, 0.47))


@dataclass(frozen=True)
class Stored:
    """Where sources lie; it travels to the workers."""

    folder: Path

    def __call__(self, image: str) -> Path:
        """The file of an image."""
        return self.folder / image


def polygon(side: int) -> list[tuple[float, float]]:
    return [(x * side, y * side) for x, y in PLACE]


def picture(number: int, side: int) -> np.ndarray:
    luck = np.random.default_rng(number)
    coarse = luck.integers(60, 200, (24, 24, 3), dtype=np.uint8)
    smooth = cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)
    grain = luck.integers(0, 12, (side, side), dtype=np.uint8)
    made = cv2.add(smooth, cv2.merge([grain] * 3))
    marked = np.zeros((side, side), np.uint8)
    cv2.fillPoly(marked, [np.array(polygon(side), np.int32)], 1)
    made[marked > 0] //= 2
    return made


def make(work: Path, count: int, side: int) -> None:
    """Write `count` JPEGs of side × side px and `images.pickle` into `work`."""
    (work / "sources").mkdir(parents=True)
    with (work / "images.pickle").open("wb") as file:
        for number in range(count):
            pickle.dump(part(work / "sources", number, side), file)


def made(work: Path) -> Iterator[SettledImage]:
    """What `make` wrote, one after the other, as an export gets it from the database."""
    with (work / "images.pickle").open("rb") as file:
        while file.peek(1):
            yield pickle.load(file)  # noqa: S301 - our own, from a moment ago


def part(sources: Path, number: int, side: int) -> SettledImage:
    made = picture(number, side)
    data = cv2.imencode(".jpg", made, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()
    image = hashlib.sha256(data).hexdigest()
    (sources / image).write_bytes(data)
    small = thumbnail(Image.fromarray(made))
    regions = (Polygon(tuple(polygon(side))),)
    label = Label("scratch", Verdict.PRESENT, None, regions, Source.UNANIMOUS, 2, 0, 0)
    return SettledImage(
        image=image,
        file=f"{number}.jpg",
        width_px=side,
        height_px=side,
        bit_depth=8,
        format="JPEG",
        upright=True,
        pixel_sha256=pixel_sha256(made),
        labels=(label,),
        standard_version=1,
        reviewers=(1, 2),
        unit=f"U{number}",
        perceptual_hash=hash_text(perceptual_hash(small)),
        thumbnail=small.tobytes(),
    )
