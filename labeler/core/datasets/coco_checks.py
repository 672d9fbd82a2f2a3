"""What must hold between a COCO file and the manifest.

Both are in the order of the files' paths, so they are read side by side and never held.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from labeler.core.datasets.canonical import entries
from labeler.core.datasets.recipe import Split
from labeler.core.terms import Verdict

Entry = Mapping[str, Any]
_LEAST_NUMBERS = 6  # a triangle's


def check_coco(
    read: Callable[[], Iterable[str]], split: Split, manifest: Mapping[str, Any]
) -> Iterator[str]:
    """Hold one split's file against the manifest; `read` begins its lines anew.

    Raises `ValueError`, `KeyError` or `TypeError` for a document of another shape.
    """
    classes: Sequence[str] = manifest["classes"]
    categories = [(one["id"], one["name"]) for one in entries(read(), "categories")]
    if categories != list(enumerate(classes, start=1)):
        yield "its categories are not those of the manifest"
        return
    files = (file for file in manifest["files"] if file["split"] == split.value)
    annotations = _Annotations(entries(read(), "annotations"))
    for number, (image, file) in enumerate(zip_longest(entries(read(), "images"), files), start=1):
        if image is None or file is None or not _same(image, file, number):
            yield "its images are not those of the manifest"
            return
        yield from _check_image(image, file, annotations.up_to(number), classes)
    for one in annotations.rest():
        yield f"annotation {one['id']} belongs to nothing"
    if annotations.disordered:
        yield "an id is there twice, or not in its place"


class _Annotations:
    """The annotations, which should come image by image and be numbered from 1."""

    def __init__(self, several: Iterator[Entry]) -> None:
        self._several = several
        self._next = next(several, None)
        self._count = 0
        self.disordered = False

    def up_to(self, image: int) -> Iterator[Entry]:
        """Those of the images up to this one that were not given yet."""
        while self._next is not None and self._next["image_id"] <= image:
            yield self._take(self._next)

    def rest(self) -> Iterator[Entry]:
        """Whatever is left."""
        while self._next is not None:
            yield self._take(self._next)

    def _take(self, one: Entry) -> Entry:
        self._count += 1
        self.disordered |= one["id"] != self._count
        self._next = next(self._several, None)
        return one


def _same(image: Entry, file: Entry, number: int) -> bool:
    listed = (image["id"], image["file_name"], image["width"], image["height"])
    name = file["path"].rsplit("/", 1)[-1]
    return listed == (number, name, file["width_px"], file["height_px"])


def _check_image(
    image: Entry, file: Entry, annotations: Iterable[Entry], classes: Sequence[str]
) -> Iterator[str]:
    labels = file["labels"]
    placed: set[str] = set()
    for one in annotations:
        code = _class(classes, one["category_id"])
        if one["image_id"] != image["id"] or code is None:
            yield f"annotation {one['id']} belongs to nothing"
            continue
        placed.add(code)
        if labels.get(code) != Verdict.PRESENT.value:
            yield f"annotation {one['id']} marks what is not present"
        if not _inside(one, image):
            yield f"annotation {one['id']} reaches beyond its image"
    bare = [c for c in sorted(labels) if labels[c] == Verdict.PRESENT.value and c not in placed]
    if image["present_without_region"] != bare:
        yield f"{image['file_name']} lacks the place of {', '.join(bare) or 'nothing'}"


def _class(classes: Sequence[str], number: object) -> str | None:
    return classes[number - 1] if isinstance(number, int) and 0 < number <= len(classes) else None


def _inside(annotation: Mapping[str, Any], image: Mapping[str, Any]) -> bool:
    x, y, width, height = annotation["bbox"]
    slack = 1e-6  # sums of fractions of pixels
    if not (width > 0 and height > 0 and x >= -slack and y >= -slack):
        return False
    if x + width > image["width"] + slack or y + height > image["height"] + slack:
        return False
    shape = annotation["segmentation"]
    if isinstance(shape, Mapping):
        fits: bool = shape["size"] == [image["height"], image["width"]] and (
            sum(shape["counts"]) == image["height"] * image["width"]
        )
        return fits
    return bool(shape) and all(_outline_fits(outline, image, slack) for outline in shape)


def _outline_fits(outline: Sequence[float], image: Mapping[str, Any], slack: float) -> bool:
    """Whether a polygon x1, y1, x2, y2, … has an area to draw, inside the image."""
    return (
        len(outline) >= _LEAST_NUMBERS
        and len(outline) % 2 == 0
        and all(-slack <= value <= image["width"] + slack for value in outline[::2])
        and all(-slack <= value <= image["height"] + slack for value in outline[1::2])
    )
