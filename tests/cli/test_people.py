import json
from pathlib import Path

from labeler.core.terms import Role, Scope
from labeler.flows.sign_in import token_principal, with_password
from labeler.flows.site import open_site
from labeler.settings import Settings
from tests.cli.conftest import Run


def test_people_are_listed_with_role_and_projects(run: Run, project: str) -> None:
    listed = json.loads(run("user", "list", "--json").stdout)["items"]
    assert [(p["name"], p["role"], p["projects"]) for p in listed] == [
        ("anna", "reviewer", ["demo"]),
        ("ben", "reviewer", ["demo"]),
    ]
    assert run("user", "list").stdout.splitlines()[1].split() == ["anna", "reviewer", "demo"]


def test_a_password_comes_from_standard_input(run: Run, data: Path) -> None:
    run("user", "add", "lea", "--role", "lead", "--password-stdin", text="correct horse battery\n")
    site = open_site(Settings(data=data))
    assert with_password(site, "lea", "correct horse battery")
    site.close()


def test_pin_and_password_together_are_wrong_usage(run: Run) -> None:
    words = ("user", "add", "anna", "--role", "reviewer", "--pin", "2580", "--password-stdin")
    assert "not both" in run(*words, code=2, text="x\n").stderr


def test_somebody_without_a_secret_is_added_with_a_note(run: Run) -> None:
    result = run("user", "add", "emil", "--role", "engineer")
    assert result.stdout == "Added emil as engineer.\n"
    assert "cannot sign in" in result.stderr


def test_a_forgotten_secret_is_replaced_and_shown_once(run: Run, project: str, data: Path) -> None:
    run("user", "add", "lea", "--role", "lead")
    said = run("user", "reset", "lea").stdout
    password = said.removeprefix("lea has a new password: ").strip()
    token = run("token", "create", "--user", "lea").stdout.strip()
    pin = json.loads(run("user", "reset", "anna", "--json").stdout)
    assert (pin["kind"], len(pin["secret"])) == ("pin", 6)
    site = open_site(Settings(data=data))
    assert with_password(site, "lea", password)
    site.close()
    typed = run("user", "reset", "lea", "--password-stdin", text="correct horse battery\n")
    assert typed.stdout == "lea has a new password.\n"
    assert "API tokens that work on: 1" in typed.stderr
    ended = run("user", "reset", "lea", "--end-tokens")
    assert "API tokens" not in ended.stderr
    site = open_site(Settings(data=data))
    assert token_principal(site, token) is None
    site.close()
    run("user", "reset", "nobody", code=1)
    run("user", "reset", "lea", "--pin", "2580", code=1)
    run("user", "reset", "anna", "--pin", "2580", "--password-stdin", code=2, text="x\n")


def test_a_name_that_is_taken_is_refused(run: Run, project: str) -> None:
    again = run("user", "add", "anna", "--role", "reviewer", "--pin", "2580", code=1)
    assert "somebody called anna already" in again.stderr


def test_a_token_is_printed_alone_and_works_as_far_as_it_is_meant(
    run: Run, project: str, data: Path
) -> None:
    made = run("token", "create", "--user", "anna", "--scope", "read", "--days", "7").stdout
    everything = run("token", "create", "--user", "anna").stdout
    site = open_site(Settings(data=data))
    narrow, wide = (token_principal(site, one.strip()) for one in (made, everything))
    site.close()
    assert made.count("\n") == 1
    assert narrow is not None
    assert wide is not None
    assert (narrow.name, narrow.role, narrow.scopes) == ("anna", Role.REVIEWER, {Scope.READ})
    assert wide.scopes == {Scope.READ, Scope.REVIEW}


def test_a_token_for_nobody_is_refused(run: Run) -> None:
    assert run("token", "create", "--user", "nobody", code=1).stdout == ""


def test_members_need_a_project_and_a_person(run: Run, project: str) -> None:
    run("member", "add", "nothing", "anna", code=1)
    run("member", "add", "demo", "nobody", code=1)
    assert run("member", "add", "demo", "anna").stdout == "anna sees demo.\n"
