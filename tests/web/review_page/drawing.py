"""Hands on the picture at any zoom, and where a point of the screen lies in the image."""

from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Page

from tests.web.review_page.browser import LANDSCAPE, PORTRAIT, Finger, eventually, pause
from tests.web.review_page.station import WIDTH_PX

Point = tuple[float, float]


class Shown:
    """The picture as it is on the screen now: measured, not asked of the page's own arithmetic."""

    def __init__(self, page: Page) -> None:
        page.wait_for_selector("[data-stage]:not(.moving)")
        picture = page.locator("[data-picture] img").bounding_box()
        stage = page.locator("[data-stage]").bounding_box()
        assert picture is not None
        assert stage is not None
        self.left, self.top = picture["x"], picture["y"]
        self.scale = picture["width"] / WIDTH_PX
        self.stage = stage

    def image(self, point: Point) -> Point:
        """Pixels of the upright image under a point of the screen."""
        return (point[0] - self.left) / self.scale, (point[1] - self.top) / self.scale

    def screen(self, x_px: float, y_px: float) -> Point:
        return self.left + x_px * self.scale, self.top + y_px * self.scale

    def at(self, across: float, down: float) -> Point:
        """A point of the stage by its shares, in whole CSS pixels as touches have them."""
        box = self.stage
        return round(box["x"] + across * box["width"]), round(box["y"] + down * box["height"])


class Hand(Finger):
    """Fingers and palms, and a pen."""

    def touch(self, kind: str, *contacts: tuple[int, float, float, float]) -> None:
        """`contacts` are (id, x, y, radius), all in CSS px."""
        listed = [
            {"id": number, "x": x, "y": y, "radiusX": radius, "radiusY": radius}
            for number, x, y, radius in contacts
        ]
        self._cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": listed})

    def tap_at(self, point: Point) -> None:
        self.down(*point)
        self.up()

    def along(self, points: list[Point]) -> None:
        self.down(*points[0])
        for point in points[1:]:
            self.move(*point)
        self.up()

    def pinch(self, middle: Point, before: float, after: float, steps: int = 4) -> None:
        """Two fingers side by side, from so far apart to so far apart."""
        x, y = middle

        def pair(span: float) -> tuple[Point, Point]:
            return (x - span / 2, y), (x + span / 2, y)

        self.send("touchStart", pair(before)[0])
        self.send("touchStart", *pair(before))
        for step in range(1, steps + 1):
            self.send("touchMove", *pair(before + (after - before) * step / steps))
        self.send("touchEnd")

    def pen(self, points: list[Point]) -> None:
        kinds = ["mousePressed", *["mouseMoved"] * (len(points) - 1), "mouseReleased"]
        for kind, (x, y) in zip(kinds, [*points, points[-1]], strict=True):
            event: dict[str, Any] = {"type": kind, "x": x, "y": y, "button": "left"}
            event |= {"buttons": 0 if kind == "mouseReleased" else 1, "clickCount": 1}
            self._cdp.send("Input.dispatchMouseEvent", event | {"pointerType": "pen"})


# The stage follows its new size within a frame.
_TURNED = """async (width) => {
    const frame = () => new Promise(requestAnimationFrame);
    while (innerWidth !== width) await frame();
    for (let n = 0; n < 3; n += 1) await frame();
}"""


def turned(page: Page, viewport: Any) -> Shown:
    """The tablet held this way, and where the picture lies then."""
    page.set_viewport_size(viewport)
    page.evaluate(_TURNED, viewport["width"])
    return Shown(page)


def each_way(page: Page) -> Iterator[Shown]:
    """The tablet across, then upright, each time with nothing drawn and nothing marked."""
    yield turned(page, LANDSCAPE)
    while page.locator("[data-act=undo]").is_enabled():
        page.keyboard.press("z")
    pause(page)  # the same controls are tapped again
    yield turned(page, PORTRAIT)


def zoom_of(page: Page) -> float:
    """How much larger than the whole picture, as shown."""
    shown = Shown(page)
    whole = min(shown.stage["width"] / WIDTH_PX, shown.stage["height"] / 1200)
    return shown.scale / whole


def take(page: Page, tool: str) -> None:
    """Choose a tool of the palette by finger."""
    page.tap("[data-act=tools]")
    page.tap(f"[data-tool={tool}]")


def regions(page: Page, plant: Any, number: int = 1) -> dict[str, list[dict[str, Any]]]:
    """Submit, and answer what the server stored, per defect type."""
    page.tap("[data-act=submit]")
    eventually(lambda: len(plant.reviews) == number, page)
    return {each["defect_type"]: each["regions"] for each in plant.reviews[-1]["judgements"]}
