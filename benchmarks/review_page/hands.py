"""What a hand does to a page in Chromium, and how long the page takes to follow."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

FLAGS = ["--no-sandbox", "--disable-background-networking", "--no-first-run", "--disable-sync"]
SETTLED_MS = 300
# Whole taps, from the lifted finger to the frame in which the next picture has been painted.
WATCH_TAPS = """() => {
  const stage = document.querySelector("[data-stage]");
  window.taps_ms = [];
  let lifted_ms = null;
  addEventListener("pointerup", () => { lifted_ms = performance.now(); }, true);
  new MutationObserver(() => {
    if (lifted_ms === null || !stage.dataset.painted) return;
    window.taps_ms.push(performance.now() - lifted_ms);
    lifted_ms = null;
  }).observe(stage, { attributes: true, attributeFilter: ["data-painted"] });
}"""
WATCH_TASKS = """() => {
  window.tasks_ms = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.tasks_ms.push(entry.duration);
  }).observe({ type: "longtask", buffered: false });
}"""


@dataclass
class Hands:
    """A throttled page under a finger."""

    page: Page

    def __post_init__(self) -> None:
        self._cdp = self.page.context.new_cdp_session(self.page)

    def throttle(self, rate: float) -> None:
        """Make the page's processor so many times slower."""
        self._cdp.send("Emulation.setCPUThrottlingRate", {"rate": rate})

    def send(self, kind: str, *points: tuple[float, float]) -> None:
        """One touch event."""
        touched = [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(points)]
        self._cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touched})

    def tap(self, selector: str) -> None:
        """A finger on the middle of a control."""
        box = self.page.locator(selector).bounding_box()
        assert box is not None
        self.send("touchStart", (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2))
        self.send("touchEnd")

    def taps_ms(self, count: int) -> list[float]:
        """Tap OK `count` times, each when its picture has been seen."""
        self.page.evaluate(WATCH_TAPS)
        for number in range(count):
            self.page.wait_for_selector("[data-act=ok]:enabled")
            self.page.wait_for_timeout(600)
            self.tap("[data-act=ok]")
            self.page.wait_for_timeout(SETTLED_MS)  # asking the page meanwhile would slow it down
            self.page.wait_for_function("(n) => window.taps_ms.length === n", arg=number + 1)
        return [float(ms) for ms in self.page.evaluate("window.taps_ms")]

    def pinch_and_pan(self, steps: int) -> list[float]:
        """Zoom in with two fingers, pan, zoom out; the tasks over 50 ms, in ms."""
        stage = self.page.locator("[data-stage]").bounding_box()
        assert stage is not None
        x, y = stage["x"] + stage["width"] / 2, stage["y"] + stage["height"] / 2
        self.page.evaluate(WATCH_TASKS)
        for spread, back in ((30.0, 260.0), (260.0, 30.0)):
            self.send("touchStart", (x - spread, y), (x + spread, y))
            for step in range(steps):
                now = spread + (back - spread) * (step + 1) / steps
                self.send("touchMove", (x - now, y), (x + now, y))
            for step in range(steps):
                drift = 150.0 * (step + 1) / steps
                self.send("touchMove", (x - back + drift, y), (x + back + drift, y))
            self.send("touchEnd")
            self.page.wait_for_timeout(400)
        return [float(ms) for ms in self.page.evaluate("window.tasks_ms")]


def open_page(browser: Browser, address: str, session: str = "") -> Page:
    """A tablet's page at an address."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 800}, has_touch=True, device_scale_factor=2
    )
    if session:
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(address))
        context.add_cookies([{"name": "labeler_session", "value": session, "url": origin}])
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.goto(address)
    page.wait_for_selector("[data-painted]")
    return page
