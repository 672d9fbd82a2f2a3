"""The drawing tools of the review page: by fingers, pen, mouse and keyboard, exact to the pixel."""

import base64
import io
import re
from itertools import pairwise
from typing import Any

import numpy as np
import PIL.Image
import pytest
from playwright.sync_api import Locator, Page, expect

from labeler.core.masks import from_rle, rasterise
from labeler.core.regions import Mask, Polygon
from labeler.web.static_files import asset
from tests.web.review_page.browser import (
    LANDSCAPE,
    PORTRAIT,
    STORAGE,
    Opener,
    eventually,
    needs_chromium,
    pause,
    ready,
)
from tests.web.review_page.drawing import (
    Hand,
    Point,
    Shown,
    each_way,
    regions,
    take,
    turned,
    zoom_of,
)
from tests.web.review_page.station import HEIGHT_PX, WIDTH_PX, Plant, picture
from tests.web.review_page.token_table import check_controls, each_mode, measured

pytestmark = needs_chromium

BRUSH_RADIUS_PX = 20  # the middle brush with gloves
MOVED = """async ([masks, runs, way]) => {
  const { maskOf, moved } = await import(masks);
  return moved(maskOf(runs, { width_px: 4, height_px: 3 }), way, way).runs;
}"""
# A drawing's extent without the width of its line: left, top, right, bottom.
ON_SCREEN = """(node) => {
  const { x, y, width, height } = node.getBBox();
  const { a, d, e, f } = node.getScreenCTM();
  return [x * a + e, y * d + f, (x + width) * a + e, (y + height) * d + f];
}"""
IN_FILL = """(node, pixels) =>
  pixels.map(([x, y]) => node.isPointInFill(new DOMPoint(x + 0.5, y + 0.5)))"""
DESK = {"labeler.mode": "desk"}
UPRIGHT = [LANDSCAPE, PORTRAIT]
both_ways = pytest.mark.parametrize("viewport", UPRIGHT, ids=["landscape", "portrait"])


def pixels(region: dict[str, Any]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    height, width = region["rle"]["size"]
    return from_rle(Mask(height, width, tuple(region["rle"]["counts"])))


def assert_nearest(stored: list[list[int]], wanted: list[Point]) -> None:
    """Every stored point is the corner of the pixel grid nearest to where the hand was."""
    assert len(stored) == len(wanted)
    for found, exact in zip(stored, wanted, strict=True):
        assert all(isinstance(each, int) for each in found)
        assert found == pytest.approx(exact, abs=0.5 + 1e-3)


def assert_seen_at(drawn: Locator, wanted: list[Point], shown: Shown) -> None:
    """What is drawn of a region stands where the hand was, to half a pixel of the image."""
    ends = drawn.evaluate(ON_SCREEN)
    across, down = zip(*wanted, strict=True)
    extent = [min(across), min(down), max(across), max(down)]
    assert ends == pytest.approx(extent, abs=shown.scale / 2 + 0.1)


def swept(trail: list[Point], radius: float) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Pixels whose centre is at most `radius` from a line, by distances."""
    rows, columns = np.mgrid[0:HEIGHT_PX, 0:WIDTH_PX]
    x, y = columns + 0.5, rows + 0.5
    marked = np.zeros((HEIGHT_PX, WIDTH_PX), dtype=np.bool_)
    for (ax, ay), (bx, by) in pairwise(trail):
        length = (bx - ax) ** 2 + (by - ay) ** 2
        share = np.clip(((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length, 0, 1)
        marked |= np.hypot(x - ax - share * (bx - ax), y - ay - share * (by - ay)) <= radius
    return marked


@both_ways
def test_what_is_drawn_at_any_zoom_is_stored_to_the_pixel(
    station: Opener, plant: Plant, viewport: dict[str, int]
) -> None:
    page = station(viewport=viewport, scale=2)
    hand = Hand(page)
    for number, (span, wanted) in enumerate([(100, 1), (370, 3.7), (740, 16)], start=1):
        ready(page, f"img-{number}")
        place = Shown(page).at(0.4, 0.55)
        if span != 100:
            hand.pinch(place, span / wanted if wanted == 3.7 else 40, span)
        assert zoom_of(page) == pytest.approx(wanted, rel=1e-6)
        shown = Shown(page)
        page.tap("[data-type=dent]")
        corners = [shown.at(0.3, 0.35), shown.at(0.62, 0.58)]
        hand.along(corners)
        page.tap("[data-type=crack]")
        outline = [
            shown.at(0.25, 0.3),
            shown.at(0.7, 0.28),
            shown.at(0.66, 0.7),
            shown.at(0.3, 0.6),
        ]
        for point in outline:
            hand.tap_at(point)
        page.tap("[data-act=close-polygon]")
        page.tap("[data-type=burr]")
        trail = [shown.at(0.2, 0.3), shown.at(0.41, 0.52), shown.at(0.6, 0.41), shown.at(0.61, 0.7)]
        hand.along(trail)
        for kind, points in (("box", corners), ("polygon", outline)):
            assert_seen_at(page.locator(f".region.{kind} > .line"), points, shown)
        middle = np.array(shown.image(shown.at(0.4, 0.5))).astype(int)
        some = middle + np.random.default_rng(1).integers(-250, 250, (100, 2)) // wanted
        some = np.clip(some.astype(int), 0, (WIDTH_PX - 1, HEIGHT_PX - 1))
        seen = page.locator(".region.mask > .paint").evaluate(IN_FILL, some.tolist())
        stored = regions(page, plant, number)
        [box], [polygon], [mask] = stored["dent"], stored["crack"], stored["burr"]
        ends = [[box["x"], box["y"]], [box["x"] + box["width"], box["y"] + box["height"]]]
        assert_nearest(ends, [shown.image(corner) for corner in corners])
        assert_nearest(polygon["points"], [shown.image(point) for point in outline])
        painted = swept([shown.image(p) for p in trail], BRUSH_RADIUS_PX / shown.scale)
        assert np.array_equal(pixels(mask), painted)
        assert 5 < sum(seen) < 95
        assert seen == painted[some[:, 1], some[:, 0]].tolist()


@both_ways
def test_a_lasso_becomes_few_points_or_exactly_the_pixels_inside(
    station: Opener, plant: Plant, viewport: dict[str, int]
) -> None:
    page = station(viewport=viewport, scale=2)
    hand = Hand(page)
    shown = Shown(page)
    turns = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    loop = [shown.at(0.5 + 0.2 * np.cos(t), 0.45 + 0.2 * np.sin(t)) for t in turns]
    for code in ("crack", "burr"):
        page.tap(f"[data-type={code}]")
        pause(page)
        take(page, "lasso")
        hand.along(loop)
    stored = regions(page, plant)
    [outline], [mask] = stored["crack"], stored["burr"]
    ring = tuple(shown.image(point) for point in loop)
    inside = rasterise(Polygon(ring), HEIGHT_PX, WIDTH_PX)
    assert np.array_equal(pixels(mask), inside)
    assert outline["kind"] == "polygon"
    assert 6 <= len(outline["points"]) < 40
    simple = rasterise(Polygon(tuple((x, y) for x, y in outline["points"])), HEIGHT_PX, WIDTH_PX)
    assert (simple & inside).sum() / (simple | inside).sum() > 0.95


def test_a_polygon_closes_near_its_first_point_and_its_points_can_be_taken_back(
    station: Opener, plant: Plant
) -> None:
    page = station(scale=2)
    hand = Hand(page)
    for number, viewport in enumerate(UPRIGHT, start=1):
        ready(page, f"img-{number}")
        shown = turned(page, viewport)
        page.tap("[data-type=crack]")
        outline = [shown.at(0.3, 0.25), shown.at(0.7, 0.3), shown.at(0.6, 0.65)]
        for point in [*outline[:2], shown.at(0.5, 0.1)]:
            hand.tap_at(point)
        page.tap("[data-act=undo-point]")
        expect(page.locator("[data-act=close-polygon]")).to_be_disabled()
        page.tap("[data-act=submit]")
        expect(page.locator("[data-hint]")).to_contain_text("Close the outline first")
        assert len(plant.reviews) == number - 1
        hand.tap_at(outline[2])
        hand.tap_at((outline[0][0] + 36, outline[0][1] + 27))  # its 15 mm reach 48 px
        expect(page.locator(".region.polygon")).to_have_count(1)
        expect(page.locator("[data-act=close-polygon]")).to_be_hidden()
        pause(page)
        [region] = regions(page, plant, number)["crack"]
        assert_nearest(region["points"], [shown.image(point) for point in outline])


def test_two_fingers_pan_and_zoom_and_an_open_polygon_outlives_them(
    station: Opener, plant: Plant
) -> None:
    page = station(scale=2)
    hand = Hand(page)
    for number, viewport in enumerate(UPRIGHT, start=1):
        first = turned(page, viewport)
        page.tap("[data-type=crack]")
        points = [first.image(first.at(*share)) for share in ((0.4, 0.4), (0.6, 0.4))]
        for share in ((0.4, 0.4), (0.6, 0.4)):
            hand.tap_at(first.at(*share))
        hand.pinch(first.at(0.5, 0.5), 100, 240)
        assert zoom_of(page) == pytest.approx(2.4, rel=1e-6)
        expect(page.locator(".region.open .handle")).to_have_count(2)
        before = Shown(page)
        (x, y), (dx, dy) = before.at(0.5, 0.5), (60.0, -45.0)
        hand.send("touchStart", (x - 60, y))
        hand.send("touchStart", (x - 60, y), (x + 60, y))
        for part in (0.5, 1):
            hand.send(
                "touchMove",
                (x - 60 + dx * part, y + dy * part), (x + 60 + dx * part, y + dy * part),
            )  # fmt: skip
        hand.send("touchEnd")
        after = Shown(page)
        moved = (after.left - before.left, after.top - before.top)
        assert moved == pytest.approx((dx, dy), abs=0.01)
        last = after.at(0.5, 0.7)
        hand.tap_at(last)
        page.tap("[data-act=close-polygon]")
        [region] = regions(page, plant, number)["crack"]
        assert_nearest(region["points"], [*points, after.image(last)])
        ready(page, f"img-{number + 1}")
        assert zoom_of(page) == pytest.approx(1)  # the next picture is shown whole
    hand.pinch(hand.middle(".status-progress"), 40, 200)  # beside the picture
    assert page.evaluate("visualViewport.scale") == 1  # the page stays as it is


UNFINISHED = """async (storage) => {
  const { transact } = await import(storage);
  const rows = await transact(["ahead"], "readonly", (each) => each.all("ahead"));
  return rows.filter(({ state }) => state).length;
}"""


def test_the_open_polygon_and_every_region_outlive_a_change_of_tools_and_a_reload(
    station: Opener,
) -> None:
    page = station(scale=2)
    hand = Hand(page)
    for shown in each_way(page):
        page.tap("[data-type=scratch]")
        take(page, "box")
        hand.along([shown.at(0.1, 0.3), shown.at(0.3, 0.5)])
        pause(page)
        take(page, "polygon")
        for share in ((0.5, 0.3), (0.8, 0.35)):
            hand.tap_at(shown.at(*share))
        pause(page)
        take(page, "lasso")
        hand.along([shown.at(*each) for each in ((0.5, 0.6), (0.7, 0.6), (0.6, 0.7), (0.5, 0.65))])
        expect(page.locator(".region.box")).to_have_count(1)
        expect(page.locator(".region.polygon")).to_have_count(1)
        expect(page.locator(".region.open .handle")).to_have_count(2)
        page.tap("[data-type=dent]")
        page.tap("[data-type=scratch]")  # absent: put aside
        expect(page.locator(".region.open")).to_have_count(0)
        pause(page)
        page.tap("[data-type=scratch]")
        take(page, "polygon")
        hand.tap_at(shown.at(0.65, 0.5))
        page.tap("[data-act=close-polygon]")
        expect(page.locator(".region.polygon")).to_have_count(2)
    ok, overlay = page.locator("[data-act=ok]"), page.locator("[data-overlay]")
    hand.tap_at(shown.at(0.2, 0.7))
    expect(page.locator(".region.open .handle")).to_have_count(1)
    drawn = overlay.inner_html()
    eventually(lambda: page.evaluate(UNFINISHED, STORAGE) == 1, page)
    page.reload()
    ready(page)
    expect(page.locator("[data-hint]")).to_have_text("What you had marked is here again.")
    assert overlay.inner_html() == drawn
    page.tap("[data-act=undo]")  # all that came back
    expect(ok).to_be_visible()
    eventually(lambda: page.evaluate(UNFINISHED, STORAGE) == 0, page)
    page.reload()
    ready(page)
    expect(ok).to_be_visible()


@both_ways
def test_the_brush_adds_and_the_eraser_takes_away_exactly(
    station: Opener, plant: Plant, viewport: dict[str, int]
) -> None:
    page = station(viewport=viewport, scale=2)
    hand = Hand(page)
    shown = Shown(page)
    page.tap("[data-type=burr]")
    first = [shown.at(0.3, 0.4), shown.at(0.7, 0.4)]
    second = [shown.at(0.5, 0.3), shown.at(0.5, 0.65)]
    other = [shown.at(0.3, 0.75), shown.at(0.6, 0.75)]
    gone = [shown.at(0.35, 0.2), shown.at(0.36, 0.85)]
    hand.along(other)
    page.keyboard.press("Escape")  # let go
    hand.along(first)
    hand.along(second)
    expect(page.locator(".region.mask")).to_have_count(2)  # the second adds to the first
    take(page, "eraser")
    page.tap("[data-act=brush-size]")  # the largest
    hand.along(gone)
    aside, region = regions(page, plant)["burr"]
    trails = [[shown.image(point) for point in trail] for trail in (first, second, gone, other)]
    small, large = BRUSH_RADIUS_PX / shown.scale, 48 / shown.scale
    wanted = (swept(trails[0], small) | swept(trails[1], small)) & ~swept(trails[2], large)
    assert np.array_equal(pixels(region), wanted)
    assert np.array_equal(pixels(aside), swept(trails[3], small))  # it was not chosen
    ready(page, "img-2")
    page.tap("[data-type=burr]")
    hand.along(first)
    expect(page.locator("[data-hint]")).to_have_text("There is nothing painted to erase here.")


@both_ways
def test_fingers_choose_move_resize_and_delete_a_box_and_a_polygon(
    station: Opener, plant: Plant, viewport: dict[str, int]
) -> None:
    page = station(viewport=viewport, scale=2)
    hand = Hand(page)
    shown = Shown(page)

    def drag(start: Point, end: Point) -> None:
        (ax, ay), (bx, by) = start, end
        via = [(ax + (bx - ax) * part, ay + (by - ay) * part) for part in (0, 0.6, 1, 1)]
        hand.along([shown.screen(*point) for point in via])

    page.tap("[data-type=dent]")
    drag((800, 300), (1200, 600))
    drag((1000, 450), (1060, 500))  # the whole
    drag((1260, 650), (1340, 720))  # its corner
    page.tap("[data-type=crack]")
    for corner in ((250, 350), (600, 350), (600, 550)):
        hand.tap_at(shown.screen(*corner))
    page.tap("[data-act=close-polygon]")
    drag((600, 550), (660, 600))  # a point
    drag((520, 430), (560, 400))  # the whole
    take(page, "select")  # the polygon's own tool would begin another
    hand.tap_at(shown.screen(60, 60))
    expect(page.locator(".handle")).to_have_count(0)
    hand.tap_at(shown.screen(560, 400))
    expect(page.locator(".handle")).to_have_count(3)
    page.tap("[data-act=delete-region]")
    expect(page.locator(".region.polygon")).to_have_count(0)
    page.tap("[data-act=undo]")
    stored = regions(page, plant)
    [box], [polygon] = stored["dent"], stored["crack"]
    found = [box[key] for key in ("x", "y", "width", "height")]
    assert found == pytest.approx([860, 350, 480, 370], abs=3)
    for point, wanted in zip(polygon["points"], [[290, 320], [640, 320], [700, 570]], strict=True):
        assert point == pytest.approx(wanted, abs=3)


# However slow the machine is: 180 ms have passed when a test says so, and not before.
HOLDING = """{
  const { setTimeout, clearTimeout } = window;
  const held = new Map();
  let last = 0;
  window.setTimeout = (deed, ms, ...more) =>
    ms === 180 ? (held.set(--last, deed), last) : setTimeout(deed, ms, ...more);
  window.clearTimeout = (id) => held.delete(id) || clearTimeout(id);
  window.let180msPass = () => {
    const due = [...held.values()];
    held.clear();
    for (const deed of due) deed();
    return due.length;
  };
  addEventListener("pointermove", () => { window.heard = (window.heard ?? 0) + 1; }, true);
}"""
DRAWING = re.compile(r"\bdrawing\b")


def test_a_drag_begins_after_20_px_or_180_ms_with_gloves_and_after_4_px_at_the_desk(
    station: Opener,
) -> None:
    page = station(script=HOLDING, scale=2)
    hand = Hand(page)
    stage = page.locator("[data-stage]")
    assert stage.evaluate("(node) => getComputedStyle(node).touchAction") == "none"
    mode = "document.documentElement.dataset.mode = "

    def down(at: Shown, across: float, below: float) -> Point:
        place = at.at(across, below)
        hand.down(*place)
        return place

    def move(place: Point, by: float) -> None:
        """The page hears of it, whether it draws or not."""
        page.evaluate("window.heard = 0")
        hand.move(place[0] + by, place[1] + by)
        eventually(lambda: page.evaluate("heard > 0"), page)

    for shown in each_way(page):
        page.tap("[data-type=dent]")
        place = down(shown, 0.2, 0.3)
        move(place, 14)  # 19.8 px
        expect(stage).not_to_have_class(DRAWING)
        hand.up()
        assert page.evaluate("let180msPass()") == 0  # nothing waits for a finger that is lifted
        expect(page.locator(".region")).to_have_count(0)  # so far a glove slips in a tap
        down(shown, 0.2, 0.3)
        expect(stage).not_to_have_class(DRAWING)
        assert page.evaluate("let180msPass()") == 1
        expect(stage).to_have_class(DRAWING)
        move(place, 14)
        hand.up()
        expect(page.locator(".region")).to_have_count(1)
        move(down(shown, 0.5, 0.3), 15)  # 21.2 px
        expect(stage).to_have_class(DRAWING)
        hand.up()
        expect(page.locator(".region")).to_have_count(2)
        page.evaluate(mode + "'desk'")
        at_the_desk = turned(page, page.viewport_size)
        move(down(at_the_desk, 0.4, 0.6), 2)  # 2.8 px
        expect(stage).not_to_have_class(DRAWING)
        hand.up()
        expect(page.locator(".region")).to_have_count(2)
        place = down(at_the_desk, 0.4, 0.6)
        move(place, 3)  # 4.2 px
        expect(stage).to_have_class(DRAWING)
        move(place, 5)
        hand.up()
        expect(page.locator(".region")).to_have_count(3)
        page.evaluate(mode + "'glove'")


def test_a_polygon_is_chosen_moved_reshaped_and_deleted_and_each_step_undone(
    station: Opener,
) -> None:
    page = station(store=DESK)
    shown = Shown(page)
    page.click("[data-type=crack]")

    def mouse(start: Point, end: Point) -> None:
        page.mouse.move(*shown.screen(*start))
        page.mouse.down()
        page.mouse.move(*shown.screen(*end), steps=3)
        page.mouse.up()

    def drawn() -> str:
        path = page.locator(".region .line").get_attribute("d") or ""
        return path.removeprefix("M").removesuffix("Z")

    steps = ["400 300L800 300L800 600"]
    for corner in ((400, 300), (800, 300), (800, 600)):
        page.mouse.click(*shown.screen(*corner))
    page.keyboard.press("Enter")
    assert drawn() == steps[-1]
    mouse((800, 600), (700, 700))
    steps.append("400 300L800 300L700 700")
    assert drawn() == steps[-1]
    page.mouse.click(*shown.screen(600, 300))
    steps.append("400 300L600 300L800 300L700 700")
    assert drawn() == steps[-1]
    mouse((600, 300), (600, 200))
    steps.append("400 300L600 200L800 300L700 700")
    assert drawn() == steps[-1]
    mouse((650, 400), (600, 450))
    steps.append("350 350L550 250L750 350L650 750")
    assert drawn() == steps[-1]
    page.keyboard.press("v")  # the hand that chooses
    page.mouse.click(*shown.screen(1200, 900))
    expect(page.locator(".handle")).to_have_count(0)
    page.mouse.click(*shown.screen(600, 450))
    expect(page.locator(".handle")).to_have_count(4)
    page.click("[data-act=delete-region]")
    expect(page.locator(".region")).to_have_count(0)
    for wanted in reversed(steps):
        page.keyboard.press("z")
        assert drawn() == wanted
    page.keyboard.press("z")
    expect(page.locator(".region.open .handle")).to_have_count(3)


def test_fifty_steps_of_the_hands_are_undone(station: Opener) -> None:
    page = station(store=DESK)
    shown = Shown(page)
    page.click("[data-type=burr]")
    page.keyboard.press("[")
    for number in range(50):
        x, y = shown.screen(100 + 27 * number, 400)
        page.mouse.click(x, y)
    painted = page.locator(".region .line")
    assert (painted.get_attribute("d") or "").count("M") == 50
    for left in range(49, 0, -1):
        page.keyboard.press("z")
        if left % 7 == 0:
            assert (painted.get_attribute("d") or "").count("M") == left
    page.keyboard.press("z")
    expect(page.locator(".region")).to_have_count(0)
    expect(page.locator("[data-type=burr]")).to_have_attribute("aria-pressed", "true")


def test_a_palm_draws_nothing_and_does_not_disturb_the_finger(station: Opener) -> None:
    # Measured wrongly: as for the controls 5 px/mm are the least, so 30 mm are 150 px.
    page = station(store={"labeler.pxPerMm": "2.5"}, scale=2)
    hand = Hand(page)
    for shown in each_way(page):
        page.tap("[data-type=dent]")
        (px, py), (x, y) = shown.at(0.8, 0.8), shown.at(0.3, 0.3)
        for radius, drawn in ((80, 0), (70, 1)):
            hand.touch("touchStart", (0, px, py, radius))
            hand.touch("touchMove", (0, px - 90, py - 60, radius))
            hand.touch("touchEnd")
            expect(page.locator(".region")).to_have_count(drawn)
        page.tap("[data-act=undo]")
        palm = (0, px, py, 90)
        hand.touch("touchStart", palm)
        hand.touch("touchStart", palm, (1, x, y, 8))
        hand.touch("touchMove", palm, (1, x + 120, y + 90, 8))
        hand.touch("touchEnd", palm)
        hand.touch("touchEnd")
        expect(page.locator(".region")).to_have_count(1)
        assert zoom_of(page) == pytest.approx(1)
        hand.touch("touchStart", (0, px, py, 20))
        hand.touch("touchMove", (0, px - 60, py - 60, 20))
        expect(page.locator(".region")).to_have_count(2)
        hand.touch("touchMove", (0, px - 70, py - 70, 90))  # the hand comes down flat
        expect(page.locator(".region")).to_have_count(1)
        hand.touch("touchEnd")
        expect(page.locator(".region")).to_have_count(1)


@both_ways
def test_once_a_pen_is_seen_it_draws_and_fingers_pan(
    station: Opener, plant: Plant, viewport: dict[str, int]
) -> None:
    page = station(viewport=viewport, scale=2)
    hand = Hand(page)
    page.tap("[data-type=burr]")
    hand.pinch(Shown(page).at(0.5, 0.5), 100, 200)
    shown = Shown(page)
    line = [shown.at(0.3, 0.4), shown.at(0.5, 0.5), shown.at(0.6, 0.3)]
    hand.pen(line)
    expect(page.locator(".region.mask")).to_have_count(1)
    expect(page.locator("[data-hint]")).to_have_text("The pen draws now; fingers move the picture.")
    hand.drag(shown.at(0.5, 0.5), shown.at(0.4, 0.45))
    assert Shown(page).left == shown.left  # the hand that holds the pen rests
    page.wait_for_timeout(550)  # it has left
    hand.drag(shown.at(0.5, 0.5), shown.at(0.6, 0.55))
    moved = Shown(page)
    assert moved.left - shown.left == pytest.approx(0.1 * shown.stage["width"], abs=1)
    [region] = regions(page, plant)["burr"]
    painted = swept([shown.image(point) for point in line], BRUSH_RADIUS_PX / shown.scale)
    assert np.array_equal(pixels(region), painted)


@both_ways
def test_pen_mode_outlives_a_reload_and_is_switched_off_by_hand(
    station: Opener, viewport: dict[str, int]
) -> None:
    page = station(viewport=viewport, scale=2)
    switch = page.locator("[data-dialog=menu] [data-switch=pen]")
    expect(switch).to_have_attribute("aria-pressed", "false")
    page.tap("[data-type=dent]")
    shown = Shown(page)
    Hand(page).pen([shown.at(0.2, 0.2), shown.at(0.3, 0.3), shown.at(0.35, 0.35)])
    expect(page.locator(".region")).to_have_count(1)
    expect(switch).to_have_attribute("aria-pressed", "true")

    eventually(lambda: page.evaluate(UNFINISHED, STORAGE) == 1, page)
    page.reload()
    ready(page)
    page.tap("[data-act=undo]")  # what was drawn came back with the page
    hand = Hand(page)
    page.tap("[data-type=dent]")
    pause(page)
    hand.drag(shown.at(0.3, 0.3), shown.at(0.5, 0.5))
    expect(page.locator(".region")).to_have_count(0)  # no pen has been seen since the reload
    expect(page.locator("[data-hint]")).to_contain_text("The pen draws now")  # said to a finger
    page.tap("[data-act=menu]")
    x, y = hand.middle("[data-dialog=menu] [data-switch=pen]")
    hand.drag((x - 20, y), (x + 20, y))  # a glove drifts
    expect(switch).to_have_attribute("aria-pressed", "false")
    page.tap("[data-dialog=menu] [data-close]")
    pause(page)
    for number in (1, 2):
        hand.drag(shown.at(0.3 * number, 0.3), shown.at(0.3 * number + 0.2, 0.5))
        expect(page.locator(".region")).to_have_count(number)
        if number == 1:  # a pen draws as well, and does not switch it on again
            page.tap("[data-act=undo]")
            hand.pen([shown.at(0.2, 0.2), shown.at(0.3, 0.3), shown.at(0.35, 0.35)])
            page.wait_for_timeout(550)
    page.reload()
    expect(switch).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize(
    ("store", "drawn", "hit"),
    [
        ({}, 5 * 6.4, 15 * 6.4),
        ({"labeler.pxPerMm": "7.4"}, 5 * 7.4, 15 * 7.4),
        (DESK | {"labeler.pxPerMm": "7.4"}, 9, 24),
    ],
    ids=["glove", "glove measured", "desk"],
)
def test_handles_have_the_size_of_a_gloved_finger_on_this_screen(
    station: Opener, store: dict[str, str], drawn: float, hit: float
) -> None:
    page = station(store=store, scale=2)
    hand = Hand(page)
    for shown in each_way(page):
        page.tap("[data-type=dent]")
        left, top = 400, 300
        hand.along([shown.screen(left, top), shown.screen(1000, 800), shown.screen(1000, 800)])
        sizes = page.locator(".handle").evaluate_all("(all) => all.map((h) => h.getBBox().width)")
        assert [size * shown.scale for size in sizes] == pytest.approx([drawn] * 4, rel=1e-3)
        corner = shown.screen(left, top)
        diagonal = 0.5 * hit / 2**0.5
        for beside, regions_then in ((0.9 * diagonal, 1), (1.15 * diagonal, 2)):
            start = corner[0] - beside, corner[1] - beside
            hand.along([start, (start[0] - 30, start[1] - 30), (start[0] - 60, start[1] - 60)])
            expect(page.locator(".region")).to_have_count(regions_then)
            page.keyboard.press("z")
            hand.tap_at(shown.screen(700, 550))  # chosen again


def test_a_cancelled_touch_and_escape_leave_the_picture_as_it_was(station: Opener) -> None:
    page = station(store=DESK, scale=2)
    hand = Hand(page)
    for shown in each_way(page):
        page.click("[data-type=scratch]")
        for key in ("b", "l"):
            page.keyboard.press(key)
            hand.send("touchStart", shown.at(0.3, 0.3))
            for share in (0.4, 0.5):
                hand.send("touchMove", shown.at(share, 0.3 + share / 4))
            expect(page.locator(".region")).to_have_count(1)
            hand.send("touchCancel")
            expect(page.locator(".region")).to_have_count(0)
        page.mouse.move(*shown.at(0.3, 0.3))
        page.mouse.down()
        page.mouse.move(*shown.at(0.6, 0.5), steps=3)
        page.keyboard.press("Escape")
        expect(page.locator(".region")).to_have_count(0)
        page.mouse.up()
        expect(page.locator(".region")).to_have_count(0)


def test_the_keyboard_alone_places_moves_sizes_and_deletes_every_kind(
    station: Opener, plant: Plant
) -> None:
    page = station(store=DESK)
    press = page.keyboard.press
    press("1")
    press("b")
    press("b")
    for key in ("ArrowRight", "ArrowDown", "Shift+ArrowRight"):
        press(key)
    press("p")
    expect(page.locator(".region.polygon")).to_have_count(0)  # first the tool, then a region
    press("p")
    press("m")
    expect(page.locator("[data-hint]")).to_have_text("This defect type is not marked that way.")
    press("5")
    press("m")
    expect(page.locator(".region.mask")).to_have_count(0)
    press("m")
    expect(page.locator(".region.mask")).to_have_count(1)
    press("ArrowLeft")
    press("Delete")
    expect(page.locator(".region.mask")).to_have_count(0)
    press("z")
    press("2")
    press("b")
    press("b")
    press("1")  # absent, and again present
    press("1")
    page.click("[data-severity='1']")
    press("Space")
    eventually(lambda: len(plant.reviews) == 1, page)
    stored = {each["defect_type"]: each["regions"] for each in plant.reviews[0]["judgements"]}
    step = WIDTH_PX // 400
    box = {"kind": "box", "x": 600 + step, "y": 450 + step, "width": 400 + step, "height": 300}
    assert stored["scratch"][0] == box
    assert stored["scratch"][1]["points"] == [[600, 450], [1000, 450], [1000, 750], [600, 750]]
    rows, columns = np.nonzero(pixels(stored["burr"][0]))
    assert (columns.min(), columns.max(), rows.min(), rows.max()) == (
        600 - step, 999 - step, 450, 749,
    )  # fmt: skip
    # Two pixels side by side in an image of 4×3 stop at its edges, and come out nowhere else.
    for way, runs in ((9, [8, 9, 11, 12]), (-9, [0, 1, 3, 4])):
        assert page.evaluate(MOVED, [asset("js/review/masks.js"), [4, 5, 7, 8], way]) == runs


def test_wheel_keys_and_a_held_space_zoom_and_pan(station: Opener, plant: Plant) -> None:
    page = station(store=DESK)
    shown = Shown(page)
    page.mouse.move(*shown.at(0.25, 0.25))
    still = shown.image(shown.at(0.25, 0.25))
    page.mouse.wheel(0, -400)
    eventually(lambda: zoom_of(page) > 2, page)
    assert Shown(page).image(shown.at(0.25, 0.25)) == pytest.approx(still, abs=0.1)
    for key, zoom in (("0", 1), ("+", 1.5), ("+", 2.25), ("-", 1.5)):
        page.keyboard.press(key)
        assert zoom_of(page) == pytest.approx(zoom)
    page.keyboard.press("5")  # whose brush the mouse has
    before = Shown(page)
    page.keyboard.down("Space")
    page.mouse.down()
    page.mouse.move(*shown.at(0.3, 0.3), steps=3)
    page.mouse.up()
    page.keyboard.up("Space")
    after = Shown(page)
    assert after.left - before.left == pytest.approx(0.05 * shown.stage["width"], abs=1)
    expect(page.locator(".region")).to_have_count(0)
    assert plant.reviews == []  # a Space that has panned is no answer
    for key, times, limit in (("-", 5, 0.5), ("+", 12, 16)):
        for _ in range(times):
            page.keyboard.press(key)
        assert zoom_of(page) == pytest.approx(limit)
    page.keyboard.press("Space")
    eventually(lambda: len(plant.reviews) == 1, page)
    assert page.evaluate(NEAREST_TO_A_STRIP, asset("js/review/viewport.js")) == pytest.approx(1)


NEAREST_TO_A_STRIP = """async (module) => {
    const { viewport } = await import(module);
    viewport.setImage({ width_px: 16384, height_px: 50 });
    viewport.zoomTo(99);
    return viewport.scale;
}"""


def check_tools(page: Page) -> int:
    """All controls in view, at the desk and with gloves; how many of them lie over the picture."""
    over = set()
    for _mode in each_mode(page):
        controls = measured(page)
        check_controls(page, controls)
        over.add(sum(control["over"] for control in controls))
    [count] = over
    return count


@pytest.mark.parametrize(
    ("viewport", "query", "hand"), [(LANDSCAPE, "ko", "left"), (PORTRAIT, "", "right")]
)
def test_tools_are_those_of_the_type_and_fit_fingers_and_gloves(
    station: Opener, viewport: dict[str, int], query: str, hand: str
) -> None:
    page = station(viewport=viewport, query=query, scale=2, store={"labeler.hand": hand})
    page.tap("[data-type=dent]")
    expect(page.locator("[data-act=tools]")).to_be_hidden()  # a box is all there is
    for code, tools in (
        ("scratch", {"box", "polygon", "lasso", "select"}),
        ("crack", {"polygon", "lasso", "select"}),
        ("burr", {"brush", "eraser", "lasso", "select"}),
    ):
        page.tap(f"[data-type={code}]")
        page.tap("[data-act=tools]")
        shown = page.locator("[data-act=tool]:visible").all()
        assert {each.get_attribute("data-tool") for each in shown} == tools
        assert check_tools(page) == len(tools)
        pause(page)
        page.tap("[data-tool=select]")
    page.tap("[data-type=stain]")
    expect(page.locator("[data-act=tools]")).to_be_hidden()
    page.tap("[data-type=crack]")  # absent
    fingers = Hand(page)
    pause(page)
    page.tap("[data-type=crack]")
    take(page, "polygon")
    fingers.pinch(Shown(page).at(0.5, 0.4), 100, 300)
    fingers.tap_at(Shown(page).at(0.5, 0.4))
    assert check_tools(page) == 4  # tool, undo point, close, whole picture
    page.tap("[data-act=fit]")
    assert zoom_of(page) == pytest.approx(1)


# What the hand draws is seen while it draws.
UNDER_HAND = {
    "box": ".region.box.chosen", "polygon": ".region.open", "lasso": ".region.chosen > .line",
    "brush": ".stroke:not(.erases)", "eraser": ".stroke.erases",
}  # fmt: skip


def in_loupe(loupe: Locator, shown: Shown, at: Point) -> tuple[float, bool]:
    """How well what it shows agrees with the grain around a point, and whether lines are drawn."""
    encoded = loupe.evaluate("(node) => node.toDataURL()").partition(",")[2]
    seen = PIL.Image.open(io.BytesIO(base64.b64decode(encoded))).convert("L")
    plate = PIL.Image.open(io.BytesIO(picture(1))).convert("L")
    preview = plate.width / WIDTH_PX
    x, y = (each * preview for each in shown.image(at))
    half = 77 / (2 * shown.scale) * preview  # its border is 3 px, and it is twice as large
    box = (x - half, y - half, x + half, y + half)
    wanted = plate.resize(seen.size, PIL.Image.Resampling.BILINEAR, box=box)
    # Beside the cross and what is drawn. Rows look alike, so what they have in common counts not.
    parts = [np.asarray(each, float)[:110, -70:] for each in (seen, wanted)]
    one, other = (part - part.mean(axis=1, keepdims=True) for part in parts)
    whites = np.argwhere(np.asarray(seen) == 255)
    return (
        float(np.corrcoef(one.ravel(), other.ravel())[0, 1]),
        bool((np.abs(whites - 160).max(axis=1) > 60).any()),
    )


@both_ways
def test_the_loupe_stands_beside_the_finger_for_every_tool_and_handle(
    station: Opener, viewport: dict[str, int]
) -> None:
    page = station(viewport=viewport, scale=2)
    hand = Hand(page)
    shown = Shown(page)
    loupe = page.locator("[data-loupe]")

    def check_loupe(start: Point, end: Point, tool: str) -> None:
        hand.down(*start)
        hand.move(*end)
        expect(loupe).to_be_visible()
        expect(page.locator(f"[data-overlay] {UNDER_HAND[tool]}").last).to_be_attached()
        box = loupe.bounding_box()
        assert box is not None
        assert not box["x"] - 40 <= end[0] <= box["x"] + box["width"] + 40
        grain, lines = in_loupe(loupe, shown, end)
        assert grain > 0.8  # it is this place that is magnified
        assert lines or tool not in ("box", "lasso")
        hand.up()
        expect(loupe).to_be_hidden()

    for code, tools in (
        ("scratch", ("box",)),
        ("crack", ("polygon", "lasso")),
        ("burr", ("brush", "eraser")),
    ):
        page.tap(f"[data-type={code}]")
        for tool in tools:
            if tool != tools[0]:
                take(page, tool)
            taken = page.locator(f"[data-tool={tool}]")
            expect(taken).to_have_attribute("aria-pressed", "true")
            for share in (0.25, 0.75):
                check_loupe(shown.at(share, 0.3), shown.at(share, 0.45), tool)

    page.tap("[data-type=dent]")
    hand.along([shown.at(0.25, 0.3), shown.at(0.75, 0.65)])
    for share, top, below in ((0.25, 0.3, 0.4), (0.75, 0.4, 0.5)):  # its two upper handles
        check_loupe(shown.at(share, top), shown.at(share, below), "box")
    expect(page.locator(".region.box")).to_have_count(1)


def test_view_aids_are_kept_by_the_station_and_change_nothing_that_is_stored(
    station: Opener, plant: Plant
) -> None:
    page = station(viewport=PORTRAIT)
    view = page.locator(".stage-view")
    part = {"x": 300, "y": 300, "width": 60, "height": 60}
    plain = page.screenshot(clip=part)
    page.tap("[data-act=view]:visible")
    for _mode in each_mode(page):
        aids = measured(page, ".view-panel")
        assert len(aids) == 3 + 3
        check_controls(page, aids)
    for _ in range(12):  # the keyboard does not wander off below the panel
        page.keyboard.press("Tab")
        assert not page.evaluate("document.activeElement.matches('.review :not(.view-panel *)')")
    looks = [plain]
    for aid, value in (("brightness", "40"), ("contrast", "60"), ("local", "80")):
        page.fill(f"[data-aid={aid}]", value)
        looks.append(page.screenshot(clip=part))
    page.tap("[data-act=view-invert]")
    looks.append(page.screenshot(clip=part))
    assert len(set(looks)) == 5  # each of them is seen
    page.tap("[data-act=view-close]")
    page.reload()
    ready(page)
    assert view.evaluate("(node) => getComputedStyle(node).filter").endswith("invert(1)")
    shown = Shown(page)
    page.tap("[data-type=dent]")
    ends = [shown.at(0.3, 0.3), shown.at(0.5, 0.5)]
    Hand(page).along(ends)
    [box] = regions(page, plant)["dent"]
    assert_nearest([[box["x"], box["y"]]], [shown.image(ends[0])])
    ready(page, "img-2")
    page.tap("[data-act=view]:visible")
    page.tap("[data-act=view-reset]")
    assert view.evaluate("(node) => getComputedStyle(node).filter") == "none"
    assert page.locator("[data-aid=brightness]").input_value() == "0"
    page.keyboard.press("d")  # the book takes the same place
    expect(page.locator(".view-panel")).to_be_hidden()
