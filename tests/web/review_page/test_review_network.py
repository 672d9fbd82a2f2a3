"""The review page when the server is away, slow to be heard, or refuses."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.web.review_page.browser import (
    STORAGE,
    Finger,
    Opener,
    eventually,
    needs_chromium,
    on_screen,
    pause,
    ready,
)
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


HEARD = """(outcome) => {
    new BroadcastChannel("labeler-review").postMessage({ about: "outcome", author: "", outcome });
}"""


def test_a_settled_picture_cannot_be_taken_back_and_the_page_says_so(
    station: Opener, plant: Plant
) -> None:
    plant.answer_withdrawals_with = 409
    page = station()
    page.tap("[data-act=ok]")
    ready(page, "img-2")
    held: list[Route] = []
    page.route("**/withdrawal", lambda route: held.append(route))  # noqa: PLW0108  it wants a function
    page.tap("[data-act=undo]")
    ready(page, "img-1")
    page.tap("[data-act=unusable]")  # asked of the picture that is on its way out
    eventually(lambda: len(held) == 1, page)
    held[0].continue_()
    expect(page.locator("[data-hint]")).to_contain_text("settled already")
    ready(page, "img-2")
    expect(page.locator("[data-dialog=unusable]")).to_be_hidden()
    expect(page.locator("[data-progress]")).to_have_text("1 of 6")
    assert len(plant.live()) == 1
    # What a tab of another project hears from the server is nothing to this one.
    hint = page.locator("[data-hint]")
    hint.evaluate("(node) => { node.textContent = ''; }")
    for project, said in (("others", ""), ("plates", "settled already")):
        page.evaluate(HEARD, {"kind": "settled", "project": project, "image": "img-9"})
        expect(hint).to_contain_text(said)
    expect(page.locator("[data-progress]")).to_have_text("2 of 6")


def drawn_before_the_undo_is_answered(page: Page, answer: Callable[[Route], None]) -> None:
    """Take a review back, draw a dent on its picture, and only then let the server answer."""
    held: list[Route] = []
    page.route("**/withdrawal", lambda route: held.append(route))  # noqa: PLW0108  it wants a function
    page.tap("[data-act=ok]")
    ready(page, "img-2")
    expect(page.locator("[data-sync]")).to_have_text("All saved")
    page.tap("[data-act=undo]")
    ready(page, "img-1")
    page.tap("[data-type=dent]")
    Finger(page).drag(on_screen(page, 400, 300), on_screen(page, 720, 540))
    expect(page.locator(".region")).to_have_count(1)
    eventually(lambda: len(held) == 1, page)
    answer(held[0])


def test_an_undo_that_comes_too_late_keeps_what_was_drawn_meanwhile(
    station: Opener, plant: Plant
) -> None:
    plant.answer_withdrawals_with = 409
    page = station()
    drawn_before_the_undo_is_answered(page, lambda route: route.continue_())
    expect(page.locator("[data-hint]")).to_contain_text("kept on this tablet for your lead")
    expect(page.locator(".region")).to_have_count(1)
    assert page.locator("[data-stage]").get_attribute("data-image") == "img-1"
    pause(page)
    page.tap("[data-act=submit]")
    ready(page, "img-2")
    expect(page.locator("[data-progress]")).to_have_text("1 of 6")
    expect(page.locator("[data-notice]")).to_contain_text("Reviews that need help: 1")
    [waiting] = page.evaluate(DEEDS, STORAGE)
    assert (waiting["state"], waiting["status"], waiting["image"]) == ("help", 409, "img-1")
    [judgement] = waiting["review"]["judgements"]
    [box] = judgement["regions"]
    assert [box[k] for k in ("x", "y", "width", "height")] == pytest.approx(
        [400, 300, 320, 240], abs=1
    )
    assert [review["judgements"] for review in plant.live()] == [[]]


def test_an_undo_whose_new_claim_is_refused_keeps_what_was_drawn_meanwhile(
    station: Opener, plant: Plant
) -> None:
    page = station()

    def refuse_claims(route: Route) -> None:
        page.route(
            "**/assignments", lambda claim: claim.fulfill(status=403, json={"title": "No"}), times=1
        )
        route.continue_()

    drawn_before_the_undo_is_answered(page, refuse_claims)
    eventually(lambda: len(plant.withdrawn) == 1, page)
    expect(page.locator("[data-sync]")).to_have_text("All saved")
    expect(page.locator(".region")).to_have_count(1)
    pause(page)
    page.tap("[data-act=submit]")
    ready(page, "img-2")
    eventually(lambda: len(plant.live()) == 1, page)
    [judgement] = plant.live()[0]["judgements"]
    assert (judgement["defect_type"], len(judgement["regions"])) == ("dent", 1)
    expect(page.locator("[data-notice]")).to_be_hidden()


SEED = """async ({ storage, state }) => {
    const { transact } = await import(storage);
    await transact(["deeds"], "readwrite", async (rows) => {
        for (let number = 1; number <= 12; number += 1) {
            await rows.put("deeds", {
                kind: "review", submission_id: `seeded-${number}`,
                author: { id: "", name: "Kim Minji" },
                project: "plates", assignment: `asg-${number}`, image: `img-${number}`,
                standard_version: 1, created_at: new Date().toISOString(), attempts: 1, state,
                status: 500, review: { submission_id: `seeded-${number}`, judgements: [] },
            });
        }
    });
}"""
DEEDS = """async (storage) => {
    const { transact } = await import(storage);
    return transact(["deeds"], "readonly", (rows) => rows.all("deeds"));
}"""


@pytest.mark.parametrize("state", ["queued", "help"])
def test_a_dozen_unsent_reviews_leave_the_supply_as_full_as_ever(
    station: Opener, plant: Plant, state: str
) -> None:
    plant.images = 16
    page = station()
    plant.answer_reviews_with = 503
    page.evaluate(SEED, {"storage": STORAGE, "state": state})
    page.reload()
    for number in (13, 14, 15, 16):
        ready(page, f"img-{number}")
        page.tap("[data-act=ok]")
    expect(page.locator("[data-empty]")).to_be_visible()
    expect(page.locator("[data-sync]")).to_contain_text("On this tablet: 16")
    # Whoever was taken out of the project meanwhile is told whom to ask.
    page.route("**/assignments", lambda route: route.fulfill(status=404, json={}))
    page.tap("[data-empty] [data-act=again]")
    expect(page.locator("[data-trouble]")).to_contain_text("Ask your lead to add you")


# The second picture is lost at the server, the third never ends; here nobody waits long for it.
LOST_AND_STALLED = """
    const asked = window.fetch;
    window.fetch = (url, how) => {
        const lost = new Response("", { status: 404 });
        if (String(url).includes("img-2/preview")) return Promise.resolve(lost);
        if (!String(url).includes("img-3/preview")) return asked(url, how);
        const begun = new ReadableStream({ start: (stream) => {
            how.signal?.addEventListener("abort", () => stream.error(how.signal.reason));
        } });
        return Promise.resolve(new Response(begun));
    };
    const later = window.setTimeout;
    window.setTimeout = (act, ms, ...more) => later(act, ms === 15_000 ? 1_000 : ms, ...more);
"""


def test_a_picture_that_does_not_come_keeps_no_other_waiting(station: Opener, plant: Plant) -> None:
    page = station(script=LOST_AND_STALLED)
    for following in (4, 5, 6):
        page.tap("[data-act=ok]")
        ready(page, f"img-{following}")
    page.tap("[data-act=ok]")
    expect(page.locator("[data-trouble]")).to_contain_text("The picture did not come")
    eventually(lambda: len(plant.reviews) == 4, page)


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
    page.evaluate(
        "document.dispatchEvent(new Event('visibilitychange'))"
    )  # the page comes into view
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


THREE_DAYS_AGO = """async (storage) => {
    const { transact } = await import(storage);
    await transact(["deeds"], "readwrite", async (rows) => {
      for (const deed of await rows.all("deeds")) {
        const reviewed_at = new Date(Date.parse(deed.review.reviewed_at) - 3 * 864e5).toISOString();
        await rows.put("deeds", { ...deed, review: { ...deed.review, reviewed_at } });
      }
    });
    dispatchEvent(new Event("online"));
}"""


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
    # What was answered on another day says which.
    day = "(n) => new Date(Date.now() + n * 864e5).toLocaleDateString('en')"
    expect(page.locator("[data-tray] li")).not_to_contain_text(page.evaluate(day, 0))
    page.evaluate(THREE_DAYS_AGO, STORAGE)
    expect(page.locator("[data-tray] li")).to_contain_text(page.evaluate(day, -3))
    plant.answer_reviews_with = None
    page.tap("[data-act=tray-retry]")
    eventually(lambda: len(plant.reviews) == 1, page)
    expect(page.locator("[data-notice]")).to_be_hidden()


def test_signed_out_keeps_the_review_and_says_so_until_something_arrives(
    station: Opener, plant: Plant
) -> None:
    page = station(
        script="""addEventListener("DOMContentLoaded", () => {
            const notice = document.querySelector("[data-notice]");
            window.flips = [];
            new MutationObserver(() => flips.push(notice.hidden))
                .observe(notice, { attributes: true, attributeFilter: ["hidden"] });
        });"""
    )
    plant.answer_reviews_with = 401
    page.tap("[data-act=ok]")
    expect(page.locator("[data-notice]")).to_contain_text("You are signed out")

    def tries() -> int:
        return sum(path == "/reviews" for path, _ in plant.requests)

    eventually(lambda: tries() >= 3, page)  # it tries again, and the picture does not jump
    plant.answer_reviews_with = None
    eventually(lambda: len(plant.reviews) == 1, page)
    expect(page.locator("[data-notice]")).to_be_hidden()
    shown_then_hidden = [state for state, *_ in itertools.groupby(page.evaluate("flips"))]
    assert shown_then_hidden[-2:] == [False, True]
    assert shown_then_hidden.count(False) == 1


# A storage that says nothing at first, asked by a module of its own.
LATE = """async (storage) => {
    const later = window.setTimeout;
    const { open } = IDBFactory.prototype;
    let [asked, comes] = [0, null];
    window.setTimeout = (act, ms) => later(act, ms === 5_000 ? 50 : ms);
    IDBFactory.prototype.open = function (...what) {
        asked += 1;
        const silent = {};
        comes = () => {
            const real = open.apply(this, what);
            real.onsuccess = () => silent.onsuccess(Object.assign(silent, { result: real.result }));
        };
        return silent;
    };
    const { transact } = await import(`${storage}?anew`);
    const count = () =>
        transact(["deeds"], "readonly", (rows) => rows.count("deeds")).catch(() => "refused");
    const said = [await count(), await count()];
    comes();
    for (let tries = 0; tries < 20 && said.at(-1) !== 1; tries += 1) {
        await new Promise((resolve) => later(resolve, 20));
        said[2] = await count();
    }
    IDBFactory.prototype.open = open;
    window.setTimeout = later;
    return [...said, asked];
}"""


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
        if stored:  # not every step waits for it anew, and it counts again once it has answered
            assert page.evaluate(LATE, STORAGE) == ["refused", "refused", 1, 1]


def test_after_failures_it_waits_1_2_5_10_and_then_30_seconds_each_a_little_different(
    station: Opener,
) -> None:
    page = station()
    waits = page.evaluate("""async () => {
        const { Drainer } = await import("/static/js/review/drainer.js");
        const waits = [];
        let failures = 0;
        let wake = null;
        const real = window.setTimeout;
        window.setTimeout = (act, ms) => { waits.push(ms); wake = act; };
        const drainer = new Drainer({
            deeds: {
                step: async (outcome) => (outcome ? { deed: null } : { deed: {}, failures }),
                rest: async (after) => { failures = after.failures; },
                renew: async () => {},
            },
            deliver: async (next) => ({ deed: next.deed, kind: "later", after_s: 0 }),
            onState: () => {}, onOutcome: () => {},
        });
        for (let n = 0; n < 7; n += 1) await drainer.drain();
        window.setTimeout = real;
        return waits;
    }""")
    for wait, step_s in zip(waits, (1, 2, 5, 10, 30, 30, 30), strict=True):
        assert 800 * step_s <= wait <= 1200 * step_s
    assert len({round(wait) for wait in waits[4:]}) > 1  # not all tablets at once
    # Two seconds into thirty it rests on; with the clock ten minutes back it rests no longer.
    rests = page.evaluate("""async () => {
        const { hold, release } = await import("/static/js/review/lease.js");
        let row;
        const rows = { get: async () => row, put: async (_, next) => { row = next; } };
        const at = async (now_ms) => {
          const { mine, wait_ms = 0 } = await hold(rows, "tab", { now_ms });
          return [mine, wait_ms];
        };
        await at(1_000_000);
        await release(rows, "tab", { failures: 1, rested_ms: 1_000_000, resume_ms: 1_030_000 });
        return [await at(1_002_000), await at(400_000)];
    }""")
    assert rests == [[False, 28_000], [True, 0]]
    # What is large may take longer on a slow line: given up each time, it would hold up the rest.
    patience = page.evaluate("""async () => {
        const { call } = await import("/static/js/review/api.js");
        const { setTimeout: later, fetch: asked } = window;
        const waits = [];
        window.setTimeout = (act, ms) => { waits.push(ms); };
        window.fetch = async () => new Response("{}");
        for (const letters of [1_000, 400_000]) await call("POST", "/", "a".repeat(letters - 2));
        Object.assign(window, { setTimeout: later, fetch: asked });
        return waits;
    }""")
    assert patience == [20_500, 220_000]
    # A server in trouble is tried again; only what will never be taken waits for help.
    became = page.evaluate("""async () => {
        const { deliver } = await import("/static/js/review/delivery.js");
        const real = window.fetch;
        const deed = { kind: "review", submission_id: "one", review: {} };
        const became = {};
        for (const status of [200, 401, 403, 408, 409, 413, 422, 425, 429, 500, 503]) {
            window.fetch = async () => new Response("{}", { status });
            (became[(await deliver({ deed })).kind] ??= []).push(status);
        }
        window.fetch = real;
        return became;
    }""")
    assert became == {
        "later": [200, 408, 425, 429, 500, 503],
        "signed-out": [401],
        "refused": [403, 409, 413, 422],
    }


def test_a_standard_missing_from_the_page_is_fetched_before_it_is_needed(
    station: Opener, plant: Plant
) -> None:
    plant.standards_in_page = False
    plant.versions = {3: 2, 4: 2}  # a new one was published meanwhile
    page = station()
    expect(page.locator("[data-type]")).to_have_count(8)
    page.wait_for_load_state("networkidle")
    page.context.set_offline(True)
    for following in (2, 3, 4):
        page.tap("[data-act=ok]")
        ready(page, f"img-{following}")
