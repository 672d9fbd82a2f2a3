"""One hand draws on the picture while the other answers, submits, or turns the tablet."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

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
from tests.web.review_page.drawing import Hand, Point, Shown, each_way, regions, turned
from tests.web.review_page.station import Plant

pytestmark = needs_chromium

LET_GO = "Let go of the picture first."
Tap = Callable[[str], None]
REFUSED = """async (storage) => {
  const { transact } = await import(storage);
  const deeds = await transact(["deeds"], "readonly", (rows) => rows.all("deeds"));
  return deeds.filter(({ state }) => state === "help").length;
}"""


@contextmanager
def drawing(hand: Hand, start: Point, end: Point) -> Iterator[Tap]:
    """A finger that stays down until the block ends; what is handed out taps with another one."""
    (ax, ay), (bx, by) = start, end
    hand.touch("touchStart", (0, ax, ay, 5))
    for share in (0.5, 0.8, 1):
        hand.touch("touchMove", (0, ax + (bx - ax) * share, ay + (by - ay) * share, 5))

    def tap(selector: str) -> None:
        other = (1, *hand.middle(selector), 5)
        hand.touch("touchStart", (0, bx, by, 5), other)
        hand.touch("touchEnd", other)

    yield tap
    hand.touch("touchEnd", (0, bx, by, 5))


def assert_box(stored: dict[str, float], corners: list[Point]) -> None:
    (left, top), (right, bottom) = corners
    found = [stored[key] for key in ("x", "y", "width", "height")]
    assert found == pytest.approx([left, top, right - left, bottom - top], abs=1.01)


def test_what_one_hand_answers_while_the_other_draws_stands(station: Opener, plant: Plant) -> None:
    page = station(scale=2)
    hand = Hand(page)
    drawn = page.locator("[data-overlay] .region")

    def expect_marked(code: str, pressed: str = "true") -> None:
        expect(page.locator(f"[data-type={code}]")).to_have_attribute("aria-pressed", pressed)

    for shown in each_way(page):
        page.tap("[data-type=dent]")
        dent = [shown.at(0.1, 0.2), shown.at(0.3, 0.4)]
        with drawing(hand, *dent) as tap:
            tap("[data-type=porosity]")
        expect_marked("porosity")
        expect(drawn).to_have_count(1)
        porosity = [shown.at(0.5, 0.2), shown.at(0.8, 0.5)]
        with drawing(hand, *porosity) as tap:
            tap("[data-severity='2']")  # still asked of what was tapped last
        expect(drawn).to_have_count(2)
        with drawing(hand, shown.at(0.65, 0.35), shown.at(0.7, 0.5)) as tap:  # moves that box
            tap("[data-type=burr]")
        expect_marked("burr")
        with drawing(hand, shown.at(0.2, 0.7), shown.at(0.5, 0.7)) as tap:  # the brush
            tap("[data-act=undo]")  # the box goes back
        expect(drawn).to_have_count(3)
        pause(page)
        with drawing(hand, shown.at(0.2, 0.6), shown.at(0.5, 0.6)) as tap:
            tap("[data-type=burr]")
        expect_marked("burr", "false")
        expect(page.locator("[data-hint]")).to_have_text(
            "Not drawn: what it was for has been taken back."
        )
        expect(drawn).to_have_count(2)
        page.tap("[data-type=crack]")
        for share in ((0.2, 0.6), (0.5, 0.6)):
            hand.tap_at(shown.at(*share))
        with drawing(hand, shown.at(0.4, 0.7), shown.at(0.5, 0.8)) as tap:  # the third point
            tap("[data-type=stain]")
        expect_marked("stain")
        expect(page.locator(".region.open .handle")).to_have_count(3)
        pause(page)
    page.tap("[data-type=crack]")  # absent
    stored = regions(page, plant)
    assert set(stored) == {"dent", "porosity", "stain"}
    assert_box(stored["dent"][0], [shown.image(point) for point in dent])
    assert_box(stored["porosity"][0], [shown.image(point) for point in porosity])
    [level] = {each["severity"] for each in plant.reviews[0]["judgements"]} - {None}
    assert level == 2


def test_nothing_ends_a_picture_while_a_hand_draws_on_it(station: Opener, plant: Plant) -> None:
    page = station(scale=2)
    hand, shown = Hand(page), Shown(page)
    hint, drawn = page.locator("[data-hint]"), page.locator("[data-overlay] .region")
    page.tap("[data-act=ok]")
    ready(page, "img-2")
    page.tap("[data-type=dent]")
    for number, selector in enumerate(("[data-act=submit]", "[data-act=golden]"), start=1):
        top = 0.25 * number
        with drawing(hand, shown.at(0.2, top), shown.at(0.4, top + 0.1)) as tap:
            tap(selector)
            expect(hint).to_have_text(LET_GO)
        expect(drawn).to_have_count(number)
    expect(page.locator("dialog[open], [data-golden-label]:visible")).to_have_count(0)
    page.mouse.move(*shown.at(0.6, 0.2))
    page.mouse.down()
    page.mouse.move(*shown.at(0.8, 0.4), steps=3)
    page.keyboard.press("3")
    for key in ("Enter", "+"):
        page.evaluate("document.querySelector('[data-hint]').textContent = ''")
        page.keyboard.press(key)
        expect(hint).to_have_text(LET_GO)
    page.mouse.up()
    expect(drawn).to_have_count(3)
    expect(page.locator("[data-type=stain]")).to_have_attribute("aria-pressed", "true")
    assert [review["image"] for review in plant.reviews] == ["img-1"]
    pause(page)  # submit is tapped again
    assert len(regions(page, plant, 2)["dent"]) == 3


def test_a_notice_waits_for_the_hand_and_a_turned_tablet_drops_the_drawing(
    station: Opener, plant: Plant
) -> None:
    plant.answer_reviews_with = 503
    page = station(scale=2)
    hand = Hand(page)
    page.tap("[data-act=ok]")
    ready(page, "img-2")
    page.tap("[data-type=dent]")
    shown = Shown(page)
    plant.answer_reviews_with = 422
    corners = [shown.at(0.3, 0.4), shown.at(0.5, 0.6)]
    notice, drawn = page.locator("[data-notice]"), page.locator("[data-overlay] .region")

    with drawing(hand, *corners):
        page.evaluate("dispatchEvent(new Event('online'))")
        eventually(lambda: page.evaluate(REFUSED, STORAGE) == 1, page)
        page.wait_for_timeout(150)
        expect(notice).to_be_hidden()
    expect(notice).to_be_visible()
    expect(drawn).to_have_count(1)
    plant.answer_reviews_with = None

    place = Shown(page)
    with drawing(hand, place.at(0.6, 0.2), place.at(0.8, 0.4)):
        expect(drawn).to_have_count(2)
        turned(page, PORTRAIT)
        expect(drawn).to_have_count(1)
        expect(page.locator("[data-hint]")).to_contain_text("Please draw it again.")
    turned(page, LANDSCAPE)
    expect(drawn).to_have_count(1)
    [box] = regions(page, plant)["dent"]
    assert_box(box, [shown.image(corner) for corner in corners])
