"""The manifest: what is in a data set, where from, and the proof that nothing leaks.

It depends on settled state and recipe only: no time, no version of ours, no random id.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from labeler.core.datasets.canonical import Entries, lines
from labeler.core.datasets.counts import FileCounts
from labeler.core.datasets.plan import DatasetPlan
from labeler.core.datasets.recipe import Split
from labeler.core.datasets.rendered import DroppedFile, RenderedFile
from labeler.core.datasets.selection import SettledImage
from labeler.core.terms import Verdict

SCHEMA = "labeler-dataset-1"


def manifest_of(
    plan: DatasetPlan,
    counts: FileCounts,
    versions: Iterable[int],
    dropped: Sequence[DroppedFile],
    files: Entries,
) -> dict[str, Any]:
    """The manifest without its list of documents and its digest; see `sealed`.

    `counts` and `versions` (of the standard) are those of the written files; `files` gives
    the `file_entry` of each, in the order of their paths.
    """
    return {
        "schema": SCHEMA,
        "project": plan.code,
        "standard": {"version": plan.standard.version, **plan.standard.document()},
        "standard_versions": sorted(versions),
        "classes": sorted(plan.standard.codes),
        "recipe": plan.recipe.document(),
        "seed": plan.recipe.seed,
        "gate": plan.gate.document(),
        "counts": counts.document(plan.standard.codes),
        "groups": counts.groups(),
        "balance": _balance(plan, counts),
        "left_out": plan.left_out(),
        "bridging_images": list(plan.splits.bridging),
        "not_met": [
            {
                "defect_type": one.label,
                "split": one.split.value,
                "asked": round(one.asked, 2),
                "reached": one.reached,
            }
            for one in plan.splits.unmet
        ],
        "dropped_variants": [
            {"image": d.planned.image, "copy": d.planned.copy, "reason": d.reason} for d in dropped
        ],
        "leak_proof": {
            "group_by": list(plan.recipe.group_by),
            "near_duplicates": plan.recipe.near_duplicates,
            "near_duplicate_pairs": _near_pairs(plan),
            "groups_too_large_to_join_by_appearance": list(plan.splits.stopped),
        },
        "files": files,
    }


def sealed(manifest: Mapping[str, Any], documents: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Add the other files of the data set and the digest over everything.

    `documents` are `{path, sha256, bytes}` of annotations and data sheet.
    """
    whole = {**manifest, "documents": list(documents)}
    return {**whole, "digest": digest(whole)}


def digest(manifest: Mapping[str, Any]) -> str:
    """SHA-256 of the manifest's canonical text without its digest."""
    found = hashlib.sha256()
    for piece in lines({key: value for key, value in manifest.items() if key != "digest"}):
        found.update(piece.encode())
    return found.hexdigest()


def _near_pairs(plan: DatasetPlan) -> list[list[str]]:
    """Those of which both images are in the data set; every image has a file that none drops."""
    exported = {file.image for file in plan.files}
    return [list(pair) for pair in plan.splits.near_pairs if set(pair) <= exported]


def _balance(plan: DatasetPlan, counts: FileCounts) -> dict[str, Any]:
    """Before, asked and reached; reached is what was written, after dropped variants."""
    return {
        "ok": {
            "before": plan.balance.ok.before,
            "asked": plan.balance.ok.asked,
            "reached": counts.ok(Split.TRAIN),
        },
        "defect_types": {
            code: {
                "before": one.before,
                "asked": one.asked,
                "reached": counts.showing(Split.TRAIN, code),
            }
            for code, one in plan.balance.types.items()
        },
    }


def file_entry(plan: DatasetPlan, file: RenderedFile, image: SettledImage) -> dict[str, Any]:
    """What the manifest says of one file."""
    labels = sorted(image.labels, key=lambda label: label.defect_type)
    return {
        "path": file.planned.path,
        "sha256": file.sha256,
        "bytes": file.size_bytes,
        "width_px": file.width_px,
        "height_px": file.height_px,
        "split": file.planned.split.value,
        "image": image.image,
        "file": image.file,
        "lot": image.lot,
        "unit": image.unit,
        "keys": {column: image.key(column) for column in plan.recipe.group_by},
        "group": plan.splits.group[image.image],
        "pixels": image.pixel_sha256,
        "standard_version": image.standard_version,
        "labels": {label.defect_type: label.verdict.value for label in labels},
        "severity": {
            label.defect_type: label.severity
            for label in labels
            if label.verdict is Verdict.PRESENT and label.severity is not None
        },
        "source": {label.defect_type: label.source.value for label in labels},
        "reviewers": sorted(image.reviewers),
        "variant": None if file.variant is None else file.variant.document(),
    }
