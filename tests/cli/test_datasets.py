import json
import zipfile
from pathlib import Path

import pytest

from tests.cli.conftest import Run


@pytest.fixture
def settled(run: Run, project: str, pictures: Path, tmp_path: Path) -> str:
    """Three images that both reviewers called OK."""
    reviews = tmp_path / "reviews.csv"
    names = [file.name for file in pictures.rglob("*.*")]
    lines = [f"{file},{who},,absent\n" for file in names for who in ("anna", "ben")]
    reviews.write_text("file,reviewer,defect_type,verdict\n" + "".join(lines))
    run("import", "demo", pictures)
    run("import-labels", "demo", reviews, "--as", "reviews")
    return project


def test_an_export_is_written_and_verified_and_a_change_is_found(
    run: Run, settled: str, tmp_path: Path
) -> None:
    recipe = tmp_path / "recipe.toml"
    recipe.write_text("seed = 4\n")
    out, packed = tmp_path / "out", tmp_path / "elsewhere" / "plates.zip"
    words = (
        "export", "demo", "--recipe", recipe, "--out", out, "--zip", packed, "--workers", "1",
        "--json",
    )  # fmt: skip
    made = json.loads(run(*words).stdout)
    assert made["status"] == "done"
    manifest = json.loads((out / "demo" / "manifest.json").read_text("utf-8"))
    assert manifest["recipe"]["seed"] == 4
    assert len(manifest["files"]) == 3
    assert json.loads((out / "receipt.json").read_text("utf-8"))["requested_by"] == "command line"
    assert zipfile.ZipFile(packed).testzip() is None
    for place in (out, out / "demo", packed):
        assert json.loads(run("verify", place, "--json").stdout)["ok"]
    assert "demo holds: 3 files" in run("verify", packed).stdout
    run("audit", "verify", "--checkpoint", out / "receipt.json")
    assert "No receipt lies beside it" in run("verify", packed).stdout
    assert "this installation signed it" in run("verify", out).stdout
    receipt = (out / "receipt.json").read_text("utf-8")
    (out / "receipt.json").write_text(receipt.replace("command line", "somebody"), "utf-8")
    assert "not signed" in run("verify", out, code=1).stderr
    (out / "receipt.json").write_text(receipt, "utf-8")

    (out / "demo" / "DATASHEET.md").write_text("all is well\n")
    said = run("verify", out, "--json", code=1)
    assert any("DATASHEET.md" in fault for fault in json.loads(said.stdout)["faults"])
    assert "DATASHEET.md" in said.stderr


def test_another_dataset_in_the_folder_is_never_mixed_with_the_new_one(
    run: Run, settled: str, tmp_path: Path
) -> None:
    recipe, out = tmp_path / "recipe.toml", tmp_path / "out"
    (out / ".demo.partial" / "demo").mkdir(parents=True)
    (out / ".demo.partial" / "demo" / "half.png").write_bytes(b"what an interruption left")
    (out / "demo").mkdir()
    words = ("export", "demo", "--out", out, "--workers", "1")
    run(*words)

    def everything() -> dict[str, tuple[bytes, int]]:
        found = [path for path in out.rglob("*") if path.is_file()]
        return {str(f): (f.read_bytes(), f.stat().st_mtime_ns) for f in found}

    before = everything()
    assert sorted(path.name for path in out.iterdir()) == ["demo", "receipt.json"]
    run(*words)
    assert everything() == before
    recipe.write_text("seed = 4\n")
    said = run(*words, "--recipe", recipe, "--zip", tmp_path / "new.zip", code=1).stderr
    assert f"{out / 'demo'} holds another dataset" in " ".join(said.split())
    assert everything() == before
    assert not (tmp_path / "new.zip").exists()
    (out / "demo" / "extra").mkdir()
    run(*words, code=1)


def test_a_recipe_key_that_does_not_exist_is_named(run: Run, project: str, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.json"
    recipe.write_text('{"colour": "blue"}')
    said = run("export", "demo", "--recipe", recipe, "--out", tmp_path / "out", code=1).stderr
    assert "colour" in said


def test_a_cluster_is_not_built_yet(run: Run, project: str, tmp_path: Path) -> None:
    words = ("export", "demo", "--out", tmp_path, "--cluster", "tcp://there:1")
    assert "--cluster is not built yet" in run(*words, code=1).stderr


def test_an_export_needs_a_place_and_a_project(run: Run, tmp_path: Path) -> None:
    run("export", "demo", code=2)
    assert "no such project" in run("export", "nothing", "--out", tmp_path, code=1).stderr


def test_nothing_to_verify_is_refused(run: Run, tmp_path: Path) -> None:
    assert "nothing at" in run("verify", tmp_path / "gone", code=1).stderr
    (tmp_path / "no.zip").write_bytes(b"no zip")
    run("verify", tmp_path / "no.zip", code=1)
