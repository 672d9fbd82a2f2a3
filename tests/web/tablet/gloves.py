"""What stands over the page for gloves: sizes, gaps and words against the design's table."""

from typing import Any

from playwright.sync_api import Page

from tests.web.every_page.walk import THEMES, violations
from tests.web.review_page.contrast import faint, lines_of
from tests.web.review_page.sights import apart, keep

CONTROL_PX, PRIMARY_PX, GAP_PX, DESTRUCTIVE_PX = 96, 128, 20, 64
BODY_PX, LABEL_PX, BOLD = 18, 20, 700

_CONTROLS = """(selector) => [...document.querySelectorAll(`${selector} :is(button, a, input)`)]
    .filter((node) => node.checkVisibility())
    .map((node) => {
      const { x, y, width, height } = node.getBoundingClientRect();
      return {
        name: node.textContent.trim() || node.className, x, y, width, height,
        primary: node.matches(".primary, .tile, .keypad *"), danger: node.matches(".danger"),
        cut: node.scrollWidth > node.clientWidth + 1 || node.scrollHeight > node.clientHeight + 1,
      };
    })"""
_WORDS = """(selector) => [...document.querySelectorAll(`${selector} :not(.visually-hidden)`)]
    .filter((node) => node.checkVisibility() && [...node.childNodes].some(
      (inner) => inner instanceof Text && inner.data.trim()))
    .map((node) => {
      const { fontSize, fontWeight } = getComputedStyle(node);
      return {
        words: node.textContent.trim(), size: parseFloat(fontSize), weight: Number(fontWeight),
        label: Boolean(node.closest("button, a, label, h1, h2")),
      };
    })"""


def _box_faults(controls: list[Any], view: Any) -> list[str]:
    wrong = []
    for number, one in enumerate(controls):
        least = PRIMARY_PX if one["primary"] else CONTROL_PX
        inside = (
            one["x"] >= 0 and one["x"] + one["width"] <= view["width"]
            and one["y"] >= 0 and one["y"] + one["height"] <= view["height"]
        )  # fmt: skip
        if min(one["width"], one["height"]) < least - 0.01 or one["cut"] or not inside:
            wrong.append(f"{one} in {view}")
        for other in controls[number + 1 :]:
            dangerous = one["danger"] or other["danger"]
            sends = one["primary"] or other["primary"]
            far = DESTRUCTIVE_PX if dangerous and sends else GAP_PX
            if apart(one, other) < far - 0.1:
                wrong.append(f"{one['name']} and {other['name']}: {apart(one, other):.1f} px")
    return wrong


def _word_faults(words: list[Any]) -> list[str]:
    return [
        str(one)
        for one in words
        if one["size"] < (LABEL_PX if one["label"] else BODY_PX)
        or (one["label"] and one["weight"] < BOLD)
    ]


def misfits(page: Page, dialog: str) -> list[str]:
    """Controls and words of an open dialog that are not as the table has them."""
    controls, words = (page.evaluate(script, dialog) for script in (_CONTROLS, _WORDS))
    assert controls
    assert words
    return _box_faults(controls, page.viewport_size) + _word_faults(words)


def faults_in_both_themes(page: Page, *, seen: str) -> list[str]:
    """What axe finds, and what is hard to read on the screen."""
    wrong = []
    before = page.get_attribute("html", "data-theme")
    for theme in THEMES:
        wrong += violations(page, theme)
        wrong += [f"{theme} {line}" for line in faint(lines_of(page))]
        keep(page, f"{theme} {seen}")
    page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", before)
    return wrong
