"""The documents of a data set: annotations, data sheet and manifest.

Its files pass by once, in the order of their paths, and nothing of them stays in memory: what
cannot be written at once, since it stands further down in its document, waits on disk.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import Any

from labeler.core.datasets.canonical import Entries, Written, compact, lines
from labeler.core.datasets.counts import FileCounts
from labeler.core.datasets.datasheet import datasheet
from labeler.core.datasets.formats import labels_csv
from labeler.core.datasets.formats.coco import CocoEntries, coco
from labeler.core.datasets.manifest import file_entry, manifest_of, sealed
from labeler.core.datasets.plan import DatasetPlan
from labeler.core.datasets.recipe import Split
from labeler.core.datasets.rendered import DroppedFile, RenderedFile
from labeler.core.datasets.selection import SettledImage
from labeler.store.shelf import Shelf


class _Coco:
    """The entries of one split."""

    def __init__(self, plan: DatasetPlan, shelves: ExitStack, folder: Path) -> None:
        self._entries = CocoEntries(plan.standard)
        self._images = shelves.enter_context(Shelf[str](folder))
        self._annotations = shelves.enter_context(Shelf[str](folder))

    def add(self, file: RenderedFile, image: SettledImage) -> None:
        listed, annotations = self._entries.of(file, image)
        self._images.append(compact(listed))
        for one in annotations:
            self._annotations.append(compact(one))

    def text(self, split: Split, plan: DatasetPlan) -> Iterator[str]:
        return coco(
            split, plan.standard, map(Written, self._images), map(Written, self._annotations)
        )


class _Parts:
    """Everything that the documents are put together from."""

    def __init__(self, plan: DatasetPlan, shelves: ExitStack, folder: Path) -> None:
        self._plan = plan
        self._counts, self._versions = FileCounts(), set[int]()
        self._files = shelves.enter_context(Shelf[str](folder))
        self._rows = shelves.enter_context(Shelf[str](folder))
        self._coco = {split: _Coco(plan, shelves, folder) for split in Split}

    def add(self, file: RenderedFile, image: SettledImage) -> None:
        split, group = file.planned.split, self._plan.splits.group[image.image]
        self._counts.add(split, group, image.present, augmented=file.planned.copy > 0)
        self._versions.add(image.standard_version)
        self._files.append(compact(file_entry(self._plan, file, image)))
        if "csv" in self._plan.recipe.formats:
            self._rows.append("".join(labels_csv.rows(file, image)))
        if "coco" in self._plan.recipe.formats:
            self._coco[split].add(file, image)

    def manifest(self, dropped: Sequence[DroppedFile]) -> dict[str, Any]:
        files = Entries(lambda: map(Written, self._files))
        return manifest_of(self._plan, self._counts, self._versions, dropped, files)

    def documents(self, manifest: Mapping[str, Any]) -> Iterator[tuple[str, Iterable[str]]]:
        """Path and text of each but the manifest, sorted by path."""
        yield "DATASHEET.md", [datasheet(manifest)]
        if "coco" in self._plan.recipe.formats:
            for split in sorted(Split):
                path = f"annotations/coco/instances_{split.value}.json"
                yield path, self._coco[split].text(split, self._plan)
        if "csv" in self._plan.recipe.formats:
            yield "annotations/labels.csv", chain([labels_csv.header()], self._rows)


def write_documents(
    plan: DatasetPlan, files: Iterable[RenderedFile], dropped: Sequence[DroppedFile], root: Path
) -> tuple[list[str], Mapping[str, Any]]:
    """Write them below `root`; returns their paths, the manifest's last, and its counts."""
    with ExitStack() as shelves:
        parts = _Parts(plan, shelves, root.parent)
        for file in files:
            parts.add(file, plan.selection.images.of(file.planned.image))
        manifest = parts.manifest(dropped)
        written = [_write(root, path, text) for path, text in parts.documents(manifest)]
        _write(root, "manifest.json", lines(sealed(manifest, written)))
    counts: Mapping[str, Any] = manifest["counts"]
    return [*(one["path"] for one in written), "manifest.json"], counts


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
