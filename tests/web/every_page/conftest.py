"""A server with a plant at work, and every page of it seen once per language by each role."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from labeler.flows.site import open_site
from labeler.settings import Settings
from labeler.store import schema
from tests.served import app_of, on_a_port
from tests.web.every_page.small_plant import Plant, make_plant
from tests.web.every_page.walk import (
    COLOURS,
    Sight,
    elsewhere,
    found_by_axe,
    too_wide_upright,
    violations,
    walk,
)
from tests.web.review_page.browser import CHROMIUM, FLAGS


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    folder: Path = tmp_path_factory.mktemp("plant")
    site = open_site(Settings(data=folder / "data"))
    schema.upgrade(site.database)
    yield make_plant(site)
    site.close()


@pytest.fixture(scope="module")
def address(plant: Plant) -> Iterator[str]:
    with on_a_port(app_of(plant.site)) as port:
        yield f"http://plant.test:{port}"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def sights(chromium: Browser, plant: Plant, address: str) -> list[Sight]:
    return list(walk(chromium, plant, address))


@pytest.fixture
def broken(chromium: Browser, address: str) -> list[str]:
    """What is found on a page that was spoiled in six ways."""
    page = chromium.new_page()
    page.goto(f"{address}/sign-in")
    spoil = """document.querySelector("main").insertAdjacentHTML("beforeend",
        `<button></button><p>faint</p><img src="/static/icons/labeler.svg">
         <a href="/a">a</a><a href="/b">b</a><div class="wide">w</div>
         <link rel="preconnect" href="https://elsewhere.example">`);
        document.querySelector("main .wide").style.width = "801px";
        const [faint] = [...document.querySelectorAll("main p")].slice(-1);
        faint.style.color = "#ddd"; faint.style.background = "#fff";
        for (const link of [...document.querySelectorAll("main a")].slice(-2)) {
          link.style.font = "8px sans-serif"; link.style.display = "inline-block";
        }"""
    page.evaluate(spoil)
    found = violations(page, "light") + found_by_axe(page, "dark", COLOURS)
    found += too_wide_upright(page) + elsewhere(page)
    page.close()
    return found
