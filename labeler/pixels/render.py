"""Render: planned files of one source picture into files on disk."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from labeler.core.datasets.moved_regions import Size, scaled_region
from labeler.core.datasets.plan import Action, PlannedFile
from labeler.core.datasets.rendered import DroppedFile, RenderedFile
from labeler.core.datasets.variants import Variant, draw_variant, plain_copy
from labeler.core.errors import CheckFailed
from labeler.core.regions import Region
from labeler.pixels.augment import augment, carry
from labeler.pixels.decode import Pixels, decode_upright
from labeler.pixels.limits import Limits
from labeler.pixels.visibility import contrast, hidden

MAX_DRAWS = 8
"""How often a variant that hides a defect is drawn again before it is dropped."""

Sources = Callable[[str], Path]
"""From an image's SHA-256 to its stored file; it travels to other processes, so it pickles."""


@dataclass(frozen=True, slots=True)
class RenderTask:
    """All files of one source picture, so that it is decoded once.

    `size` is the upright source's, `target` what is written, both (width_px, height_px).
    `regions`: in the source's pixels, per present defect type. `steps`: allowed transforms.
    """

    image: str
    size: Size
    target: Size
    regions: Mapping[str, tuple[Region, ...]]
    steps: frozenset[str]
    seed: int
    quality: int
    files: tuple[PlannedFile, ...]


class _Source:
    """The picture of one task, read and decoded at most once."""

    def __init__(self, task: RenderTask, path: Path, limits: Limits) -> None:
        self._task, self._path, self._limits = task, path, limits
        self._data: bytes | None = None
        self._pixels: Pixels | None = None
        flat = [(code, region) for code, several in task.regions.items() for region in several]
        self.codes = [code for code, _ in flat]
        self.regions = [scaled_region(region, task.size, task.target) for _, region in flat]
        self._contrasts: list[float] | None = None

    @property
    def data(self) -> bytes:
        if self._data is None:
            self._data = self._path.read_bytes()
            if hashlib.sha256(self._data).hexdigest() != self._task.image:
                raise CheckFailed("The stored file of {image} has changed.", image=self._task.image)
        return self._data

    @property
    def pixels(self) -> Pixels:
        """Blue, green, red, as OpenCV writes them; shrunk to the target."""
        if self._pixels is None:
            pixels = decode_upright(self.data, self._limits)
            if (pixels.shape[1], pixels.shape[0]) != self._task.size:
                raise CheckFailed(
                    "The stored file of {image} has another size than recorded.",
                    image=self._task.image,
                )
            if self._task.target != self._task.size:
                pixels = cv2.resize(pixels, self._task.target, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
            if pixels.ndim == 3:
                pixels = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)  # type: ignore[assignment]
            self._pixels = pixels
        return self._pixels

    @property
    def measured(self) -> list[tuple[Region, float]]:
        """Each region with its contrast in the unchanged picture."""
        if self._contrasts is None:
            self._contrasts = [contrast(self.pixels, region) for region in self.regions]
        return list(zip(self.regions, self._contrasts, strict=True))

    def named(self, regions: list[Region]) -> dict[str, tuple[Region, ...]]:
        found: dict[str, list[Region]] = {code: [] for code in self._task.regions}
        for code, region in zip(self.codes, regions, strict=True):
            found[code].append(region)
        return {code: tuple(several) for code, several in found.items()}


def render(
    task: RenderTask, sources: Sources, folder: Path, limits: Limits
) -> list[RenderedFile | DroppedFile]:
    """Write the task's files below `folder`, whose sub-folders exist.

    Raises `CheckFailed` when the stored file is not the one that was reviewed, `OSError` when
    it cannot be read or written, `RefusedImage` when it no longer decodes.
    """
    cv2.setNumThreads(1)  # the executor uses the processors already
    source = _Source(task, sources(task.image), limits)
    return [_render_one(task, source, planned, folder) for planned in task.files]


def _render_one(
    task: RenderTask, source: _Source, planned: PlannedFile, folder: Path
) -> RenderedFile | DroppedFile:
    if planned.action is Action.VARIANT:
        return _variant(task, source, planned, folder)
    data = source.data
    if planned.action is Action.ENCODE:
        data = encoded(source.pixels, planned.path, task.quality)
    variant = plain_copy(planned.copy) if planned.copy else None
    known = task.image if planned.action is Action.COPY else None
    return _written(
        planned, folder, data, task.target, source.named(source.regions), variant, known
    )


def _variant(
    task: RenderTask, source: _Source, planned: PlannedFile, folder: Path
) -> RenderedFile | DroppedFile:
    reason: str | None = None
    for attempt in range(MAX_DRAWS):
        drawn = draw_variant(task.seed, task.image, planned.copy, attempt, task.steps, task.target)
        after = carry(source.regions, task.target, drawn)
        pixels = augment(source.pixels, drawn)
        reason = _hidden(source, drawn, after, pixels)
        kept = [region for region in after if region is not None]
        if reason is None:
            data = encoded(pixels, planned.path, task.quality)
            size = (pixels.shape[1], pixels.shape[0])
            return _written(planned, folder, data, size, source.named(kept), drawn)
    return DroppedFile(planned, str(reason))


def _hidden(
    source: _Source, drawn: Variant, after: list[Region | None], pixels: Pixels
) -> str | None:
    if not after:
        return None
    touched = drawn.tone or drawn.light or drawn.noise or drawn.affine
    zoom = drawn.affine.zoom if drawn.affine else 1.0
    return hidden(source.measured, after, pixels if touched else None, zoom)


def encoded(pixels: Pixels, path: str, quality: int) -> bytes:
    """A picture (blue, green, red or gray) as JPEG 4:4:4 or as PNG, by the path's suffix.

    OpenCV brings its own zlib and libjpeg, the same for every processor; level 1 is 12 times
    faster than Pillow's default at the same size.
    """
    if path.endswith(".jpg"):
        options = [
            cv2.IMWRITE_JPEG_QUALITY,
            quality,
            cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
            cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
        ]
    else:
        options = [cv2.IMWRITE_PNG_COMPRESSION, 1]
    done, data = cv2.imencode(path[path.rindex(".") :], np.ascontiguousarray(pixels), options)
    if not done:
        raise OSError(f"{path} could not be encoded")
    return data.tobytes()


def _written(
    planned: PlannedFile,
    folder: Path,
    data: bytes,
    size: Size,
    regions: Mapping[str, tuple[Region, ...]],
    variant: Variant | None,
    known_sha256: str | None = None,
) -> RenderedFile:
    (folder / planned.path).write_bytes(data)
    sha256 = known_sha256 or hashlib.sha256(data).hexdigest()
    return RenderedFile(planned, sha256, len(data), *size, regions, variant)
