"""What a hand does to a page in Chromium, and how long the page takes to follow."""

import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page

FLAGS = ["--no-sandbox", "--disable-background-networking", "--no-first-run", "--disable-sync"]
LONG_MS = 50
REST_MS = 600  # before a tap: nobody answers faster
SETTLED_MS = 300
TIMEOUT_S = 15
MIDDLE = """(selector) => {
  const { x, y, width, height } = document.querySelector(selector).getBoundingClientRect();
  return [x + width / 2, y + height / 2];
}"""
TRACED = ["devtools.timeline", "disabled-by-default-devtools.timeline"]
# Whole taps, from the finger's lifting, however late the page hears of it, to the frame that shows
# the next picture, by the browser's own word: a page that counts two frames knows nothing of what
# is decoded and rastered beside its thread.
WATCH_TAPS = """() => {
  window.taps_ms = [];
  let lifted_ms = null;
  addEventListener("pointerup", ({ timeStamp }) => { lifted_ms = timeStamp; }, true);
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) {
        if (node.localName === "img") node.setAttribute("elementtiming", "picture");
      }
    }
  }).observe(document.querySelector("[data-stage]"), { childList: true, subtree: true });
  new PerformanceObserver((shown) => {
    for (const { renderTime } of shown.getEntries()) {
      if (lifted_ms === null) continue;
      window.taps_ms.push(renderTime - lifted_ms);
      lifted_ms = null;
    }
  }).observe({ type: "element" });
}"""


@dataclass(frozen=True)
class Task:
    """One task of the page's thread.

    `wall_ms` is by the clock, with all the time that other programs had the core; `own_ms` is what
    the thread itself computed, its throttling included.
    """

    wall_ms: float
    own_ms: float


@dataclass
class Hands:
    """A page under a finger, its processor as many times slower as `rate` while it is used."""

    page: Page
    rate: float

    def __post_init__(self) -> None:
        self._cdp = self.page.context.new_cdp_session(self.page)
        self._taps = 0
        self.page.evaluate(WATCH_TAPS)

    def throttle(self, rate: float) -> None:
        """Make the page's processor so many times slower."""
        self._cdp.send("Emulation.setCPUThrottlingRate", {"rate": rate})

    def send(self, kind: str, *points: tuple[float, float]) -> None:
        """One touch event."""
        touched = [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(points)]
        self._cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touched})

    def tap(self, selector: str) -> None:
        """A finger on the middle of a control."""
        self.send("touchStart", self.middle(selector))
        self.send("touchEnd")

    def middle(self, selector: str) -> tuple[float, float]:
        """Where the middle of an element is on the page."""
        x, y = self.page.evaluate(MIDDLE, selector)
        return x, y

    def tap_ms(self) -> float:
        """Tap OK, and wait until the next picture has been shown."""
        self.throttle(self.rate)
        wait_until(self.page, "() => document.querySelector('[data-act=ok]:enabled')")
        self.page.wait_for_timeout(REST_MS)
        self.tap("[data-act=ok]")
        self._taps += 1
        self.page.wait_for_timeout(SETTLED_MS)  # asking the page meanwhile would slow it down
        wait_until(self.page, "(n) => window.taps_ms.length === n", self._taps)
        self.throttle(1)  # a throttled page keeps a core busy even at rest
        return float(self.page.evaluate("window.taps_ms.at(-1)"))

    def pinch_and_pan(self, browser: Browser, steps: int) -> list[Task]:
        """Zoom in with two fingers, pan, zoom out; the tasks of the page's thread meanwhile."""
        x, y = self.middle("[data-stage]")
        self.throttle(self.rate)
        self.page.wait_for_timeout(REST_MS)
        browser.start_tracing(page=self.page, categories=TRACED)
        for spread, back in ((30.0, 260.0), (260.0, 30.0)):
            self.send("touchStart", (x - spread, y), (x + spread, y))
            for step in range(steps):
                now = spread + (back - spread) * (step + 1) / steps
                self.send("touchMove", (x - now, y), (x + now, y))
            for step in range(steps):
                drift = 150.0 * (step + 1) / steps
                self.send("touchMove", (x - back + drift, y), (x + back + drift, y))
            self.send("touchEnd")
            self.page.wait_for_timeout(REST_MS)
        traced = browser.stop_tracing()
        self.throttle(1)
        return tasks_of(json.loads(traced)["traceEvents"])


def tasks_of(events: list[dict[str, Any]]) -> list[Task]:
    """Every task of the thread that heard the fingers."""
    heard = next(
        (e["pid"], e["tid"])
        for e in events
        if e["name"] == "EventDispatch" and e["args"]["data"]["type"] == "pointermove"
    )
    return [
        Task(e["dur"] / 1000, e.get("tdur", 0) / 1000)
        for e in events
        if e["name"] == "RunTask" and e["ph"] == "X" and (e["pid"], e["tid"]) == heard
    ]


def tablet(browser: Browser, address: str, session: str = "") -> BrowserContext:
    """A tablet of its own, with nothing in its store; the session is for the address's site."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 800}, has_touch=True, device_scale_factor=2
    )
    if session:
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(address))
        context.add_cookies([{"name": "labeler_session", "value": session, "url": origin}])
    return context


def open_page(browser: Browser, address: str, session: str = "") -> Page:
    """A tablet's page at an address."""
    page = tablet(browser, address, session).new_page()
    page.set_default_timeout(TIMEOUT_S * 1000)
    page.goto(address)
    wait_until(page, "() => document.querySelector('[data-painted]')")
    return page


def wait_until(page: Page, holds: str, given: object = None) -> None:
    """Return when a function of the page's is true of `given`; raises `TimeoutError` after 15 s.

    Playwright's own waiting and locating put listeners for every touch into the page, which would
    be counted as the page's work.
    """
    end_s = time.monotonic() + TIMEOUT_S
    while not page.evaluate(f"(given) => Boolean(({holds})(given))", given):
        if time.monotonic() > end_s:
            raise TimeoutError(holds)
        page.wait_for_timeout(20)
