"""Plan: every output file of a data set, before one pixel is touched."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from labeler.core.datasets.balance import Balance, balance
from labeler.core.datasets.counts import FileCounts
from labeler.core.datasets.fitting import forbidden_faults
from labeler.core.datasets.gate import GateReport, pass_gate
from labeler.core.datasets.recipe import FileFormat, Recipe, Split
from labeler.core.datasets.selection import Selection, SettledImage, select
from labeler.core.datasets.splits import Splits, split_images
from labeler.core.errors import FieldError, InvalidInput
from labeler.core.label_accuracy.outcome import AuditOutcome
from labeler.core.standard import Standard

_SUFFIX = {"JPEG": ".jpg", "PNG": ".png", "TIFF": ".tif", "BMP": ".bmp", "WEBP": ".webp"}
_ODD = re.compile(r"[^A-Za-z0-9._-]+")
_MAX_STEM = 60
_HASH_DIGITS = 12


class Action(StrEnum):
    """How a file comes to be."""

    COPY = "copy"  # the source's bytes as they are
    ENCODE = "encode"  # the upright picture, written anew
    VARIANT = "variant"  # transformed, then written


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """One output file; `copy` 0 is the real image, 1… its copies. `path` is below the root."""

    path: str
    split: Split
    image: str
    copy: int
    action: Action


@dataclass(frozen=True, slots=True)
class DatasetPlan:
    """Everything decided without pixels; `files` sorted by path."""

    code: str
    standard: Standard
    recipe: Recipe
    selection: Selection
    gate: GateReport
    splits: Splits
    balance: Balance
    files: tuple[PlannedFile, ...]
    forbidden: Mapping[str, tuple[str, ...]]

    def counts(self) -> dict[str, object]:
        """Real, augmented and synthetic files per split and defect type, as planned."""
        present = {image.image: image.present for image in self.selection.images}
        found = FileCounts()
        for file in self.files:
            group = self.splits.group[file.image]
            found.add(file.split, group, present[file.image], augmented=file.copy > 0)
        return found.document(self.standard.codes)

    def left_out(self) -> dict[str, int]:
        """How many images are not in it, by reason."""
        found = Counter(self.selection.left_out)
        found["would_bridge_two_splits"] += len(self.splits.bridging)
        found["ok_not_needed"] += len(self.balance.dropped)
        return {reason: count for reason, count in sorted(found.items()) if count}


def plan_dataset(
    code: str,
    standard: Standard,
    images: Sequence[SettledImage],
    recipe: Recipe,
    *,
    excluded: Mapping[str, int],
    assigned: Mapping[str, str],
    audits: Mapping[str, AuditOutcome | None] | None = None,
) -> DatasetPlan:
    """Select, gate, split, balance and plan.

    `excluded` counts images that the caller left out, by reason; `assigned` maps images of
    earlier exports to their splits; `audits` are the answers of the audit per defect type.
    Raises `InvalidInput` for a recipe that these images cannot follow, `GateRefused` when the
    recipe refuses labels whose quality is not shown.
    """
    gate = pass_gate(standard.codes, audits or {}, recipe.gate)
    forbidden = _forbidden(standard, recipe)
    selection = select(images, recipe, excluded)
    _check_depth(selection, recipe)
    splits = split_images(selection, recipe, assigned)
    balanced = balance(selection.images, splits, recipe, standard.codes)
    files = _files(selection, splits, balanced, recipe)
    return DatasetPlan(code, standard, recipe, selection, gate, splits, balanced, files, forbidden)


def _forbidden(standard: Standard, recipe: Recipe) -> dict[str, tuple[str, ...]]:
    faults = forbidden_faults(standard, recipe)
    if faults:
        raise InvalidInput("The recipe and the standard forbid what is not known.", fields=faults)
    asked = recipe.augment.per_defect_type
    return {
        one.code: tuple(sorted({*one.forbid_augment, *asked.get(one.code, ())}))
        for one in standard.defect_types
    }


def _check_depth(selection: Selection, recipe: Recipe) -> None:
    if recipe.images.format is not FileFormat.JPEG:
        return
    deep = sum(image.bit_depth > 8 for image in selection.images)
    if deep:
        raise InvalidInput(
            "{count} images have more than 8 bits, which JPEG cannot hold.",
            fields=[FieldError("images.format", "Give png or original.")],
            count=deep,
        )


def written_size(image: SettledImage, recipe: Recipe) -> tuple[int, int]:
    """(width_px, height_px) of the image as the data set has it."""
    side, limit = max(image.width_px, image.height_px), recipe.images.max_side_px
    if limit is None or side <= limit:
        return image.width_px, image.height_px
    return (
        max(1, round(image.width_px * limit / side)),
        max(1, round(image.height_px * limit / side)),
    )


def written_suffix(image: SettledImage, recipe: Recipe) -> str:
    """The suffix of a picture that is written anew: JPEG stays JPEG, the rest is lossless."""
    wanted = recipe.images.format
    if wanted is FileFormat.ORIGINAL:
        wanted = FileFormat.JPEG if image.format.upper() == "JPEG" else FileFormat.PNG
    return ".jpg" if wanted is FileFormat.JPEG else ".png"


def _may_copy(image: SettledImage, recipe: Recipe) -> bool:
    if not image.upright or written_size(image, recipe) != (image.width_px, image.height_px):
        return False
    wanted = recipe.images.format
    return wanted is FileFormat.ORIGINAL or wanted.value == image.format.lower()


def _name(image: SettledImage, taken: set[str]) -> str:
    """The file's own name, made harmless, and enough of the hash to be unique."""
    last = re.split(r"[/\\]", image.file)[-1]
    stem = _ODD.sub("_", last.rsplit(".", 1)[0]).strip("._-")[:_MAX_STEM] or "image"
    digits = _HASH_DIGITS
    while (name := f"{stem}-{image.image[:digits]}").lower() in taken:
        digits += 4
    taken.add(name.lower())
    return name


def _files(
    selection: Selection, splits: Splits, balanced: Balance, recipe: Recipe
) -> tuple[PlannedFile, ...]:
    files: list[PlannedFile] = []
    taken: set[str] = set()
    for sha256, image in zip(selection.images.ids, selection.images, strict=True):
        if sha256 in splits.split and sha256 not in balanced.dropped:
            name, copies = _name(image, taken), balanced.copies.get(sha256, 0)
            files += _files_of(image, sha256, name, splits.split[sha256], copies, recipe)
    files.sort(key=lambda file: file.path)
    return tuple(files)


def _files_of(
    image: SettledImage, sha256: str, name: str, split: Split, copies: int, recipe: Recipe
) -> Iterator[PlannedFile]:
    """The image's own file and its copies; `sha256` is the one text that all of them share."""
    plain = Action.COPY if _may_copy(image, recipe) else Action.ENCODE
    variant = Action.VARIANT if recipe.augment.preset != "none" else plain
    for copy in range(1 + copies):
        action = variant if copy else plain
        original = _SUFFIX.get(image.format.upper(), ".img")
        suffix = original if action is Action.COPY else written_suffix(image, recipe)
        tail = f"-v{copy:02d}" if copy else ""
        path = f"images/{split.value}/{name}{tail}{suffix}"
        yield PlannedFile(path, split, sha256, copy, action)
