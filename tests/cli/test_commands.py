import subprocess
import sys
from pathlib import Path

import pytest

from labeler import __version__
from tests.cli.conftest import ROOT, Run

COMMANDS = (
    "serve", "worker", "demo", "doctor", "config show", "openapi", "db upgrade", "audit verify",
    "user add", "user list", "member add", "token create", "project create", "standard publish",
    "import", "import-labels", "agreement", "export", "verify", "backup", "restore", "msa",
)  # fmt: skip
HEAVY = "numpy scipy cv2 PIL albumentations"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(run: Run, command: str) -> None:
    assert run(*command.split(), "--help").stdout.startswith("Usage: ")


@pytest.mark.parametrize("name", ["backup", "restore"])
def test_a_command_that_is_not_built_says_so_whatever_follows(run: Run, name: str) -> None:
    for rest in ((), ("some.zip",), ("--csv", "table.csv", "--bad", "1", "--json")):
        result = run(name, *rest, code=1)
        assert f"{name} is not built in this version." in result.stderr
        assert result.stdout == ""


def test_without_a_command_the_help_is_shown(run: Run) -> None:
    assert "Commands:" in run(code=2).output


def test_the_version_is_the_packages(run: Run) -> None:
    assert run("--version").stdout == f"labeler {__version__}\n"


@pytest.mark.parametrize(
    "words", ["nonsense", "user list --nonsense", "user add anna", "user add anna --role king"]
)
def test_wrong_usage_exits_2(run: Run, words: str) -> None:
    assert "Error" in run(*words.split(), code=2).stderr


def test_an_error_says_what_to_do_on_stderr_and_exits_1(run: Run) -> None:
    result = run("user", "add", "anna", "--role", "reviewer", "--pin", "1234", code=1)
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        "Error: This PIN is too easy to guess. Correct what is named, then run the command again.",
        "  pin: Not all the same digits and no run like 1234.",
    ]


def test_an_unknown_setting_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELER_COLOUR", "blue")
    assert "LABELER_COLOUR: There is no such setting." in run("user", "list", code=1).stderr


def test_an_empty_folder_gets_its_tables_by_any_command(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABELER_DATA", str(tmp_path / "fresh"))
    run("user", "list")
    assert (tmp_path / "fresh" / "labeler.sqlite").exists()


def test_a_database_that_is_away_is_one_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    url = "postgresql+psycopg://nobody:secret@127.0.0.1:1/nothing"
    monkeypatch.setenv("LABELER_DATABASE_URL", url)
    result = run("user", "list", code=1)
    assert "The database does not answer." in result.stderr
    assert "secret" not in result.output


def test_a_database_url_that_is_none_is_one_sentence(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABELER_DATABASE_URL", "nonsense")
    assert "LABELER_DATABASE_URL cannot be used." in run("user", "list", code=1).stderr


def test_a_data_folder_that_cannot_be_is_one_sentence(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("LABELER_DATA", str(tmp_path / "file" / "below"))
    assert "cannot be used" in run("user", "list", code=1).stderr


@pytest.mark.parametrize("module", ["labeler.cli", "labeler.web.app"])
def test_a_start_waits_for_no_heavy_library(module: str) -> None:
    code = f"import sys, {module}; print([m for m in {HEAVY.split()!r} if m in sys.modules])"
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert found.stdout == "[]\n"
