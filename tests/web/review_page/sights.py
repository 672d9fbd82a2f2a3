"""Every state that somebody can see of the review page, reached by touches, to be looked at.

`SIGHTS` maps a name to the deeds that lead there from a freshly opened page. With `SIGHTS=folder`
in the environment the tests that visit them leave a picture of each there.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.web.review_page.browser import STORAGE, Finger, pause, ready
from tests.web.review_page.drawing import Hand, Shown, take
from tests.web.review_page.station import Plant

Deed = Callable[[Page, Plant], None]


def tapped(*selectors: str) -> Deed:
    """Touch one after the other, each longer than a bounce after the last."""

    def deed(page: Page, plant: Plant) -> None:
        finger = Finger(page)
        for selector in selectors:
            finger.tap(selector)
            pause(page)

    return deed


def _box(page: Page, plant: Plant) -> None:
    page.tap("[data-type=dent]")
    shown = Shown(page)
    Hand(page).along([shown.at(0.3, 0.3), shown.at(0.5, 0.4), shown.at(0.6, 0.6)])
    pause(page)


def _under_way(page: Page, plant: Plant) -> None:
    page.tap("[data-type=dent]")
    shown, hand = Shown(page), Hand(page)
    hand.down(*shown.at(0.3, 0.3))
    hand.move(*shown.at(0.4, 0.4))
    hand.move(*shown.at(0.6, 0.6))
    expect(page.locator("[data-loupe]")).to_be_visible()


def _polygon(page: Page, plant: Plant) -> None:
    page.tap("[data-type=crack]")
    shown, hand = Shown(page), Hand(page)
    for share in ((0.3, 0.3), (0.6, 0.25), (0.7, 0.5)):
        hand.tap_at(shown.at(*share))
    pause(page)


def _mask(page: Page, plant: Plant) -> None:
    page.tap("[data-type=burr]")
    shown, hand = Shown(page), Hand(page)
    hand.along([shown.at(0.3, 0.3), shown.at(0.5, 0.35), shown.at(0.6, 0.3)])
    pause(page)


def _lasso(page: Page, plant: Plant) -> None:
    page.tap("[data-type=crack]")
    pause(page)
    take(page, "lasso")
    shown, hand = Shown(page), Hand(page)
    hand.down(*shown.at(0.3, 0.3))
    for share in ((0.4, 0.25), (0.55, 0.3), (0.6, 0.5), (0.4, 0.55)):
        hand.move(*shown.at(*share))


def _zoomed(page: Page, plant: Plant) -> None:
    _box(page, plant)
    Hand(page).pinch(Shown(page).at(0.45, 0.45), 100, 300)
    Shown(page)


def _empty(page: Page, plant: Plant) -> None:
    plant.images = 1
    page.tap("[data-act=ok]")
    expect(page.locator("[data-painted=img-2], [data-empty]:visible").first).to_be_visible()
    if page.locator("[data-painted=img-2]").count():
        pause(page)
        page.tap("[data-act=ok]")
    expect(page.locator("[data-empty]")).to_be_visible()
    expect(page.locator("[data-sync]")).to_have_text("All saved")


def _without(address: str, cover: str) -> Deed:
    """The server is away while the pictures on the tablet are judged, until none is left."""

    def deed(page: Page, plant: Plant) -> None:
        page.route(address, lambda route: route.abort() if cover == "trouble" else None)
        for number in range(1, 5):
            ready(page, f"img-{number}")
            page.tap("[data-act=ok]")
        expect(page.locator(f"[data-{cover}]")).to_be_visible()
        pause(page)

    return deed


def _refused(page: Page, plant: Plant) -> None:
    plant.answer_reviews_with = 409
    page.tap("[data-act=ok]")
    ready(page, "img-2")
    expect(page.locator("[data-notice]")).to_be_visible()


def _tray(page: Page, plant: Plant) -> None:
    _refused(page, plant)
    page.tap("[data-act=tray]:visible")
    pause(page)


def _signed_out(page: Page, plant: Plant) -> None:
    plant.answer_reviews_with = 401
    page.tap("[data-act=ok]")
    ready(page, "img-2")
    expect(page.locator("[data-notice]")).to_be_visible()


def _many_marked(page: Page, plant: Plant) -> None:
    for code in ("scratch", "stain", "contamination", "porosity"):
        page.tap(f"[data-type={code}]")
    page.tap("[data-severity='3']")
    page.tap("[data-type=discoloration]")
    page.tap("[data-act=unsure]")
    pause(page)


SIGHTS: dict[str, Deed] = {
    "judging": tapped(),
    "marked": tapped("[data-type=stain]"),
    "many marked": _many_marked,
    "severity asked": tapped("[data-type=porosity]", "[data-act=submit]"),
    "severity given": tapped("[data-type=porosity]", "[data-severity='2']"),
    "unsure": tapped("[data-type=porosity]", "[data-act=unsure]"),
    "whole unsure": tapped("[data-act=all-unsure]"),
    "place asked": tapped("[data-type=dent]", "[data-act=submit]"),
    "box under way": _under_way,
    "box": _box,
    "polygon": _polygon,
    "mask": _mask,
    "lasso under way": _lasso,
    "palette": tapped("[data-type=burr]", "[data-act=tools]"),
    "zoomed": _zoomed,
    "book": tapped("[data-type=scratch]", ".extras [data-act=book]"),
    "golden": tapped("[data-act=golden]"),
    "view": tapped("[data-whole] [data-act=view]"),
    "else": tapped("[data-act=else]"),
    "else noted": tapped("[data-act=else]", "[data-note=foreign_object]"),
    "unusable": tapped("[data-act=unusable]"),
    "menu": tapped("[data-act=menu]"),
    "help": tapped("[data-act=menu]", "[data-dialog=menu] [data-act=help]"),
    "empty": _empty,
    "loading": _without("**/assignments", "loading"),
    "trouble": _without("**/*", "trouble"),
    "refused": _refused,
    "tray": _tray,
    "signed out": _signed_out,
}


EMPTY_STORAGE = """async (storage) => {
  const { transact } = await import(storage);
  for (const name of ["deeds", "ahead"]) {
    await transact([name], "readwrite", async (rows) => {
      for (const row of await rows.all(name)) await rows.delete(name, row.seq ?? row.assignment);
    });
  }
}"""


def visit(page: Page, plant: Plant, names: Iterable[str] = SIGHTS) -> Iterator[str]:
    """Lead one page from sight to sight, each from a fresh start, and give its name."""
    for name in names:
        page.unroute_all()
        page.evaluate(EMPTY_STORAGE, STORAGE)
        plant.begin_anew()
        page.reload()
        ready(page)
        SIGHTS[name](page, plant)
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
