"""Rules that hold for every template, whoever wrote it."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import nodes

from labeler.assets import asset_folder
from labeler.web.rendering import environment

FOLDER = asset_folder("templates")
TEMPLATES = sorted(p.relative_to(FOLDER).as_posix() for p in FOLDER.rglob("*.html"))
# Parts of one page that are included and never swapped, so they need no root of their own.
NEVER_SWAPPED = {"review/_dialogs.html"}
VOID = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source",
    "track", "wbr",
}  # fmt: skip
# What stands for an expression; a plain word, so that attributes stay well-formed.
_EXPRESSION, _BRANCH = re.compile(r"\{\{.*?\}\}", re.DOTALL), re.compile(r"\{%.*?%\}", re.DOTALL)
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_ASSET = re.compile(r"""asset\(\s*['"]([^'"]+)['"]\s*\)""")


class Elements(HTMLParser):
    """The elements of a template without its logic: (tag, attributes), and the roots."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.roots: list[dict[str, str | None]] = []
        self.depth = 0
        for pattern, word in ((_COMMENT, ""), (_EXPRESSION, "filled"), (_BRANCH, "")):
            source = pattern.sub(word, source)
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if self.depth == 0:
            self.roots.append(dict(attrs))
        if tag not in VOID:
            self.depth += 1

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if self.depth == 0:
            self.roots.append(dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag not in VOID


def source_of(name: str) -> str:
    return (FOLDER / name).read_text()


def is_fragment(name: str) -> bool:
    if "/" not in name or not Path(name).name.startswith("_") or name in NEVER_SWAPPED:
        return False
    return not is_macro_file(name)


def includes_of(name: str) -> set[str]:
    tree = environment().parse(source_of(name))
    return {
        node.template.value
        for node in tree.find_all((nodes.Include, nodes.Extends))
        if isinstance(node.template, nodes.Const)
    }


def is_macro_file(name: str) -> bool:
    """A file of macros has nothing of its own to show."""
    tree = environment().parse(source_of(name))
    return any(isinstance(node, nodes.Macro) for node in tree.body)


def test_there_are_templates_to_walk() -> None:
    assert {"base.html", "sign_in/page.html", "people/_people.html"} <= set(TEMPLATES)


@pytest.mark.parametrize("name", TEMPLATES)
class TestEveryTemplate:
    def test_compiles_and_names_only_templates_that_exist(self, name: str) -> None:
        environment().get_template(name)
        for other in includes_of(name):
            assert (FOLDER / other).is_file(), other

    def test_has_nothing_inline(self, name: str) -> None:
        # The Content-Security-Policy refuses it, so it would silently not work.
        for tag, attributes in Elements(source_of(name)).found:
            assert tag != "style", "an inline style sheet"
            assert "style" not in attributes, f"<{tag} style>"
            assert not [key for key in attributes if key.startswith("on")], f"<{tag} on…>"
            data = attributes.get("type") == "application/json"
            assert tag != "script" or "src" in attributes or data, "an inline script"
            assert not (attributes.get("href") or "").startswith("javascript:")
            hx_on = [key for key in attributes if key.startswith(("hx-on", "hx-vals", "hx-vars"))]
            assert not hx_on, f"<{tag} {hx_on}> would be evaluated"

    def test_asks_no_other_server(self, name: str) -> None:
        for tag, attributes in Elements(source_of(name)).found:
            for key in ("src", "href", "action", "srcset", "poster", "hx-get", "hx-post"):
                value = attributes.get(key) or ""
                assert not re.match(r"(https?:)?//", value), f"<{tag} {key}={value}>"

    def test_sends_forms_by_post_and_to_somewhere(self, name: str) -> None:
        for tag, attributes in Elements(source_of(name)).found:
            if tag != "form" or attributes.get("method") == "dialog":
                continue
            method = attributes.get("method")
            assert method in ("post", "get"), "a form says its method"
            assert attributes.get("action"), "a form works without scripts"
            if "hx-post" in attributes:
                assert method == "post"
                assert attributes["hx-post"] == attributes["action"]
                assert attributes.get("hx-target"), "htmx is told what to swap"

    def test_gives_every_image_its_words(self, name: str) -> None:
        for tag, attributes in Elements(source_of(name)).found:
            assert tag != "img" or "alt" in attributes

    def test_uses_assets_that_exist(self, name: str) -> None:
        source = source_of(name)
        for path in _ASSET.findall(source):
            assert (asset_folder("static") / path).is_file(), path
        assert 'src="/static' not in source, "use asset(): its address carries the hash"
        assert 'href="/static' not in source, "use asset(): its address carries the hash"

    def test_links_labels_to_fields_that_exist(self, name: str) -> None:
        found = Elements(source_of(name)).found
        ids = {attributes.get("id") for _, attributes in found}
        for tag, attributes in found:
            wanted = attributes.get("for") if tag == "label" else None
            if wanted and "filled" not in wanted:
                assert wanted in ids, wanted

    def test_says_the_type_of_buttons_outside_of_forms(self, name: str) -> None:
        # Inside a form a button without a type sends it, which here is meant.
        depth = 0
        for tag, attributes in Elements(source_of(name)).found:
            depth += tag == "form"
            assert tag != "button" or depth or attributes.get("type"), attributes


@pytest.mark.parametrize("name", [n for n in TEMPLATES if is_fragment(n)])
def test_a_fragment_has_one_root_that_bears_its_name(name: str) -> None:
    roots = Elements(source_of(name)).roots
    area, fragment = name.removesuffix(".html").split("/_")
    assert [root.get("id") for root in roots] == [f"{area}-{fragment}"]


def test_a_page_extends_the_frame() -> None:
    loose = [
        name for name in TEMPLATES
        if not Path(name).name.startswith("_") and name != "base.html"
        and "base.html" not in includes_of(name)
    ]  # fmt: skip
    assert loose == []
