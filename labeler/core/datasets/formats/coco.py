"""`annotations/coco/instances_{split}.json`: boxes, polygons and masks for detectors.

Category ids are places in the sorted codes of the standard, from 1. An image with a present
defect type that nobody gave a place has no annotation for it and says so itself.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from labeler.core.consensus import Label
from labeler.core.datasets.canonical import Entries, lines
from labeler.core.datasets.recipe import Split
from labeler.core.datasets.rendered import RenderedFile
from labeler.core.datasets.selection import SettledImage
from labeler.core.masks import area, bounding_box
from labeler.core.regions import Box, Polygon, Region
from labeler.core.standard import Standard
from labeler.core.terms import Verdict


def categories(standard: Standard) -> list[dict[str, Any]]:
    """COCO's categories, sorted by code."""
    return [
        {"id": place, "name": code, "supercategory": "defect"}
        for place, code in enumerate(sorted(standard.codes), start=1)
    ]


def coco(
    split: Split, standard: Standard, images: Iterable[object], annotations: Iterable[object]
) -> Iterator[str]:
    """One split's file in pieces, from the entries that `CocoEntries` made of its files."""
    return lines(
        {
            "info": {"description": f"Labeler data set, {split.value}"},
            "licenses": [],
            "categories": categories(standard),
            "images": Entries(lambda: images),
            "annotations": Entries(lambda: annotations),
        }
    )


class CocoEntries:
    """Makes the entries of one split's files, which come in the order of their paths."""

    def __init__(self, standard: Standard) -> None:
        self._category = {one["name"]: one["id"] for one in categories(standard)}
        self._images = self._annotations = 0

    def of(
        self, file: RenderedFile, image: SettledImage
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The next image and its annotations; `file_name` is relative to `images/{split}/`."""
        self._images += 1
        return {
            "id": self._images,
            "file_name": file.planned.path.rsplit("/", 1)[-1],
            "width": file.width_px,
            "height": file.height_px,
            "present_without_region": [c for c in image.present if not file.regions.get(c)],
        }, [
            self._annotation(label, region)
            for label in sorted(image.labels, key=lambda one: one.defect_type)
            if label.verdict is Verdict.PRESENT
            for region in file.regions.get(label.defect_type, ())
        ]

    def _annotation(self, label: Label, region: Region) -> dict[str, Any]:
        self._annotations += 1
        return {
            "id": self._annotations,
            "image_id": self._images,
            "category_id": self._category[label.defect_type],
            "iscrowd": 0,
            "severity": label.severity,
            **_shape(region),
        }


def box_outline(box: Box) -> list[float]:
    """A box's corners as the polygon x1, y1, x2, y2, … in px, from the upper left, rightwards."""
    left, top, right, bottom = box.x, box.y, box.x + box.width, box.y + box.height
    return [float(value) for value in (left, top, right, top, right, bottom, left, bottom)]


def _shape(region: Region) -> dict[str, Any]:
    box = bounding_box(region)
    segmentation: Any
    if isinstance(region, Box):
        segmentation = [box_outline(region)]  # readers of COCO draw every annotation
    elif isinstance(region, Polygon):
        segmentation = [[float(value) for point in region.points for value in point]]
    else:
        segmentation = {"size": [region.height, region.width], "counts": list(region.counts)}
    return {
        "bbox": [float(value) for value in (box.x, box.y, box.width, box.height)],
        "area": float(area(region)),
        "segmentation": segmentation,
    }
