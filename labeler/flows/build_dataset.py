"""Build a data set: plan, render, package, verify.

The zip depends on nothing but settled state and recipe: the same ones give the same bytes
with any number of workers.
"""

import hashlib
import shutil
import zipfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from labeler.core.datasets.canonical import lines
from labeler.core.datasets.datasheet import datasheet
from labeler.core.datasets.formats.coco import coco
from labeler.core.datasets.formats.labels_csv import labels_csv
from labeler.core.datasets.gate import AuditResult, GateReport
from labeler.core.datasets.leaks import find_leaks
from labeler.core.datasets.manifest import manifest_of, sealed
from labeler.core.datasets.plan import DatasetPlan, PlannedFile, plan_dataset, written_size
from labeler.core.datasets.recipe import Recipe, Split
from labeler.core.datasets.rendered import DroppedFile, RenderedFile
from labeler.core.datasets.selection import SettledImage
from labeler.core.datasets.variants import allowed_steps
from labeler.core.errors import CheckFailed, InvalidInput, LabelerError
from labeler.core.standard import Standard
from labeler.core.terms import Verdict
from labeler.flows.verify_dataset import verify
from labeler.pixels.limits import Limits
from labeler.pixels.render import RenderTask, Sources, render

_TASKS_PER_CALL = 8
_CALLS_AHEAD = 16  # bounds memory: so many answers wait at most
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_FILE_MODE = 0o100644


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
    images: Iterable[SettledImage],
    recipe: Recipe,
    *,
    excluded: Mapping[str, int],
    assigned: Mapping[str, str],
    sources: Sources,
    out_dir: Path,
    executor: Executor,
    progress: Callable[[int, int], None],
    cancelled: Callable[[], bool],
    audits: Mapping[str, AuditResult | None] | None = None,
    limits: Limits | None = None,
) -> BuiltDataset:
    """Write `out_dir/CODE/` and `out_dir/CODE.zip`, replacing what was there.

    `excluded`, `assigned`, `audits`: see `plan_dataset`. `sources` gives an image's stored
    file and must pickle. `progress` hears files done and in all; `cancelled` is asked between
    them. A process of `executor` decodes one picture at a time, so it should be a process pool.

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
    root = unfinished / code
    try:
        for split in Split:
            (root / "images" / split.value).mkdir(parents=True)
        zip_path = unfinished / f"{code}.zip"
        with zipfile.ZipFile(zip_path, "w", zipfile.ZIP_STORED) as archive:
            pack = partial(_pack, archive, root, code)
            counts = _package(
                plan,
                *_render_all(
                    plan, sources, root, executor, pack, progress, cancelled, limits or Limits()
                ),
                root,
                pack,
            )
        with ThreadPoolExecutor(1) as aside:  # hashing leaves the interpreter free
            sha256 = aside.submit(_sha256, zip_path)
            verify(zip_path)
        return _publish(plan, counts, sha256.result(), unfinished, out_dir)
    finally:
        _discard(unfinished)


def tasks_of(plan: DatasetPlan) -> Iterator[RenderTask]:
    """One render task per source picture, in the order of their first files."""
    files: dict[str, list[PlannedFile]] = {}
    for file in plan.files:
        files.setdefault(file.image, []).append(file)
    images = {image.image: image for image in plan.selection.images}
    for sha, several in files.items():
        image = images[sha]
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
    pack: Callable[[str], None],
    progress: Callable[[int, int], None],
    cancelled: Callable[[], bool],
    limits: Limits,
) -> tuple[list[RenderedFile], list[DroppedFile]]:
    """Keep a few calls ahead of the answers; memory does not grow with the pixels.

    Packing goes on in this process while the workers render, always in the order of the plan.
    """
    tasks = tasks_of(plan)
    waiting: deque[Future[list[RenderedFile | DroppedFile]]] = deque()
    rendered: list[RenderedFile] = []
    dropped: list[DroppedFile] = []
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
                if isinstance(file, RenderedFile):
                    rendered.append(file)
                    pack(file.planned.path)
                else:
                    dropped.append(file)
            progress(len(rendered) + len(dropped), len(plan.files))
    finally:
        # A worker may still be writing: its folder must not be taken away under it.
        running = [future for future in waiting if not future.cancel()]
        for future in running:
            future.exception()
    return (
        sorted(rendered, key=lambda file: file.planned.path),
        sorted(dropped, key=lambda file: file.planned.path),
    )


def _package(
    plan: DatasetPlan,
    rendered: Sequence[RenderedFile],
    dropped: Sequence[DroppedFile],
    root: Path,
    pack: Callable[[str], None],
) -> Mapping[str, Any]:
    """Write annotations, data sheet and manifest; returns the counts.

    Nothing else of the manifest is kept: verifying reads it anew. Raises `CheckFailed` on a
    leak.
    """
    manifest = manifest_of(plan, rendered, dropped)
    leaks = find_leaks(manifest["files"], manifest["leak_proof"]["near_duplicate_pairs"])
    if leaks:
        raise CheckFailed("The splits leak: {leaks}", leaks="; ".join(leaks))
    documents = [
        _write(root, path, text) for path, text in sorted(_documents(plan, rendered, manifest))
    ]
    whole = sealed(manifest, documents)
    _write(root, "manifest.json", lines(whole))
    for path in [*(one["path"] for one in documents), "manifest.json"]:
        pack(path)
    counts: Mapping[str, Any] = whole["counts"]
    return counts


def _documents(
    plan: DatasetPlan, rendered: Sequence[RenderedFile], manifest: Mapping[str, Any]
) -> Iterator[tuple[str, Iterable[str]]]:
    images = {image.image: image for image in plan.selection.images}
    yield "DATASHEET.md", [datasheet(manifest)]
    if "csv" in plan.recipe.formats:
        yield "annotations/labels.csv", labels_csv(rendered, images)
    if "coco" in plan.recipe.formats:
        for split in Split:
            text = coco(split, rendered, images, plan.standard)
            yield f"annotations/coco/instances_{split.value}.json", text


def _write(root: Path, path: str, pieces: Iterable[str]) -> dict[str, Any]:
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    found, size = hashlib.sha256(), 0
    with target.open("wb") as file:
        for piece in pieces:
            data = piece.encode()
            found.update(data)
            size += file.write(data)
    return {"path": path, "sha256": found.hexdigest(), "bytes": size}


def _pack(archive: zipfile.ZipFile, root: Path, code: str, path: str) -> None:
    """Fixed time and rights; stored, since pictures do not get smaller."""
    entry = zipfile.ZipInfo(f"{code}/{path}", _ZIP_TIME)
    entry.create_system = 3  # Unix, whatever this runs on
    entry.external_attr = _FILE_MODE << 16
    entry.file_size = (root / path).stat().st_size
    with (root / path).open("rb") as source, archive.open(entry, "w") as packed:
        shutil.copyfileobj(source, packed, 1 << 20)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _publish(
    plan: DatasetPlan, counts: Mapping[str, Any], sha256: str, unfinished: Path, out_dir: Path
) -> BuiltDataset:
    folder, zip_path = out_dir / plan.code, out_dir / f"{plan.code}.zip"
    _discard(folder)
    (unfinished / plan.code).rename(folder)
    (unfinished / f"{plan.code}.zip").replace(zip_path)
    return BuiltDataset(
        counts=counts,
        splits={image: split.value for image, split in plan.splits.split.items()},
        gate=plan.gate,
        manifest_path=folder / "manifest.json",
        zip_path=zip_path,
        sha256=sha256,
    )


def _discard(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
