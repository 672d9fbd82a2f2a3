"""The real application behind the review page, with faults that a test turns on.

A site with real pictures and enrolled reviewers is served by uvicorn in a thread; a wrapper
around the application notes every delivery, loses answers, is slow, cuts the API, or serves
a module of the page with a fault in it.
"""

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect

from labeler.assets import asset_folder
from labeler.core.people import Principal
from labeler.core.terms import Role
from labeler.flows import people, reading, sign_in, stations
from labeler.flows.site import Site, open_site
from labeler.settings import Settings
from labeler.store import people as store_people
from labeler.store import schema
from labeler.web.static_files import asset
from tests.cast import found, person
from tests.proof.server import call
from tests.served import app_of, on_a_port
from tests.web.conftest import picture
from tests.web.review_page.browser import LANDSCAPE, STORAGE, Finger, pause
from tests.web.review_page.drawing import Hand, take

SIZE_PX = (640, 480)
PINS = {"anna": "2580", "ben": "7193"}
REVIEWS = "/api/v1/reviews"
Message = dict[str, Any]


@dataclass
class Fault:
    """A module of the page as it is served: `right` replaced by `wrong`."""

    module: str
    right: str
    wrong: str

    def spoil(self, source: str) -> str:
        assert source.count(self.right) == 1, f"{self.module} has changed: {self.right}"
        return source.replace(self.right, self.wrong)


@dataclass
class Line:
    """What lies between tablet and application."""

    app: Any
    fault: Fault | None = None
    cut: bool = False
    lose_answers: int = 0
    portal: int = 0
    slow_s: float = 0
    deliveries: list[dict[str, Any]] = field(default_factory=list)

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        path = scope.get("path", "")
        if self.fault and path == asset(f"js/review/{self.fault.module}"):
            source = (asset_folder("static") / "js" / "review" / self.fault.module).read_text()
            await answer(send, self.fault.spoil(source).encode(), "text/javascript")
        elif scope["type"] == "http" and self.cut and path.startswith("/api/"):
            await broken(send)
        elif scope["type"] == "http" and scope["method"] == "POST" and path == REVIEWS:
            await self._review(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _review(self, scope: Message, receive: Any, send: Any) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        note = {"submission_id": json.loads(body)["submission_id"], "status": None}
        self.deliveries.append(note)
        if self.portal:
            self.portal -= 1
            await answer(send, b"<html>Welcome to our Wi-Fi</html>", "text/html")
            return
        await asyncio.sleep(self.slow_s)
        answers: list[Message] = []

        async def whole() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def hear(message: Message) -> None:
            answers.append(message)

        await self.app(scope, whole, hear)
        note["status"] = answers[0]["status"]
        if self.lose_answers:
            self.lose_answers -= 1
            await broken(send)
            return
        for message in answers:
            await send(message)


async def answer(send: Any, body: bytes, kind: str) -> None:
    headers = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def broken(send: Any) -> None:
    """Begin an answer and never end it: the connection is closed under the browser."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
    await send({"type": "http.response.start", "status": 201, "headers": headers})
    await send({"type": "http.response.body", "body": b"{", "more_body": True})


@dataclass
class Plant:
    """A site with a project, two reviewers, a lead and one enrolled tablet."""

    site: Site
    line: Line
    port: int
    people: dict[str, Principal]
    device: str

    @property
    def address(self) -> str:
        return f"http://plant.test:{self.port}"

    @property
    def page(self) -> str:
        return f"{self.address}/projects/plates/review"

    def reviews(self) -> list[Any]:
        """What the server keeps and nobody took back, in the order of receipt."""
        listed = reading.list_reviews(self.site, self.people["lea"], "plates", after=0, limit=500)
        return [review for review in listed if not review.withdrawn]

    def sent(self) -> list[str]:
        """The submission of every delivery, in order."""
        return [note["submission_id"] for note in self.line.deliveries]

    def signed_in(self, context: BrowserContext, name: str) -> None:
        """Put the person's session on the tablet, as tile and PIN do."""
        who = self.people[name]
        session = sign_in.with_pin(self.site, self.device, who.user_id, PINS[name])
        cookies = {"labeler_device": self.device, "labeler_session": session}
        context.add_cookies(
            [{"name": key, "value": value, "url": self.address} for key, value in cookies.items()]
        )

    def end_sessions(self) -> None:
        """Everybody is signed out on the server; no page knows yet."""

        def deed(session: Any) -> None:
            for who in self.people.values():
                store_people.end_sessions_of(session, who.user_id, self.site.now())

        self.site.database.write(deed)


def real_site(folder: Path, database_url: str) -> Site:
    site = open_site(Settings(data=folder, database_url=database_url))
    schema.upgrade(site.database)
    return site


@contextmanager
def serving(site: Site, *, pictures: int = 6) -> Iterator[Plant]:
    """The site behind a port of its own while the block runs."""
    found(site)
    admin = person(site, "admin", Role.ADMIN)
    cast = {name: person(site, name, Role.REVIEWER, pin=pin) for name, pin in PINS.items()}
    cast["lea"] = person(site, "lea", Role.LEAD)
    for name in cast:
        people.add_member(site, "plates", name, admin)
    station = stations.add_station(site, "Line 1", "plates", cast["lea"])
    device = stations.enrol(site, station.code or "")
    line = Line(app_of(site))
    with closing(site), on_a_port(line) as port:
        plant = Plant(site, line, port, cast, device)
        import_pictures(plant, pictures)
        yield plant


def import_pictures(plant: Plant, count: int) -> None:
    import httpx

    if not count:
        return
    _info, token = people.create_token(plant.site, plant.people["lea"].user_id)
    address = f"http://127.0.0.1:{plant.port}/api/v1"
    files = [("files", (f"{n}.png", picture(n, SIZE_PX))) for n in range(count)]
    with httpx.Client(base_url=address, headers={"authorization": f"Bearer {token}"}) as lead:
        results = call(lead, "POST", "/projects/plates/images", files=files, timeout=60)["results"]
    assert [one["status"] for one in results] == ["imported"] * count


@contextmanager
def tablet(browser: Browser, *, script: str = "", scale: float = 1) -> Iterator[BrowserContext]:
    """A touch tablet of its own; no page on it may break or report a broken policy."""
    context = browser.new_context(
        viewport=LANDSCAPE, has_touch=True, accept_downloads=True, device_scale_factor=scale
    )
    context.set_default_timeout(10_000)
    context.add_init_script(script)
    faults: list[str] = []
    context.on("weberror", lambda error: faults.append(str(error.error)))

    def hear(said: Any) -> None:
        if said.type == "error" and "Failed to load resource" not in said.text:
            faults.append(said.text)

    context.on("console", hear)
    yield context
    context.close()
    assert faults == []


def opened(context: BrowserContext, plant: Plant) -> Page:
    page = context.new_page()
    page.goto(plant.page)
    return page


def shown(page: Page, *, after: str = "") -> str:
    """The image in view once answers to it count; another one than `after`."""
    page.wait_for_selector(f"[data-painted]:not([data-painted='{after}'])")
    image = page.locator("[data-painted]").get_attribute("data-painted") or ""
    pause(page)
    return image


def on_stage(page: Page, point: tuple[float, float]) -> tuple[float, float]:
    """Where a pixel of the picture is shown: contained and centred in the stage."""
    stage = page.locator("[data-stage]").bounding_box()
    assert stage is not None
    scale = min(stage["width"] / SIZE_PX[0], stage["height"] / SIZE_PX[1])
    left = stage["x"] + (stage["width"] - SIZE_PX[0] * scale) / 2
    top = stage["y"] + (stage["height"] - SIZE_PX[1] * scale) / 2
    return left + point[0] * scale, top + point[1] * scale


def answer_ok(page: Page, image: str) -> str:
    Finger(page).tap("[data-act=ok]")
    return shown(page, after=image)


def answer_with_box(page: Page, image: str, box: Sequence[tuple[float, float]]) -> str:
    """A bubble with a box drawn by the finger, beside what is marked already; the next image."""
    finger = Finger(page)
    finger.tap("[data-type=bubble]")
    pause(page)
    finger.drag(on_stage(page, box[0]), on_stage(page, box[1]))
    expect(page.locator(".region.box")).to_have_count(1)
    finger.tap("[data-act=submit]")
    return shown(page, after=image)


def mark_scratch_with_outline_and_stroke(page: Page) -> None:
    """A scratch with a severity, a polygon and a stroke of the brush, all by the finger."""
    hand = Hand(page)
    hand.tap("[data-type=scratch]")
    pause(page)
    hand.tap("[data-severity='2']")
    take(page, "polygon")
    for point in ((60, 240), (160, 250), (120, 330)):
        hand.tap_at(on_stage(page, point))
    page.tap("[data-act=close-polygon]")
    pause(page)
    take(page, "brush")
    hand.along([on_stage(page, point) for point in ((480, 300), (520, 380), (580, 390))])
    expect(page.locator(".region.polygon, .region.mask")).to_have_count(2)


STORED = """async (storage) => {
    const { transact } = await import(storage);
    return transact(["deeds"], "readonly", (rows) => rows.all("deeds")).catch(() => []);
}"""


def stored(page: Page) -> list[dict[str, Any]]:
    """The deeds that lie on the tablet, in order; none where its storage cannot be read."""
    found_there: list[dict[str, Any]] = page.evaluate(STORED, STORAGE)
    return found_there


def go_online(*pages: Page) -> None:
    for page in pages:
        page.evaluate("dispatchEvent(new Event('online'))")


def all_saved(page: Page, *, within_ms: float = 8_000) -> None:
    expect(page.locator("[data-sync]")).to_have_text("All saved", timeout=within_ms)
