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


def own_files() -> list[Path]:
    root = asset_folder("static")
    return [path for kind in ("js", "css") for path in sorted((root / kind).rglob(f"*.{kind}"))]


def test_comments_and_indentation_do_not_travel_and_every_line_keeps_its_number() -> None:
    source = 'a("// stays"); // goes\n  // goes\n/** goes\n * too */\n  b();  // can\'t\n'
    assert static_files.as_sent(source) == 'a("// stays");\n\n\n\nb();  // can\'t\n'
    for file in own_files():
        plain = file.read_text("utf-8").splitlines()
        sent = static_files.as_sent(file.read_text("utf-8")).splitlines()
        assert len(sent) == len(plain)
        for line, kept in zip(plain, sent, strict=True):
            assert line.strip().startswith(kept), file
            assert set(line.strip()[len(kept) :].strip()[:2]) <= {"/", "*"} or kept == "", file


def test_no_text_of_ours_goes_over_several_lines() -> None:
    for file in own_files():
        for text in re.findall(r"`[^`]*`", static_files.as_sent(file.read_text("utf-8"))):
            assert "\n" not in text, f"{file}: {text}"
            assert text in file.read_text("utf-8"), f"{file}: {text} has lost something"
