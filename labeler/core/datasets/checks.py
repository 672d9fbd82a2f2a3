"""What must hold between the files of a data set; every check names what does not."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from labeler.core.datasets.formats.labels_csv import COLUMNS
from labeler.core.datasets.leaks import find_leaks
from labeler.core.datasets.manifest import SCHEMA, digest
from labeler.core.datasets.plan import count_files
from labeler.core.datasets.recipe import Split, parse_recipe
from labeler.core.errors import InvalidInput
from labeler.core.standard import parse_standard
from labeler.core.terms import Source, Verdict

Manifest = Mapping[str, Any]
_PRESENT = Verdict.PRESENT.value


def check_manifest(manifest: Manifest) -> Iterator[str]:
    """Digest, schema, recipe, standard, counts, groups and the leak proof.

    Raises `KeyError`, `TypeError`, `ValueError` or `AttributeError` for a document that is no
    manifest at all.
    """
    if manifest["schema"] != SCHEMA:
        yield f"manifest.json: the schema is {manifest['schema']!r}, not {SCHEMA}"
    if manifest["digest"] != digest(manifest):
        yield "manifest.json: its digest does not fit its content"
    yield from _check_values(manifest)
    files = manifest["files"]
    paths = [file["path"] for file in files] + [one["path"] for one in manifest["documents"]]
    if len(set(paths)) < len(paths):
        yield "manifest.json: a path is listed twice"
    for file in files:
        yield from _check_file(file, manifest)
    if manifest["counts"] != _counted(manifest):
        yield "manifest.json: the counts are not those of its files"
    if manifest["groups"] != _groups(files):
        yield "manifest.json: the groups are not those of its files"
    proof = manifest["leak_proof"]
    yield from (f"leak: {leak}" for leak in find_leaks(files, proof["near_duplicate_pairs"]))


def _check_values(manifest: Manifest) -> Iterator[str]:
    try:
        recipe = parse_recipe(manifest["recipe"])
        standard = manifest["standard"]
        types = parse_standard({"defect_types": standard["defect_types"]}, version=1)
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


def _counted(manifest: Manifest) -> dict[str, object]:
    return count_files(
        (
            (
                Split(file["split"]),
                file["variant"] is not None,
                [code for code, label in file["labels"].items() if label == _PRESENT],
            )
            for file in manifest["files"]
        ),
        manifest["classes"],
    )


def _groups(files: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    found = {(file["split"], file["group"]) for file in files}
    return {split.value: sum(one == split for one, _ in found) for split in Split}


def check_csv(text: str, manifest: Manifest) -> Iterator[str]:
    """Hold `annotations/labels.csv` against the manifest, row by row."""
    name = "annotations/labels.csv"
    rows = list(csv.reader(io.StringIO(text)))
    if not rows or tuple(rows[0]) != COLUMNS:
        yield f"{name}: its columns are not {', '.join(COLUMNS)}"
        return
    wanted = {
        (
            file["path"], file["image"], file["split"], code, label,
            str(file["severity"].get(code, "")), file["source"][code],
        )
        for file in manifest["files"]
        for code, label in file["labels"].items()
    }  # fmt: skip
    found = [tuple(row[:7]) for row in rows[1:]]
    for row in sorted(wanted.symmetric_difference(found))[:5]:
        yield f"{name}: does not agree with the manifest on {row[0]} {row[3:4]}"
    if len(found) != len(set(found)):
        yield f"{name}: a row is there twice"
    if any(len(row) != len(COLUMNS) or not all(c.isdecimal() for c in row[7:]) for row in rows[1:]):
        yield f"{name}: a count of reviews is not a number"


def check_coco(document: Mapping[str, Any], split: Split, manifest: Manifest) -> Iterator[str]:
    """Hold one split's COCO file against the manifest."""
    name = f"annotations/coco/instances_{split.value}.json"
    files = {
        file["path"].rsplit("/", 1)[-1]: file
        for file in manifest["files"]
        if file["split"] == split.value
    }
    images = {image["id"]: image for image in document["images"]}
    listed = {image["file_name"]: (image["width"], image["height"]) for image in document["images"]}
    if listed != {key: (f["width_px"], f["height_px"]) for key, f in files.items()}:
        yield f"{name}: its images are not those of the manifest"
        return
    if [(one["id"], one["name"]) for one in document["categories"]] != list(
        enumerate(manifest["classes"], start=1)
    ):
        yield f"{name}: its categories are not those of the manifest"
        return
    if len(images) != len(document["images"]) or _repeated(document["annotations"]):
        yield f"{name}: an id is there twice"
    placed: set[tuple[int, str]] = set()
    for one in document["annotations"]:
        image, code = images.get(one["image_id"]), _class(manifest, one["category_id"])
        if image is None or code is None:
            yield f"{name}: annotation {one['id']} belongs to nothing"
            continue
        placed.add((one["image_id"], code))
        if files[image["file_name"]]["labels"].get(code) != _PRESENT:
            yield f"{name}: annotation {one['id']} marks what is not present"
        if not _inside(one, image):
            yield f"{name}: annotation {one['id']} reaches beyond its image"
    for image in document["images"]:
        labels = files[image["file_name"]]["labels"]
        bare = [c for c in sorted(labels) if labels[c] == _PRESENT]
        bare = [code for code in bare if (image["id"], code) not in placed]
        if image["present_without_region"] != bare:
            yield f"{name}: {image['file_name']} lacks the place of {', '.join(bare) or 'nothing'}"


def _repeated(entries: Sequence[Mapping[str, Any]]) -> bool:
    return len({entry["id"] for entry in entries}) < len(entries)


def _class(manifest: Manifest, number: object) -> str | None:
    classes: list[str] = manifest["classes"]
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
    return True
