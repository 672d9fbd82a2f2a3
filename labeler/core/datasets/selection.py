"""Select: which settled images enter a data set, and why the others do not."""

from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import overload

from labeler.core.consensus import Label
from labeler.core.datasets.recipe import Recipe
from labeler.core.errors import FieldError, InvalidInput
from labeler.core.terms import Verdict

OWN_COLUMNS = frozenset({"unit", "lot", "line", "station"})
"""What every image may carry, beside the columns of its context."""

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
        if column in OWN_COLUMNS:
            value = getattr(self, column)
            return None if value is None else str(value)
        return self.context.get(column)


class ImagesByHash(Sequence[SettledImage]):
    """Images in the order of their SHA-256. Those are held, the rest is fetched when asked for.

    `entries` may lie on disk; `positions` says where in it each image is.
    """

    def __init__(self, entries: Sequence[SettledImage], positions: Mapping[str, int]) -> None:
        self._entries = entries
        self._position = {image: positions[image] for image in sorted(positions)}
        self.ids = tuple(self._position)

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[SettledImage]:
        return (self._entries[position] for position in self._position.values())

    @overload
    def __getitem__(self, place: int) -> SettledImage: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[SettledImage]: ...
    def __getitem__(self, place: int | slice) -> SettledImage | Sequence[SettledImage]:
        if isinstance(place, slice):
            return [self.of(image) for image in self.ids[place]]
        return self.of(self.ids[place])

    def of(self, image: str) -> SettledImage:
        """The image with this SHA-256. Raises `KeyError`."""
        return self._entries[self._position[image]]

    def joined_by(self, others: "ImagesByHash", wanted: Container[str]) -> "ImagesByHash":
        """These and the wanted ones of `others`, which has the same entries."""
        more = {i: place for i, place in others._position.items() if i in wanted}  # noqa: SLF001  another of the same kind
        return ImagesByHash(self._entries, self._position | more) if more else self


@dataclass(frozen=True, slots=True)
class Selection:
    """`images` to export; `left_out` counts the rest by reason.

    `others` are given images that stay out: they still tie new images to earlier exports.
    """

    images: ImagesByHash
    left_out: Mapping[str, int]
    others: ImagesByHash


def select(
    images: Sequence[SettledImage], recipe: Recipe, excluded: Mapping[str, int]
) -> Selection:
    """Keep the images whose every label comes from a source the recipe includes.

    `excluded` counts by reason what the caller left out already (unsettled, unusable).
    Raises `InvalidInput` for an image given twice, and for a column to group by that no
    image has: grouping by nothing would let a leak through silently.
    """
    chosen: dict[str, int] = {}
    others: dict[str, int] = {}
    left_out = Counter({reason: count for reason, count in excluded.items() if count})
    allowed = set(recipe.sources)
    columns = set(recipe.group_by) - OWN_COLUMNS
    for position, image in enumerate(images):
        columns -= set(image.context)
        if image.image in chosen or image.image in others:
            raise InvalidInput("The image {image} is given twice.", image=image.image)
        if not image.labels:
            left_out["no_label"] += 1
        elif not {label.source for label in image.labels} <= allowed:
            left_out["source_not_included"] += 1
        else:
            chosen[image.image] = position
            continue
        others[image.image] = position
    if columns and (chosen or others):
        raise InvalidInput(
            "No image has the column to group by: {columns}",
            fields=[FieldError("group_by", "No image has this column.")],
            columns=", ".join(sorted(columns)),
        )
    return Selection(
        ImagesByHash(images, chosen),
        dict(sorted(left_out.items())),
        ImagesByHash(images, others),
    )
