"""The house as docs/architecture.md draws it: who may import whom, and what a file may hold."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from labeler.core import errors
from labeler.web.access import api_routes
from tests.served import Door, made_app, served_doors

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "labeler"
LARGEST_FILE_LINES = 400

# A room may know itself, the rooms named here, and the two files that stand in no room.
MAY_KNOW = {
    "core": set(),
    "pixels": {"core"},
    "store": {"core"},
    "flows": {"core", "pixels", "store"},
    "web": {"core", "flows"},
    "cli": {"core", "flows", "web"},
}
# Doors hand folders, zips and uploads to the flows as a stream of files, and a database has to
# be brought up to date before any flow can use it.
ALSO = {
    "web": ("labeler.store.intake.",),
    "cli": ("labeler.store.intake.", "labeler.store.intake_names.", "labeler.store.schema"),
}
SHARED_FILES = {"settings", "assets", "__init__"}
# What knows an installation needs the settings; core and pixels must not.
MAY_READ_SETTINGS = {"store", "flows", "web", "cli"}
GRAB_BAGS = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}
HEAVY = ("numpy", "scipy", "PIL", "albumentations", "cv2")


@dataclass(frozen=True)
class Module:
    """One file of the package, parsed."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def room(self) -> str:
        first = self.path.relative_to(PACKAGE).parts[0]
        return first.removesuffix(".py")

    def imports(self) -> Iterator[tuple[int, str]]:
        """Line and full dotted name of everything imported, also inside functions."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                module = node.module or ""
                assert node.level == 0, f"{self.name}:{node.lineno}: import by full name"
                yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


@cache
def modules() -> tuple[Module, ...]:
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        text = path.read_text()
        found.append(Module(path, text, ast.parse(text)))
    assert len(found) > 50
    return tuple(found)


def in_rooms(*rooms: str) -> list[Module]:
    return [module for module in modules() if module.room in rooms]


def report(faults: list[str]) -> None:
    assert not faults, "\n" + "\n".join(faults)


def forbidden(module: Module, allowed: set[str]) -> list[str]:
    """The imports of `module` that lead to a room it must not know."""
    faults = []
    for line, name in module.imports():
        parts = name.split(".")
        if parts[0] != "labeler" or len(parts) < 2:
            continue
        target = parts[1]
        free = target not in MAY_KNOW
        if free and (target != "settings" or module.room in MAY_READ_SETTINGS | SHARED_FILES):
            continue
        if name.startswith(ALSO.get(module.room, ())):
            continue
        if target != module.room and target not in allowed:
            faults.append(f"{module.name}:{line}: {module.room} must not know {name}")
    return faults


def test_imports_go_one_way() -> None:
    rooms = {module.room for module in modules()} - SHARED_FILES
    assert rooms == set(MAY_KNOW)
    report([fault for m in modules() for fault in forbidden(m, MAY_KNOW.get(m.room, {"core"}))])


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("core", "from labeler.store import images"),
        ("pixels", "import labeler.store.images"),
        ("store", "from labeler.pixels.decode import decode"),
        ("flows", "from labeler.web.app import create_app"),
        ("web", "def late():\n    from labeler.store.tables import Image"),
        ("core", "from labeler.settings import Settings"),
    ],
)
def test_a_forbidden_import_would_be_found(room: str, line: str) -> None:
    module = Module(PACKAGE / room / "made_up.py", line, ast.parse(line))
    assert forbidden(module, MAY_KNOW[room])


def test_core_needs_nothing_but_the_standard_library_numpy_and_scipy() -> None:
    allowed = sys.stdlib_module_names | {"labeler", "numpy", "scipy"}
    world = {"time", "socket", "sqlite3", "random", "os", "subprocess", "logging", "threading"}
    faults = []
    for module in in_rooms("core"):
        for line, name in module.imports():
            first = name.split(".")[0]
            if first not in allowed or first in world:
                faults.append(f"{module.name}:{line}: {name}")
    report(faults)


def test_core_looks_at_no_clock_and_opens_no_file() -> None:
    reach = re.compile(r"\b(?:datetime\.now|date\.today|utcnow|open|read_text|write_text)\(")
    report(
        [
            f"{module.name}: {found.group()}"
            for module in in_rooms("core")
            for found in reach.finditer(module.text)
        ]
    )


def test_sql_stays_in_the_store() -> None:
    statement = re.compile(r"(?s)\s*(?:SELECT .* FROM|INSERT INTO|UPDATE .* SET|DELETE FROM)\s")
    faults = []
    for module in in_rooms("web", "cli"):
        for line, name in module.imports():
            if name.split(".")[0] in {"sqlalchemy", "sqlmodel", "sqlite3", "alembic", "psycopg"}:
                faults.append(f"{module.name}:{line}: {name}")
        faults += [
            f"{module.name}:{node.lineno}: SQL"
            for node in ast.walk(module.tree)
            if isinstance(node, ast.Constant) and statement.match(str(node.value))
        ]
    report(faults)


def test_a_deed_is_committed_by_the_engine_alone() -> None:
    faults = []
    for module in in_rooms("store", "flows", "web", "cli"):
        if module.name == "labeler/store/engine.py":
            continue
        faults += [
            f"{module.name}:{node.lineno}: .{node.func.attr}()"
            for node in ast.walk(module.tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in {"commit", "rollback"}
        ]
    report(faults)


def test_albumentations_and_opencv_stay_behind_pixels() -> None:
    report(
        [
            f"{module.name}:{line}: {name}"
            for module in modules()
            if module.room != "pixels"
            for line, name in module.imports()
            if name.split(".")[0] in {"albumentations", "cv2"}
        ]
    )


def test_no_file_or_folder_is_a_grab_bag() -> None:
    report(
        [
            module.name
            for module in modules()
            if GRAB_BAGS & {part.removesuffix(".py").strip("_") for part in module.path.parts}
        ]
    )


def test_a_file_keeps_to_one_subject() -> None:
    sizes = {module.name: module.text.count("\n") for module in modules()}
    report([f"{name}: {size} lines" for name, size in sizes.items() if size > LARGEST_FILE_LINES])


def test_nothing_is_left_unfinished_and_no_input_is_checked_by_assert() -> None:
    faults = []
    marks = re.compile(r"\b(?:TODO|FIXME|XXX|raise NotImplemented\w*|pragma: no cover)\b")
    for module in modules():
        faults += [f"{module.name}: {found.group()}" for found in marks.finditer(module.text)]
        faults += [
            f"{module.name}:{node.lineno}: assert"
            for node in ast.walk(module.tree)
            if isinstance(node, ast.Assert)
        ]
    report(faults)


Documented = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def public_definitions(module: Module) -> Iterator[Documented]:
    """Public classes and functions, and the public methods of public classes."""
    for node in module.tree.body:
        if not isinstance(node, Documented) or node.name.startswith("_"):
            continue
        yield node
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, Documented) and not inner.name.startswith("_"):
                    yield inner


def is_restated(node: Documented) -> bool:
    """Whether the definition only repeats one that says it already (@overload, setter)."""
    names = {ast.unparse(decorator).rpartition(".")[2] for decorator in node.decorator_list}
    return bool(names & {"overload", "setter", "override"})


def test_every_public_name_has_a_docstring() -> None:
    faults = []
    for module in modules():
        if module.text.strip() and not ast.get_docstring(module.tree):
            faults.append(f"{module.name}: the file says nothing about itself")
        faults += [
            f"{module.name}:{node.lineno}: {node.name}"
            for node in public_definitions(module)
            if not ast.get_docstring(node) and not is_restated(node)
        ]
    report(faults)


def family() -> set[str]:
    return {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.LabelerError)
    }


def raised_directly(node: ast.AST) -> set[str]:
    """Members of the error family that stand in a `raise` of this function itself."""
    found: set[str] = set()
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.Raise) and isinstance(child.exc, ast.Call):
            name = ast.unparse(child.exc.func).rpartition(".")[2]
            found |= {name} & family()
        found |= raised_directly(child)
    return found


def test_a_public_function_says_which_errors_it_raises() -> None:
    faults = []
    for module in modules():
        if module.room in {"web", "cli"}:
            continue  # doors turn errors into answers; their routes speak in responses
        for node in public_definitions(module):
            if isinstance(node, ast.ClassDef):
                continue
            said = ast.get_docstring(node) or ""
            silent = sorted(name for name in raised_directly(node) if name not in said)
            if silent:
                faults.append(f"{module.name}:{node.lineno}: {node.name} raises {silent}")
    report(faults)


@pytest.mark.parametrize("module", ["labeler.web.app", "labeler.cli"])
def test_the_start_does_not_wait_for_what_only_some_deeds_need(module: str) -> None:
    program = (
        f"import sys, {module}; "
        f"print([n for n in {HEAVY!r} if n in sys.modules])"
    )  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_the_check_that_every_route_declares_its_access_sees_every_route(tmp_path: Path) -> None:
    with made_app(tmp_path) as app:
        served = served_doors(app)
        checked = {Door(r.path, m) for r in api_routes(app) for m in r.methods if m != "HEAD"}
    assert len(served) > 30
    assert checked == served
