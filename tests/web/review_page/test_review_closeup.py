"""A line-scan image of 67 megapixels and a 16-bit image on the page of the real server."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from playwright.sync_api import Browser, Page, expect

from labeler.flows import people
from labeler.web.static_files import asset
from tests.pixels.made_pictures import encoded, gray16
from tests.proof.server import call
from tests.web.review_page.browser import Finger, needs_chromium
from tests.web.review_page.real_station import (
    Plant,
    opened,
    real_site,
    serving,
    shown,
    tablet,
)

pytestmark = needs_chromium

SIDE_PX = 8192
SPOT = (6200, 2100)  # a fine checkerboard of 200 px: gray in the preview
TILE = re.compile(r"/tiles/(\d+)/(\d+)_(\d+)")


def line_scan() -> bytes:
    """8192 × 8192 of repeated grain with one fine pattern, cheap to encode and decode."""
    grain = np.random.default_rng(3).normal(140, 12, (512, 512)).clip(0, 255).astype(np.uint8)
    pixels = np.tile(grain, (SIDE_PX // 512, SIDE_PX // 512))
    fine = (((np.indices((200, 200)) // 4).sum(0) % 2) * 255).astype(np.uint8)
    pixels[SPOT[1] : SPOT[1] + 200, SPOT[0] : SPOT[0] + 200] = fine
    return encoded(pixels, "PNG", compress_level=1)


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    import httpx

    folder: Path = tmp_path_factory.mktemp("closeup")
    site = real_site(folder / "data", "")
    with serving(site, pictures=0) as running:
        _info, token = people.create_token(site, running.people["lea"].user_id)
        address = f"http://127.0.0.1:{running.port}/api/v1"
        deep = gray16(1500, 2000, most=4095)
        files = [
            ("files", ("scan.png", line_scan())),
            ("files", ("deep.png", encoded(deep, "PNG"))),
        ]
        with httpx.Client(base_url=address, headers={"authorization": f"Bearer {token}"}) as lead:
            told = call(lead, "POST", "/projects/plates/images", files=files, timeout=60)
        assert [one["status"] for one in told["results"]] == ["imported"] * 2
        yield running


@pytest.fixture
def page(review_chromium: Browser, plant: Plant) -> Iterator[Page]:
    with tablet(review_chromium) as context:
        plant.signed_in(context, "anna")
        yield opened(context, plant)


def do(page: Page, deed: str) -> Any:
    module = f'const {{ viewport }} = await import("{asset("js/review/viewport.js")}");'
    return page.evaluate(f"async () => {{ {module} return {deed}; }}")


def sharp(page: Page) -> None:
    """Wait until every tile in view is drawn."""
    page.wait_for_selector("[data-tiles][data-complete=true]", state="attached", timeout=20_000)


def seen_at(page: Page, x: float, y: float, side: float) -> np.ndarray:
    """Gray values on the screen around a pixel of the image; `side` in its pixels."""
    stage = page.locator("[data-stage]").bounding_box()
    assert stage is not None
    at = do(page, f"viewport.screenPoint({{x: {x}, y: {y}}})")
    length = side * do(page, "viewport.scale")
    clip = {
        "x": stage["x"] + at["x"] - length / 2, "y": stage["y"] + at["y"] - length / 2,
        "width": length, "height": length,
    }  # fmt: skip
    picture = PIL.Image.open(io.BytesIO(page.screenshot(clip=clip)))
    return np.asarray(picture.convert("L")).astype(float)


def test_a_zoomed_line_scan_shows_the_tiles_in_view_and_asks_for_no_others(
    page: Page, plant: Plant
) -> None:
    asked: list[tuple[int, int, int]] = []

    def hear(request: Any) -> None:
        if place := TILE.search(request.url):
            asked.append(tuple(int(part) for part in place.groups()))  # type: ignore[arg-type]

    page.on("request", hear)
    shown(page)
    middle = SPOT[0] + 100, SPOT[1] + 100
    assert do(page, "viewport.image.width_px") == SIDE_PX
    assert asked == []  # the preview has all that is needed
    plant.line.cut = True
    do(page, f"viewport.zoomTo(8, viewport.screenPoint({{x: {middle[0]}, y: {middle[1]}}}))")
    page.wait_for_selector("[data-tiles][data-complete=false]", state="attached")
    assert seen_at(page, *middle, 100).std() < 60  # offline the preview stays
    plant.line.cut = False
    do(page, "viewport.zoomTo(1)")
    page.wait_for_selector("[data-tiles][data-level='']", state="attached")

    asked.clear()
    page.reload()
    shown(page)
    do(page, f"viewport.zoomTo(8, viewport.screenPoint({{x: {middle[0]}, y: {middle[1]}}}))")
    sharp(page)
    assert page.locator("[data-tiles]").get_attribute("data-level") == "0"
    assert seen_at(page, *middle, 100).std() > 90
    part = do(page, "viewport.visible()")
    levels = {level for level, _x, _y in asked}
    assert levels == {0}
    for _level, x, y in asked:
        assert part["x"] - 650 < x * 512 < part["x"] + part["width"] + 140
        assert part["y"] - 650 < y * 512 < part["y"] + part["height"] + 140
    assert len(asked) == len(set(asked)) <= 24

    # Back and forth costs no second request; half the zoom brings the next level.
    asked.clear()
    do(page, "viewport.panBy(-40, 0)")
    do(page, "viewport.panBy(40, 0)")
    sharp(page)
    do(page, "viewport.zoomTo(4)")
    page.wait_for_selector("[data-tiles][data-level='1'][data-complete=true]", state="attached")
    assert {level for level, _x, _y in asked} == {1}
    do(page, "viewport.zoomTo(1)")
    page.wait_for_selector("[data-tiles][data-level='']", state="attached")


EDGES = """() => [...document.querySelectorAll("[data-tiles] img")].map((tile) => {
    const [, , x, y] = /tiles\\/(\\d+)\\/(\\d+)_(\\d+)/.exec(tile.src).map(Number);
    const { left, top, right, bottom } = tile.getBoundingClientRect();
    return { x, y, edges: [left, top, right, bottom].map((px) => px * devicePixelRatio) };
})"""


@pytest.mark.parametrize("scale", [1, 1.5])
def test_neighbouring_tiles_meet_on_a_whole_pixel_of_the_device(
    review_chromium: Browser, plant: Plant, scale: float
) -> None:
    with tablet(review_chromium, scale=scale) as context:
        plant.signed_in(context, "anna")
        page = opened(context, plant)
        shown(page)
        do(page, "viewport.zoomTo(9.7, {x: 123.4, y: 77.7})")
        do(page, "viewport.panBy(-61.3, -40.9)")
        page.wait_for_selector("[data-stage]:not(.moving) [data-complete=true]", state="attached")
        tiles = {(one["x"], one["y"]): one["edges"] for one in page.evaluate(EDGES)}
        assert len(tiles) >= 4
        for (x, y), (left, top, right, bottom) in tiles.items():
            for edge in (left, top, right, bottom):
                assert edge == pytest.approx(round(edge), abs=0.05)
            assert tiles.get((x + 1, y), [right])[0] == pytest.approx(right, abs=0.05)
            assert tiles.get((x, y + 1), [0, bottom])[1] == pytest.approx(bottom, abs=0.05)


LOUPE = """(node) => {
    const { data } = node.getContext("2d").getImageData(40, 150, 60, 60); // beside the cross
    const grays = Array.from({ length: data.length / 4 }, (_, i) => data[i * 4]);
    const mean = grays.reduce((a, b) => a + b) / grays.length;
    return Math.sqrt(grays.reduce((sum, gray) => sum + (gray - mean) ** 2, 0) / grays.length);
}"""


def test_the_loupe_shows_the_tiles_that_are_there_and_else_the_preview(
    page: Page, plant: Plant
) -> None:
    image = shown(page)
    finger = Finger(page)
    stage = page.locator("[data-stage]").bounding_box()
    assert stage is not None
    point = do(page, f"viewport.screenPoint({{x: {SPOT[0] + 100}, y: {SPOT[1] + 100}}})")
    at = stage["x"] + point["x"], stage["y"] + point["y"]
    finger.tap("[data-type=bubble]")

    def spread_under(finger: Finger) -> float:
        finger.down(at[0] - 25, at[1] - 25)
        finger.move(at[0] + 5, at[1] + 5)
        finger.move(*at)
        found = page.locator("[data-loupe]").evaluate(LOUPE)
        finger.send("touchCancel")
        return float(found)

    plant.line.cut = True
    do(page, f"viewport.zoomTo(8, {{x: {point['x']}, y: {point['y']}}})")
    page.wait_for_selector("[data-stage]:not(.moving) [data-complete=false]", state="attached")
    assert spread_under(finger) < 60
    plant.line.cut = False
    page.reload()
    assert shown(page) == image  # with the bubble that was marked
    do(page, f"viewport.zoomTo(8, {{x: {point['x']}, y: {point['y']}}})")
    sharp(page)
    assert spread_under(finger) > 90


def test_the_window_of_a_16_bit_image_changes_what_is_shown(
    page: Page, plant: Plant, tmp_path: Path
) -> None:
    image = shown(page)
    expect(page.locator(".window-toggle")).to_be_hidden()  # the first image has 8 bits
    Finger(page).tap("[data-act=ok]")
    shown(page, after=image)
    toggle = page.locator(".window-toggle")
    expect(toggle).to_be_visible()
    toggle.tap()
    handle = page.locator(".window-handle.high")
    box = handle.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 96  # gloves
    before = seen_at(page, 1000, 300, 100).mean()
    high = int(handle.get_attribute("aria-valuenow") or 0)
    track = page.locator(".window-track").bounding_box()
    assert track is not None
    start = box["x"] + 20, box["y"] + 40
    Finger(page).drag(start, (start[0] - track["width"] * 0.6, start[1]))
    page.wait_for_selector(".stage-picture img[data-window]")
    page.wait_for_function("() => !document.querySelector('.region')")  # nothing was drawn
    now = int(handle.get_attribute("aria-valuenow") or 0)
    assert now == pytest.approx(high * 0.4, rel=0.1)
    wanted = f"[data-window*='high={now}']"
    page.wait_for_selector(f".stage-picture img{wanted}")
    page.screenshot(path=tmp_path / "window.png")
    after = seen_at(page, 1000, 300, 100).mean()
    assert before == pytest.approx(255 * 0.2, abs=12)
    assert after == pytest.approx(255 * 0.5, abs=15)

    with page.expect_request(lambda request: "/tiles/" in request.url) as told:
        do(page, "viewport.zoomTo(4)")
    assert f"high={now}" in told.value.url
    sharp(page)
    page.locator(".window-reset").tap()
    page.wait_for_selector(f".stage-picture img[data-window*='high={high}']")
    sharp(page)
    at_middle = seen_at(page, 1000, 600, 60).mean()
    assert at_middle == pytest.approx(255 * 600 / 1500, abs=12)
