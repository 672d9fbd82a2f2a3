"""Chromium on the review page: plain http under a name, as a tablet on a plant's network has it."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from labeler.web.static_files import asset
from tests.web.review_page.station import HEIGHT_PX, WIDTH_PX

# The shell is the same browser without its own windows: a page costs a third less to open.
_PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser")
CHROMIUM = next(filter(None, map(shutil.which, _PROGRAMS)), "")
# In Chromium itself each new context opens a window with an address bar that nobody sees, and loads
# two pages for its suggestions: nearly half of what opening a page of ours costs. Only the last
# list of this kind is heeded, so what Playwright switches off stands here again.
_WITHOUT = (
    "WebUIOmniboxPopup", "WebUIOmniboxAimPopup",
    "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding",
    "ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints",
    "NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch",
)  # fmt: skip
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
    "--disable-component-update", "--no-first-run",
    "--host-resolver-rules=MAP plant.test 127.0.0.1",
    f"--disable-features={','.join(_WITHOUT)}",
]  # fmt: skip
LANDSCAPE = {"width": 1280, "height": 800}
PORTRAIT = {"width": 800, "height": 1280}
STATIC = Path(__file__).parents[3] / "static"
STORAGE = asset("js/review/storage.js")

needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="needs Chromium")

Opener = Callable[..., Page]


def ready(page: Page, image: str = "img-1") -> None:
    """Wait until the image is painted and answers count."""
    page.wait_for_selector(f"[data-painted={image}]")
    page.wait_for_timeout(400)


def eventually(holds: Callable[[], bool], page: Page, within_s: float = 8) -> None:
    end = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end, "it never came true"
        page.wait_for_timeout(30)


class Finger:
    """Real touches, through the browser's own input."""

    def __init__(self, page: Page) -> None:
        self._cdp = page.context.new_cdp_session(page)
        self._page = page

    def send(self, kind: str, *points: tuple[float, float], at_s: float | None = None) -> None:
        """Touches at the given points of the page, as of now or of `at_s`, seconds since 1970."""
        listed = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        event: dict[str, object] = {"type": kind, "touchPoints": listed}
        if at_s is not None:
            event["timestamp"] = at_s
        self._cdp.send("Input.dispatchTouchEvent", event)

    def dated(self, page_ms: float) -> float:
        """`at_s` for a time on the page's clock.

        A touch tells how far apart the two are: a machine's clock may be set after the browser
        has begun to reckon by it.
        """
        self._page.evaluate(
            "addEventListener('pointerdown', (event) => { window.heard_ms = event.timeStamp; },"
            " { capture: true, once: true })"
        )
        at_s = time.time()
        self.send("touchStart", (1, 1), at_s=at_s)
        self.send("touchCancel")
        heard_ms = self._page.evaluate("heard_ms")
        return at_s + (page_ms - heard_ms) / 1000

    def down(self, x: float, y: float, at_s: float | None = None) -> None:
        self.send("touchStart", (x, y), at_s=at_s)

    def move(self, x: float, y: float) -> None:
        self.send("touchMove", (x, y))

    def up(self) -> None:
        self.send("touchEnd")

    def tap(self, selector: str) -> None:
        self.down(*self.middle(selector))
        self.up()

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self.down(*start)
        for share in (0.3, 0.6, 1):
            self.move(
                start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share
            )
        self.up()

    def middle(self, selector: str) -> tuple[float, float]:
        box = self._page.locator(selector).bounding_box()
        assert box is not None
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def on_screen(page: Page, x_px: float, y_px: float) -> tuple[float, float]:
    """Where a pixel of the upright image is shown: contained and centred in the stage."""
    stage = page.locator("[data-stage]").bounding_box()
    assert stage is not None
    scale = min(stage["width"] / WIDTH_PX, stage["height"] / HEIGHT_PX)
    left = stage["x"] + (stage["width"] - WIDTH_PX * scale) / 2
    top = stage["y"] + (stage["height"] - HEIGHT_PX * scale) / 2
    return left + x_px * scale, top + y_px * scale


def pause(page: Page) -> None:
    """Longer than a bounce."""
    page.wait_for_timeout(380)
