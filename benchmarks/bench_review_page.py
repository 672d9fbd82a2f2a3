"""Tap to next picture on the review page beside a bare page that swaps two pictures.

    python -m benchmarks.bench_review_page [--rounds 5] [--taps 12] [--throttle 4]

In Chromium with the processor throttled as a mid-range tablet's. Aims: at most twice the
bare page's time (median and p95), and no task over 50 ms while a 24-MP picture is zoomed
and panned with two fingers.
"""

import argparse
import shutil
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from benchmarks.made_project import CODE
from benchmarks.review_page.hands import FLAGS, Hands, open_page
from benchmarks.review_page.plant import make_site, serving, serving_bare

PREVIEW = (1280, 960)
LARGE = (6000, 4000)


def p95(values: list[float]) -> float:
    """The value under which 95 % stay."""
    return sorted(values)[min(int(0.95 * len(values)), len(values) - 1)]


def taps(browser: Browser, address: str, session: str, given: argparse.Namespace) -> list[float]:
    """The waits of one round on a fresh page; the first tap warms up."""
    page = open_page(browser, address, session)
    hands = Hands(page)
    hands.throttle(given.throttle)
    found = hands.taps_ms(given.taps + 1)[1:]
    page.context.close()
    return found


def main() -> None:
    """Measure, alternating, and print absolutes and ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--taps", type=int, default=12)
    parser.add_argument("--throttle", type=float, default=4)
    given = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
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
            browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
            bare, ours = [], []
            for _ in range(given.rounds):
                bare.append(taps(browser, f"http://127.0.0.1:{bare_port}/", "", given))
                review = f"http://127.0.0.1:{port}/projects/{CODE}/review"
                ours.append(taps(browser, review, session, given))
            for name, rounds in (("bare page", bare), ("labeler", ours)):
                every = [ms for one_round in rounds for ms in one_round]
                middle_ms = statistics.median(every)
                print(f"{name:10} median {middle_ms:6.1f} ms   p95 {p95(every):6.1f} ms")
            pairs = list(zip(bare, ours, strict=True))
            middle = statistics.median(
                statistics.median(o) / statistics.median(b) for b, o in pairs
            )
            slow = statistics.median(p95(o) / p95(b) for b, o in pairs)
            print(f"tap to next picture, labeler : bare = {middle:.2f} (median), {slow:.2f} (p95)")
            page = open_page(
                browser, f"http://127.0.0.1:{large_port}/projects/{CODE}/review", large_session
            )
            page.wait_for_timeout(1000)
            hands = Hands(page)
            hands.throttle(given.throttle)
            long = hands.pinch_and_pan(40)
            print(f"24 MP, zoom and pan: {len(long)} tasks over 50 ms {[round(ms) for ms in long]}")
            browser.close()


if __name__ == "__main__":
    main()
