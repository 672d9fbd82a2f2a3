"""The wheel is the whole program: installed far from the checkout, it serves and migrates."""

import ast
import importlib.metadata
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import httpx
import pytest

from tests.running import plain_environment, running

ROOT = Path(__file__).parents[1]
# Where each folder of the checkout lies in the wheel.
CARRIED = {
    "labeler": "labeler",
    "templates": "labeler/assets/templates",
    "static": "labeler/assets/static",
    "migrations": "labeler/assets/migrations",
    "sample_data": "labeler/assets/sample_data",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory"]
    subprocess.run(
        [*build, str(folder)], cwd=ROOT, check=True, capture_output=True, stdin=subprocess.DEVNULL
    )
    [file] = folder.glob("*.whl")
    return file


@pytest.fixture(scope="module")
def installation(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel; its dependencies are borrowed from this one.

    Fetching them anew takes a minute. A path in a .pth file adds this environment's
    packages behind the installation's own, without the .pth files there: so the editable
    install of the checkout stays unseen.
    """
    folder = tmp_path_factory.mktemp("elsewhere") / "venv"
    venv.create(folder, with_pip=False)
    packages = sysconfig.get_path("purelib", vars={"base": str(folder)})
    (Path(packages) / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin/python"), "install"]
    subprocess.run(
        [*pip, "--quiet", "--no-deps", "--no-index", "--no-cache-dir", str(wheel)],
        cwd=folder.parent, check=True, capture_output=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return folder


def ask(installation: Path, program: str) -> str:
    """What a Python program prints there."""
    done = subprocess.run(
        [installation / "bin/python", "-c", program], cwd=installation.parent, text=True,
        env=plain_environment(), capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_wheel_carries_every_file_that_the_program_opens(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    expected = {
        f"{target}/{path.relative_to(ROOT / folder)}"
        for folder, target in CARRIED.items()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert packed == expected
    assert any(re.fullmatch(r"labeler/translations/ko/\w+\.po", name) for name in packed)


def test_it_runs_from_where_it_is_installed_and_knows_its_version(installation: Path) -> None:
    place = ask(installation, "import labeler; print(labeler.__file__)")
    assert Path(place).is_relative_to(installation)
    done = subprocess.run(
        [installation / "bin/labeler", "--version"], cwd=installation.parent,
        env=plain_environment(), text=True, capture_output=True, check=True,
    )  # fmt: skip
    version = ask(installation, "import importlib.metadata as m; print(m.version('labeler'))")
    assert done.stdout.strip() == f"labeler {version}"


def test_it_makes_its_tables_and_serves_a_page_and_static_files(
    installation: Path, tmp_path: Path
) -> None:
    serve = [str(installation / "bin/labeler"), "serve", "--port", "0"]
    environment = plain_environment(LABELER_DATA=str(tmp_path / "data"))
    with running(serve, folder=tmp_path, environment=environment) as server:
        assert (tmp_path / "data/labeler.sqlite").exists()
        browser = {"accept": "text/html"}
        with httpx.Client(base_url=server.address, trust_env=False, headers=browser) as client:
            assert client.get("/readyz").json() == {"status": "ready"}
            page = client.get("/", follow_redirects=True)
            assert (page.status_code, page.url.path) == (200, "/setup")
            addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)
            assert any(".css" in address for address in addresses)
            for address in addresses:
                answer = client.get(address)
                assert answer.status_code == 200, address
                assert answer.content


def project_file() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def requirements() -> list[str]:
    project = project_file()
    extras = project["optional-dependencies"]
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    return [
        *project["dependencies"],
        *(line for lines in extras.values() for line in lines),
        *build,
    ]


# Each comes with a dependency that is its face: FastAPI, Jinja2.
BROUGHT_ALONG = {"starlette", "markupsafe"}


def imported() -> set[str]:
    """The top-level modules that the program imports, its own and Python's left out."""
    names = set()
    for file in (ROOT / "labeler").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names.add((node.module or "").partition(".")[0])
    return names - set(sys.stdlib_module_names) - {"labeler"}


def test_what_is_imported_is_a_declared_dependency() -> None:
    declared = {
        re.split(r"[\[<>=;]", line)[0].strip().lower() for line in project_file()["dependencies"]
    }
    brought_by = importlib.metadata.packages_distributions()
    undeclared = {
        name
        for name in imported()
        if not {one.lower().replace("_", "-") for one in brought_by[name]}
        & (declared | BROUGHT_ALONG)
    }
    assert undeclared == set()
    assert len(imported()) > 15


@pytest.mark.parametrize("requirement", requirements())
def test_every_dependency_has_a_lower_and_an_upper_bound(requirement: str) -> None:
    rule = requirement.partition(";")[0]
    assert "==" in rule or (">=" in rule and "<" in rule), requirement
