"""The documentation says what is, no less and no more; the README's commands run."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import click
import httpx
import pytest
import typer.main
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from labeler.cli.commands import app as command_line
from labeler.core.terms import Role
from labeler.settings import PREFIX, Settings
from labeler.web.access import declared_access
from tests.breaking_line import breaking_line
from tests.running import plain_environment, running
from tests.served import made_app

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md"), ROOT / "sample_data/README.md"])


def read(name: str) -> str:
    return (DOCS / name).read_text()


def rows(text: str) -> Iterator[list[str]]:
    """The cells of every line of a table whose first cell is code."""
    for line in text.splitlines():
        if line.startswith("| `"):
            yield [cell.strip() for cell in line.strip("| ").split(" | ")]


# --- settings


def default_of(name: str) -> str:
    value = Settings.model_fields[name].default
    text = str(value.value if hasattr(value, "value") else value)
    return f"`{text}`" if value not in ("", ()) else "empty"


def test_every_setting_is_documented_with_its_default() -> None:
    documented = {name: default for name, default, _meaning in rows(read("settings.md"))}
    assert documented == {
        f"`{PREFIX}{name.upper()}`": default_of(name) for name in Settings.model_fields
    }


# --- commands


def commands() -> Iterator[tuple[str, click.Command]]:
    def walk(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, click.Command]]:
        for name, inner in getattr(command, "commands", {}).items():
            if hasattr(inner, "commands"):
                yield from walk(inner, (*path, name))
            else:
                yield " ".join((*path, name)), inner

    yield from walk(typer.main.get_command(command_line), ())


COMMANDS = dict(commands())


@cache
def command_sections() -> dict[str, str]:
    """The text below each command's heading, by the command's name."""
    parts = re.split(r"(?m)^### `([a-z -]+?)(?: [A-Z][A-Z …]*)?`$", read("commands.md"))
    assert len(parts) % 2 == 1
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def options(command: click.Command) -> set[str]:
    """Every option that people may use; `--help` goes without saying."""
    shown = [p for p in command.params if p.param_type_name == "option" and not p.hidden]
    return {name for p in shown for name in (*p.opts, *p.secondary_opts)} - {"--help"}


def test_every_command_is_documented_and_nothing_else_is() -> None:
    assert set(command_sections()) == set(COMMANDS)


def test_as_not_built_stand_the_commands_that_are_not_and_no_other() -> None:
    _, _, below = read("commands.md").partition("not built in this version\n")
    told = set(re.findall(r"(?m)^### `([a-z -]+)`$", below))
    not_built = {
        name
        for name, one in COMMANDS.items()
        if getattr(one.callback, "__module__", "") == "labeler.cli.not_built"
    }
    assert told == not_built
    assert not_built


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_option_is_documented_and_nothing_else_is(name: str) -> None:
    documented = [row[0] for row in rows(command_sections().get(name, ""))]
    assert set(re.findall(r"--[a-z-]+", " ".join(documented))) == options(COMMANDS[name])


# --- routes


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    with made_app(tmp_path_factory.mktemp("app")) as made:
        yield made


def route_access(route: Any) -> tuple[str, str]:
    access = declared_access(route)
    assert access is not None
    if not access.roles:
        return "anybody", ""
    named = ", ".join(role.value for role in Role if role in access.roles)
    scope = access.scope.value if access.scope else ""
    return ("all signed in" if access.roles == frozenset(Role) else named), scope


def documented_routes() -> dict[str, tuple[str, str | None]]:
    """Route → (roles, scope); None where the table has no column for the scope."""
    found: dict[str, tuple[str, str | None]] = {}
    for cells in rows(read("http.md")):
        name = cells[0].strip("`")
        assert name not in found, f"{name} stands there twice"
        found[name] = (cells[1], cells[2] if len(cells) == 4 else None)
        assert len(cells[-1]) > 5, name
    return found


def test_every_route_is_documented_with_who_may_use_it(app: FastAPI) -> None:
    served = {
        f"{method} {context.path}": route_access(context.original_route)
        for context in iter_route_contexts(app.routes)
        for method in context.methods or ()
        if method != "HEAD"
    }
    documented = documented_routes()
    assert sorted(set(served) - set(documented)) == [], "add these to docs/http.md"
    assert sorted(set(documented) - set(served)) == [], "take these out of docs/http.md"
    wrong = {
        name: (roles, scope, documented[name])
        for name, (roles, scope) in served.items()
        if documented[name] not in {(roles, scope), (roles, None)}
    }
    assert wrong == {}
    assert all(documented[name][1] is not None for name in served if " /api/" in name)


# --- links, pictures, figures


def anchors(page: Path) -> set[str]:
    titles = re.findall(r"(?m)^#{1,6} (.+)$", page.read_text())
    return {re.sub(r"[^\w\- ]", "", t.lower()).strip().replace(" ", "-") for t in titles}


def links(page: Path) -> Iterator[str]:
    text = re.sub(r"(?s)```.*?```|<!--.*?-->", "", page.read_text())
    yield from re.findall(r"\]\(([^)\s]+)\)", text)
    yield from re.findall(r'<(?:img|a)\b[^>]*?(?:src|href)="([^"]+)"', text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            continue
        place, _, anchor = link.partition("#")
        target = (page.parent / place) if place else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_every_picture_is_shown_somewhere() -> None:
    shown = {(page.parent / link).resolve() for page in PAGES for link in links(page)}
    there = {path.resolve() for path in DOCS.rglob("*") if path.suffix in {".png", ".svg"}}
    assert there - shown == set()


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop().resolve()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        for link in links(page):
            target = page.parent / link.partition("#")[0]
            if target.exists() and not re.match(r"[a-z]+:", link):
                waiting.append(target)
    assert {page.relative_to(ROOT) for page in DOCS.rglob("*.md")} <= {
        page.relative_to(ROOT) for page in reached
    }


def test_every_figure_that_a_page_quotes_stands_in_figures() -> None:
    """A page quotes a figure as `[0 lost](figures.md#kill--9)`: link and number must be there."""
    figures = read("figures.md")
    for page in PAGES:
        if page.name == "figures.md":
            continue
        for text, anchor in re.findall(
            r"\[([^\]]+)\]\([^)]*figures\.md(?:#([\w-]+))?\)", page.read_text()
        ):
            assert not anchor or anchor in anchors(DOCS / "figures.md"), (page.name, text)
            for number in re.findall(r"\d[\d,.]*\d|\d", text):
                assert number in figures, f"{page.name} quotes {number}, figures.md does not"


def test_every_test_that_the_tablets_page_names_is_there() -> None:
    quoted = re.findall(r"`([^`]*\btest_[^`]*)`", read("tablet-proofs.md"))
    assert len(quoted) > 80
    missing = []
    for name in quoted:
        file, *path = name.split("::")
        found = [*(ROOT / "tests").rglob(file.removeprefix("tests/"))]
        assert len(found) == 1, name
        text = found[0].read_text()
        kinds = {"test": "def {}(", "Test": "class {}:"}
        if not path or any(kinds[part[:4]].format(part) not in text for part in path):
            missing.append(name)
    assert missing == []


def test_each_decision_takes_about_ten_lines() -> None:
    decisions = sorted((DOCS / "adr").glob("*.md"))
    assert [int(path.name[:4]) for path in decisions] == list(range(1, len(decisions) + 1))
    for path in decisions:
        lines = [line for line in path.read_text().splitlines() if line.strip()]
        assert 5 <= len(lines) <= 16, (path.name, len(lines))


def test_the_roadmap_promises_nothing_that_stands_around_empty() -> None:
    roadmap = read("roadmap.md")
    for word in (
        "GAN", "Model suggestions", "OPC-UA", "MES", "Batch and stream learning", "Model registry",
        "Edge export", "Federated learning", "SSO",
    ):  # fmt: skip
        assert word in roadmap, word
    rooms = {path.name for path in (ROOT / "labeler").iterdir() if path.is_dir()}
    assert rooms.isdisjoint({"synthesis", "suggest", "plant", "learning", "edge"})


# --- the README's commands


def readme_commands() -> list[str]:
    """Every line of the README's shell blocks that begins with a prompt."""
    blocks = re.findall(r"(?s)```console\n(.*?)```", (ROOT / "README.md").read_text())
    return [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout with this environment in place of a `.venv` made anew.

    The stamps say that it is installed already, so that `make` goes on to what the README is
    about; that `.venv` can be made from nothing is what `.ci/run` proves on every change.
    """
    folder = tmp_path_factory.mktemp("clone") / "labeler"
    skipped = shutil.ignore_patterns(
        ".git", ".venv", "data", "__pycache__", ".*_cache", ".hypothesis"
    )
    shutil.copytree(ROOT, folder, ignore=skipped)
    binaries = folder / ".venv/bin"
    binaries.mkdir(parents=True)
    (binaries / "python").symlink_to(sys.executable)
    program = f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(folder)!r})\n"
    (binaries / "labeler").write_text(
        f"{program}from labeler.cli import main\nif __name__ == '__main__':\n    main()\n"
    )
    (binaries / "labeler").chmod(0o755)
    for stamp in ("installed", "installed-check", "installed-test"):
        (folder / ".venv" / stamp).touch()
    return folder


def test_the_readme_names_the_two_commands_of_a_fresh_clone() -> None:
    found = readme_commands()
    assert "make demo" in found
    assert "make test" in found


@dataclass(frozen=True)
class Demo:
    """`make demo` of the clone, served."""

    address: str
    data: Path
    folder: Path
    environment: dict[str, str]

    @property
    def sheet(self) -> dict[str, Any]:
        return json.loads((self.data / "demo.json").read_text())


@pytest.fixture(scope="module")
def demo(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    data = tmp_path_factory.mktemp("demo") / "data"
    environment = plain_environment(LABELER_DATA=str(data))
    command = ["make", "demo", "PORT=0", f"DATA={data}"]
    with running(command, folder=clone, environment=environment) as server:
        yield Demo(server.address, data, clone, environment)


def test_make_demo_serves_a_project_and_writes_down_who_may_sign_in(demo: Demo) -> None:
    sheet = demo.sheet
    assert (demo.data / "demo.json").stat().st_mode & 0o777 == 0o600
    assert sheet["address"] == demo.address
    assert set(sheet["logins"]) == set(sheet["tokens"]) == {role.value for role in Role}
    assert {"name", "secret"} <= set(sheet["logins"]["lead"])
    with httpx.Client(base_url=demo.address, trust_env=False, timeout=30) as client:
        assert client.get("/readyz").status_code == 200
        assert client.get("/sign-in", headers={"accept": "text/html"}).status_code == 200
        for role, token in sheet["tokens"].items():
            asked = client.get("/api/v1/projects", headers={"authorization": f"Bearer {token}"})
            assert [project["code"] for project in asked.json()["items"]] == ["demo"], role


def test_the_readme_s_commands_run(demo: Demo) -> None:
    """`make demo` runs already, `make test` runs this; the rest works beside the demo."""
    apart = {"make demo", "make test"}
    for command in readme_commands():
        if command in apart or command.startswith(("git ", "cd ")):
            continue
        done = subprocess.run(
            ["bash", "-c", command], cwd=demo.folder, env=demo.environment, text=True,
            capture_output=True, stdin=subprocess.DEVNULL, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        assert done.stdout.strip()


def script_of(page: str) -> str:
    [found] = re.findall(r"(?s)```python\n(.*?)```", read(page))
    return found


def test_the_documented_script_fetches_a_dataset_over_a_line_that_breaks(
    demo: Demo, tmp_path: Path
) -> None:
    script = script_of("howto/dataset.md")
    assert len(script.splitlines()) <= 35
    (tmp_path / "fetch_dataset.py").write_text(script)
    host, _, port = demo.address.removeprefix("http://").partition(":")
    with breaking_line(host, int(port), after_bytes=300_000) as line:
        done = subprocess.run(
            [sys.executable, "fetch_dataset.py", line.address, "demo", "dataset.zip"],
            cwd=tmp_path, text=True, capture_output=True, check=False, timeout=240,
            env=plain_environment(TOKEN=demo.sheet["tokens"]["engineer"], NO_PROXY="*"),
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "trying again" in done.stderr
    size = (tmp_path / "dataset.zip").stat().st_size
    assert size > 600_000
    # It went on where it stopped instead of beginning again.
    begun = [int(start) for start in re.findall(rb"range: bytes=(\d+)-", line.asked.lower())]
    assert begun[0] == 0
    assert max(begun) > 0
    assert line.answered_bytes < size + 400_000
    verified = subprocess.run(
        [demo.folder / ".venv/bin/labeler", "verify", "dataset.zip"], cwd=tmp_path, text=True,
        env=demo.environment, capture_output=True, check=False,
    )  # fmt: skip
    assert verified.returncode == 0, verified.stderr


def test_make_without_a_target_prints_what_there_is(clone: Path) -> None:
    done = subprocess.run(
        ["make"], cwd=clone, env=plain_environment(), text=True, capture_output=True, check=True
    )
    for target in ("install", "check", "test", "demo", "bench", "prove"):
        assert f"make {target} " in done.stdout
