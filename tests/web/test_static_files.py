"""Addresses of static files, and which modules a page fetches beforehand."""

import re
from pathlib import Path

import pytest

from labeler.assets import asset_folder
from labeler.web import static_files
from labeler.web.static_files import asset, modules, version


def names(path: str) -> list[str]:
    return [address.removeprefix(f"/static/{version()}/") for address in modules(path)]


def test_the_version_changes_with_any_file_and_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(static_files, "asset_folder", lambda _name: tmp_path)
    found = []
    (tmp_path / "js").mkdir()
    for path, content in (("js/a.js", "1"), ("js/a.js", "2"), ("b.js", ""), ("c.js", "")):
        (tmp_path / path).write_text(content)
        found.append(version.__wrapped__())
    (tmp_path / "c.js").rename(tmp_path / "d.js")
    found.append(version.__wrapped__())
    assert len(set(found)) == 5
    assert all(re.fullmatch("[0-9a-f]{12}", one) for one in found)


def test_a_module_comes_with_what_it_imports_however_far_away() -> None:
    found = names("js/review/main.js")
    assert found[0] == "js/review/main.js"
    assert len(found) == len(set(found)) > 40
    assert {"js/tap.js", "js/review/lease.js", "js/review/tools/brush.js"} <= set(found)
    assert "js/review/tiles.js" not in found  # it comes when somebody looks closely


def test_every_module_imports_files_that_exist_by_a_form_that_is_found() -> None:
    folder = asset_folder("static")
    for file in folder.rglob("js/**/*.js"):
        written = re.findall(r'\bfrom "(\.[^"]+)";', file.read_text())
        assert all((file.parent / name).is_file() for name in written)
        known = set(names(file.relative_to(folder).as_posix()))
        for name in written:
            assert (file.parent / name).resolve().relative_to(folder).as_posix() in known


def test_a_file_that_is_not_there_has_no_address() -> None:
    for path in ("js/nothing.js", "js", ""):
        with pytest.raises(FileNotFoundError):
            asset(path)
