"""The review page in a real browser: answers, bounces, undo, keyboard."""

import re

from playwright.sync_api import expect

from tests.web.review_page.browser import (
    Finger,
    Opener,
    eventually,
    needs_chromium,
    on_screen,
    pause,
    ready,
)
from tests.web.review_page.drawing import turned
from tests.web.review_page.station import Plant

pytestmark = needs_chromium


def test_the_page_runs_where_the_browser_sees_no_secure_context(station: Opener) -> None:
    page = station()
    assert page.evaluate("[isSecureContext, typeof crypto.randomUUID]") == [False, "undefined"]


def test_ok_is_one_tap_and_means_absent_for_all(station: Opener, plant: Plant) -> None:
    page = station()
    Finger(page).tap("[data-act=ok]")
    ready(page, "img-2")
    eventually(lambda: len(plant.reviews) == 1, page)
    review = plant.reviews[0]
    assert review["judgements"] == []
    assert review["unusable"] is None
    assert (review["assignment"], review["standard_version"]) == ("asg-1", 1)
    assert re.fullmatch(
        r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
        review["submission_id"],
    )
    assert review["reviewed_at"].endswith("Z")
    assert 0.3 < review["elapsed_s"] < 60
    expect(page.locator("[data-progress]")).to_have_text("1 of 6")
    expect(page.locator("[data-sync]")).to_have_text("All saved")


def test_one_defect_is_two_taps_and_another_standard_is_told(station: Opener, plant: Plant) -> None:
    plant.versions = {2: 2, 3: 2, 4: 2}  # a new one was published meanwhile
    page = station()
    finger = Finger(page)
    expect(page.locator("[data-act=submit]")).to_be_hidden()
    finger.tap("[data-type=stain]")
    expect(page.locator("[data-act=ok]")).to_be_hidden()
    finger.tap("[data-act=submit]")
    ready(page, "img-2")
    eventually(lambda: len(plant.reviews) == 1, page)
    assert plant.reviews[0]["judgements"] == [
        {"defect_type": "stain", "verdict": "present", "severity": None, "regions": []}
    ]
    expect(page.locator(".type").last).to_have_text(re.compile("Scratch"))  # it was the first
    expect(page.locator("[data-hint]")).to_contain_text("The labeling standard has changed")


def test_an_image_takes_one_touch_for_ok_two_for_a_defect_and_three_with_a_box(
    station: Opener, plant: Plant
) -> None:
    page = station(
        script="addEventListener('pointerdown', () => { window.n = (window.n ?? 0) + 1; }, true);"
    )
    finger = Finger(page)

    def touches_until(image: str) -> int:
        ready(page, image)
        return int(page.evaluate("[window.n, window.n = 0][0]"))

    finger.tap("[data-act=ok]")
    assert touches_until("img-2") == 1
    finger.tap("[data-type=stain]")
    finger.tap("[data-act=submit]")
    assert touches_until("img-3") == 2
    finger.tap("[data-type=dent]")
    finger.drag(on_screen(page, 400, 300), on_screen(page, 720, 540))
    finger.tap("[data-act=submit]")
    assert touches_until("img-4") == 3
    eventually(lambda: len(plant.reviews) == 3, page)
    said = [[(j["defect_type"], len(j["regions"])) for j in r["judgements"]] for r in plant.reviews]
    assert said == [[], [("stain", 0)], [("dent", 1)]]


WRITES = """
    window.seen = [];
    const { put } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = function (row, ...more) {
        if (this.name === "deeds") seen.push("written");
        return put.call(this, row, ...more);
    };
    addEventListener("DOMContentLoaded", () => new MutationObserver(() => {
        seen.push("shown");
        requestAnimationFrame(() => seen.push("frame"));
    }).observe(document.querySelector("[data-stage]"), { attributeFilter: ["data-image"] }));
"""


def test_a_review_is_on_its_way_to_the_storage_before_a_frame_shows_the_next_picture(
    station: Opener,
) -> None:
    page = station(script=WRITES)
    for number in (2, 3):
        page.evaluate("seen.length = 0")
        Finger(page).tap("[data-act=ok]")
        ready(page, f"img-{number}")
        seen = page.evaluate("seen")
        assert seen.count("shown") == seen.count("frame") == 1
        assert seen.index("written") < seen.index("frame"), seen


def test_no_control_rests_between_two_pictures_that_lie_ready(station: Opener) -> None:
    page = station()
    page.evaluate("""() => {
        window.seen = [];
        new MutationObserver((records) => {
            for (const { target, oldValue } of records)
                if (target.disabled === (oldValue === null)) seen.push(target.dataset.act);
        }).observe(document.body, {
            subtree: true, attributeFilter: ["disabled"], attributeOldValue: true,
        });
    }""")
    for number in (2, 3):
        Finger(page).tap("[data-act=ok]")
        ready(page, f"img-{number}")
    assert page.evaluate("seen") == ["undo"]  # which can be had from the first submit on


def test_a_second_tap_takes_the_defect_back_and_ok_returns(station: Opener) -> None:
    page = station()
    page.tap("[data-type=stain]")
    expect(page.locator("[data-type=stain]")).to_have_attribute("aria-pressed", "true")
    pause(page)
    page.tap("[data-type=stain]")
    expect(page.locator("[data-type=stain]")).to_have_attribute("aria-pressed", "false")
    expect(page.locator("[data-act=ok]")).to_be_visible()


def test_a_bounce_on_ok_submits_once_and_two_slow_taps_submit_twice(
    station: Opener, plant: Plant
) -> None:
    page = station()
    finger = Finger(page)
    finger.tap("[data-act=ok]")
    page.wait_for_timeout(60)
    finger.tap("[data-act=ok]")
    page.wait_for_timeout(900)
    assert [review["image"] for review in plant.reviews] == ["img-1"]
    ready(page, "img-2")
    finger.tap("[data-act=ok]")
    ready(page, "img-3")
    eventually(lambda: len(plant.reviews) == 2, page)


def test_a_bounce_on_a_defect_type_marks_it_once(station: Opener) -> None:
    page = station()
    finger = Finger(page)
    finger.tap("[data-type=stain]")
    page.wait_for_timeout(80)
    finger.tap("[data-type=stain]")
    page.wait_for_timeout(100)
    expect(page.locator("[data-type=stain]")).to_have_attribute("aria-pressed", "true")


def test_a_bounce_does_not_reach_what_a_tap_has_laid_bare_or_opened(
    station: Opener, plant: Plant
) -> None:
    page = station()
    finger = Finger(page)

    def twice(selector: str) -> None:
        pause(page)
        point = finger.middle(selector)
        for _ in range(2):
            finger.down(*point)
            finger.up()
            page.wait_for_timeout(60)

    page.tap(".extras [data-act=book]")
    twice("[data-book] [data-act=book]")  # OK lies under the book's way out
    pause(page)
    assert page.locator("[data-stage]").get_attribute("data-image") == "img-1"
    assert plant.reviews == []
    burr = page.locator("[data-type=burr]").bounding_box()
    page.tap("[data-act=else]")
    _, y = finger.middle("[data-note=colour]")
    assert burr is not None
    assert burr["y"] < y < burr["y"] + burr["height"]  # it lies under the note
    twice("[data-note=colour]")
    expect(page.locator("[data-note=colour]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-type=burr]")).to_have_attribute("aria-pressed", "false")
    pause(page)
    page.tap("[data-type=burr]")
    finger.drag(on_screen(page, 600, 500), on_screen(page, 900, 500))
    expect(page.locator(".region.mask")).to_have_count(1)
    twice("[data-delete]")  # the brush would paint where the button was
    expect(page.locator(".region.mask")).to_have_count(0)
    page.evaluate("document.documentElement.dataset.hand = 'left'")
    twice("[data-act=menu]")  # "Sign out" comes up under it
    pause(page)
    expect(page.locator("[data-dialog=menu]")).to_be_visible()


def test_a_touch_that_began_before_the_picture_was_seen_is_no_answer(
    station: Opener, plant: Plant
) -> None:
    page = station()
    finger = Finger(page)
    ok = finger.middle("[data-act=ok]")  # asked before, since there is no time for it then
    finger.tap("[data-act=ok]")
    page.wait_for_selector("[data-painted=img-2]")
    finger.down(*ok)
    page.wait_for_timeout(700)
    finger.up()
    page.wait_for_timeout(200)
    assert [review["image"] for review in plant.reviews] == ["img-1"]


# When the second picture had been painted.
PAINTED = """
    new MutationObserver(() => {
        if (document.querySelector("[data-painted=img-2]"))
            window.painted_ms ??= performance.now();
    }).observe(document, { attributes: true, attributeFilter: ["data-painted"], subtree: true });
"""


def test_a_picture_must_be_seen_for_350_ms_before_any_answer_counts(station: Opener) -> None:
    page = station(script=PAINTED)
    finger = Finger(page)
    stain, unusable = "[data-type=stain]", "[data-act=unusable]"
    places = {each: finger.middle(each) for each in (stain, unusable)}
    finger.tap("[data-act=ok]")
    page.wait_for_selector("[data-painted=img-2]")
    painted_s = finger.dated(page.evaluate("painted_ms"))
    pause(page)  # what counts is when a touch began, not when this slow test sends it

    def touch(place: str, after_ms: float) -> None:
        finger.down(*places[place], at_s=painted_s + after_ms / 1000)
        finger.up()

    for after_ms in (20, 310):
        for place in places:
            touch(place, after_ms)
    expect(page.locator(stain)).to_have_attribute("aria-pressed", "false")
    expect(page.locator("[data-dialog=unusable]")).to_be_hidden()
    touch(stain, 360)
    expect(page.locator(stain)).to_have_attribute("aria-pressed", "true")


def test_a_finger_that_slides_off_takes_the_touch_back(station: Opener, plant: Plant) -> None:
    page = station()
    finger = Finger(page)
    asked = page.locator("[data-dialog=unusable]")
    for control, opened in (("[data-act=unusable]", True), ("dialog[open] [data-close]", False)):
        x, y = finger.middle(control)
        finger.drag((x, y - 20), (x, y + 30))  # a glove drifts on a smaller control, too
        expect(asked).to_be_visible(visible=opened)
    x, y = finger.middle("[data-act=ok]")
    finger.drag((x, y), (x - 600, y - 300))
    page.wait_for_timeout(200)
    assert plant.reviews == []
    finger.drag((x, y), (x + 60, y + 20))
    eventually(lambda: len(plant.reviews) == 1, page)


# What a lifted finger has led to when its own task ends; and what stops all that could come later.
AT_ONCE = """
    const told = ({ classList }) => classList.contains("tapped") + 2 * classList.contains("again");
    let shaken = 0, before = 0;
    navigator.vibrate = () => { shaken += 1; };
    window.seen = [];
    addEventListener("pointerup", ({ target }) => {
        shaken = 0;
        before = told(target.closest("button"));
    }, true);
    addEventListener("pointerup", ({ target }) => {
        const now = told(target.closest("button"));
        const { image } = document.querySelector("[data-stage]").dataset;
        seen.push([now > 0 && now !== before, shaken, image]);
    });
    window.decoded = 0;
    const { decode } = HTMLImageElement.prototype;
    HTMLImageElement.prototype.decode = async function () {
        await decode.call(this);
        decoded += 1;
    };
    window.stopClocks = () => {
        window.setTimeout = window.setInterval = window.requestIdleCallback = () => 0;
    };
"""


def test_the_task_of_a_tap_acknowledges_it_and_shows_the_next_picture(
    station: Opener, plant: Plant
) -> None:
    plant.golden = False
    page = station(script=AT_ONCE)
    eventually(lambda: page.evaluate("decoded") == 4, page)  # this picture, and the three ahead
    page.route("**/*", lambda route: None)  # the server is not heard of again,
    page.evaluate("stopClocks()")  # and what waits for a time waits for ever
    finger = Finger(page)
    for image, taps in (
        ("img-2", ("[data-act=ok]",)),
        ("img-3", ("[data-type=stain]", "[data-act=submit]")),
        ("img-4", ("[data-act=ok]",)),
    ):
        for tap in taps:
            finger.tap(tap)
        ready(page, image)
        assert page.locator("[data-picture] img").evaluate("(one) => one.complete") is True
    images = ["img-2", "img-2", "img-3", "img-4"]
    assert page.evaluate("seen") == [[True, 1, image] for image in images]


def test_submit_asks_for_severity_and_place_before_it_sends(station: Opener, plant: Plant) -> None:
    page = station()
    page.tap("[data-type=dent]")
    page.tap("[data-act=submit]")
    expect(page.locator("[data-hint]")).to_contain_text("Please show where")
    Finger(page).drag(on_screen(page, 400, 300), on_screen(page, 720, 540))
    page.tap("[data-type=scratch]")
    pause(page)
    page.tap("[data-act=submit]")
    expect(page.locator("[data-hint]")).to_have_text("How severe? Scratch")
    assert plant.reviews == []
    page.tap("[data-severity='2']")
    pause(page)  # offered to the keyboard now, a step would take the key
    page.keyboard.press("Space")  # Submit: the step that was offered to the keyboard is let go
    eventually(lambda: len(plant.reviews) == 1, page)
    first, second = plant.reviews[0]["judgements"]
    assert (first["defect_type"], first["severity"]) == ("scratch", 2)
    assert (second["defect_type"], len(second["regions"])) == ("dent", 1)


def test_cannot_tell_for_one_type_and_for_the_whole_picture(station: Opener, plant: Plant) -> None:
    page = station()
    page.tap("[data-type=porosity]")
    Finger(page).drag(on_screen(page, 400, 300), on_screen(page, 720, 540))
    page.tap("[data-severity='2']")
    page.tap("[data-act=unsure]")
    for verdict in ("present", "unsure"):  # once more takes it back
        page.keyboard.press("u")
        expect(page.locator("[data-type=porosity]")).to_have_attribute("data-verdict", verdict)
    page.tap("[data-act=submit]")  # without severity and place, which nobody vouches for
    ready(page, "img-2")
    page.tap("[data-act=all-unsure]")
    page.tap("[data-act=submit]")
    eventually(lambda: len(plant.reviews) == 2, page)
    one, whole = (
        [(j["defect_type"], j["verdict"]) for j in r["judgements"]] for r in plant.reviews
    )
    assert one == [("porosity", "unsure")]
    assert len(whole) == 8
    assert {verdict for _, verdict in whole} == {"unsure"}


def test_an_unusable_picture_is_sent_with_its_reason(station: Opener, plant: Plant) -> None:
    page = station()
    page.locator("[data-act=unusable]").focus()
    for _ in range(3):
        page.keyboard.down("Enter")  # a key that is held, or pressed twice, chooses no reason
    page.keyboard.up("Enter")
    expect(page.locator("[data-dialog=unusable] [data-close]")).to_be_focused()
    assert plant.reviews == []
    page.tap("[data-unusable=dark]")
    ready(page, "img-2")
    eventually(lambda: len(plant.reviews) == 1, page)
    assert (plant.reviews[0]["unusable"], plant.reviews[0]["judgements"]) == ("dark", [])


def test_undo_withdraws_and_brings_the_picture_back_with_its_marks(
    station: Opener, plant: Plant
) -> None:
    page = station()
    page.tap("[data-type=stain]")
    page.tap("[data-act=submit]")
    ready(page, "img-2")
    eventually(lambda: len(plant.reviews) == 1, page)
    page.tap("[data-act=undo]")
    ready(page, "img-1")
    expect(page.locator("[data-type=stain]")).to_have_attribute("aria-pressed", "true")
    eventually(lambda: plant.withdrawn == [{"review": "rev-1", "reason": "undo"}], page)
    page.tap("[data-type=stain]")
    pause(page)
    page.tap("[data-act=ok]")
    ready(page, "img-2")
    eventually(lambda: len(plant.live()) == 1, page)
    assert plant.live()[0]["judgements"] == []
    assert len({review["submission_id"] for review in plant.reviews}) == 2
    expect(page.locator("[data-progress]")).to_have_text("1 of 6")


OFFERED = """(after_ms) => new Promise((done) => setTimeout(
    () => done(!document.querySelector("[data-act=undo]").disabled),
    window.tapped_ms + after_ms - performance.now()))"""


def test_the_offer_to_undo_ends_after_ten_seconds(station: Opener) -> None:
    page = station(
        script="addEventListener('pointerup', () => { tapped_ms = performance.now(); }, true);"
    )
    page.tap("[data-act=ok]")
    ready(page, "img-2")
    expect(page.locator("[data-act=undo]")).to_be_enabled()
    expect(page.locator("[data-undo-last]")).to_contain_text("last")
    assert page.evaluate(OFFERED, 9_500) is True
    assert page.evaluate(OFFERED, 10_500) is False


def test_after_the_last_picture_the_page_says_thank_you(station: Opener, plant: Plant) -> None:
    plant.images = 1
    page = station()
    page.tap("[data-act=ok]")
    expect(page.locator("[data-empty]")).to_be_visible()
    expect(page.locator("[data-empty]")).to_contain_text("Nothing left for you")
    expect(page.locator("[data-lead]")).to_be_hidden()  # "Tap each defect that you see."
    expect(page.locator("[data-picture] img")).to_have_count(0)
    plant.images = 2
    page.route("**/assignments", lambda route: route.fulfill(status=404, json={}), times=1)
    page.tap("[data-empty] [data-act=again]")
    expect(page.locator("[data-trouble]")).to_contain_text("Ask your lead to add you")
    pause(page)
    page.tap("[data-trouble] [data-act=again]")
    ready(page, "img-2")


def test_three_pictures_are_ahead_before_the_first_answer(station: Opener) -> None:
    page = station()
    fetched = page.evaluate(
        "performance.getEntriesByType('resource').filter((e) => e.name.includes('/preview'))"
    )
    assert len(fetched) == 4


def test_a_slow_screen_shows_the_picture_and_never_the_notice_over_it(station: Opener) -> None:
    slow = (
        "const at = requestAnimationFrame; requestAnimationFrame = (f) => setTimeout(at, 150, f);"
    )
    page = station(script=slow)  # painting takes longer than "Fetching pictures" waits
    for number in (2, 3):
        expect(page.locator("[data-loading]")).to_be_hidden()
        expect(page.locator("[data-picture] img")).to_have_count(1)
        page.tap("[data-act=ok]")
        ready(page, f"img-{number}")


NAMES_BEYOND_THEIR_BUTTONS = """() => [...document.querySelectorAll(".type")].filter((node) => {
    const boxOf = (each) => each.getBoundingClientRect();
    const [all, name] = [boxOf(node), boxOf(node.querySelector(".type-name"))];
    return name.top < all.top || name.bottom > all.bottom || name.right > all.right;
}).length"""


def test_the_keyboard_does_everything_at_the_desk(station: Opener, plant: Plant) -> None:
    plant.names = {"en": "Discoloration after heat treatment, of the second and of the third kind"}
    page = station(store={"labeler.mode": "desk"})
    assert page.evaluate(NAMES_BEYOND_THEIR_BUTTONS) == 0
    page.keyboard.press("3")
    page.keyboard.press("Space")
    ready(page, "img-2")
    page.keyboard.press("2")
    page.keyboard.press("b")
    expect(page.locator(".region")).to_have_count(0)  # nobody has pointed at a place yet
    page.keyboard.press("b")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    ready(page, "img-3")
    page.keyboard.press("u")
    page.keyboard.press("Enter")
    ready(page, "img-4")
    eventually(lambda: len(plant.reviews) == 3, page)
    stain, dent, whole = (review["judgements"] for review in plant.reviews)
    assert [j["defect_type"] for j in stain] == ["stain"]
    assert dent[0]["regions"] == [{"kind": "box", "x": 604, "y": 450, "width": 400, "height": 300}]
    assert len(whole) == 8
    page.keyboard.press("z")
    ready(page, "img-3")
    turned(page, {"width": 640, "height": 400})  # the same desk at 200 %
    assert page.evaluate(NAMES_BEYOND_THEIR_BUTTONS) == 0
    stage = page.locator("[data-stage]").bounding_box()
    assert stage is not None
    assert stage["height"] > 200
    page.keyboard.press("Shift+?")
    expect(page.locator("[data-dialog=help]")).to_be_visible()


def test_enter_alone_leads_from_the_question_for_severity_to_the_next_picture(
    station: Opener, plant: Plant
) -> None:
    page = station(store={"labeler.mode": "desk"})
    page.keyboard.press("4")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # twice is no severity
    expect(page.locator("[data-severity='1']")).to_be_focused()
    expect(page.locator("[data-severity='1']")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("[data-act=submit]")).to_be_focused()
    page.keyboard.press("Enter")
    ready(page, "img-2")
    eventually(lambda: len(plant.reviews) == 1, page)
    [porosity] = plant.reviews[0]["judgements"]
    assert (porosity["defect_type"], porosity["severity"]) == ("porosity", 2)


def test_a_key_held_down_answers_once(station: Opener, plant: Plant) -> None:
    page = station()
    page.locator("[data-act=ok]").focus()
    for _ in range(20):
        page.keyboard.down("Enter")
        page.wait_for_timeout(50)
    page.keyboard.up("Enter")
    page.wait_for_timeout(300)
    assert len(plant.reviews) == 1


def test_shortcuts_rest_while_an_input_method_composes_and_go_by_the_letter_on_the_key(
    station: Opener,
) -> None:
    page = station()
    press = """([code, key, isComposing]) => document.body.dispatchEvent(new KeyboardEvent(
        "keydown", { code, key, bubbles: true, isComposing }))"""
    stain = page.locator("[data-type=stain]")
    page.evaluate(press, ["Digit3", "3", True])
    expect(stain).to_have_attribute("aria-pressed", "false")
    page.evaluate(press, ["Digit3", "3", False])
    expect(stain).to_have_attribute("aria-pressed", "true")
    page.evaluate(press, ["Numpad4", "ArrowLeft", False])  # without NumLock: no fourth type
    expect(page.locator("[data-type=porosity]")).to_have_attribute("aria-pressed", "false")
    page.evaluate(press, ["KeyY", "z", False])  # a German Z
    expect(stain).to_have_attribute("aria-pressed", "false")
    page.evaluate(press, ["KeyZ", "ㅋ", False])  # Undo under a Korean layout; nothing is left
    page.evaluate(press, ["KeyU", "ㅕ", False])
    expect(stain).to_have_attribute("aria-pressed", "mixed")
