"""Pages of the review station, opened in Chromium against the tiny server."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.web.review_page.browser import CHROMIUM, FLAGS, LANDSCAPE, Opener, ready
from tests.web.review_page.station import Plant, serving


@pytest.fixture(scope="module")
def review_chromium() -> Iterator[Browser]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def plant() -> Plant:
    return Plant()


@pytest.fixture
def station(review_chromium: Browser, plant: Plant) -> Iterator[Opener]:
    """Opens pages; at the end no page may have logged an error or broken the security policy."""
    faults: list[str] = []
    contexts = []

    def hear(message: Any) -> None:
        # A refused answer is logged by the browser itself; the tests that provoke one look at it.
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            faults.append(message.text)

    with serving(plant) as address:
        port = urlsplit(address).port

        def open_page(
            *,
            viewport: Any = LANDSCAPE,
            query: str = "",
            store: dict[str, str] | None = None,
            scale: int = 1,
            script: str = "",
            dark: bool = False,
        ) -> Page:
            context = review_chromium.new_context(
                viewport=viewport,
                has_touch=True,
                device_scale_factor=scale,
                color_scheme="dark" if dark else "light",
            )
            contexts.append(context)
            for key, value in (store or {}).items():
                context.add_init_script(f"localStorage.setItem({key!r}, {value!r})")
            context.add_init_script(script)
            page = context.new_page()
            page.set_default_timeout(10_000)
            page.on("console", hear)
            page.on("pageerror", lambda error: faults.append(str(error)))
            page.goto(f"http://plant.test:{port}/projects/plates/review?{query}")
            ready(page)
            return page

        yield open_page
        for context in contexts:
            context.close()
    assert faults == []
