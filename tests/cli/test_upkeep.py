import json
import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from labeler.cli.opening import OPERATOR
from labeler.core.errors import NotSignedIn
from labeler.flows.checkpoint import write_checkpoint
from labeler.flows.people import list_people
from labeler.flows.reading import list_events
from labeler.flows.sign_in import with_password
from labeler.flows.site import Site, open_site
from labeler.settings import Settings
from labeler.store import schema
from tests.cli.conftest import SAMPLE, Run


@pytest.fixture
def inside(data: Path) -> Site:
    site = open_site(Settings(data=data))
    yield site
    site.close()


def change(site: Site, statement: str) -> None:
    with site.database.writers.begin() as connection:
        for trigger in connection.execute(
            text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        ).scalars():
            connection.execute(text(f'DROP TRIGGER "{trigger}"'))
        connection.execute(text(statement))


def test_the_doctor_finds_a_healthy_installation(run: Run) -> None:
    found = json.loads(run("doctor", "--json").stdout)
    assert found["ok"]
    names = [one["name"] for one in found["findings"]]
    assert names == ["software", "server", "data folder", "disk", "database", "tables", "images"]
    assert run("doctor").stdout.count("ok    ") == len(names)


def test_the_doctor_exits_1_and_says_what_to_do(run: Run, data: Path) -> None:
    (data / "demo.json").write_text("{}")
    (data / "demo.json").chmod(0o644)
    result = run("doctor", code=1)
    assert "FAIL  demo.json: others may read it: chmod 600" in result.stdout


def test_the_doctor_names_a_database_that_is_away(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "postgresql+psycopg://nobody:secret@127.0.0.1:1/nothing"
    monkeypatch.setenv("LABELER_DATABASE_URL", url)
    assert "FAIL  database: The database does not answer." in run("doctor", code=1).stdout


def test_the_doctor_sees_an_empty_database_and_leaves_it_so(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABELER_DATA", str(tmp_path / "fresh"))
    assert "tables: empty" in run("doctor").stdout
    assert "tables: empty" in run("doctor").stdout


def test_settings_are_shown_with_secrets_masked(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELER_DATABASE_URL", "postgresql+psycopg://me:hush@db.plant/labels")
    monkeypatch.setenv("LABELER_LEASE_S", "90")
    text_out = run("config", "show").stdout
    assert "LABELER_LEASE_S=90" in text_out.splitlines()
    assert "hush" not in text_out
    shown = json.loads(run("config", "show", "--json").stdout)
    assert shown["LABELER_DATABASE_URL"] == "postgresql+psycopg://me:***@db.plant/labels"


def test_the_api_is_described(run: Run) -> None:
    document = json.loads(run("openapi").stdout)
    assert "/api/v1/projects" in document["paths"]


def test_upgrading_makes_the_tables_and_again_changes_nothing(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABELER_DATA", str(tmp_path / "fresh"))
    said = run("db", "upgrade").stdout
    assert schema.head_revision() in said
    assert run("db", "upgrade").stdout == said


def test_upgrading_an_older_database_says_where_the_copy_is(
    run: Run, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(schema.asset_folder("migrations"), folder)
    later = (
        'revision = "9001_later_change"\n'
        f'down_revision = "{schema.head_revision()}"\n\n\n'
        "def upgrade():\n    return\n"
    )
    (folder / "versions" / "9001_later_change.py").write_text(later)
    monkeypatch.setattr(schema, "asset_folder", lambda _name: folder)
    run("user", "list", code=1)
    result = run("db", "upgrade")
    assert result.stdout == "The database is at 9001_later_change.\n"
    [copy] = (data / "snapshots").iterdir()
    assert f"is kept in {copy}" in result.stderr
    run("user", "list")


def test_a_database_of_another_version_is_refused_and_a_newer_one_never_upgraded(
    run: Run, inside: Site
) -> None:
    change(inside, "UPDATE alembic_version SET version_num = 'from_the_future'")
    assert "Run `labeler db upgrade`" in run("user", "list", code=1).stderr
    assert "A newer Labeler made this database." in run("db", "upgrade", code=1).stderr


def test_a_sound_chain_of_events_is_confirmed(run: Run, project: str) -> None:
    found = json.loads(run("audit", "verify", "--json").stdout)
    assert found["ok"]
    assert found["events"] > 3
    assert found["hash"] in run("audit", "verify").stdout


def test_every_deed_of_a_command_names_the_command_line(
    run: Run, project: str, pictures: Path, tmp_path: Path, inside: Site
) -> None:
    reviews, truth = tmp_path / "reviews.csv", tmp_path / "truth.csv"
    lines = ("plate-0401-b.jpg,anna,,absent", "plate-0401-b.jpg,ben,,absent")
    reviews.write_text("\n".join(("file,reviewer,defect_type,verdict", *lines)))
    truth.write_text("file,defect_type,severity\nplate-0401-m.png,scratch,1\n")
    run("standard", "publish", project, SAMPLE / "standard.toml")
    run("import", project, pictures)
    run("import-labels", project, reviews, "--as", "reviews")
    run("import-labels", project, truth, "--as", "references")
    run("token", "create", "--user", "anna")
    run("user", "reset", "anna")
    run("export", project, "--out", tmp_path / "out", "--workers", 1)
    with pytest.raises(NotSignedIn):
        with_password(inside, "anna", "no such password")
    events = list_events(inside, limit=1000)
    reviewers = {p.id for p in list_people(inside, OPERATOR)}
    by_actor = {e.actor: {f.action for f in events if f.actor == e.actor} for e in events}
    assert set(by_actor) - reviewers == {"command line", "nobody"}
    assert by_actor["nobody"] == {"secret.refused"}
    assert {
        "project.created", "standard.published", "user.added", "member.added", "image.imported",
        "labels.imported", "image.settled", "reference.set", "token.created", "secret.reset",
    } <= by_actor["command line"]  # fmt: skip


def test_a_changed_event_is_found(run: Run, project: str, inside: Site) -> None:
    change(inside, "UPDATE event SET actor = 'somebody else' WHERE number = 2")
    result = run("audit", "verify", code=1)
    assert "Audit event 2 was changed after it was written." in result.stderr
    assert not json.loads(run("audit", "verify", "--json", code=1).stdout)["ok"]


def test_a_cut_is_found_by_a_checkpoint(
    run: Run, project: str, inside: Site, tmp_path: Path
) -> None:
    kept = tmp_path / "checkpoint.json"
    write_checkpoint(inside).rename(kept)
    change(inside, "DELETE FROM event WHERE number > 2")
    run("audit", "verify")
    assert "Audit event 3" in run("audit", "verify", "--checkpoint", kept, code=1).stderr
    kept.write_text("{}")
    assert "not a checkpoint" in run("audit", "verify", "--checkpoint", kept, code=1).stderr
