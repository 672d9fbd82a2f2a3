"""The review page on a slow tablet, beside a bare page under the same hands.

    python -m benchmarks.bench_review_page [--rounds 5] [--taps 12] [--throttle 4] [--trip-ms 20]

In Chromium with the processor throttled as a mid-range tablet's; the two pages alternate, tap by
tap. Aims: the next picture is painted in at most twice the bare page's time (median and p95); no
task over 50 ms while a 24-MP picture is zoomed and panned with two fingers; a second visit asks for
no static file.
"""

import argparse
import statistics
import tempfile
from collections.abc import Iterable
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from benchmarks.made_project import CODE
from benchmarks.review_page.hands import FLAGS, LONG_MS, Hands, Task, open_page
from benchmarks.review_page.loading import Load, first_and_second_visit
from benchmarks.review_page.plant import make_site, serving, serving_bare
from tests.web.review_page.browser import CHROMIUM

PREVIEW = (1280, 960)
LARGE = (6000, 4000)


def p95(values: list[float]) -> float:
    """The value under which 95 % stay."""
    return sorted(values)[min(int(0.95 * len(values)), len(values) - 1)]


def taps(browser: Browser, pages: list[tuple[str, str]], given: argparse.Namespace) -> None:
    """Tap on both pages by turns; each round on fresh pages, whose first tap warms up."""
    rounds: list[tuple[list[float], list[float]]] = []
    for _ in range(given.rounds):
        hands = [Hands(open_page(browser, *page), given.throttle) for page in pages]
        found: tuple[list[float], list[float]] = ([], [])
        for number in range(given.taps + 1):
            for hand, waits in zip(hands, found, strict=True):
                waits.extend([hand.tap_ms()][: min(number, 1)])
        for hand in hands:
            hand.page.context.close()
        rounds.append(found)
    print(f"tap to next picture, {given.rounds} rounds of {given.taps} taps by turns")
    bare, ours = ([ms for one in rounds for ms in one[side]] for side in (0, 1))
    for name, every in (("bare page", bare), ("labeler", ours)):
        print(f"  {name:10} median {statistics.median(every):6.1f} ms   p95 {p95(every):6.1f} ms")
    middle = statistics.median(ours) / statistics.median(bare)
    per_round = sorted(statistics.median(o) / statistics.median(b) for b, o in rounds)
    spread = f"{per_round[0]:.2f} to {per_round[-1]:.2f} between rounds"
    print(f"  ratio      median {middle:.2f} ({spread})   p95 {p95(ours) / p95(bare):.2f}")


def zooming(browser: Browser, pages: list[tuple[str, str]], given: argparse.Namespace) -> None:
    """Zoom and pan on both pages by turns, each time on a fresh page."""
    print(f"24 MP, zoom and pan, {given.rounds} rounds by turns: tasks over {LONG_MS} ms per round")
    found: tuple[list[list[Task]], list[list[Task]]] = ([], [])
    for _ in range(given.rounds):
        for page, rounds in zip(pages, found, strict=True):
            hands = Hands(open_page(browser, *page), given.throttle)
            hands.page.wait_for_timeout(1000)
            rounds.append(hands.pinch_and_pan(browser, 40))
            hands.page.context.close()
    for name, rounds in zip(("bare page", "labeler"), found, strict=True):
        clock = [sum(task.wall_ms > LONG_MS for task in tasks) for tasks in rounds]
        own = [sum(task.own_ms > LONG_MS for task in tasks) for tasks in rounds]
        longest = max(task.own_ms for tasks in rounds for task in tasks)
        said = f"by its own computing {own}, longest {longest:.0f} ms"
        print(f"  {name:10} {said}; by the clock {clock}")


def loading(browser: Browser, page: tuple[str, str], given: argparse.Namespace) -> None:
    """First and second visit, each round on a new tablet."""
    visits = [
        first_and_second_visit(browser, *page, round_trip_ms=given.trip_ms, rate=given.throttle)
        for _ in range(given.rounds)
    ]
    print(f"to the first picture, {given.trip_ms:.0f} ms a round trip, {given.rounds} rounds")
    for name, loads in zip(("first visit", "second"), zip(*visits, strict=True), strict=True):
        print(f"  {name:11} {summary(loads)}")


def summary(loads: Iterable[Load]) -> str:
    """Requests and waits in words."""
    every = list(loads)
    asked = sorted({load.requests for load in every})
    waits = [load.painted_ms for load in every]
    return f"static files asked for {asked}   median {statistics.median(waits):6.0f} ms"


def main() -> None:
    """Measure, alternating, and print absolutes and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--taps", type=int, default=12)
    parser.add_argument("--throttle", type=float, default=4)
    parser.add_argument("--trip-ms", type=float, default=20)
    parser.add_argument("--only", choices=("taps", "zooming", "loading"))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        small = [(1600, 1200)] * (given.rounds * (given.taps + 1) + 4)
        site, session = make_site(Path(one), small)
        large_site, large_session = make_site(Path(two), [LARGE] * 2)
        with (
            sync_playwright() as driver,
            serving(site) as port,
            serving(large_site) as large_port,
            serving_bare(PREVIEW) as bare_port,
        ):
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            bare = (f"http://127.0.0.1:{bare_port}/", "")
            review = (f"http://127.0.0.1:{port}/projects/{CODE}/review", session)
            large = (f"http://127.0.0.1:{large_port}/projects/{CODE}/review", large_session)
            if given.only in (None, "taps"):
                taps(browser, [bare, review], given)
            if given.only in (None, "zooming"):
                zooming(browser, [bare, large], given)
            if given.only in (None, "loading"):
                loading(browser, large, given)
            browser.close()


if __name__ == "__main__":
    main()
