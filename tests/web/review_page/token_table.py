"""The token table of the review station: what every control and every text has to measure."""

from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Page

from labeler.web.static_files import asset
from tests.web.review_page.sights import apart

TOKENS = {"glove": (96, 128, 20), "desk": (32, 44, 8)}  # control, primary, gap in px
LEAST_TEXT = {
    "glove": {"body": 18, "label": 20, "key": 28},
    "desk": dict.fromkeys(("body", "label", "key"), 14),
}
MOST_AT_THE_DESK = 16
BOLD = 700

BOXES = """(root) => [...document.querySelectorAll(`${root} :is(button, a, input)`)]
    .filter((node) => node.checkVisibility() && !node.closest("[inert]") && node.type !== "hidden")
    .map((node) => { const { x, y, width, height } = node.getBoundingClientRect();
                     const wide = node.scrollWidth > node.clientWidth + 1;
                     const high = node.scrollHeight > node.clientHeight + 1;
                     return { name: node.textContent.trim(), act: node.dataset.act,
                              mode: node.closest("[data-mode]").dataset.mode,
                              primary: node.matches("[data-act=ok], [data-act=submit], .primary"),
                              over: node.closest(".stage") !== null,
                              scrolls: node.closest("dialog") !== null,
                              x, y, width, height, cut: wide || high }; })"""
DIALOGS = f"""(names) => Object.fromEntries(names.map((name) => {{
    const dialog = document.querySelector(`[data-dialog=${{name}}]`);
    dialog.showModal();
    const boxes = ({BOXES})(`[data-dialog=${{name}}]`);
    dialog.close();
    return [name, boxes];
}}))"""
# Also of what is hidden now.
TEXTS = """() => {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const owner = node.parentElement;
      const words = node.textContent.trim();
      if (!words || owner.closest("script, svg, .visually-hidden, .skip-link")) continue;
      const { fontSize, fontWeight } = getComputedStyle(owner);
      const kind = owner.closest("[data-progress]") ? "key"
                 : owner.closest("h1, h2, h3, .stage-title") ? "title"
                 : owner.closest(".type-name, .answer .button, .detail-lead") ? "label" : "body";
      const { mode } = owner.closest("[data-mode]").dataset;
      found.push({ mode, kind, size: parseFloat(fontSize), weight: Number(fontWeight), words });
    }
    return found;
}"""
CHOOSE = "async ([choice, mode]) => (await import(choice)).choose('mode', mode)"


def each_mode(page: Page) -> Iterator[str]:
    """The station at the desk, then with gloves."""
    for mode in ("desk", "glove"):
        page.evaluate(CHOOSE, [asset("js/station_choice.js"), mode])
        yield mode


def measured(page: Page, root: str = ".review") -> list[Any]:
    """Every control in view below `root`: its box in CSS px, and what it is."""
    found: list[Any] = page.evaluate(BOXES, root)
    return found


def check_controls(page: Page, controls: list[Any]) -> None:
    """Each as large as its mode asks, inside the screen, none cut, and none too near another."""
    size = page.viewport_size
    assert size is not None
    for control in controls:
        least, primary, _gap = TOKENS[control["mode"]]
        assert control["width"] >= least - 0.01, control
        assert control["height"] >= (primary if control["primary"] else least) - 0.01, control
        assert not control["cut"], control
        assert 0 <= control["x"] <= size["width"] - control["width"], control
        if not control["scrolls"]:
            assert 0 <= control["y"] <= size["height"] - control["height"], control
    check_gaps(controls)


def check_gaps(controls: list[Any]) -> None:
    """None too near another."""
    for index, one in enumerate(controls):
        gap = TOKENS[one["mode"]][2]
        for other in controls[index + 1 :]:
            assert apart(one, other) >= gap - 0.1, (one, other)


def check_text(page: Page) -> None:
    """Each line, in view or not, as large and as bold as its mode asks."""
    texts = page.evaluate(TEXTS)
    assert {each["kind"] for each in texts} == {"key", "title", "label", "body"}
    for each in texts:
        if each["kind"] == "title":
            continue
        assert each["size"] >= LEAST_TEXT[each["mode"]][each["kind"]], each
        assert each["mode"] == "glove" or each["size"] <= MOST_AT_THE_DESK, each
        assert each["kind"] != "label" or each["weight"] >= BOLD, each
