"""`annotations/coco/instances_{split}.json`: boxes, polygons and masks for detectors.

Category ids are places in the sorted codes of the standard, from 1. An image with a present
defect type that nobody gave a place has no annotation for it and says so itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from labeler.core.datasets.canonical import lines
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
    split: Split,
    rendered: Sequence[RenderedFile],
    images: Mapping[str, SettledImage],
    standard: Standard,
) -> Iterator[str]:
    """One split's file in pieces; `file_name` is relative to `images/{split}/`."""
    here = [file for file in rendered if file.planned.split is split]
    return lines(
        {
            "info": {"description": f"Labeler data set, {split.value}"},
            "licenses": [],
            "categories": categories(standard),
            "images": (
                _image(number, file, images[file.planned.image])
                for number, file in enumerate(here, start=1)
            ),
            "annotations": _annotations(here, images, standard),
        }
    )


def _image(number: int, file: RenderedFile, image: SettledImage) -> dict[str, Any]:
    return {
        "id": number,
        "file_name": file.planned.path.rsplit("/", 1)[-1],
        "width": file.width_px,
        "height": file.height_px,
        "present_without_region": [code for code in image.present if not file.regions.get(code)],
    }


def _annotations(
    files: Sequence[RenderedFile], images: Mapping[str, SettledImage], standard: Standard
) -> Iterator[dict[str, Any]]:
    ids = {one["name"]: one["id"] for one in categories(standard)}
    number = 0
    for image_number, file in enumerate(files, start=1):
        for label in sorted(images[file.planned.image].labels, key=lambda one: one.defect_type):
            if label.verdict is not Verdict.PRESENT:
                continue
            for region in file.regions.get(label.defect_type, ()):
                number += 1
                yield {
                    "id": number,
                    "image_id": image_number,
                    "category_id": ids[label.defect_type],
                    "iscrowd": 0,
                    "severity": label.severity,
                    **_shape(region),
                }


def _shape(region: Region) -> dict[str, Any]:
    box = bounding_box(region)
    segmentation: Any
    if isinstance(region, Box):
        segmentation = []  # a box says where, not which pixels
    elif isinstance(region, Polygon):
        segmentation = [[float(value) for point in region.points for value in point]]
    else:
        segmentation = {"size": [region.height, region.width], "counts": list(region.counts)}
    return {
        "bbox": [float(value) for value in (box.x, box.y, box.width, box.height)],
        "area": float(area(region)),
        "segmentation": segmentation,
    }
