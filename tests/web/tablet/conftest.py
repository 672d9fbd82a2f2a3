"""An enrolled tablet in Chromium against the real application, over plain http under a name."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from labeler.core.people import Principal
from labeler.core.terms import Role
from labeler.flows import badges, people, projects, stations
from labeler.flows.ingest import ingest
from labeler.flows.sign_in import with_pin
from labeler.flows.site import Site, open_site
from labeler.settings import Settings
from labeler.store import schema
from labeler.store.intake import IntakeLimits, walk
from tests.cast import PASSWORD, STANDARD, person
from tests.served import app_of, on_a_port
from tests.web.conftest import save_picture
from tests.web.review_page.browser import CHROMIUM, FLAGS, LANDSCAPE, Finger

PINS = {"kim": "2580", "lee": "719305"}
BADGES = {"kim": "04a2197f3c", "lee": "1002003004"}
IDLE_S = 60
# A page's wall clock that a test can turn.
TURNABLE = """{
  const real = Date.now.bind(Date);
  window.turned_ms = 0;
  Date.now = () => real() + window.turned_ms;
}"""
# The shell makes a click of a long press all the same.
NO_CLICK = """addEventListener("click", (event) => {
  if (event.detail === 0) return;  // a keyboard's
  event.preventDefault();
  event.stopImmediatePropagation();
}, { capture: true })"""


@dataclass
class Plant:
    """A running installation with two reviewers, a lead and an enrolled tablet."""

    site: Site
    device: str
    ids: dict[str, str]
    lead: Principal
    address: str = ""


def make_plant(folder: Path, idle_lock_s: int) -> Plant:
    site = open_site(Settings(data=folder / "data", idle_lock_s=idle_lock_s))
    schema.upgrade(site.database)
    admin = person(site, "admin", Role.ADMIN, password=PASSWORD)
    lead = person(site, "lea", Role.LEAD, password=PASSWORD)
    projects.create_project(site, "plates", STANDARD, name="Plates", by=lead)
    ids = {"lea": lead.user_id}
    for name, pin in PINS.items():
        ids[name] = person(site, name, Role.REVIEWER, pin=pin).user_id
        people.add_member(site, "plates", name, admin)
        badges.set_badge(site, name, BADGES[name])
    pictures = [save_picture(folder / f"{number}.png", number) for number in range(6)]
    ingest(site, lead, "plates", walk(pictures, IntakeLimits()))
    announced = stations.add_station(site, "Line 1", "plates", lead)
    return Plant(site, stations.enrol(site, announced.code or ""), ids, lead)


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    made = make_plant(tmp_path_factory.mktemp("plant"), IDLE_S)
    with closing(made.site), on_a_port(app_of(made.site)) as port:
        made.address = f"http://plant.test:{port}"
        yield made


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class Tablet:
    """One tablet: a browser context that holds the device's cookie, and a page."""

    def __init__(self, context: BrowserContext, plant: Plant, faults: list[str]) -> None:
        self.context = context
        self.plant = plant
        self.faults = faults
        self.page = self.another_page()
        self.finger = Finger(self.page)

    def another_page(self) -> Page:
        page = self.context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self._hear)
        return page

    def _hear(self, message: Any) -> None:
        expected = ("Failed to load resource", "Cross-Origin-Opener-Policy")
        if message.type == "error" and not any(part in message.text for part in expected):
            self.faults.append(message.text)

    def goto(self, path: str) -> None:
        self.page.goto(self.plant.address + path)

    def sign_in(self, name: str) -> None:
        """Signed in with the PIN, the review page open and the first picture painted."""
        value = with_pin(self.plant.site, self.plant.device, self.plant.ids[name], PINS[name])
        self.context.add_cookies(
            [{"name": "labeler_session", "value": value, "domain": "plant.test", "path": "/"}]
        )
        self.goto("/projects/plates/review")
        self.ready()

    def keys_fit_gloves(self) -> None:
        """All keys of the pad that is shown are 20 mm in both directions, and in view."""
        self.page.wait_for_selector("[data-digit='0']:visible")
        keys = self.page.locator(".keypad .button:visible")
        boxes = [keys.nth(number).bounding_box() for number in range(keys.count())]
        assert len(boxes) == 12
        assert all(box and box["width"] >= 128 and box["height"] >= 128 for box in boxes)
        size = self.page.viewport_size
        assert size
        assert all(
            box and box["y"] >= 0 and box["y"] + box["height"] <= size["height"] for box in boxes
        )

    def type_pin(self, pin: str) -> None:
        self.page.wait_for_selector("[data-digit='0']:visible")
        for digit in pin:
            self.finger.tap(f"[data-digit='{digit}']:visible")
        self.finger.tap("[data-enter]:visible")

    def rest_on(self, selector: str) -> None:
        """A heavy glove: tablets take it for a long press and make no click of it."""
        self.page.evaluate(NO_CLICK)
        self.finger.down(*self.finger.middle(selector))
        self.page.wait_for_timeout(900)
        self.finger.up()

    def ready(self) -> None:
        self.page.wait_for_selector("[data-painted]")

    def scan(self, badge: str, *, gap_ms: int = 5) -> None:
        """What a keyboard wedge does: keys a few milliseconds apart, then Enter."""
        self.strike((*badge, "Enter"), gap_ms)

    def strike(self, letters: Iterable[str], gap_ms: int) -> None:
        """One key after the other, so far apart by the browser's own clock of events."""
        keys = self.context.new_cdp_session(self.page)
        start_s = time.time()
        for number, letter in enumerate(letters):
            code, text = _key(letter)
            told = {
                "key": letter, "code": code, "timestamp": start_s + number * gap_ms / 1000,
                "windowsVirtualKeyCode": ord(text.upper()),
            }  # fmt: skip
            keys.send("Input.dispatchKeyEvent", {"type": "keyDown", "text": text, **told})
            keys.send("Input.dispatchKeyEvent", {"type": "keyUp", **told})

    def turn(self, seconds: float, page: Page | None = None) -> None:
        """Let the page's wall clock be so much further on."""
        (page or self.page).evaluate(f"() => {{ window.turned_ms += {seconds * 1000}; }}")

    def locked(self) -> None:
        self.page.wait_for_selector("dialog[data-lock][open]")

    def unlocked(self) -> None:
        self.page.wait_for_selector("dialog[data-lock]:not([open])", state="attached")
        self.page.wait_for_selector("html:not([data-locked])")

    def signed_in_as(self) -> str | None:
        found = self.page.evaluate("fetch('/api/v1/station').then((answer) => answer.json())")
        return found["person"] and found["person"]["name"]


def _key(letter: str) -> tuple[str, str]:
    """The key's place, and what it types."""
    if letter == "Enter":
        return "Enter", "\r"
    return (f"Digit{letter}" if letter.isdigit() else f"Key{letter.upper()}"), letter


Opener = Callable[..., Tablet]


@pytest.fixture
def tablet(chromium: Browser, plant: Plant) -> Iterator[Opener]:
    """Opens enrolled tablets; at the end none may have logged an error."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_tablet(viewport: Any = LANDSCAPE, **more: Any) -> Tablet:
        context = chromium.new_context(viewport=viewport, has_touch=True, **more)
        contexts.append(context)
        context.add_init_script(TURNABLE)
        context.add_cookies(
            [{"name": "labeler_device", "value": plant.device, "domain": "plant.test", "path": "/"}]
        )
        return Tablet(context, plant, faults)

    yield open_tablet
    for context in contexts:
        context.close()
    assert faults == []
