"""The review page's sizes, languages and weight, measured in a real browser."""

import gzip
import json
from typing import Any

import pytest
from playwright.sync_api import expect

from labeler.web.static_files import asset, version
from tests.web.review_page.browser import LANDSCAPE, PORTRAIT, STATIC, Opener, needs_chromium, ready

pytestmark = needs_chromium


SIZES = """() => [...document.querySelectorAll(".review button, .review a")]
    .filter((node) => node.checkVisibility())
    .map((node) => { const { x, y, width, height } = node.getBoundingClientRect();
                     const wide = node.scrollWidth > node.clientWidth + 1;
                     const high = node.scrollHeight > node.clientHeight + 1;
                     return { name: node.textContent.trim(), act: node.dataset.act,
                              x, y, width, height, cut: wide || high }; })"""


TOKENS = {"glove": (96, 128, 20), "desk": (32, 44, 8)}  # control, primary, gap in px


@pytest.mark.parametrize("mode", ["glove", "desk"])
@pytest.mark.parametrize(
    ("viewport", "hand", "query"),
    [
        (LANDSCAPE, "right", ""),
        (LANDSCAPE, "left", "ko"),
        (PORTRAIT, "right", "ko"),
        (PORTRAIT, "left", ""),
    ],
)
def test_every_control_has_the_size_of_its_mode_and_nothing_scrolls(
    station: Opener, viewport: dict[str, int], hand: str, query: str, mode: str
) -> None:
    store = {"labeler.hand": hand, "labeler.mode": mode}
    page = station(viewport=viewport, query=query, store=store, scale=2)
    page.tap("[data-type=porosity]")  # four severity steps: the fullest bar
    page.wait_for_timeout(350)
    controls = page.evaluate(SIZES)
    assert len(controls) == 8 + 4 + 1 + 2 + 1 + 3
    check_sizes(controls, viewport, *TOKENS[mode])
    check_gaps(controls, TOKENS[mode][2])
    stage = page.locator("[data-stage]").bounding_box()
    assert stage is not None
    if viewport is LANDSCAPE:
        assert stage["width"] >= 0.65 * viewport["width"]
    else:
        assert stage["height"] >= 0.55 * viewport["height"]
    types = page.locator("[data-types]")
    assert types.evaluate("(node) => node.scrollHeight <= node.clientHeight + 1")
    submit = next(control for control in controls if control["act"] == "submit")
    assert (submit["x"] > viewport["width"] / 4) == (hand == "right")
    page.tap(".extras [data-act=book]")
    ways = [c for c in page.evaluate(SIZES) if (c["act"] or "").startswith("book-")]
    assert len(ways) == 2
    check_sizes(ways, viewport, *TOKENS[mode])


def check_sizes(
    controls: list[Any], viewport: dict[str, int], least: int, primary: int, _gap: int
) -> None:
    for control in controls:
        high = primary if control["act"] == "submit" else least
        assert control["width"] >= least, control
        assert control["height"] >= high, control
        assert not control["cut"], control
        assert control["x"] >= 0, control
        assert control["x"] + control["width"] <= viewport["width"], control
        assert control["y"] + control["height"] <= viewport["height"], control


def check_gaps(controls: list[Any], gap: int) -> None:
    for index, one in enumerate(controls):
        for other in controls[index + 1 :]:
            across = max(one["x"], other["x"]) - min(
                one["x"] + one["width"], other["x"] + other["width"]
            )
            down = max(one["y"], other["y"]) - min(
                one["y"] + one["height"], other["y"] + other["height"]
            )
            assert max(across, down) >= gap - 0.1, (one, other)


def test_the_bar_keeps_its_height_so_the_picture_never_jumps(station: Opener) -> None:
    page = station()
    before = page.locator("[data-stage]").bounding_box()
    page.tap("[data-type=porosity]")
    assert page.locator("[data-stage]").bounding_box() == before
    page.tap("[data-act=unsure]")
    page.tap("[data-act=submit]")
    ready(page, "img-2")
    assert page.locator("[data-stage]").bounding_box() == before


def test_mode_theme_and_hand_are_kept_by_the_station(station: Opener) -> None:
    page = station()
    page.tap("[data-act=menu]")
    for name in ("mode", "theme", "hand"):
        page.tap(f"[data-dialog=menu] [data-switch={name}]")
    chosen = {"mode": "desk", "theme": "dark", "hand": "left"}
    for name, value in chosen.items():
        expect(page.locator("html")).to_have_attribute(f"data-{name}", value)
    page.reload()
    for name, value in chosen.items():
        expect(page.locator("html")).to_have_attribute(f"data-{name}", value)


def test_names_come_in_the_readers_language_and_a_button_is_called_by_its_name(
    station: Opener,
) -> None:
    page = station(query="ko")
    expect(page.get_by_role("button", name="스크래치")).to_be_visible()
    expect(page.get_by_role("button", name="양품", exact=True)).to_be_enabled()
    assert page.locator("html").get_attribute("lang") == "ko"


def test_the_page_weighs_at_most_80_kb(station: Opener) -> None:
    page = station()
    names = page.evaluate(
        "performance.getEntriesByType('resource').map((e) => new URL(e.name).pathname)"
    )
    assets = {name for name in names if name.endswith((".js", ".css"))}
    assert asset("js/review/main.js") in assets
    files = [STATIC / name.removeprefix(f"/static/{version()}/") for name in assets]
    weight = sum(len(gzip.compress(file.read_bytes())) for file in files)
    assert weight <= 80_000


def test_every_module_that_the_page_begins_with_is_asked_for_beforehand(station: Opener) -> None:
    page = station()
    preloaded = page.evaluate(
        "[...document.querySelectorAll('link[rel=modulepreload]')].map((link) => link.href)"
    )
    fetched = page.evaluate("performance.getEntriesByType('resource').map((e) => e.name)")
    assert len(preloaded) == len(set(preloaded)) > 40
    late = [name for name in fetched if "/js/review/" in name and name not in preloaded]
    assert late == []
    assert all(fetched.count(name) == 1 for name in preloaded)


def test_the_boot_data_cannot_end_its_script_element(station: Opener) -> None:
    page = station()
    boot = json.loads(page.locator("#review-boot").text_content() or "")
    assert {
        "project",
        "language",
        "reviewer",
        "standards",
        "texts",
        "api",
        "progress",
    } <= boot.keys()


def test_the_patterns_page_shows_every_component_without_a_fault(station: Opener) -> None:
    page = station()
    page.goto(page.url.replace("/projects/plates/review", "/patterns"))
    for name in ("buttons", "forms", "messages", "lists", "figures", "review"):
        expect(page.locator(f"#patterns-{name}")).to_be_visible()
    page.click("main [data-switch=mode]")
    sizes = page.evaluate("""() => [...document.querySelectorAll("main .button, main .type")]
        .map((node) => node.getBoundingClientRect())
        .map(({ width, height }) => Math.min(width, height))""")
    assert min(sizes) >= 96
