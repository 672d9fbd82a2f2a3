"""The README's four pictures, taken of the pages as they are; `make pictures` writes them.

    PICTURES=docs/pictures python -m pytest tests/web/every_page -k readme

shows the demo's project with all its pictures. Without the variable the same is done with the
small plant of these tests, so that the way there keeps working.
"""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import PIL.Image
from playwright.sync_api import Browser, Page, expect

from labeler.assets import asset_folder
from labeler.core.terms import Role
from labeler.flows import demo, sign_in, stations
from labeler.flows.adjudicate import DisputeView, list_disputes
from labeler.flows.site import Site
from labeler.flows.work import run_next
from labeler.flows.worker import KINDS
from labeler.store import images
from labeler.web.static_files import asset
from tests.web.every_page.small_plant import CODE, Plant
from tests.web.review_page.browser import LANDSCAPE, Finger, pause

COLOURS = 256
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Shown:
    """A project to take pictures of, and the cookies of who may see its pages."""

    site: Site
    code: str
    sessions: dict[Role, str]
    device: str
    dispute: str
    scratches: dict[str, Box] = field(default_factory=dict)  # by file name, in pixels


def small(plant: Plant) -> Shown:
    return Shown(plant.site, CODE, plant.sessions, plant.device, plant.dispute)


def whole_demo(site: Site) -> Shown:
    """The project of `make demo`, its dataset made."""
    demo.make_demo(site)
    sheet = demo.at_address(site, "http://plant.test")
    while run_next(site, "pictures", KINDS):
        pass
    device = stations.enrol(site, sheet["enrol"].rpartition("/")[2])
    anna = next(tile for tile in sign_in.tiles(site, device) if tile.name == demo.REVIEWERS[0])
    sessions = {
        Role.REVIEWER: sign_in.with_pin(site, device, anna.user_id, sheet["reviewers"]["anna"])
    }
    for role in (Role.LEAD, Role.ENGINEER):
        login = sheet["logins"][role.value]
        sessions[role] = sign_in.with_password(site, login["name"], login["secret"])
    lead = sign_in.session_principal(site, sessions[Role.LEAD])
    assert lead is not None
    largest = max(list_disputes(site, lead, demo.CODE), key=_marked_px)
    text = (asset_folder("sample_data") / "truth.csv").read_text("utf-8")
    scratches = {
        row["file"].rpartition("/")[2]: tuple(float(row[k]) for k in ("x", "y", "width", "height"))
        for row in csv.DictReader(io.StringIO(text))
        if row["defect_type"] == "scratch" and int(row["severity"]) > 1
    }
    return Shown(site, demo.CODE, sessions, device, largest.id, scratches)  # type: ignore[arg-type]


def _marked_px(dispute: DisputeView) -> float:
    """How much somebody has marked where another has not: the largest is the one to look at."""
    areas = [
        sum(box["width"] * box["height"] for box in review.regions if box["kind"] == "box")
        for review in dispute.reviews
    ]
    return max(areas) - min(areas)


def _review(page: Page, shown: Shown) -> None:
    """A scratch, marked with its severity and a box around it."""
    page.goto(f"/projects/{shown.code}/review")
    finger = Finger(page)
    box = None
    for _ in range(24):
        page.wait_for_selector("[data-painted]")
        pause(page)
        image = page.get_attribute("[data-stage]", "data-image") or ""
        with shown.site.database.read() as session:
            file = images.by_id(session, image).file.rpartition("/")[2]
        box = shown.scratches.get(file)
        if box or not shown.scratches:
            break
        finger.tap("[data-act=ok]")
        page.wait_for_selector(f"[data-painted]:not([data-painted='{image}'])")
    finger.tap("[data-type=scratch]")
    pause(page)
    finger.tap("[data-severity='2']")
    pause(page)
    left, top, right, bottom = _on_screen(page, box)
    finger.drag((left, top), (right, bottom))
    expect(page.locator(".region .line")).to_have_count(1)
    expect(page.locator("[data-undo-last]")).to_be_hidden(timeout=12_000)
    page.wait_for_timeout(400)


def _on_screen(page: Page, box: Box | None) -> Box:
    picture = page.locator("[data-picture] img").first.bounding_box()
    assert picture is not None
    natural = page.evaluate(
        "(module) => import(module).then(({ viewport }) => viewport.image)",
        asset("js/review/viewport.js"),  # the page's own: another address would be another one
    )
    scale = picture["width"] / natural["width_px"]
    x, y, width, height = box or (200, 150, 180, 120)
    room = 14 / scale  # the line stands beside the scratch, not on it
    return (
        picture["x"] + (x - room) * scale, picture["y"] + (y - room) * scale,
        picture["x"] + (x + width + room) * scale, picture["y"] + (y + height + room) * scale,
    )  # fmt: skip


def _dispute(page: Page, shown: Shown) -> None:
    page.goto(f"/projects/{shown.code}/disputes/{shown.dispute}")
    page.wait_for_function("[...document.images].every((image) => image.naturalWidth > 0)")


def _agreement(page: Page, shown: Shown) -> None:
    page.goto(f"/projects/{shown.code}/agreement")
    expect(page.get_by_role("heading", name="Agreement")).to_be_visible()


def _exports(page: Page, shown: Shown) -> None:
    page.goto(f"/projects/{shown.code}/exports")
    made = page.get_by_role("heading", name="Datasets made so far")
    made.evaluate("(node) => scrollTo(0, node.getBoundingClientRect().top - 450)")


PICTURES: dict[str, tuple[Role, Callable[[Page, Shown], None]]] = {
    "review": (Role.REVIEWER, _review),
    "dispute": (Role.LEAD, _dispute),
    "agreement": (Role.LEAD, _agreement),
    "exports": (Role.ENGINEER, _exports),
}


def take_pictures(browser: Browser, shown: Shown, address: str, folder: Path) -> None:
    """Write the pictures into the folder, each with at most 256 colours."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (role, lead_there) in PICTURES.items():
        context = browser.new_context(
            base_url=address, viewport=LANDSCAPE, has_touch=True, reduced_motion="reduce"
        )
        cookies = {
            "labeler_language": "en", "labeler_device": shown.device,
            "labeler_session": shown.sessions[role],
        }  # fmt: skip
        if role is not Role.REVIEWER:
            del cookies["labeler_device"]
        context.add_cookies([{"name": k, "value": v, "url": address} for k, v in cookies.items()])
        page = context.new_page()
        lead_there(page, shown)
        page.wait_for_load_state("networkidle")
        seen = PIL.Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        context.close()
        few = seen.quantize(COLOURS, PIL.Image.Quantize.MAXCOVERAGE, dither=PIL.Image.Dither.NONE)
        few.save(folder / f"{name}.png", optimize=True)
