"""Select: which settled images enter a data set, and why the others do not."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from labeler.core.consensus import Label
from labeler.core.datasets.recipe import Recipe
from labeler.core.errors import FieldError, InvalidInput
from labeler.core.terms import Verdict

THUMBNAIL_SIDE_PX = 64


@dataclass(frozen=True, slots=True)
class SettledImage:
    """One image whose every dispute is closed.

    `image` is its SHA-256, `file` the name it came with, `width_px` and `height_px` those of
    the upright picture; `upright` says that the stored bytes show exactly that picture and
    may be copied as they are. `pixel_sha256` is over the decoded pixels, `perceptual_hash`
    16 hex digits, `thumbnail` 64 × 64 gray bytes, row by row; the last two may be empty, then
    the image is never taken for a near-duplicate. `reviewers` are pseudonym numbers.
    """

    image: str
    file: str
    width_px: int
    height_px: int
    bit_depth: int
    format: str
    upright: bool
    pixel_sha256: str
    labels: tuple[Label, ...]
    standard_version: int
    reviewers: tuple[int, ...] = ()
    lot: str | None = None
    unit: str | None = None
    line: str | None = None
    station: str | None = None
    captured_at: datetime | None = None
    context: Mapping[str, str] = field(default_factory=dict)
    perceptual_hash: str = ""
    thumbnail: bytes = b""

    @property
    def present(self) -> tuple[str, ...]:
        """The defect types that are present, sorted by code."""
        return tuple(
            sorted(label.defect_type for label in self.labels if label.verdict is Verdict.PRESENT)
        )

    def key(self, column: str) -> str | None:
        """The value of a column to group by: unit, lot, line, station or a context column."""
        if column in {"unit", "lot", "line", "station"}:
            value = getattr(self, column)
            return None if value is None else str(value)
        return self.context.get(column)


@dataclass(frozen=True, slots=True)
class Selection:
    """`images` sorted by SHA-256; `left_out` counts the rest by reason.

    `others` are given images that stay out: they still tie new images to earlier exports.
    """

    images: tuple[SettledImage, ...]
    left_out: Mapping[str, int]
    others: tuple[SettledImage, ...] = ()


def select(
    images: Iterable[SettledImage], recipe: Recipe, excluded: Mapping[str, int]
) -> Selection:
    """Keep the images whose every label comes from a source the recipe includes.

    `excluded` counts by reason what the caller left out already (unsettled, unusable).
    Raises `InvalidInput` for an image given twice, and for a column to group by that no
    image has: grouping by nothing would let a leak through silently.
    """
    chosen: dict[str, SettledImage] = {}
    others: dict[str, SettledImage] = {}
    left_out = Counter({reason: count for reason, count in excluded.items() if count})
    given = 0
    allowed = set(recipe.sources)
    columns = set(recipe.group_by) - {"unit", "lot", "line", "station"}
    for image in images:
        given += 1
        columns -= set(image.context)
        if image.image in chosen or image.image in others:
            raise InvalidInput("The image {image} is given twice.", image=image.image)
        if not image.labels:
            left_out["no_label"] += 1
        elif not {label.source for label in image.labels} <= allowed:
            left_out["source_not_included"] += 1
        else:
            chosen[image.image] = image
            continue
        others[image.image] = image
    if columns and given:
        raise InvalidInput(
            "No image has the column to group by: {columns}",
            fields=[FieldError("group_by", "No image has this column.")],
            columns=", ".join(sorted(columns)),
        )
    return Selection(_ordered(chosen), dict(sorted(left_out.items())), _ordered(others))


def _ordered(images: Mapping[str, SettledImage]) -> tuple[SettledImage, ...]:
    return tuple(images[sha] for sha in sorted(images))
