"""Build a data set: plan, render, package, verify.

The zip depends on nothing but settled state and recipe: the same ones give the same bytes
with any number of workers.
"""

import hashlib
import shutil
import zipfile
from array import array
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from labeler.core.datasets.gate import GateReport
from labeler.core.datasets.plan import DatasetPlan, PlannedFile, plan_dataset, written_size
from labeler.core.datasets.recipe import Recipe, Split
from labeler.core.datasets.rendered import DroppedFile, RenderedFile
from labeler.core.datasets.selection import SettledImage
from labeler.core.datasets.variants import allowed_steps
from labeler.core.errors import InvalidInput, LabelerError
from labeler.core.label_accuracy.outcome import AuditOutcome
from labeler.core.standard import Standard
from labeler.core.terms import Verdict
from labeler.flows.dataset_documents import write_documents
from labeler.flows.verify_dataset import verify
from labeler.flows.zip_form import plain_entry
from labeler.pixels.limits import Limits
from labeler.pixels.render import RenderTask, Sources, render
from labeler.store.shelf import Shelf

_TASKS_PER_CALL = 2  # few, so that at the end no worker waits long for the last one
_CALLS_AHEAD = 32  # bounds memory: so many answers wait at most


class BuildCancelled(LabelerError):
    """Somebody stopped the build; nothing is left of it."""


@dataclass(frozen=True, slots=True)
class BuiltDataset:
    """A finished data set.

    `counts` as in the manifest; `splits` are all images that now have a split, for the ledger
    (images that balance left out among them); `sha256` is the zip's. `gate.marked` asks the
    caller to say in the file's name that the labels' quality is not shown.
    """

    counts: Mapping[str, Any]
    splits: Mapping[str, str]
    gate: GateReport
    manifest_path: Path
    zip_path: Path
    sha256: str


def build_dataset(
    code: str,
    standard: Standard,
    images: Sequence[SettledImage],
    recipe: Recipe,
    *,
    excluded: Mapping[str, int],
    assigned: Mapping[str, str],
    sources: Sources,
    out_dir: Path,
    executor: Executor,
    progress: Callable[[int, int], None],
    cancelled: Callable[[], bool],
    audits: Mapping[str, AuditOutcome | None] | None = None,
    limits: Limits | None = None,
) -> BuiltDataset:
    """Write `out_dir/CODE/` and `out_dir/CODE.zip`, replacing what was there.

    `excluded`, `assigned`, `audits`: see `plan_dataset`. `images` are gone through several
    times and may lie on a shelf; what grows with them is laid aside on disk. `sources` gives
    an image's stored file and must pickle. `progress` hears files done and in all; `cancelled`
    is asked between them. A process of `executor` decodes one picture at a time, so it should
    be a process pool.

    Raises `InvalidInput`, `GateRefused`, `BuildCancelled`, `CheckFailed` when a source has
    changed or what was written does not verify, `RefusedImage` when one no longer decodes.
    Nothing half-written stays.
    """
    plan = plan_dataset(
        code, standard, images, recipe, excluded=excluded, assigned=assigned, audits=audits
    )
    if not plan.files:
        raise InvalidInput("There is no settled image to export.")
    unfinished = out_dir / f".{code}.partial"
    _discard(unfinished)
    try:
        for split in Split:
            (unfinished / code / "images" / split.value).mkdir(parents=True)
        counts = _make(plan, sources, unfinished, executor, progress, cancelled, limits or Limits())
        zip_path = unfinished / f"{code}.zip"
        # In a worker, whose memory the pixels have left free: the zip's directory needs some.
        verified = executor.submit(verify, zip_path)
        try:
            sha256 = _sha256(zip_path)
        finally:
            verified.exception()  # it reads what is about to be taken away
        verified.result()
        folder, zip_path = _publish(code, unfinished, out_dir)
        manifest_path = folder / "manifest.json"
        return BuiltDataset(counts, plan.splits.split, plan.gate, manifest_path, zip_path, sha256)
    finally:
        _discard(unfinished)


def _make(
    plan: DatasetPlan,
    sources: Sources,
    unfinished: Path,
    executor: Executor,
    progress: Callable[[int, int], None],
    cancelled: Callable[[], bool],
    limits: Limits,
) -> Mapping[str, Any]:
    """Write the folder and the zip; returns the manifest's counts."""
    root = unfinished / plan.code
    with (
        Shelf[zipfile.ZipInfo](unfinished) as directory,
        Shelf[RenderedFile](unfinished) as shelf,
        zipfile.ZipFile(unfinished / f"{plan.code}.zip", "w", zipfile.ZIP_STORED) as archive,
    ):
        # The zip's directory is written at its end and would take more memory than the plan.
        archive.filelist = directory  # type: ignore[assignment]
        pack = partial(_pack, archive, root, plan.code)
        rendered = _Rendered(plan, shelf)
        _render_all(plan, sources, root, executor, rendered, pack, progress, cancelled, limits)
        paths, counts = write_documents(plan, rendered, rendered.dropped, root)
        for path in paths:
            pack(path)
    return counts


class _Rendered:
    """What came of the plan's files so far; goes through the written ones by their paths."""

    def __init__(self, plan: DatasetPlan, shelf: Shelf[RenderedFile]) -> None:
        self._planned, self._shelf = plan.files, shelf
        self._place = array("q", [-1]) * len(plan.files)
        self._dropped: list[DroppedFile] = []

    def add(self, file: RenderedFile | DroppedFile) -> None:
        if isinstance(file, DroppedFile):
            self._dropped.append(file)
            return
        number = bisect_left(self._planned, file.planned.path, key=lambda one: one.path)
        self._place[number] = len(self._shelf)
        self._shelf.append(file)

    def __len__(self) -> int:
        return len(self._shelf) + len(self._dropped)

    def __iter__(self) -> Iterator[RenderedFile]:
        return (self._shelf[place] for place in self._place if place >= 0)

    @property
    def dropped(self) -> list[DroppedFile]:
        return sorted(self._dropped, key=lambda file: file.planned.path)


def tasks_of(plan: DatasetPlan) -> Iterator[RenderTask]:
    """One render task per source picture, in the order of their first files."""
    files: dict[str, list[PlannedFile]] = {}
    for file in plan.files:
        files.setdefault(file.image, []).append(file)
    for sha in list(files):
        several = files.pop(sha)
        image = plan.selection.images.of(sha)
        regions = {
            label.defect_type: label.regions
            for label in sorted(image.labels, key=lambda one: one.defect_type)
            if label.verdict is Verdict.PRESENT and label.regions
        }
        yield RenderTask(
            sha,
            (image.width_px, image.height_px),
            written_size(image, plan.recipe),
            regions,
            allowed_steps(image, plan.forbidden),
            plan.recipe.seed,
            plan.recipe.images.quality,
            tuple(several),
        )


def render_several(
    tasks: Sequence[RenderTask], sources: Sources, folder: Path, limits: Limits
) -> list[RenderedFile | DroppedFile]:
    """What a worker does at one call."""
    return [file for task in tasks for file in render(task, sources, folder, limits)]


def _render_all(
    plan: DatasetPlan,
    sources: Sources,
    root: Path,
    executor: Executor,
    rendered: _Rendered,
    pack: Callable[[str], None],
    progress: Callable[[int, int], None],
    cancelled: Callable[[], bool],
    limits: Limits,
) -> None:
    """Keep a few calls ahead of the answers; memory does not grow with the pixels.

    Packing goes on in this process while the workers render, always in the order of the plan.
    """
    tasks = tasks_of(plan)
    waiting: deque[Future[list[RenderedFile | DroppedFile]]] = deque()
    progress(0, len(plan.files))
    try:
        while True:
            while len(waiting) < _CALLS_AHEAD and (some := list(islice(tasks, _TASKS_PER_CALL))):
                waiting.append(executor.submit(render_several, some, sources, root, limits))
            if not waiting:
                break
            if cancelled():
                raise BuildCancelled("The export was cancelled.")
            for file in waiting.popleft().result():
                rendered.add(file)
                if isinstance(file, RenderedFile):
                    pack(file.planned.path)
            progress(len(rendered), len(plan.files))
    finally:
        # A worker may still be writing: its folder must not be taken away under it.
        running = [future for future in waiting if not future.cancel()]
        for future in running:
            future.exception()


def _pack(archive: zipfile.ZipFile, root: Path, code: str, path: str) -> None:
    """Stored, since pictures do not get smaller."""
    entry = plain_entry(f"{code}/{path}", (root / path).stat().st_size)
    with (root / path).open("rb") as source, archive.open(entry, "w") as packed:
        shutil.copyfileobj(source, packed, 1 << 20)
    archive.NameToInfo.clear()  # kept to find a name twice, which the plan has not


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _publish(code: str, unfinished: Path, out_dir: Path) -> tuple[Path, Path]:
    """Put the folder and the zip in the place of those before."""
    folder, zip_path = out_dir / code, out_dir / f"{code}.zip"
    _discard(folder)
    (unfinished / code).rename(folder)
    (unfinished / f"{code}.zip").replace(zip_path)
    return folder, zip_path


def _discard(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
