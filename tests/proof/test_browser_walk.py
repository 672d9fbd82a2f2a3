"""The whole path in a real Chromium against a real server: tablet, desk, dataset.

Two reviewers label by touch on an enrolled tablet, the lead imports and rules at a desk,
and the dataset that the browser downloads holds the boxes that the fingers drew.
"""

import json
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.proof.figures import note
from tests.proof.server import PASSWORD, Server, call, every
from tests.proof.truth import DATA, deeppcb
from tests.web.conftest import picture
from tests.web.review_page.browser import (
    CHROMIUM,
    FLAGS,
    LANDSCAPE,
    Finger,
    needs_chromium,
    pause,
)

pytestmark = needs_chromium

SIZE = (640, 640)
PINS = {"kim": "2580", "lee": "7193"}
CORNERS = ((100, 150), (260, 270))
SHIFTED = ((106, 154), (266, 274))
OTHER = ((380, 300), (520, 420))
# What each reviewer answers to the pictures in the order of the queue: nothing, or a box.
ANSWERS: dict[str, list[tuple[tuple[int, int], tuple[int, int]] | None]] = {
    "kim": [None, CORNERS, None, None, OTHER],
    "lee": [None, SHIFTED, OTHER, None, OTHER],
}
RULED = 2
TYPES = [
    {"code": "short", "name": {"en": "Short"}, "geometry": ["box"], "region_required": True},
    {"code": "stain", "name": {"en": "Stain"}},
]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with_data = Server(tmp_path / "data")
    yield with_data
    with_data.stop()


@pytest.fixture
def chromium() -> Iterator[Browser]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, address: str, *, touch: bool) -> Iterator[Page]:
    """A page of its own device; nothing on it may fail or break the security policy."""
    context = browser.new_context(
        base_url=address, viewport=LANDSCAPE, has_touch=touch, accept_downloads=True
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: said.type == "error" and faults.append(said.text))
    yield page
    context.close()
    assert faults == []


def pictures(folder: Path) -> list[Path]:
    """Five real boards where the data is here, else five made-up ones."""
    if DATA.exists():
        return [one.path for one in deeppcb().pictures[: len(ANSWERS["kim"])]]
    made = [folder / f"{number}.png" for number in range(len(ANSWERS["kim"]))]
    for number, path in enumerate(made):
        path.write_bytes(picture(number, SIZE))
    return made


def set_up(server: Server) -> str:
    """Project, people and an announced tablet; the tablet's link as a path."""
    admin = server.found()
    server.start()
    with server.client(admin) as client:
        project = {"code": "boards", "standard": {"defect_types": TYPES}}
        call(client, "POST", "/projects", json=project)
        people: list[dict[str, Any]] = [
            {"name": name, "role": "reviewer", "pin": pin} for name, pin in PINS.items()
        ]
        people.append({"name": "lea", "role": "lead", "password": PASSWORD})
        for person in people:
            call(client, "POST", "/users", json=person)
            call(client, "PUT", f"/projects/boards/members/{person['name']}")
        station = call(client, "POST", "/stations", json={"name": "Line 1", "project": "boards"})
    return "/enrol/" + station["enrol"].rpartition("/enrol/")[2]


def sign_in_at_desk(page: Page, name: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Sign in")


def import_pictures(page: Page, files: list[Path]) -> None:
    page.goto("/projects/boards/images")
    page.locator("input[type=file][name=files]").set_input_files(files)
    page.locator("[data-send]").click()
    expect(page.get_by_text(f"{len(files)} images imported")).to_be_visible()


def enrol(page: Page, link: str) -> None:
    page.goto(link)
    Finger(page).tap("main form button")
    page.wait_for_url("**/sign-in")


def sign_in_on_tablet(page: Page, name: str) -> None:
    finger = Finger(page)
    finger.tap(f".tile:has-text('{name}')")
    page.wait_for_selector("[data-pin-pad] [data-digit='0']:visible")
    for digit in PINS[name]:
        finger.tap(f"[data-digit='{digit}']")
    finger.tap("[data-enter]")
    page.wait_for_url("**/projects/boards/review")


def sign_out_on_tablet(page: Page) -> None:
    finger = Finger(page)
    finger.tap("[data-act=menu]")
    pause(page)
    finger.tap("dialog[open] form[action='/sign-out'] button")
    page.wait_for_url("**/sign-in")


def on_stage(page: Page, point: tuple[int, int]) -> tuple[float, float]:
    """Where a pixel of the picture is shown: contained and centred in the stage."""
    stage = page.locator("[data-stage]").bounding_box()
    assert stage is not None
    scale = min(stage["width"] / SIZE[0], stage["height"] / SIZE[1])
    left = stage["x"] + (stage["width"] - SIZE[0] * scale) / 2
    top = stage["y"] + (stage["height"] - SIZE[1] * scale) / 2
    return left + point[0] * scale, top + point[1] * scale


def label(page: Page, name: str) -> list[str]:
    """Answer every picture by touch; the images in the order in which they came."""
    finger = Finger(page)
    seen: list[str] = []
    for box in ANSWERS[name]:
        before = seen[-1] if seen else ""
        page.wait_for_selector(f"[data-painted]:not([data-painted='{before}'])")
        seen.append(page.locator("[data-painted]").get_attribute("data-painted") or "")
        pause(page)
        if box is None:
            finger.tap("[data-act=ok]")
            continue
        finger.tap("[data-type=short]")
        pause(page)
        finger.drag(on_stage(page, box[0]), on_stage(page, box[1]))
        expect(page.locator(".region")).to_have_count(1)
        finger.tap("[data-act=submit]")
    expect(page.locator("[data-empty]")).to_be_visible()
    expect(page.locator("[data-sync]")).to_have_text("All saved")
    return seen


def rule(page: Page) -> None:
    """The lead says that there is no defect: one of the reviewers saw nothing."""
    page.goto("/projects/boards/disputes")
    page.get_by_role("link", name="Decide the oldest").click()
    page.locator("[data-ruling] label:has(input[name=verdict][value=absent])").click()
    page.locator("#ruling-reason").fill("A reflection, not a short.")
    page.locator("[data-ruling] button[type=submit], [data-ruling] button.primary").last.click()
    expect(page.locator("[role=status]").first).to_contain_text("Ruled")


def download(page: Page, to: Path) -> Path:
    """Ask for the dataset, wait on the page until it is there, download it."""
    page.goto("/projects/boards/exports")
    page.get_by_role("button", name="Make the dataset").click()
    link = page.get_by_role("link", name="Download").first
    link.wait_for(timeout=60_000)
    with page.expect_download() as waiting:
        link.click()
    archive = to / waiting.value.suggested_filename
    waiting.value.save_as(archive)
    return archive


@pytest.mark.timeout(180)
def test_from_the_tablets_enrolment_to_the_downloaded_dataset(
    server: Server, chromium: Browser, tmp_path: Path
) -> None:
    link = set_up(server)
    address = f"http://plant.test:{server.port}"
    files = pictures(tmp_path)
    with opened(chromium, address, touch=False) as desk:
        sign_in_at_desk(desk, "lea")
        import_pictures(desk, files)
        with opened(chromium, address, touch=True) as tablet:
            enrol(tablet, link)
            orders = []
            for name in PINS:
                sign_in_on_tablet(tablet, name)
                orders.append(label(tablet, name))
                sign_out_on_tablet(tablet)
        assert orders[0] == orders[1]
        assert len(set(orders[0])) == len(files)
        hold_reviews(server, orders[0])
        rule(desk)
        archive = download(desk, tmp_path)
    server.command("verify", str(archive))
    hold_dataset(server, archive, orders[0], tmp_path / "unpacked")
    note("browser walk", images=len(files), reviews=2 * len(files), ruled=1, boxes=2)


def hold_reviews(server: Server, order: list[str]) -> None:
    """The server has what the fingers did, in pixels of the picture."""
    token = server.command("token", "create", "--user", "lea")
    with server.client(token) as lead:
        stored = {(r["reviewer"], r["image"]): r for r in every(lead, "/projects/boards/reviews")}
    assert len(stored) == 2 * len(order)
    for name, answers in ANSWERS.items():
        for image, box in zip(order, answers, strict=True):
            judgements = stored[name, image]["judgements"]
            assert len(judgements) == (box is not None)
            if box is not None:
                [region] = judgements[0]["regions"]
                assert corners(region) == pytest.approx([*box[0], *box[1]], abs=1.5)


def corners(region: dict[str, float]) -> list[float]:
    x, y = region["x"], region["y"]
    return [x, y, x + region["width"], y + region["height"]]


def hold_dataset(server: Server, archive: Path, order: list[str], folder: Path) -> None:
    """pycocotools finds the mean of the two boxes where both saw one, and nothing else."""
    token = server.command("token", "create", "--user", "lea")
    with server.client(token) as lead:
        files = {
            call(lead, "GET", f"/images/{image}")["sha256"]: at for at, image in enumerate(order)
        }
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    root = folder / "boards"
    manifest = json.loads((root / "manifest.json").read_text("utf-8"))
    assert {file["image"] for file in manifest["files"]} == set(files)
    names = {Path(file["path"]).name: files[file["image"]] for file in manifest["files"]}
    found: dict[int, list[float]] = {}
    for split in ("train", "val", "test"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            from pycocotools.coco import COCO

            coco = COCO(str(root / "annotations" / "coco" / f"instances_{split}.json"))
        for mark in coco.loadAnns(coco.getAnnIds()):
            [image] = coco.loadImgs([mark["image_id"]])
            x, y, width, height = mark["bbox"]
            found[names[image["file_name"]]] = [x, y, x + width, y + height]
    mean = [
        sum(pair) / 2
        for pair in zip((*CORNERS[0], *CORNERS[1]), (*SHIFTED[0], *SHIFTED[1]), strict=True)
    ]
    assert sorted(found) == [1, 4]
    assert found[1] == pytest.approx(mean, abs=1.5)
    assert found[4] == pytest.approx([*OTHER[0], *OTHER[1]], abs=1.5)
    sources = {files[f["image"]]: f["source"]["short"] for f in manifest["files"]}
    assert sources == {at: "ruled" if at == RULED else "unanimous" for at in range(len(order))}
