"""Every state that somebody can see of the review page, reached by touches, to be looked at.

Each of `WALKS` begins with a freshly opened page and what is so at the server, and maps the name
of a sight to the deed that leads there from the sight before. With `SIGHTS=folder` in the
environment the tests that visit them leave a picture of each there.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.web.review_page.browser import STORAGE, pause, ready
from tests.web.review_page.drawing import Hand, Shown, take
from tests.web.review_page.station import Plant


@dataclass
class Visitor:
    """Whoever walks from sight to sight, and what they have asked for and not been given."""

    page: Page
    plant: Plant
    hand: Hand
    unanswered: list[Route] = field(default_factory=list)

    def tap(self, *selectors: str) -> None:
        """Touch one after the other; then the last one's acknowledgement is over."""
        for selector in selectors:
            self.page.tap(selector)
        pause(self.page)

    def hold(self, route: Route) -> None:
        self.unanswered.append(route)

    def answer_ok(self, number: int) -> None:
        """The picture of this number has no defect; the next one is there."""
        self.hand.tap("[data-act=ok]")
        ready(self.page, f"img-{number + 1}")

    def open_anew(self, **facts: Any) -> None:
        """Nothing of what was done before is left, on the tablet or at the server."""
        self.page.unroute_all()
        self.page.evaluate(EMPTY_STORAGE, STORAGE)
        self.plant.begin_anew()
        for name, value in facts.items():
            setattr(self.plant, name, value)
        self.page.reload()
        ready(self.page)


Deed = Callable[[Visitor], None]
Walk = tuple[dict[str, Any], dict[str, Deed]]


def tapped(*selectors: str) -> Deed:
    return lambda visitor: visitor.tap(*selectors)


# --- marks and places


def _box_under_way(visitor: Visitor) -> None:
    shown, hand = Shown(visitor.page), visitor.hand
    hand.down(*shown.at(0.3, 0.3))
    hand.move(*shown.at(0.5, 0.4))
    hand.move(*shown.at(0.6, 0.6))
    expect(visitor.page.locator("[data-loupe]")).to_be_visible()


def _box(visitor: Visitor) -> None:
    visitor.hand.up()
    pause(visitor.page)


def _zoomed(visitor: Visitor) -> None:
    visitor.hand.pinch(Shown(visitor.page).at(0.45, 0.45), 100, 300)
    Shown(visitor.page)


def _mask(visitor: Visitor) -> None:
    visitor.page.tap("[data-type=burr]")
    shown = Shown(visitor.page)
    visitor.hand.along([shown.at(0.3, 0.3), shown.at(0.5, 0.35), shown.at(0.6, 0.3)])
    pause(visitor.page)


def _lasso_under_way(visitor: Visitor) -> None:
    visitor.tap("[data-tool=brush]", "[data-type=crack]")
    take(visitor.page, "lasso")
    shown, hand = Shown(visitor.page), visitor.hand
    hand.down(*shown.at(0.2, 0.15))
    for share in ((0.3, 0.1), (0.45, 0.15), (0.5, 0.25), (0.3, 0.25)):
        hand.move(*shown.at(*share))


def _polygon(visitor: Visitor) -> None:
    visitor.hand.up()
    pause(visitor.page)
    take(visitor.page, "polygon")
    shown = Shown(visitor.page)
    for share in ((0.3, 0.4), (0.6, 0.35), (0.7, 0.6)):
        visitor.hand.tap_at(shown.at(*share))
    pause(visitor.page)


def _whole_unsure(visitor: Visitor) -> None:
    visitor.tap("[data-act=else-remove]")  # in whose place the next one comes
    visitor.tap("[data-act=all-unsure]")
    expect(visitor.page.locator("[data-verdict=unsure]")).to_have_count(8)


# --- what the server says, or does not


def _empty(visitor: Visitor) -> None:
    visitor.page.tap("[data-act=ok]")
    expect(visitor.page.locator("[data-empty]")).to_be_visible()
    expect(visitor.page.locator("[data-empty-unsent]")).to_be_hidden()


def _loading(visitor: Visitor) -> None:
    visitor.page.route("**/assignments", visitor.hold)
    visitor.page.tap("[data-empty] [data-act=again]")
    expect(visitor.page.locator("[data-loading]")).to_be_visible()


def _trouble(visitor: Visitor) -> None:
    visitor.page.route("**/*", lambda route: route.abort())
    while visitor.unanswered:
        visitor.unanswered.pop().abort()
    expect(visitor.page.locator("[data-trouble]")).to_be_visible()


def _refused(visitor: Visitor) -> None:
    visitor.answer_ok(1)
    expect(visitor.page.locator("[data-notice-tray]")).to_be_visible()


def _signed_out(visitor: Visitor) -> None:
    visitor.tap("[data-dialog=tray] [data-close]")
    visitor.plant.answer_reviews_with = 401
    visitor.answer_ok(2)
    expect(visitor.page.locator("[data-notice-sign-in]")).to_be_visible()


FULL = """() => {
  IDBObjectStore.prototype.put = () => { throw new DOMException("full", "QuotaExceededError"); };
}"""


def _unstored(visitor: Visitor) -> None:
    visitor.page.evaluate(FULL)
    visitor.page.route("**/api/v1/reviews", lambda route: route.abort())
    visitor.answer_ok(1)
    expect(visitor.page.locator("[data-notice-tray]")).to_be_visible()


def _leaving(visitor: Visitor) -> None:
    visitor.tap("[data-act=menu]")
    visitor.tap("[data-dialog=menu] nav a[href='/']")


def _unstored_more(visitor: Visitor) -> None:
    visitor.tap("[data-dialog=leaving] [data-close]")
    for number in range(2, 6):
        visitor.answer_ok(number)
    visitor.tap("[data-act=ok]")
    expect(visitor.page.locator("[data-dialog=unstored]")).to_be_visible()


EMPTY_STORAGE = """async (storage) => {
  const { transact } = await import(storage);
  for (const [name, key] of [["deeds", "seq"], ["ahead", "assignment"], ["lease", "name"]]) {
    await transact([name], "readwrite", async (rows) => {
      for (const row of await rows.all(name)) await rows.delete(name, row[key]);
    });
  }
}"""

# Every other walk can be led upright without leaving a kind of sight out.
WALKS: tuple[Walk, ...] = (
    ({}, {
        "judging": tapped(),
        "marked": tapped("[data-type=stain]"),
        "severity asked": tapped("[data-type=porosity]", "[data-act=submit]"),
        "severity given": tapped("[data-severity='2']"),
        "unsure": tapped("[data-act=unsure]"),
        "many marked": tapped(
            "[data-type=scratch]", "[data-type=contamination]", "[data-type=discoloration]",
            "[data-act=unsure]",
        ),
    }),
    ({}, {
        "place asked": tapped("[data-type=dent]", "[data-act=submit]"),
        "box under way": _box_under_way,
        "box": _box,
        "zoomed": _zoomed,
    }),
    ({}, {
        "mask": _mask,
        "palette": tapped("[data-act=tools]"),
        "lasso under way": _lasso_under_way,
        "polygon": _polygon,
    }),
    ({}, {
        "view": tapped("[data-whole] [data-act=view]"),
        "unusable": tapped("[data-act=view-close]", "[data-act=unusable]"),
        "else": tapped("[data-dialog=unusable] [data-close]", "[data-act=else]"),
        "else noted": tapped("[data-note=foreign_object]"),
        "whole unsure": _whole_unsure,
    }),
    ({}, {
        "book": tapped("[data-type=scratch]", ".extras [data-act=book]"),
        "golden": tapped("[data-book] [data-act=book]", "[data-act=golden]"),
        "menu": tapped("[data-act=golden]", "[data-act=menu]"),
        "help": tapped("[data-dialog=menu] [data-act=help]"),
    }),
    ({"answer_reviews_with": 409}, {
        "refused": _refused,
        "tray": tapped("[data-act=tray]:visible"),
        "signed out": _signed_out,
    }),
    ({}, {"unstored": _unstored, "leaving": _leaving, "unstored asked": _unstored_more}),
    ({"images": 1}, {"empty": _empty, "loading": _loading, "trouble": _trouble}),
    ({"bits": 16}, {"16-bit window": tapped(".window-toggle")}),
)  # fmt: skip


def visit(page: Page, plant: Plant, walks: Iterable[Walk] = WALKS) -> Iterator[str]:
    """Lead one page from sight to sight, and give the name of each."""
    visitor = Visitor(page, plant, Hand(page))
    for facts, sights in walks:
        visitor.open_anew(**facts)
        for name, deed in sights.items():
            deed(visitor)
            yield name


def apart(one: Any, other: Any) -> float:
    """The gap between two boxes along the axis on which they are further apart."""
    across = max(one["x"], other["x"]) - min(one["x"] + one["width"], other["x"] + other["width"])
    down = max(one["y"], other["y"]) - min(one["y"] + one["height"], other["y"] + other["height"])
    return float(max(across, down))


def keep(page: Page, name: str) -> None:
    """A picture of what is in view, for whoever asked for one."""
    folder = os.environ.get("SIGHTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name.replace(' ', '_')}.png")
