"""The review page's sizes, languages and weight, measured in a real browser."""

import gzip
import io
import json
import re
from typing import Any

import numpy as np
import PIL.Image
import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from labeler.web.static_files import as_sent, asset, version
from tests.web.review_page.browser import (
    LANDSCAPE,
    PORTRAIT,
    STATIC,
    Finger,
    Opener,
    needs_chromium,
    on_screen,
    pause,
    ready,
)
from tests.web.review_page.drawing import Hand, Shown, turned
from tests.web.review_page.sights import apart
from tests.web.review_page.station import Plant
from tests.web.review_page.token_table import (
    CHOOSE,
    DIALOGS,
    check_controls,
    check_gaps,
    check_text,
    each_mode,
    measured,
)

pytestmark = needs_chromium


# What else has words: does it show them all?
WORDS = """() => [...document.querySelectorAll(
      ".detail-lead, .status, .status-sync, .stage-hint, .notice, .notice p, .type, .type-name")]
    .filter((node) => node.checkVisibility())
    .filter((node) => node.scrollWidth > node.clientWidth + 1 ||
                      node.scrollHeight > node.clientHeight + 2)
    .map((node) => `${node.className}: ${node.textContent.trim()}`)"""
# Words that go on in the next line in their middle.
BROKEN = """() => {
    const broken = [];
    for (const node of document.querySelectorAll(".review button, .review a")) {
      if (!node.checkVisibility()) continue;
      const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
      for (let text = walker.nextNode(); text; text = walker.nextNode()) {
        for (const word of text.textContent.matchAll(/\\S+/g)) {
          const range = document.createRange();
          range.setStart(text, word.index);
          range.setEnd(text, word.index + word[0].length);
          const lines = new Set([...range.getClientRects()].map(({ top }) => top));
          if (lines.size > 1) broken.push(word[0]);
        }
      }
    }
    return broken;
}"""
DIALOGS_SHOWN = ("menu", "else", "unusable", "tray", "help", "leaving", "unstored")


# What is touched in the middle of each control over the picture, where it is not the control.
COVERED = """() => [...document.querySelectorAll(".stage button")]
    .filter((node) => node.checkVisibility({ visibilityProperty: true }))
    .filter((node) => {
      const { left, top, width, height } = node.getBoundingClientRect();
      return !node.contains(document.elementFromPoint(left + width / 2, top + height / 2));
    })
    .map((node) => node.textContent.trim() || node.className)"""
# Whether the sign that there is more below stands there: at the top of the rail, then at its end.
MORE = """async () => {
  const types = document.querySelector("[data-types]");
  const sign = () => getComputedStyle(types.nextElementSibling, "::before").content !== "none";
  const before = sign();
  types.scrollTo(0, types.scrollHeight);
  await new Promise((seen) => types.addEventListener("scrollend", seen));
  return [before, sign()];
}"""
CHOOSE_HAND = "async ([choice, hand]) => (await import(choice)).choose('hand', hand)"


@pytest.mark.parametrize("query", ["", "ko"])
def test_the_window_of_16_bits_leaves_room_for_every_drawing_tool(
    station: Opener, plant: Plant, query: str
) -> None:
    plant.bits = 16
    page = station(query=query)

    def all_fit(*wanted: str) -> None:
        for way in (LANDSCAPE, PORTRAIT):
            turned(page, way)
            for hand in ("left", "right"):
                page.evaluate(CHOOSE_HAND, [asset("js/station_choice.js"), hand])
                for _mode in each_mode(page):
                    for selector in wanted:
                        expect(page.locator(selector)).to_be_visible()
                    check_controls(page, measured(page, ".stage"))
                    assert page.evaluate(COVERED) == []

    window, panel = page.locator(".window-toggle"), page.locator(".window-panel")
    tools, fit = "[data-act=tools]", "[data-act=fit]"
    page.keyboard.press("5")  # a mask
    all_fit(".window-toggle", tools, "[data-act=brush-size]")
    page.tap(tools)
    all_fit(".window-toggle", "[data-tool=eraser]")
    page.tap("[data-tool=brush]")
    page.keyboard.press("6")  # points, two of them, and enlarged: the fullest row
    shown = Shown(page)
    for across in (0.3, 0.5):
        Hand(page).tap_at(shown.at(across, 0.3))
    page.keyboard.press("+")
    window.tap()
    row = (tools, "[data-act=undo-point]", "[data-act=close-polygon]", fit)
    all_fit(".window-toggle", ".window-reset", ".window-handle.low", *row)
    page.tap(tools)
    expect(panel).to_be_hidden()  # the open row may take its place
    page.tap("[data-tool=polygon]")
    expect(panel).to_be_visible()


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
    station: Opener, plant: Plant, viewport: dict[str, int], hand: str, query: str
) -> None:
    plant.at_a_station = False  # the menu has one control more
    page = station(viewport=viewport, query=query, store={"labeler.hand": hand}, scale=2)
    # A notice takes room from the picture and from nothing else.
    plant.answer_reviews_with = 409
    page.tap("[data-act=ok]")
    ready(page, "img-2")
    expect(page.locator("[data-notice-tray]")).to_be_visible()
    for _mode in each_mode(page):
        assert check_page(page) == 8 + 3 + 1 + 2 + 1 + 3
    plant.answer_reviews_with = None
    page.tap("[data-notice-tray]")
    page.tap("[data-act=tray-retry]")
    expect(page.locator("[data-notice]")).to_be_hidden()

    for code in ("crack", "dent", "stain", "burr", "contamination", "discoloration", "scratch"):
        page.tap(f"[data-type={code}]")
    page.tap("[data-type=porosity]")  # four severity steps: the fullest bar
    page.wait_for_timeout(350)
    submit = page.locator("[data-act=submit]")
    page.locator("[data-leaving-text]").evaluate("(node) => { node.textContent = 'Kim Minji: 2'; }")
    for _mode in each_mode(page):
        assert check_page(page) == 8 + 4 + 1 + 2 + 1 + 3
        check_text(page)
        assert page.evaluate(BROKEN) == []
        stage = box_of(page.locator("[data-stage]"))
        if viewport is LANDSCAPE:
            assert stage["width"] >= 0.65 * viewport["width"]
        else:
            assert stage["height"] >= 0.55 * viewport["height"]
        types = page.locator("[data-types]")
        assert types.evaluate("(node) => node.scrollHeight <= node.clientHeight + 1")
        assert (box_of(submit)["x"] > viewport["width"] / 4) == (hand == "right")
        assert box_of(submit)["y"] > 0.8 * viewport["height"]  # where the thumb is
        for name, controls in page.evaluate(DIALOGS, DIALOGS_SHOWN).items():
            assert controls, name
            check_controls(page, controls)

    # What destroys stands away from what sends.
    page.tap("[data-type=dent]")
    pause(page)
    page.tap("[data-type=dent]")
    Hand(page).along([on_screen(page, x, x) for x in (300, 500, 700)])
    delete = page.locator("[data-act=delete-region]")
    for mode in each_mode(page):
        expect(delete).to_be_visible()
        check_page(page)
        far = 64 if mode == "glove" else 16
        assert apart(box_of(delete), box_of(submit)) >= far

    page.tap(".extras [data-act=book]")
    for _mode in each_mode(page):
        ways = [c for c in measured(page) if (c["act"] or "").startswith("book-")]
        assert len(ways) == 2
        check_controls(page, ways)


def check_page(page: Page) -> int:
    """All controls in view, and words that show whole; how many controls there are."""
    controls = measured(page)
    check_controls(page, controls)
    assert page.evaluate(WORDS) == []
    return len(controls)


def box_of(locator: Locator) -> FloatRect:
    box = locator.bounding_box()
    assert box is not None
    return box


LONG = {
    "en": "Unacceptable discoloration of the heat-affected zone caused by overheating",
    "ko": "열처리 과정의 과열로 인해 열영향부에 발생한 허용할 수 없는 표면 변색 및 산화피막",
}


@pytest.mark.parametrize(
    ("viewport", "query"), [(LANDSCAPE, ""), (PORTRAIT, "ko")], ids=["landscape", "portrait"]
)
def test_the_longest_names_scroll_under_the_finger_and_are_never_cut(
    station: Opener, plant: Plant, viewport: dict[str, int], query: str
) -> None:
    plant.names = LONG
    page = station(viewport=viewport, query=query, scale=2)
    stage = page.locator("[data-stage]").bounding_box()
    assert stage is not None
    share = stage["width"] / 1280 if viewport is LANDSCAPE else stage["height"] / 1280
    assert share >= (0.65 if viewport is LANDSCAPE else 0.55)
    for _mode in each_mode(page):
        assert page.evaluate(WORDS) == []
    types = page.locator(".type")
    boxes = [types.nth(number).bounding_box() for number in range(8)]
    for index, one in enumerate(boxes):
        assert all(apart(one, other) >= 19.9 for other in boxes[index + 1 :])
    last = page.locator("[data-type=discoloration]")
    room = page.locator("[data-types]").bounding_box()
    assert room is not None
    below = last.bounding_box()
    assert below is not None
    if below["y"] + below["height"] > room["y"] + room["height"]:
        x, y = room["x"] + 60, room["y"] + room["height"] - 20
        Hand(page).along([(x, y), (x, y - 60), (x, y - 120), (x, room["y"] + 5)])
        page.wait_for_timeout(300)
    while (before := last.bounding_box()) != (page.wait_for_timeout(100) or last.bounding_box()):
        assert before is not None
    Finger(page).tap("[data-type=discoloration]")
    expect(last).to_have_attribute("aria-pressed", "true")
    assert page.locator("[aria-pressed=true].type").count() == 1  # scrolling marks nothing


def test_on_a_small_tablet_that_was_measured_nothing_lies_over_anything(station: Opener) -> None:
    page = station(store={"labeler.pxPerMm": "8"}, scale=2)  # 15 mm are 120 px, 20 mm 160 px
    page.tap("[data-type=porosity]")
    page.wait_for_timeout(350)
    controls = measured(page)
    room = page.locator("[data-types]").bounding_box()
    assert room is not None
    end = room["y"] + room["height"]
    hidden = [c for c in controls if c["x"] >= 832 and c["y"] < end < c["y"] + c["height"]]
    hidden += [c for c in controls if c["name"][0] in "GH" and c["y"] >= end]
    seen = [c for c in controls if c not in hidden]
    assert len(seen) >= 11 + 4
    check_gaps(seen)
    for control in seen:
        assert control["height"] >= (160 if control["act"] == "submit" else 120)
        assert control["y"] + control["height"] <= 800
        assert not control["cut"], control
    # A row that ends with the room for it must not look like the last one.
    assert page.evaluate(MORE) == [True, False]


def test_the_bar_keeps_its_height_so_the_picture_never_jumps(station: Opener) -> None:
    page = station()
    before = page.locator("[data-stage]").bounding_box()
    page.tap("[data-type=porosity]")
    assert page.locator("[data-stage]").bounding_box() == before
    page.tap("[data-act=unsure]")
    page.tap("[data-act=submit]")
    ready(page, "img-2")
    assert page.locator("[data-stage]").bounding_box() == before

    # At the desk with the page enlarged to 200 %: words stay whole, and nothing lies over anything.
    page.evaluate(CHOOSE, [asset("js/station_choice.js"), "desk"])
    page.tap("[data-type=porosity]")
    for width, height in ((640, 400), (400, 640)):
        shown = turned(page, {"width": width, "height": height})
        assert shown.stage["height"] > 0.3 * height
        assert page.evaluate(WORDS) == page.evaluate(BROKEN) == []
        check_controls(page, [each for each in measured(page) if each["act"]])


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


OKABE_ITO = [
    (213, 94, 0), (86, 180, 233), (240, 228, 66), (204, 121, 167),
    (0, 158, 115), (230, 159, 0), (0, 114, 178), (0, 0, 0),
]  # fmt: skip
SIGNS = """() => [...document.querySelectorAll(".type")].map((node) => {
    const line = getComputedStyle(node.querySelector(".type-letter .line"));
    return [node.querySelector("text").textContent, line.strokeDasharray, line.stroke]; })"""


def test_types_differ_by_letter_and_dash_and_strokes_are_cased_black_and_white(
    station: Opener,
) -> None:
    page = station(scale=2)
    signs = page.evaluate(SIGNS)
    assert [letter for letter, _dash, _colour in signs] == list("ABCDEFGH")
    assert len({dash for _letter, dash, _colour in signs}) == 8
    colours = [tuple(map(int, re.findall(r"\d+", colour))) for _letter, _dash, colour in signs]
    assert colours == OKABE_ITO
    page.tap("[data-type=dent]")
    pause(page)
    left, top, bottom = 400, 300, 800
    Hand(page).along([on_screen(page, *at) for at in ((left, top), (900, 700), (1000, bottom))])
    expect(page.locator(".region text")).to_have_text("B")
    x, y = on_screen(page, left, top)
    handle = page.screenshot(clip={"x": x - 8, "y": y - 8, "width": 16, "height": 16})
    assert np.asarray(PIL.Image.open(io.BytesIO(handle)).convert("L")).min() > 250
    x, first = on_screen(page, left, top + 100)
    _x, last = on_screen(page, left, bottom - 100)
    clip = {"x": x - 12, "y": first, "width": 24, "height": last - first}
    shot = PIL.Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")
    rows = np.asarray(shot).astype(int)
    near = {
        name: np.abs(rows - np.array(colour)).max(axis=2) < 40
        for name, colour in (("black", (0, 0, 0)), ("white", (255, 255, 255)), ("hue", colours[1]))
    }
    black, white = near["black"].argmax(axis=1), near["white"].argmax(axis=1)
    assert near["black"].any(axis=1).all()  # on bright metal the line stands out by this
    assert near["white"].any(axis=1).all()  # and on dark metal by this
    assert (black < white).all()  # black outside
    assert (black[:, None] < near["black"].shape[1] - 1 - near["black"][:, ::-1].argmax(1)).all()
    share = near["hue"].any(axis=1).mean()
    assert 0.3 < share < 0.95  # dashed: the colour is never what carries it alone


def test_the_light_theme_and_gloves_are_what_a_tablet_begins_with(station: Opener) -> None:
    page = station(dark=True)  # whatever the tablet itself prefers
    html = page.locator("html")
    expect(html).to_have_attribute("data-theme", "light")
    expect(html).to_have_attribute("data-mode", "glove")
    ground = "getComputedStyle(document.querySelector('[data-act=%s]')).backgroundColor"
    red, green, blue = map(int, re.findall(r"\d+", page.evaluate(ground % "ok")))
    assert blue > green > red  # OK is a blue check, not green
    expect(page.locator("[data-act=ok] .icon-check")).to_be_visible()
    page.tap("[data-type=porosity]")
    red, green, blue = map(int, re.findall(r"\d+", page.evaluate(ground % "submit")))
    assert red > green > 2 * blue  # a defect is an orange cross, not red
    expect(page.locator("[data-act=submit] .icon-cross")).to_be_visible()
    page.tap("[data-severity='2']")
    for own in ("none", "active"):  # where the system has its own colours, they tell the same
        page.emulate_media(forced_colors=own)
        shot = page.screenshot(animations="disabled")
        screen = np.asarray(PIL.Image.open(io.BytesIO(shot)).convert("RGB"))

        def below(selector: str, px: int, screen: Any = screen) -> Any:
            """The colour so far under the middle of a control's lower edge."""
            box = box_of(page.locator(selector).first)
            return screen[round(box["y"] + box["height"]) + px, round(box["x"] + box["width"] / 2)]

        assert any(below("[data-severity='2']", -7) != below("[data-severity='3']", -7))
        full = "[data-severity='3'] i"
        assert any(below(f"{full}.full", -4) != below(f"{full}:not(.full)", -4))
        assert any(below(".type.chosen", 5) != below(".type:not(.chosen)", 5))
        sign = "[data-type=porosity] .type-sign"  # the middle of its cross
        assert any(below(sign, -14) != below(sign, -1))
        if own == "none":
            assert any(below("[data-type=porosity]", -7) != below("[data-type=crack]", -7))


def test_drawings_that_come_into_view_without_the_network_are_there(station: Opener) -> None:
    page = station(scale=2)
    page.route("**/*", lambda route: route.abort())
    page.tap("[data-type=burr]")
    page.tap("[data-act=tools]")
    for tool in ("brush", "eraser", "lasso", "select"):
        icon = page.locator(f"[data-tool={tool}] .icon")
        expect(icon).to_be_visible()
        drawn = np.asarray(PIL.Image.open(io.BytesIO(icon.screenshot())).convert("L"))
        assert drawn.min() < 80, tool  # some ink
        assert drawn.max() > 180, tool  # and not a full square


def test_names_come_in_the_readers_language_and_a_button_is_called_by_its_name(
    station: Opener,
) -> None:
    page = station(query="ko")
    expect(page.get_by_role("button", name="스크래치")).to_be_visible()
    expect(page.get_by_role("button", name="양품, 결함 없음", exact=True)).to_be_enabled()
    expect(page.get_by_role("button", name="보류", exact=True)).to_be_enabled()
    page.get_by_role("button", name="스크래치").tap()
    expect(page.get_by_role("button", name="제출 A", exact=True)).to_be_enabled()
    assert (
        page.evaluate("getComputedStyle(document.querySelector('.type')).wordBreak") == "keep-all"
    )
    assert page.locator("html").get_attribute("lang") == "ko"


def test_the_page_weighs_at_most_80_kb(station: Opener) -> None:
    page = station()
    names = page.evaluate(
        "performance.getEntriesByType('resource').map((e) => new URL(e.name).pathname)"
    )
    assets = {name for name in names if name.endswith((".js", ".css"))}
    assert asset("js/review/main.js") in assets
    assert page.evaluate("typeof htmx") == "undefined"  # it never carries a review
    files = [STATIC / name.removeprefix(f"/static/{version()}/") for name in assets]
    sent = [as_sent(file.read_text("utf-8")).encode() for file in files]
    weight = sum(len(gzip.compress(content)) for content in sent)
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
