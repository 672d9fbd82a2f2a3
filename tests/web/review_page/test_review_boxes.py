"""Boxes on the review page's picture, by finger, pen and mouse."""

from itertools import pairwise

import pytest
from playwright.sync_api import expect

from labeler.core import change_requests, regions, reviews
from labeler.web.static_files import asset
from tests.web.review_page.browser import (
    PORTRAIT,
    Finger,
    Opener,
    eventually,
    needs_chromium,
    on_screen,
    pause,
)
from tests.web.review_page.station import HEIGHT_PX, WIDTH_PX, Plant

pytestmark = needs_chromium


@pytest.mark.parametrize("scale", [1, 2])
def test_a_box_drawn_by_finger_travels_in_pixels_of_the_upright_image(
    station: Opener, plant: Plant, scale: int
) -> None:
    page = station(scale=scale)
    finger = Finger(page)
    finger.tap("[data-type=dent]")
    pause(page)
    finger.drag(on_screen(page, 400, 300), on_screen(page, 720, 540))
    expect(page.locator(".region")).to_have_count(1)
    finger.tap("[data-act=submit]")
    eventually(lambda: len(plant.reviews) == 1, page)
    [judgement] = plant.reviews[0]["judgements"]
    [region] = judgement["regions"]
    assert region["kind"] == "box"
    for key, wanted in {"x": 400, "y": 300, "width": 320, "height": 240}.items():
        assert region[key] == pytest.approx(wanted, abs=1), key
        assert isinstance(region[key], int)


@pytest.mark.parametrize("pointer", ["mouse", "pen"])
def test_a_mouse_and_a_pen_draw_the_same_box(station: Opener, plant: Plant, pointer: str) -> None:
    page = station(viewport=PORTRAIT)
    page.tap("[data-type=dent]")
    cdp = page.context.new_cdp_session(page)
    start, end = on_screen(page, 100, 100), on_screen(page, 1500, 900)
    for kind, (x, y), held in (
        ("mousePressed", start, 1),
        ("mouseMoved", end, 1),
        ("mouseReleased", end, 0),
    ):
        cdp.send(
            "Input.dispatchMouseEvent",
            {
                "type": kind,
                "x": x,
                "y": y,
                "button": "left",
                "buttons": held,
                "clickCount": 1,
                "pointerType": pointer,
            },
        )
    expect(page.locator(".region")).to_have_count(1)
    page.tap("[data-act=submit]")
    eventually(lambda: len(plant.reviews) == 1, page)
    [region] = plant.reviews[0]["judgements"][0]["regions"]
    found = [region[key] for key in ("x", "y", "width", "height")]
    assert found == pytest.approx([100, 100, 1400, 800], abs=1.5)


def test_a_box_beyond_the_picture_is_cut_to_it(station: Opener, plant: Plant) -> None:
    page = station()
    page.tap("[data-type=dent]")
    x, y = on_screen(page, 1200, 900)
    Finger(page).drag((x, y), (1000, 790))
    page.tap("[data-act=submit]")
    eventually(lambda: len(plant.reviews) == 1, page)
    [region] = plant.reviews[0]["judgements"][0]["regions"]
    assert region["x"] + region["width"] == WIDTH_PX
    assert region["y"] + region["height"] == HEIGHT_PX
    drawn = [page.evaluate(ON_A_STRIP, [asset("js/review/tools/box.js"), y]) for y in (90, -20)]
    assert drawn == [True, False]  # right across it; a line beside it is none


ON_A_STRIP = """async ([module, y]) => {
    const state = { marks: {}, chosen: "dent", region: null };
    const image = { width_px: 16384, height_px: 50 }; // shown whole it is thinner than a line
    const from = { x: 100, y: -30 };
    const { box } = await import(module);
    const deed = box({ state, now: () => state, code: "dent", from, image, unit: 20, reach: 900 });
    return Boolean(deed.end({ x: 4000, y }, 190));
}"""


def test_a_box_is_chosen_moved_resized_deleted_and_each_step_undone(station: Opener) -> None:
    page = station(store={"labeler.mode": "desk"})
    page.click("[data-type=dent]")

    def drag(start: tuple[float, float], end: tuple[float, float]) -> None:
        page.mouse.move(*on_screen(page, *start))
        page.mouse.down()
        page.mouse.move(*on_screen(page, *end), steps=4)
        page.mouse.up()

    def box() -> list[float]:
        node = page.locator(".region .line")
        return [float(node.get_attribute(key) or "nan") for key in ("x", "y", "width", "height")]

    drag((400, 300), (800, 600))
    assert box() == pytest.approx([400, 300, 400, 300], abs=2)
    drag((600, 450), (700, 500))
    assert box() == pytest.approx([500, 350, 400, 300], abs=2)
    drag((900, 650), (1000, 750))
    assert box() == pytest.approx([500, 350, 500, 400], abs=2)
    page.mouse.click(*on_screen(page, 100, 100))
    expect(page.locator(".handle")).to_have_count(0)
    page.mouse.click(*on_screen(page, 700, 500))
    expect(page.locator(".handle")).to_have_count(4)
    page.click("[data-act=delete-region]")
    expect(page.locator(".region")).to_have_count(0)
    for wanted in ([500, 350, 500, 400], [500, 350, 400, 300], [400, 300, 400, 300]):
        page.keyboard.press("z")
        assert box() == pytest.approx(wanted, abs=2)
    page.keyboard.press("z")
    expect(page.locator(".region")).to_have_count(0)


def test_a_second_finger_and_a_cancelled_touch_draw_nothing(station: Opener) -> None:
    page = station()
    page.tap("[data-type=dent]")
    finger = Finger(page)
    first, second = (300.0, 200.0), (500.0, 300.0)
    finger.send("touchStart", first)
    finger.send("touchStart", first, second)
    finger.send("touchMove", (400.0, 260.0), second)
    finger.send("touchEnd")
    expect(page.locator(".region")).to_have_count(0)
    finger.send("touchStart", first)
    finger.send("touchMove", (400.0, 400.0))
    expect(page.locator(".region")).to_have_count(1)
    finger.send("touchCancel")
    expect(page.locator(".region")).to_have_count(0)
    finger.drag(first, second)
    expect(page.locator(".region")).to_have_count(1)


def test_no_more_is_drawn_than_the_server_takes_of_one_picture(
    station: Opener, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Small ones of the server's own limits: the page has no others.
    monkeypatch.setattr(reviews, "MAX_REGIONS", 3)
    monkeypatch.setattr(change_requests, "MOST_REGIONS", 2)
    monkeypatch.setattr(regions, "MAX_POINTS", 5)
    monkeypatch.setattr(regions, "MAX_RUNS", 300)
    page = station(store={"labeler.mode": "desk"})
    found, hint = page.locator(".region"), page.locator("[data-hint]")

    def drag(*corners: tuple[float, float]) -> None:
        page.mouse.move(*on_screen(page, *corners[0]))
        page.mouse.down()
        for start, end in pairwise(corners):
            for share in (0.4, 1):
                x, y = (a + (b - a) * share for a, b in zip(start, end, strict=True))
                page.mouse.move(*on_screen(page, x, y))
        page.mouse.up()

    def box(row: int, column: int) -> None:
        x, y = 100 + 200 * column, 100 + 200 * row
        drag((x, y), (x + 100, y + 100))

    page.keyboard.press("2")
    for column in range(4):
        box(0, column)
    expect(hint).to_have_text("Not drawn: at most 3 places can be marked here.")
    expect(found).to_have_count(3)
    page.keyboard.press("z")  # what was not drawn is no step
    expect(found).to_have_count(2)
    page.keyboard.press("n")
    page.tap("[data-note=colour]")
    for column in range(3):
        box(1, column)
    expect(hint).to_have_text("Not drawn: at most 2 places can be marked here.")
    expect(found).to_have_count(4)

    # A loop is thinned out. Another point on its edge is too many, like the sixth of an outline.
    page.keyboard.press("6")
    page.keyboard.press("l")
    drag((900, 500), (1000, 420), (1150, 420), (1250, 500), (1250, 600), (1100, 680), (900, 600))
    expect(found).to_have_count(5)
    page.keyboard.press("p")
    too_many = "Not drawn: an outline has at most 5 points."
    for x, y in ((100, 700), (300, 700), (400, 800), (300, 900), (100, 900), (50, 800)):
        expect(hint).not_to_have_text(too_many)
        page.mouse.click(*on_screen(page, x, y))
    expect(hint).to_have_text(too_many)
    page.keyboard.press("Enter")
    expect(found).to_have_count(6)
    page.mouse.click(*on_screen(page, 200, 700))
    expect(hint).to_have_text(too_many)

    # A mask that is full is let go of: the next stroke begins another one.
    page.keyboard.press("5")
    drag((600, 1000), (680, 1000))
    drag((800, 1000), (880, 1000))
    expect(hint).to_contain_text("Paint the rest beside it")
    expect(found).to_have_count(7)
    drag((800, 1000), (880, 1000))
    expect(found).to_have_count(8)
    page.keyboard.press("Enter")
    eventually(lambda: len(plant.reviews) == 1, page)
    [thing] = plant.reviews[0]["something_else"]
    assert len(thing["regions"]) == 2
    outlines = plant.reviews[0]["judgements"][-1]["regions"]
    assert [len(outline["points"]) <= 5 for outline in outlines] == [True, True]
