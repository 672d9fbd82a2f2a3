"""What must hold between the files of a data set; every check names what does not.

The manifest's files are gone through one by one, as often as it takes, and never held.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest
from typing import Any

from labeler.core.datasets.counts import FileCounts
from labeler.core.datasets.formats.labels_csv import COLUMNS
from labeler.core.datasets.leaks import find_leaks
from labeler.core.datasets.manifest import SCHEMA
from labeler.core.datasets.recipe import Split, parse_recipe
from labeler.core.errors import InvalidInput
from labeler.core.standard import parse_standard
from labeler.core.terms import Source, Verdict

Manifest = Mapping[str, Any]
_PRESENT = Verdict.PRESENT.value


def check_manifest(manifest: Manifest) -> Iterator[str]:
    """Schema, recipe, standard, counts, groups and the leak proof.

    Raises `KeyError`, `TypeError`, `ValueError` or `AttributeError` for a document that is no
    manifest at all.
    """
    if manifest["schema"] != SCHEMA:
        yield f"manifest.json: the schema is {manifest['schema']!r}, not {SCHEMA}"
    yield from _check_values(manifest)
    counts, before = FileCounts(), ""
    for file in manifest["files"]:
        if file["path"] <= before:
            yield f"manifest.json: {file['path']} is listed twice, or not in its place"
        before = file["path"]
        yield from _check_file(file, manifest)
        present = [code for code, label in file["labels"].items() if label == _PRESENT]
        split, copied = Split(file["split"]), file["variant"] is not None
        counts.add(split, file["group"], present, augmented=copied)
    if manifest["counts"] != counts.document(manifest["classes"]):
        yield "manifest.json: the counts are not those of its files"
    if manifest["groups"] != counts.groups():
        yield "manifest.json: the groups are not those of its files"
    pairs = manifest["leak_proof"]["near_duplicate_pairs"]
    yield from (f"leak: {leak}" for leak in find_leaks(manifest["files"], pairs))


def _check_values(manifest: Manifest) -> Iterator[str]:
    try:
        recipe = parse_recipe(manifest["recipe"])
        standard = manifest["standard"]
        types = parse_standard(
            {"defect_types": standard["defect_types"]}, version=1, published=True
        )
    except InvalidInput as problem:
        yield f"manifest.json: {problem} " + "; ".join(f.path for f in problem.fields)
        return
    if manifest["classes"] != sorted(types.codes):
        yield "manifest.json: the classes are not those of the standard"
    if manifest["seed"] != recipe.seed or manifest["leak_proof"]["group_by"] != list(
        recipe.group_by
    ):
        yield "manifest.json: seed and grouping are not those of the recipe"


def _check_file(file: Mapping[str, Any], manifest: Manifest) -> Iterator[str]:
    path = file["path"]
    if file["split"] not in set(Split) or not path.startswith(f"images/{file['split']}/"):
        yield f"{path}: does not lie in its split's folder"
    if not set(file["labels"]) <= set(manifest["classes"]) or set(file["source"]) != set(
        file["labels"]
    ):
        yield f"{path}: its labels do not fit the classes"
    if not set(file["labels"].values()) <= {_PRESENT, Verdict.ABSENT.value}:
        yield f"{path}: a label is neither present nor absent"
    if not set(file["source"].values()) <= set(Source):
        yield f"{path}: a label has no known source"
    if file["variant"] is not None and file["split"] != Split.TRAIN:
        yield f"{path}: a copy outside train"
    for column in set(file["keys"]) & {"unit", "lot"}:
        if file["keys"][column] != file[column]:
            yield f"{path}: grouped by another {column} than its own"
    if set(file["keys"]) != set(manifest["leak_proof"]["group_by"]):
        yield f"{path}: its group keys are not those of the recipe"


def check_csv(written: Iterable[str], manifest: Manifest) -> Iterator[str]:
    """Hold the lines of `annotations/labels.csv` against the manifest, row by row."""
    name = "annotations/labels.csv"
    rows = csv.reader(written)
    if tuple(next(rows, ())) != COLUMNS:
        yield f"{name}: its columns are not {', '.join(COLUMNS)}"
        return
    for found, wanted in zip_longest(rows, _rows(manifest), fillvalue=()):
        if tuple(found[:7]) != wanted:
            path, code = (wanted[0], wanted[3]) if wanted else ("the file after its last row", "")
            yield f"{name}: does not agree with the manifest on {path} {code}"
            return  # one row too many or too few, and none after it is in its place
        if len(found) != len(COLUMNS) or not all(cell.isdecimal() for cell in found[7:]):
            yield f"{name}: a count of reviews is not a number"


def _rows(manifest: Manifest) -> Iterator[tuple[str, ...]]:
    """The first seven columns of every row, as they should be."""
    for file in manifest["files"]:
        for code, label in sorted(file["labels"].items()):
            severity = str(file["severity"].get(code, ""))
            source = file["source"][code]
            yield file["path"], file["image"], file["split"], code, label, severity, source
