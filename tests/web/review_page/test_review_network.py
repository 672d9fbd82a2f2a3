"""The review page when the server is away, slow to be heard, or refuses."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.web.review_page.browser import Opener, eventually, needs_chromium, ready
from tests.web.review_page.station import Plant

pytestmark = needs_chromium


def test_undo_of_a_review_that_never_left_the_tablet_sends_nothing(
    station: Opener, plant: Plant
) -> None:
    page = station()
    page.route("**/api/v1/reviews", lambda route: route.abort())
    page.tap("[data-act=ok]")
    ready(page, "img-2")
    page.tap("[data-act=ok]")  # waits behind the first, never tried
    ready(page, "img-3")
    page.tap("[data-act=undo]")
    ready(page, "img-2")
    page.unroute("**/api/v1/reviews")
    eventually(lambda: len(plant.reviews) == 1, page)
    page.wait_for_timeout(300)
    assert [review["image"] for review in plant.live()] == ["img-1"]


def test_undo_of_a_review_that_may_have_arrived_withdraws_it(station: Opener, plant: Plant) -> None:
    page = station()

    def swallow(route: Any) -> None:
        route.fetch(url=route.request.url.replace("plant.test", "127.0.0.1"))
        route.abort()

    page.route("**/api/v1/reviews", swallow)
    page.tap("[data-act=ok]")
    eventually(lambda: len(plant.reviews) == 1, page)
    ready(page, "img-2")
    page.tap("[data-act=undo]")
    ready(page, "img-1")
    page.unroute("**/api/v1/reviews")
    eventually(lambda: plant.withdrawn == [{"review": "rev-1", "reason": "undo"}], page)


def test_the_picture_taken_back_may_come_under_a_new_assignment(
    station: Opener, plant: Plant
) -> None:
    plant.new_lease_after_withdrawal = True
    page = station()
    page.tap("[data-act=ok]")
    ready(page, "img-2")
    page.tap("[data-act=undo]")
    ready(page, "img-1")
    eventually(lambda: len(plant.withdrawn) == 1, page)
    page.tap("[data-act=ok]")
    ready(page, "img-2")
    eventually(lambda: len(plant.live()) == 1, page)
    assert plant.live()[0]["assignment"] == "asg-1-again"
    page.tap("[data-act=ok]")
    ready(page, "img-3")


def test_a_settled_picture_cannot_be_taken_back_and_the_page_says_so(
    station: Opener, plant: Plant
) -> None:
    plant.answer_withdrawals_with = 409
    page = station()
    page.tap("[data-act=ok]")
    ready(page, "img-2")
    page.tap("[data-act=undo]")
    expect(page.locator("[data-hint]")).to_contain_text("settled already")
    ready(page, "img-2")
    expect(page.locator("[data-progress]")).to_have_text("1 of 6")
    assert len(plant.live()) == 1


def test_without_network_the_work_goes_on_and_arrives_once_in_order(
    station: Opener, plant: Plant
) -> None:
    page = station()
    page.route("**/api/v1/reviews", lambda route: route.abort())
    for number in (2, 3):
        page.tap("[data-act=ok]")
        ready(page, f"img-{number}")
    expect(page.locator("[data-sync]")).to_have_text("On this tablet: 2")
    assert plant.reviews == []
    page.unroute("**/api/v1/reviews")
    page.evaluate("dispatchEvent(new Event('online'))")
    eventually(lambda: len(plant.reviews) == 2, page)
    page.wait_for_timeout(300)
    assert [review["image"] for review in plant.reviews] == ["img-1", "img-2"]
    expect(page.locator("[data-sync]")).to_have_text("All saved")


def test_an_answer_lost_on_the_way_back_makes_no_second_review(
    station: Opener, plant: Plant
) -> None:
    page = station()
    lost = []

    def swallow(route: Any) -> None:
        local = route.request.url.replace("plant.test", "127.0.0.1")
        lost.append(route.fetch(url=local))  # the server has it; the tablet never hears of it
        route.abort()

    page.route("**/api/v1/reviews", swallow, times=1)
    page.tap("[data-act=ok]")
    eventually(lambda: sum(path == "/reviews" for path, _ in plant.requests) == 2, page)
    expect(page.locator("[data-sync]")).to_have_text("All saved")
    assert len(lost) == 1
    assert len(plant.reviews) == 1


@pytest.mark.parametrize("status", [409, 422])
def test_a_refused_review_stays_in_a_visible_tray(
    station: Opener, plant: Plant, status: int
) -> None:
    page = station()
    plant.answer_reviews_with = status
    page.tap("[data-act=ok]")
    ready(page, "img-2")
    expect(page.locator("[data-notice]")).to_contain_text("Reviews that need help: 1")
    expect(page.locator("[data-sync]")).to_have_text("On this tablet: 1")
    page.tap("[data-act=tray]")
    expect(page.locator("[data-tray] li")).to_have_count(1)
    plant.answer_reviews_with = None
    page.tap("[data-act=tray-retry]")
    eventually(lambda: len(plant.reviews) == 1, page)
    expect(page.locator("[data-notice]")).to_be_hidden()


def test_signed_out_keeps_the_review_and_says_so(station: Opener, plant: Plant) -> None:
    page = station()
    plant.answer_reviews_with = 401
    page.tap("[data-act=ok]")
    expect(page.locator("[data-notice]")).to_contain_text("You are signed out")
    plant.answer_reviews_with = None
    eventually(lambda: len(plant.reviews) == 1, page)
    expect(page.locator("[data-notice]")).to_be_hidden()


def test_leaving_asks_first_only_where_the_tablet_cannot_store_the_work(station: Opener) -> None:
    refuses = "IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError') }"
    asks = """(() => {
        const leaving = new Event("beforeunload", { cancelable: true });
        dispatchEvent(leaving);
        return leaving.defaultPrevented;
    })()"""
    for script, stored in (("", True), (refuses, False)):
        page = station(script=script)
        assert page.evaluate(asks) is False
        page.route("**/api/v1/reviews", lambda route: route.abort())
        page.tap("[data-act=ok]")
        ready(page, "img-2")
        said = "On this tablet: 1" if stored else "Not on this tablet: 1"
        expect(page.locator("[data-sync]")).to_have_text(said)
        assert page.evaluate(asks) is not stored


def test_a_standard_missing_from_the_page_is_fetched(station: Opener, plant: Plant) -> None:
    plant.standards_in_page = False
    page = station()
    expect(page.locator("[data-type]")).to_have_count(8)
