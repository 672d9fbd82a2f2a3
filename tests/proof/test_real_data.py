"""All of two real data sets go the whole path; what must come out is computed here.

Counts, disputes, labels, boxes, pixels and groups are derived from the data's own files,
the seeds and the text of the contract (`expected.py`). Nothing here imports labeler.
"""

import csv
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.proof.expected import Label, Outcome, settle
from tests.proof.figures import note
from tests.proof.server import Server, call, every
from tests.proof.truth import DATA, Collection, bsd_pitting, deeppcb
from tests.proof.whole_path import Path2Dataset, unpacked

if TYPE_CHECKING:
    from tests.conftest import PostgresServer

pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the shared data is not here")

PCB_RECIPE = {
    "group_by": ["lot"],
    "near_duplicates": False,
    "balance": {"strategy": "equalize", "max_copies_per_image": 1},
    "augment": {"preset": "surface"},
    "seed": 5,
}
SEED = 20_260_302
BOX_PX = 0.01


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with_data = Server(tmp_path / "data", lease_s="3600")
    yield with_data
    with_data.stop()


@pytest.fixture
def postgres_server(tmp_path: Path, postgres: "PostgresServer") -> Iterator[Server]:
    url = postgres.fresh()
    with_data = Server(tmp_path / "data", url, lease_s="3600")
    yield with_data
    with_data.stop()
    postgres.drop(url)


@pytest.mark.timeout(600)
def test_all_of_deeppcb_by_three_reviewers_with_a_majority(server: Server, tmp_path: Path) -> None:
    path = walk(server, deeppcb(), majority=True)
    outcomes = hold_outcomes(path)
    assert tried(path) == {"verdict", "severity", "where", "unusable"}
    root, manifest = hold_dataset(path, outcomes, PCB_RECIPE, tmp_path)
    hold_labels(root, manifest, outcomes)
    hold_boxes(root, manifest, outcomes, path)
    groups = {picture.row["lot"] for picture in path.collection.pictures}
    assert sum(manifest["groups"].values()) == len(groups) == 10
    assert {f["split"] for f in manifest["files"] if f["variant"]} == {"train"}
    figures(path, outcomes, manifest)


@pytest.mark.timeout(600)
def test_all_of_bsd_pitting_by_three_reviewers_who_must_all_agree(
    server: Server, tmp_path: Path
) -> None:
    path = walk(server, bsd_pitting(), majority=False)
    outcomes = hold_outcomes(path)
    assert tried(path) == {"verdict", "where", "unusable"}
    root, manifest = hold_dataset(path, outcomes, {}, tmp_path)
    hold_labels(root, manifest, outcomes)
    hold_boxes(root, manifest, outcomes, path)
    assert all(file["variant"] is None for file in manifest["files"])
    figures(path, outcomes, manifest)


@pytest.mark.timeout(600)
def test_a_part_of_deeppcb_on_postgres(postgres_server: Server, tmp_path: Path) -> None:
    whole = deeppcb()
    # Every tenth board, from nearly every lot.
    path = walk(postgres_server, replace(whole, pictures=whole.pictures[::10]), majority=True)
    outcomes = hold_outcomes(path)
    root, manifest = hold_dataset(path, outcomes, {**PCB_RECIPE, "seed": 6}, tmp_path)
    hold_labels(root, manifest, outcomes)
    hold_boxes(root, manifest, outcomes, path)


def walk(server: Server, collection: Collection, *, majority: bool) -> Path2Dataset:
    """Import, review, rule; each stage held against the data's own files."""
    admin = server.found()
    server.start()
    path = Path2Dataset(server, admin, collection, majority=majority, seed=SEED)
    path.import_all()
    hold_import(path)
    path.label_all()
    path.rule_all()
    return path


def hold_import(path: Path2Dataset) -> None:
    pictures = path.collection.pictures
    goldens = sum(picture.golden is not None for picture in pictures)
    assert len({picture.sha256 for picture in pictures}) == len(pictures)
    status = Counter(result["status"] for result in path.log.results)
    assert status == {"imported": len(pictures) + goldens}
    assert set(path.log.image_of) == {picture.sha256 for picture in pictures}
    with path.server.client(path.tokens["lea"]) as lead:
        listed = {one["sha256"]: one for one in every(lead, f"/projects/{path.code}/images")}
    for picture in pictures:
        one, row = listed[picture.sha256], picture.row
        assert (one["width_px"], one["height_px"]) == (picture.width_px, picture.height_px)
        assert (one["file"], one["unit"], one["lot"], one["station"]) == (
            row["file"], row["unit"], row.get("lot"), row["station"],
        )  # fmt: skip
        captured_at = row.get("captured_at") or None
        assert (one["captured_at"] or "").removesuffix("Z") == (captured_at or "")


def hold_outcomes(path: Path2Dataset) -> dict[str, Outcome]:
    """Every round of disputes and the final counts are those of the text."""
    log = path.log
    assert {sha: len(said) for sha, said in log.reviews.items()} == dict.fromkeys(
        path.pictures, path.overlap
    )
    given: dict[str, dict[tuple[str | None, str], Mapping[str, Any]]] = {}
    for number, disputed in enumerate([*log.disputed, set()]):
        outcomes = outcomes_of(path, given)
        open_now = {(sha, *key) for sha, one in outcomes.items() for key in one.disputes}
        assert disputed == open_now, f"round {number}"
        for sha, code, kind in disputed:
            decided = log.rulings[sha].get((code, kind))
            if decided is not None:  # else an earlier ruling of the round ended it
                given.setdefault(sha, {})[code, kind] = decided
    assert given == log.rulings
    states = Counter(one.state for one in outcomes.values())
    with path.server.client(path.tokens["lea"]) as lead:
        progress = call(lead, "GET", f"/projects/{path.code}/progress")
    assert progress == {
        "images": len(outcomes),
        "settled": states["settled"],
        "unusable": states["unusable"],
        "disputed": 0,
        "waiting": 0,
        "reviews": len(outcomes) * path.overlap,
    }
    return outcomes


def tried(path: Path2Dataset) -> set[str]:
    """The kinds of dispute that the simulated errors have led to."""
    return {kind for disputed in path.log.disputed for _, _, kind in disputed}


def outcomes_of(path: Path2Dataset, rulings: Mapping[str, Any]) -> dict[str, Outcome]:
    codes = list(path.collection.severities)
    return {
        sha: settle(
            [judged for _, judged in said],
            codes,
            majority=path.majority,
            rulings=rulings.get(sha, {}),
        )
        for sha, said in path.log.reviews.items()
    }


def hold_dataset(
    path: Path2Dataset, outcomes: Mapping[str, Outcome], recipe: dict[str, Any], folder: Path
) -> tuple[Path, dict[str, Any]]:
    """Export and verify; counts and groups are those of the expected labels."""
    archive = path.export(recipe, folder)
    began = time.monotonic()
    path.server.command("verify", str(archive))
    path.timed("verify", began)
    root, manifest = unpacked(archive, folder / "unpacked")
    settled = {sha for sha, one in outcomes.items() if one.state == "settled"}
    real = {f["image"]: f for f in manifest["files"] if f["variant"] is None}
    # Balance may leave images out that are OK for every type, and nothing else.
    dropped = settled - set(real)
    assert set(real) <= settled
    assert not any(is_defect(outcomes[sha]) for sha in dropped)
    assert len(dropped) == manifest["left_out"].get("ok_not_needed", 0)
    unusable = sum(one.state == "unusable" for one in outcomes.values())
    assert manifest["left_out"].get("unusable", 0) == unusable
    hold_counts(manifest, real, outcomes)
    for key in ("unit", *manifest["recipe"]["group_by"]):
        where: dict[str, set[str]] = {}
        for sha, file in real.items():
            where.setdefault(path.pictures[sha].row[key], set()).add(file["split"])
        straddling = {value for value, splits in where.items() if len(splits) > 1}
        assert not straddling
    for sha, file in real.items():
        stored = (root / file["path"]).read_bytes()
        assert stored == path.pictures[sha].path.read_bytes(), "an untouched image was re-encoded"
        assert len(file["reviewers"]) == path.overlap
    return root, manifest


def is_defect(outcome: Outcome) -> bool:
    return any(label.verdict == "present" for label in outcome.labels.values())


def hold_counts(
    manifest: Mapping[str, Any], real: Mapping[str, Any], outcomes: Mapping[str, Outcome]
) -> None:
    for split, counted in manifest["counts"]["real"].items():
        here = [outcomes[sha] for sha, file in real.items() if file["split"] == split]
        present = Counter(
            code for one in here for code, label in one.labels.items() if label.verdict == "present"
        )
        assert counted["images"] == len(here) > 0
        assert counted["ok"] == sum(not is_defect(one) for one in here)
        assert {c: n for c, n in counted["defect_types"].items() if n} == present


def hold_labels(root: Path, manifest: Mapping[str, Any], outcomes: Mapping[str, Outcome]) -> None:
    """labels.csv says of every file and type what the text says, with source and votes."""
    with (root / "annotations" / "labels.csv").open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    types = len(next(iter(one.labels for one in outcomes.values() if one.labels)))
    assert len(rows) == len(manifest["files"]) * types
    for row in rows:
        label = outcomes[row["image"]].labels[row["defect_type"]]
        votes = tuple(int(row[name]) for name in ("n_present", "n_absent", "n_unsure"))
        where = f"{row['file']} {row['defect_type']}"
        assert (row["label"], votes) == (label.verdict, label.votes), where
        assert row["severity"] == ("" if label.severity is None else str(label.severity)), where
        if sum(label.votes) > 1:  # one voter left after "usable": the text names no source
            assert row["source"] == label.source, where


def hold_boxes(
    root: Path, manifest: Mapping[str, Any], outcomes: Mapping[str, Outcome], path: Path2Dataset
) -> None:
    """pycocotools loads every split; places of real images are the expected ones."""
    images = {Path(f["path"]).name: f for f in manifest["files"]}
    seen: set[str] = set()
    places = 0
    for split in ("train", "val", "test"):
        coco = load_coco(root / "annotations" / "coco" / f"instances_{split}.json")
        names = {category["id"]: category["name"] for category in coco.loadCats(coco.getCatIds())}
        assert sorted(names.values()) == sorted(path.collection.severities)
        for image in coco.loadImgs(coco.getImgIds()):
            file = images[image["file_name"]]
            assert (root / "images" / split / image["file_name"]).exists()
            assert file["split"] == split
            marks = coco.loadAnns(coco.getAnnIds(imgIds=[image["id"]]))
            if file["variant"] is not None:
                continue
            seen.add(file["image"])
            for code, label in outcomes[file["image"]].labels.items():
                mine = [mark for mark in marks if names[mark["category_id"]] == code]
                hold_places(label, mine, coco, f"{file['file']} {code}")
                places += len(mine)
    assert seen == {f["image"] for f in manifest["files"]}
    assert places > len(outcomes) / 4
    path.log.seconds["places"] = places


def load_coco(file: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # its use of NumPy 2
        from pycocotools.coco import COCO

        return COCO(str(file))


def hold_places(label: Label, marks: list[dict[str, Any]], coco: Any, where: str) -> None:
    expected = len(label.boxes) + len(label.polygons) + len(label.masks)
    assert len(marks) == expected, where
    if label.boxes:
        found = sorted(tuple(mark["bbox"]) for mark in marks)
        for ours, theirs in zip(sorted(label.boxes), found, strict=True):
            assert ours == pytest.approx(theirs, abs=BOX_PX), where
    if label.polygons:
        outlines = sorted(
            tuple(value for point in one for value in point) for one in label.polygons
        )
        found = sorted(tuple(mark["segmentation"][0]) for mark in marks)
        for ours, theirs in zip(outlines, found, strict=True):
            assert ours == pytest.approx(theirs, abs=BOX_PX), where
    if label.masks:
        found_pixels = {frozenset(pixels_of(coco, mark)) for mark in marks}
        assert found_pixels == set(label.masks), where


def pixels_of(coco: Any, mark: dict[str, Any]) -> list[tuple[int, int]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        rows, columns = coco.annToMask(mark).nonzero()
    return list(zip(columns.tolist(), rows.tolist(), strict=True))


def figures(
    path: Path2Dataset, outcomes: Mapping[str, Outcome], manifest: Mapping[str, Any]
) -> None:
    kinds = Counter(kind for round_ in path.log.disputed for _, _, kind in round_)
    seconds = dict(path.log.seconds)
    note(
        f"real data, {path.code}", images=len(outcomes), reviews=len(outcomes) * path.overlap,
        disputes=dict(kinds), files=len(manifest["files"]), places=seconds.pop("places"),
        differences=0, seconds=seconds,
    )  # fmt: skip
    print(path.code, seconds, dict(kinds))
