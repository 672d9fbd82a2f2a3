import json
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.cli.conftest import ROOT, SAMPLE, Run, until


def counts(text: str) -> dict[str, int]:
    return {k: n for k, n in json.loads(text)["counts"].items() if n}


def test_folders_files_and_zips_are_imported_and_again_is_a_duplicate(
    run: Run, project: str, pictures: Path, tmp_path: Path
) -> None:
    packed = tmp_path / "more.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(SAMPLE / "images" / "plate-0413-m.png", "plate-0413-m.png")
    single = SAMPLE / "images" / "plate-0423-m.png"
    words = ("import", "demo", pictures, packed, single, "--json")
    assert counts(run(*words).stdout) == {"imported": 5}
    assert counts(run(*words).stdout) == {"duplicate": 5}
    files = [one["file"] for one in json.loads(run(*words).stdout)["results"]]
    assert "deeper/plate-0402-m.png" in files


def test_a_bad_file_is_rejected_with_its_reason_and_only_strict_minds(
    run: Run, project: str, pictures: Path
) -> None:
    (pictures / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and then nothing")
    said = run("import", "demo", pictures).stdout.splitlines()
    assert said[0].startswith("rejected  broken.png: ")
    assert said[1] == "3 imported, 0 duplicate, 1 rejected"
    strict = run("import", "demo", pictures, "--strict", code=1)
    assert "3 duplicate, 1 rejected" in strict.stdout


def test_a_manifest_gives_what_is_known_of_each_file(
    run: Run, project: str, pictures: Path
) -> None:
    manifest = SAMPLE / "manifest.csv"
    said = json.loads(run("import", "demo", pictures, "--manifest", manifest, "--json").stdout)
    assert {one["file"] for one in said["results"]} == {
        "plate-0401-b.jpg", "plate-0401-m.png",
        "deeper/plate-0402-m.png",  # in a folder that the manifest does not know
    }  # fmt: skip
    assert "images/plate-0402-m.png" in said["unmatched"]
    assert "images/plate-0401-m.png" not in said["unmatched"]


def test_a_name_of_the_manifest_that_no_file_fits_is_told_and_strict_minds(
    run: Run, project: str, pictures: Path, tmp_path: Path
) -> None:
    manifest = tmp_path / "manifest.csv"
    manifest.write_text("file,unit\nplate-0401-b.jpg,U1\nnever.png,U2\n")
    words = ("import", "demo", pictures, "--manifest", manifest)
    said = run(*words).stdout.splitlines()
    assert said[0].startswith("unmatched never.png: ")
    assert "did not come" in run(*words, "--strict", code=1).stderr
    manifest.write_text("file,unit\nplate-0401-b.jpg,U3\n")
    assert "duplicate plate-0401-b.jpg: Known already" in run(*words, "--strict").stdout
    manifest.write_text("file,unit,unit\nplate-0401-b.jpg,U3,U4\n")
    assert "line 1, unit" in run(*words, code=1).stderr


def test_a_faulty_manifest_imports_nothing(
    run: Run, project: str, pictures: Path, tmp_path: Path
) -> None:
    manifest = tmp_path / "manifest.csv"
    times = ("yesterday", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00")
    lines = [f"{number}.png,{when}\n" for number, when in enumerate(times)]
    manifest.write_text("file,captured_at\n" + "".join(lines))
    said = run("import", "demo", pictures, "--manifest", manifest, code=1).stderr
    assert all(f"line {line}, captured_at" in said for line in (2, 3, 4))
    manifest.write_text("file,unit\nplate-0401-b.jpg,U\0\n")
    assert (
        "Line 2 has a NUL" in run("import", "demo", pictures, "--manifest", manifest, code=1).stderr
    )
    assert counts(run("import", "demo", pictures, "--json").stdout) == {"imported": 3}


def test_an_unknown_project_is_refused(run: Run, pictures: Path) -> None:
    assert "no such project" in run("import", "nothing", pictures, code=1).stderr


def test_a_path_that_is_not_there_is_a_rejected_file(run: Run, project: str) -> None:
    assert "rejected  gone.png" in run("import", "demo", "gone.png").stdout


def test_watching_needs_folders(run: Run, project: str, pictures: Path) -> None:
    one = pictures / "plate-0401-b.jpg"
    assert "needs folders" in run("import", "demo", one, "--watch", code=2).stderr


def test_watching_imports_what_arrives_under_its_name_until_it_is_interrupted(
    run: Run, project: str, pictures: Path, data: Path, tmp_path: Path
) -> None:
    log = tmp_path / "watch.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "labeler.cli", "import", "demo", pictures, "--watch", "--json"],
            cwd=ROOT, env={**os.environ, "LABELER_DATA": str(data)},
            stdout=out, stderr=subprocess.DEVNULL,
            # A suite that runs in the background hands an ignored Ctrl-C down to its children.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  no threads yet
        )  # fmt: skip

    def told() -> list[dict]:
        return [json.loads(line) for line in log.read_text().splitlines()]

    try:
        assert until(lambda: len(told()) == 3)
        shutil.copy(SAMPLE / "images" / "plate-0413-m.png", pictures / "deeper" / "late.png")
        assert until(lambda: len(told()) == 4)
    finally:
        process.send_signal(signal.SIGINT)
        code = process.wait(60)
    assert code == 0
    assert (told()[3]["file"], told()[3]["status"]) == ("deeper/late.png", "imported")


REVIEWS = "file,reviewer,defect_type,verdict\nplate-0401-b.jpg,anna,,absent\n"


def test_reviews_are_imported_once(run: Run, project: str, pictures: Path, tmp_path: Path) -> None:
    file = tmp_path / "reviews.csv"
    file.write_text(REVIEWS)
    run("import", "demo", pictures)
    words = ("import-labels", "demo", file, "--as", "reviews", "--format", "csv", "--json")
    assert json.loads(run(*words).stdout) == {"reviews": 1, "extra": 0, "unchanged": 0}
    assert json.loads(run(*words).stdout) == {"reviews": 0, "extra": 0, "unchanged": 1}


def test_references_are_imported_and_unused_columns_are_named(
    run: Run, project: str, pictures: Path, tmp_path: Path
) -> None:
    file = tmp_path / "truth.csv"
    file.write_text("file,defect_type,severity,x\nplate-0401-b.jpg,scratch,1,5\n")
    run("import", "demo", pictures)
    result = run("import-labels", "demo", file, "--as", "references")
    assert result.stdout == "1 references imported, 0 known before.\n"
    assert "Nothing was read from these columns: x." in result.stderr


def test_labels_with_a_fault_are_refused_with_their_line(
    run: Run, project: str, tmp_path: Path
) -> None:
    file = tmp_path / "reviews.csv"
    file.write_text(REVIEWS)
    said = run("import-labels", "demo", file, "--as", "reviews", code=1).stderr
    assert "  line 2, file: The project has no image of this name" in said


def test_what_labels_become_must_be_said(run: Run, project: str, tmp_path: Path) -> None:
    assert "--as" in run("import-labels", "demo", tmp_path / "x.csv", code=2).stderr


def test_a_format_that_is_not_built_is_named(run: Run, project: str, tmp_path: Path) -> None:
    words = ("import-labels", "demo", tmp_path / "x.json", "--as", "reviews", "--format", "coco")
    assert "coco are not built yet" in run(*words, code=1).stderr
