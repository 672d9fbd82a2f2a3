"""How long the review page takes to show its first picture, and what it asks the server for."""

from dataclasses import dataclass

from playwright.sync_api import Browser, Page

from benchmarks.review_page.hands import tablet

WATCH = """addEventListener("DOMContentLoaded", () => {
  const stage = document.querySelector("[data-stage]");
  const look = () => { if (stage.dataset.painted) window.painted_ms ??= performance.now(); };
  new MutationObserver(look).observe(stage, { attributeFilter: ["data-painted"] });
});"""
# What came from the browser's own store has no size on the way.
ASKED = """() => performance.getEntriesByType("resource")
  .filter(({ name, transferSize }) => name.includes("/static/") && transferSize > 0).length"""


@dataclass(frozen=True)
class Load:
    """Requests for static files that reached the server, and the wait for the first picture."""

    requests: int
    painted_ms: float


def visit(page: Page, address: str) -> Load:
    """Open the page, and wait for its picture."""
    page.goto(address)
    page.wait_for_function("() => window.painted_ms")
    return Load(page.evaluate(ASKED), page.evaluate("window.painted_ms"))


def first_and_second_visit(
    browser: Browser, address: str, session: str, *, round_trip_ms: float, rate: float
) -> tuple[Load, Load]:
    """On a new tablet, and once more; over a network with this delay, as slow as `rate` says."""
    context = tablet(browser, address, session)
    context.add_init_script(WATCH)
    page = context.new_page()
    cdp = context.new_cdp_session(page)
    line = {"offline": False, "downloadThroughput": -1, "uploadThroughput": -1}
    cdp.send("Network.enable")
    cdp.send("Network.emulateNetworkConditions", line | {"latency": round_trip_ms})
    cdp.send("Emulation.setCPUThrottlingRate", {"rate": rate})
    found = visit(page, address), visit(page, address)
    context.close()
    return found
