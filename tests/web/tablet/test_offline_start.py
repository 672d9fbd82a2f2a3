"""Under TLS the review page starts without the network, and never as another person.

The server is a real process: `labeler serve --tls` with the plant's own authority.
"""

import base64
import hashlib
import json
import os
import signal
import ssl
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

from tests.running import plain_environment, running
from tests.web.review_page.browser import CHROMIUM, FLAGS, LANDSCAPE, eventually, needs_chromium
from tests.web.tablet.conftest import PINS, Plant, make_plant

pytestmark = needs_chromium
ROOT = Path(__file__).parents[3]
COUNTING = """{
  const persist = navigator.storage?.persist;
  if (persist) navigator.storage.persist = function () {
    localStorage.asked = Number(localStorage.asked ?? 0) + 1;
    return persist.call(this);
  };
}"""
PAGES = "caches.open('labeler-page').then((cache) => cache.keys()).then((all) => all.length)"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def closed_plant(tmp_path: Path) -> Plant:
    made = make_plant(tmp_path, 300)
    made.site.close()
    return made


def labeler(*words: str) -> list[str]:
    return [sys.executable, "-m", "labeler.cli", *words]


def certificate_hash(data: Path) -> str:
    leaf = x509.load_pem_x509_certificate((data / "tls/server.crt").read_bytes())
    spki = leaf.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(hashlib.sha256(spki).digest()).decode()


def sign_in(context: BrowserContext, plant: Plant, address: str, name: str) -> Page:
    """By the page's own form, as somebody at the tablet does."""
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.goto(f"{address}/sign-in")
    page.click(f".tile:has-text('{name}')")
    page.fill("[name=pin]", PINS[name])
    page.click("[data-enter]")
    page.wait_for_selector("[data-painted]")
    page.wait_for_selector("html[data-offline-ready]")
    eventually(lambda: page.evaluate(PAGES) == 1, page)
    return page


def cold_start(context: BrowserContext, address: str) -> Page | None:
    """A new page of a tablet whose server is gone; None where there is no page."""
    page = context.new_page()
    try:
        page.goto(f"{address}/projects/plates/review", wait_until="load", timeout=15_000)
    except Error:  # the browser's own error page
        return None
    return page


def test_the_review_page_starts_without_the_network_for_its_person_only(
    closed_plant: Plant, data: Path
) -> None:
    environment = plain_environment(LABELER_DATA=str(data), PYTHONPATH=str(ROOT))
    told = subprocess.run(
        labeler("tls", "--host", "plant.test", "--json"), cwd=ROOT, env=environment, text=True,
        capture_output=True, check=True,
    )  # fmt: skip
    made = json.loads(told.stdout)
    assert "plant.test" in made["names"]
    hashed = certificate_hash(data)
    server = running(labeler("serve", "--tls", "--port", "0"), folder=ROOT, environment=environment)
    with server as served, sync_playwright() as driver:
        assert served.address.startswith("https://127.0.0.1:")
        trusting = ssl.create_default_context(cafile=made["authority"])
        with httpx.Client(verify=trusting, trust_env=False) as client:
            fetched = client.get(f"{served.address}/plant-ca.crt")
            assert fetched.content == Path(made["authority"]).read_bytes()
            assert client.get(f"{served.address}/sw.js").headers["cache-control"] == "no-cache"
        address = f"https://plant.test:{served.address.rpartition(':')[2]}"
        flags = [*FLAGS, f"--ignore-certificate-errors-spki-list={hashed}"]
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=flags)
        tablets = {
            name: enrolled(browser, closed_plant, address) for name in ("kim", "left", "switched")
        }
        tablets["kim"].add_init_script(COUNTING)
        page = sign_in(tablets["kim"], closed_plant, address, "kim")
        eventually(lambda: page.evaluate("localStorage.asked") == "1", page)
        page.reload()
        page.wait_for_selector("html[data-offline-ready]")
        held = page.evaluate("navigator.storage.persisted()")
        assert page.evaluate("localStorage.asked") == "1", "asked once, not each morning"
        page.goto(f"{address}/device")
        shown = page.locator("[data-check=held] .badge")
        expect(shown).to_have_text("yes" if held else "no")
        page.goto(f"{address}/projects/plates/review")
        page.wait_for_selector("[data-painted]")

        # A tablet without room keeps no page, and shows what the server answers.
        room = tablets["kim"].new_cdp_session(page)
        page.evaluate("caches.delete('labeler-page')")
        room.send("Storage.overrideQuotaForOrigin", {"origin": address, "quotaSize": 1})
        page.reload()
        page.wait_for_selector("[data-painted]")
        assert page.evaluate(PAGES) == 0
        room.send("Storage.overrideQuotaForOrigin", {"origin": address})
        page.reload()
        eventually(lambda: page.evaluate(PAGES) == 1, page)

        page = sign_in(tablets["left"], closed_plant, address, "kim")
        page.evaluate("document.querySelector(\"form[action='/sign-out']\").requestSubmit()")
        page.wait_for_url("**/sign-in")
        eventually(lambda: page.evaluate(PAGES) == 0, page)

        page = sign_in(tablets["switched"], closed_plant, address, "kim")
        page.evaluate("document.querySelector('[data-switch-person]').click()")
        page.wait_for_selector("dialog[data-lock][open] .tile:has-text('lee')")
        eventually(lambda: page.evaluate(PAGES) == 0, page)
        page.click("dialog[data-lock] .tile:has-text('lee')")
        page.fill("dialog[data-lock] [name=pin]", PINS["lee"])
        with page.expect_event("domcontentloaded"):
            page.click("dialog[data-lock] [data-enter]")
        page.wait_for_selector("[data-painted]")
        eventually(lambda: page.evaluate(PAGES) == 1, page)
        # No answer of the API is in any of the worker's caches.
        kept = page.evaluate(
            "caches.keys().then((names) => Promise.all(names.map((name) => caches.open(name)"
            ".then((cache) => cache.keys())))).then((all) => all.flat().map(({url}) => url))"
        )
        assert len(kept) > 40
        assert [url for url in kept if "/api/" in url] == []

        os.killpg(served.process.pid, signal.SIGTERM)
        served.process.wait(20)
        started = cold_start(tablets["kim"], address)
        assert started is not None
        started.wait_for_selector("[data-trouble]:not([hidden]), [data-painted]")
        assert '"name": "kim"' in started.content()
        assert cold_start(tablets["left"], address) is None
        other = cold_start(tablets["switched"], address)
        assert other is not None
        assert '"name": "lee"' in other.content()
        assert "kim" not in other.content()
        browser.close()


def enrolled(browser: Browser, plant: Plant, address: str) -> BrowserContext:
    context = browser.new_context(viewport=LANDSCAPE, has_touch=True)
    name = "__Host-labeler_device"
    context.add_cookies([{"name": name, "value": plant.device, "url": address, "secure": True}])
    return context
