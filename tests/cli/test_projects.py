import json
from pathlib import Path

from tests.cli.conftest import SAMPLE, Run


def test_a_project_is_created_with_the_terms_that_were_given(run: Run) -> None:
    made = run(
        "project", "create", "plates", "--standard", SAMPLE / "standard.toml", "--name", "Plates",
        "--overlap", "3", "--majority", "--data-class", "process", "--json",
    )  # fmt: skip
    assert json.loads(made.stdout) == {"code": "plates", "name": "Plates", "version": 1}


def test_a_code_that_is_taken_is_refused(run: Run, project: str) -> None:
    again = ("project", "create", "demo", "--standard", SAMPLE / "standard.toml")
    assert "There is a project demo already." in run(*again, code=1).stderr


def test_faults_in_the_standard_are_listed(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "standard.toml"
    file.write_text('[[defect_type]]\ncode = "Scratch!"\n')
    said = run("project", "create", "plates", "--standard", file, code=1).stderr
    assert "defect_types.0.code: A code has" in said
    assert "defect_types.0.name: Give the text" in said


def test_a_standard_that_is_no_toml_names_the_place(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "standard.toml"
    file.write_text("code = \nname = 1\n")
    said = run("project", "create", "plates", "--standard", file, code=1).stderr
    assert "is not readable" in said
    assert "line 1" in said


def test_a_file_that_is_not_there_or_not_text_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b"name = '\xe9'")
    words = ("project", "create", "plates", "--standard")
    assert "No such file" in run(*words, tmp_path / "gone.toml", code=1).stderr
    assert "not UTF-8" in run(*words, tmp_path / "latin.toml", code=1).stderr


def test_the_next_version_is_published_and_a_worse_one_is_not(
    run: Run, project: str, tmp_path: Path
) -> None:
    file = tmp_path / "next.toml"
    grown = (SAMPLE / "standard.toml").read_text("utf-8")
    file.write_text(grown + '\n[[defect_type]]\ncode = "dent"\nname = {en = "Dent"}\n', "utf-8")
    made = run("standard", "publish", "demo", file, "--json").stdout
    assert json.loads(made) == {"code": "demo", "version": 2}
    fewer = run("standard", "publish", "demo", SAMPLE / "standard.toml", code=1)
    assert "defect_types.dent" in fewer.stderr
