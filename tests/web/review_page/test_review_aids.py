"""Defect book, good part, something else: what stands beside the answers."""

import io
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.web.conftest import picture
from tests.web.review_page.browser import (
    LANDSCAPE,
    PORTRAIT,
    Finger,
    Opener,
    eventually,
    needs_chromium,
    on_screen,
    pause,
    ready,
)
from tests.web.review_page.drawing import turned
from tests.web.review_page.sights import apart
from tests.web.review_page.station import Plant

pytestmark = needs_chromium


def touch(page: Page, selector: str) -> None:
    """A real touch, then longer than a bounce."""
    Finger(page).tap(selector)
    pause(page)


def sent(page: Page, plant: Plant) -> dict[str, Any]:
    eventually(lambda: bool(plant.reviews), page)
    return plant.reviews[-1]


def assert_beside_progress_and_sync(page: Page, panel: str) -> None:
    """What opens lies over neither how far the work is nor whether it is saved."""
    box = page.locator(panel).bounding_box()
    assert box is not None
    for told in ("[data-progress]", "[data-sync]"):
        expect(page.locator(told)).to_be_visible()
        place = page.locator(told).bounding_box()
        assert place is not None
        assert apart(place, box) >= 0, told


@pytest.mark.parametrize("viewport", [LANDSCAPE, PORTRAIT])
def test_the_book_is_one_tap_away_beside_the_picture_in_the_readers_language(
    station: Opener, viewport: dict[str, int]
) -> None:
    page = station(viewport=viewport, query="ko")
    touch(page, "[data-whole] [data-act=view]")
    assert_beside_progress_and_sync(page, "[data-view-panel]")
    page.keyboard.press("1")  # nobody sees below the panel what that would mark
    touch(page, "[data-act=view-close]")
    expect(page.locator("[data-type=scratch]")).to_have_attribute("aria-pressed", "false")
    before = page.locator("[data-stage]").bounding_box()
    touch(page, "[data-type=scratch]")
    touch(page, ".extras [data-act=book]")
    book = page.locator("[data-book]")
    expect(book.get_by_role("heading")).to_have_text("A스크래치")
    expect(book).to_contain_text("선형 자국.")
    expect(book).to_contain_text("한계값 길이 ≥ 2 mm")
    kinds = book.locator("figure").evaluate_all("(all) => all.map((f) => f.className)")
    assert kinds == ["example typical", "example borderline", "example counter"]
    shown = book.locator("img").first
    eventually(lambda: shown.evaluate("(img) => img.naturalWidth > 0"), page)
    assert shown.get_attribute("alt") == "깊음."
    place = book.bounding_box()
    assert place is not None
    assert_beside_progress_and_sync(page, "[data-book]")
    if viewport is LANDSCAPE:
        assert page.locator("[data-stage]").bounding_box() == before
        assert before is not None
        chosen = page.locator("[data-type=scratch]").bounding_box()
        assert chosen is not None
        assert place["y"] <= chosen["y"] - 7  # the ring around it does not look out above
        assert place["x"] >= before["x"] + before["width"] - 1
    else:
        assert place["width"] == 800
        assert place["y"] > 0.4 * 1280, "the picture under judgement stays in sight"
    page.keyboard.press("1")  # what lies below it rests
    touch(page, "[data-act=book-next]")
    expect(book.get_by_role("heading")).to_have_text("B찍힘")
    touch(page, "[data-book] [data-act=book]")
    expect(book).to_be_hidden()
    expect(page.locator("[data-type=scratch]")).to_have_attribute("aria-pressed", "true")


def test_a_typical_example_stands_on_its_types_button(station: Opener) -> None:
    page = station()
    assert page.locator(".type-thumb").count() == 1
    thumb = page.locator("[data-type=scratch] .type-thumb")
    assert "a" * 64 in (thumb.get_attribute("src") or "")
    expect(thumb).to_be_visible()
    assert len(thumb.screenshot()) > 500  # the grain of a plate
    below = page.locator("[data-type=stain]").bounding_box()
    touch(page, "[data-type=scratch]")
    expect(thumb).to_be_hidden()  # the verdict and the places need the room
    assert page.locator("[data-type=stain]").bounding_box() == below  # nothing moves for it


def test_the_good_part_takes_the_pictures_place_and_answers_rest(
    station: Opener, plant: Plant
) -> None:
    plant.golden_file = picture(size=(90, 90), kind="JPEG")
    page = station(store={"labeler.mode": "desk"})
    touch(page, "[data-type=dent]")
    Finger(page).drag(on_screen(page, 800, 300), on_screen(page, 1000, 500))
    drawn = page.locator(".region .line").get_attribute("x")
    page.keyboard.press("b")
    shown = page.locator("[data-picture] img").last
    before = shown.bounding_box()
    touch(page, "[data-act=golden]")
    expect(page.locator("[data-golden-label]")).to_be_visible()
    expect(page.locator("[data-overlay]")).to_be_hidden()  # the places are the other picture's
    expect(page.locator("[data-picture] img")).to_have_count(2)
    assert page.locator("[data-picture] img.golden").bounding_box() == before
    x, y = on_screen(page, 60, 600)  # the good part is square: beside it is nothing of either
    beside = page.screenshot(clip={"x": x, "y": y, "width": 9, "height": 9})
    assert len(Image.open(io.BytesIO(beside)).convert("RGB").getcolors() or ()) == 1
    answers = "[data-type], .answer button, .detail button, [data-act=undo]"
    for control in page.locator(answers).all():
        expect(control).to_be_disabled()
    for key in ("Enter", "1", "u", "b", "b", "ArrowRight", "Delete", "z", "Escape"):
        page.keyboard.press(key)
    Finger(page).drag(on_screen(page, 300, 300), on_screen(page, 600, 600))
    touch(page, "[data-act=golden]")
    expect(page.locator(".region")).to_have_count(1)
    expect(page.locator(".handle")).to_have_count(4)  # still chosen
    assert page.locator(".region .line").get_attribute("x") == drawn
    expect(page.locator("[data-golden-label]")).to_be_hidden()
    expect(page.locator("[data-picture] img")).to_have_count(1)
    expect(page.locator("[data-type=scratch]")).to_have_attribute("aria-pressed", "false")
    assert plant.reviews == []


def test_the_key_g_changes_over_when_pressed_and_comes_back_when_it_was_held(
    station: Opener, plant: Plant
) -> None:
    page = station()
    page.route("**/img-2/golden*", lambda route: route.abort())
    label = page.locator("[data-golden-label]")
    page.keyboard.press("g")
    expect(label).to_be_visible()
    page.keyboard.press("g")
    expect(label).to_be_hidden()
    page.keyboard.down("g")
    expect(label).to_be_visible()
    page.wait_for_timeout(330)
    page.keyboard.up("g")
    expect(label).to_be_hidden()
    page.keyboard.press("Enter")  # at once: the picture has not been seen again yet
    assert plant.reviews == []
    pause(page)
    page.keyboard.press("Enter")
    eventually(lambda: len(plant.reviews) == 1, page)
    ready(page, "img-2")
    page.keyboard.press("g")
    expect(page.locator("[data-hint]")).to_contain_text("The good part did not come")
    expect(label).to_be_hidden()


OUT_OF_VIEW = """() => [...document.querySelectorAll("[data-stage], main button")]
    .filter((node) => node.checkVisibility() && !node.closest("dialog"))
    .filter((node) => node.getBoundingClientRect().right > innerWidth + 1)
    .map((node) => node.textContent.trim())"""


def test_without_a_good_part_the_button_rests_and_a_small_screen_shows_all(
    station: Opener, plant: Plant
) -> None:
    plant.golden = False
    page = station()
    expect(page.locator("[data-act=golden]")).to_be_disabled()
    page.keyboard.press("g")
    expect(page.locator("[data-golden-label]")).to_be_hidden()
    for width, height in ((600, 1024), (390, 844), (844, 390)):
        turned(page, {"width": width, "height": height})
        assert page.evaluate(OUT_OF_VIEW) == []


def test_something_else_is_a_note_and_a_box_and_never_an_ok(station: Opener, plant: Plant) -> None:
    page = station()
    touch(page, "[data-act=else]")
    expect(page.locator("[data-dialog=else]")).to_be_visible()
    expect(page.locator("[data-else-text]")).not_to_be_focused()  # nothing fell through the finger
    page.locator("[data-else-text]").focus()
    input_method = page.context.new_cdp_session(page)
    composed = {"text": "hair", "selectionStart": 4, "selectionEnd": 4}
    input_method.send("Input.imeSetComposition", composed)
    touch(page, "[data-note=foreign_object]")  # while it still composes
    expect(page.locator("[data-act=ok]")).to_be_hidden()
    expect(page.get_by_role("group", name="Foreign object")).to_be_visible()
    touch(page, "[data-act=submit]")
    expect(page.locator("[data-hint]")).to_contain_text("Foreign object")  # where is it?
    assert plant.reviews == []
    Finger(page).drag(on_screen(page, 400, 300), on_screen(page, 720, 540))
    expect(page.locator(".region")).to_have_count(1)
    page.keyboard.press("n")  # shortcuts go on
    page.fill("[data-else-text]", "  a hair? ")
    touch(page, "[data-note=foreign_object]")  # other words for it; it is not taken back
    page.keyboard.press("Enter")
    review = sent(page, plant)
    [thing] = review["something_else"]
    assert (thing["note"], thing["text"]) == ("foreign_object", "a hair?")
    [region] = thing["regions"]
    assert region["kind"] == "box"
    assert [region[k] for k in ("x", "y", "width", "height")] == pytest.approx(
        [400, 300, 320, 240], abs=2
    )
    assert review["judgements"] == []
    ready(page, "img-2")
    expect(page.locator("[data-act=else]")).to_have_attribute("aria-pressed", "false")
    touch(page, "[data-act=undo]")  # the last submit, taken back with everything on it
    ready(page, "img-1")
    expect(page.locator("[data-act=else]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".region")).to_have_count(1)
    eventually(lambda: len(plant.withdrawn) == 1, page)


def test_something_else_can_be_taken_back_and_stays_beside_cannot_tell(
    station: Opener, plant: Plant
) -> None:
    page = station()
    touch(page, "[data-act=else]")
    touch(page, "[data-note=colour]")
    touch(page, "[data-act=else-remove]")
    expect(page.locator("[data-act=ok]")).to_be_visible()
    touch(page, "[data-act=undo]")
    Finger(page).drag(on_screen(page, 400, 300), on_screen(page, 720, 540))
    page.keyboard.press("1")
    page.keyboard.press("1")  # nothing chosen any more
    page.keyboard.press("u")
    page.keyboard.press("Enter")
    review = sent(page, plant)
    assert {judgement["verdict"] for judgement in review["judgements"]} == {"unsure"}
    assert len(review["judgements"]) == 8
    assert [thing["note"] for thing in review["something_else"]] == ["colour"]


def test_an_ok_says_nothing_of_something_else_and_unused_words_go_too(
    station: Opener, plant: Plant
) -> None:
    page = station()
    touch(page, "[data-act=else]")
    page.fill("[data-else-text]", "a hair at the left edge")
    touch(page, "[data-dialog=else] [data-close]")  # thought better of
    touch(page, "[data-act=ok]")
    assert "something_else" not in sent(page, plant)
    ready(page, "img-2")
    expect(page.locator("[data-else-text]")).to_have_value("")  # it was about the picture before


def test_shortcuts_rest_while_an_input_method_composes(station: Opener, plant: Plant) -> None:
    page = station()
    compose = "(kind) => document.body.dispatchEvent(new CompositionEvent(kind, { bubbles: true }))"
    # The first key of a syllable comes before the composition.
    process = """(how) => document.body.dispatchEvent(new KeyboardEvent("keydown",
        { key: "Process", bubbles: true, ...how }))"""
    for how in ({"code": "Digit1", "keyCode": 229}, {"code": "Digit2", "isComposing": True}):
        page.evaluate(process, how)
    page.evaluate(compose, "compositionstart")
    for key in ("1", "Enter", "u", "e", "d", "g", "?"):
        page.keyboard.press(key)
    expect(
        page.locator("[aria-pressed=true].type, dialog[open], [data-book]:visible")
    ).to_have_count(0)
    assert plant.reviews == []
    page.evaluate(compose, "compositionend")
    page.keyboard.press("2")
    expect(page.locator("[data-type=dent]")).to_have_attribute("aria-pressed", "true")


def test_every_shortcut_of_the_design_stands_in_the_help(station: Opener) -> None:
    page = station()
    page.keyboard.press("?")
    keys = set(page.locator("[data-dialog=help] kbd").all_text_contents())
    assert {*"19BPMUZGDE?+-0", "Space", "Enter"} <= keys


def test_every_accepted_tap_is_seen_and_felt(station: Opener) -> None:
    page = station(
        script="""
        window.shaken = [];
        navigator.vibrate = (ms) => shaken.push(ms);
        window.seen = 0;
        addEventListener("animationstart", ({ animationName }) => {
          if (animationName.startsWith("tapped")) window.seen += 1;
        }, true);"""
    )
    for selector in (
        "[data-type=porosity]", "[data-severity='2']", "[data-act=unsure]", "[data-act=menu]",
        *(f"[data-dialog=menu] [data-switch={name}]" for name in ("hand", "theme")),
        "[data-dialog=menu] [data-close]", "[data-type=crack]",
    ):  # fmt: skip
        touch(page, selector)
    assert page.evaluate("window.seen") == 7  # a dialog that closes takes its button with it
    touch(page, "[data-stage]")  # the outline's first point
    expect(page.locator(".region.open .handle")).to_have_count(1)
    shaken = page.evaluate("window.shaken")
    assert len(shaken) == 9  # where the device can
    assert all(ms > 0 for ms in shaken)
