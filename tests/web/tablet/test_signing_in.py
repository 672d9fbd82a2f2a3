"""Signing in on a shared tablet: large keys, badges, nothing on other devices."""

import json

from playwright.sync_api import expect

from labeler.flows import badges, reading, sign_in
from tests.cast import PASSWORD
from tests.web.review_page.browser import PORTRAIT, needs_chromium
from tests.web.review_page.contrast import faint, lines_of
from tests.web.tablet.conftest import BADGES, PINS, Opener, Plant

pytestmark = needs_chromium


def test_the_keys_of_the_pin_pad_fit_a_glove_in_both_directions(tablet: Opener) -> None:
    for viewport in (None, PORTRAIT):
        one = tablet(viewport) if viewport else tablet()
        one.goto("/sign-in")
        one.finger.tap(".tile:has-text('lee')")
        one.keys_fit_gloves()
        if viewport:  # nor is a key cut on a page that is enlarged to 200 %, or on a phone
            one.page.set_viewport_size({"width": 390, "height": 640})
            assert one.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            one.page.set_viewport_size(viewport)
        if not viewport:
            # Sent too early, then without the network: told on the page, where the keys stay.
            told = one.page.locator("[role=alert]:visible")
            one.type_pin(PINS["lee"][:2])
            expect(told).to_have_text("A PIN has 4 to 6 digits.")
            one.context.set_offline(True)
            one.type_pin(PINS["lee"][2:])
            expect(told).to_contain_text("The server cannot be reached.")
            one.context.set_offline(False)
        one.type_pin(PINS["lee"])
        one.page.wait_for_url("**/projects/plates/review")
        assert one.signed_in_as() == "lee"


def test_the_keyboard_alone_leads_from_the_tiles_to_a_submitted_image(
    tablet: Opener, plant: Plant
) -> None:
    one = tablet(device_scale_factor=2)
    one.page.add_init_script("localStorage.setItem('labeler.mode', 'desk')")
    one.goto("/sign-in")
    press = one.page.keyboard.press

    def go_to(wanted: str) -> None:
        for _ in range(20):
            press("Tab")
            if one.page.evaluate("document.activeElement.matches(" + json.dumps(wanted) + ")"):
                return
        raise AssertionError(f"Tab never came to {wanted}")

    assert faint(lines_of(one.page)) == []
    one.page.wait_for_load_state()
    go_to(".tile")
    name = one.page.evaluate("document.activeElement.textContent.trim()")
    press("Enter")
    one.page.wait_for_selector("[data-digit='0']:visible")
    one.page.wait_for_load_state()
    assert faint(lines_of(one.page)) == []
    one.page.keyboard.type(PINS[name], delay=120)  # a person, not a badge reader
    press("Enter")
    one.page.wait_for_url("**/projects/plates/review")
    one.ready()
    one.page.wait_for_timeout(400)
    image = one.page.get_attribute("[data-stage]", "data-image")
    for key in ("2", "b", "b"):  # a bubble, with a box in the middle
        press(key)
    one.page.wait_for_timeout(80)  # as above
    press("Enter")
    one.page.wait_for_selector(f"[data-painted]:not([data-painted='{image}'])")
    one.page.wait_for_selector("[data-sync]:has-text('All saved')")
    stored = [
        review
        for review in reading.list_reviews(plant.site, plant.lead, "plates", after=0, limit=50)
        if review.reviewer == name
    ]
    assert [review.image for review in stored] == [image]
    [judgement] = stored[0].judgements
    assert (judgement["defect_type"], len(judgement["regions"])) == ("bubble", 1)
    # Locked by the keyboard, too: the menu, then the tiles again.
    go_to("[data-act=menu]")
    press("Enter")
    go_to("[data-switch-person]")
    press("Enter")
    one.locked()
    one.page.wait_for_selector("dialog[data-lock] .tile >> nth=1")
    assert faint(lines_of(one.page)) == []


def test_a_glove_that_rests_or_drifts_on_a_key_presses_it(tablet: Opener) -> None:
    one = tablet()
    one.goto("/sign-in")
    one.page.wait_for_load_state()  # only then every script listens
    one.rest_on(".tile:has-text('kim')")
    one.page.wait_for_selector("[data-digit='0']:visible")
    one.rest_on("[data-digit='7']")
    x, y = one.finger.middle("[data-digit='2']")
    one.finger.drag((x, y - 20), (x, y + 30))
    assert one.page.locator("input[name=pin]").first.input_value() == "72"
    for _ in range(2):
        one.finger.tap("[data-erase]")
        one.page.wait_for_timeout(100)
    for digit in PINS["kim"]:
        one.finger.tap(f"[data-digit='{digit}']")
    one.rest_on("[data-enter]")
    one.page.wait_for_url("**/projects/plates/review")
    assert one.signed_in_as() == "kim"


def test_a_badge_signs_in_from_the_tiles_and_from_the_pin_pad(tablet: Opener) -> None:
    one = tablet()
    for name, steps in (("kim", 0), ("lee", 1)):
        one.goto("/sign-in")
        if steps:
            # The reader types into the PIN field of somebody else: the badge still counts.
            one.finger.tap(".tile:has-text('kim')")
            one.page.wait_for_selector("[data-digit='0']:visible")
            one.page.wait_for_load_state()  # only then every script listens
        one.scan(BADGES[name].upper())
        one.page.wait_for_url("**/projects/plates/review")
        assert one.signed_in_as() == name


def test_what_is_typed_by_hand_is_no_badge(tablet: Opener) -> None:
    one = tablet()
    one.goto("/sign-in")
    one.scan(BADGES["kim"], gap_ms=90)
    one.page.wait_for_timeout(300)
    assert one.page.url.endswith("/sign-in")
    assert one.signed_in_as() is None


def test_an_unknown_badge_is_told_beside_the_tiles(tablet: Opener, plant: Plant) -> None:
    one = tablet()
    one.goto("/sign-in")
    one.scan("9999999999")
    one.page.wait_for_selector("[role=alert]:has-text('This badge is not known')")
    assert one.page.locator(".tile").count() == len(PINS)
    badges.set_badge(plant.site, "kim", None)
    with one.page.expect_navigation(wait_until="load"):  # the same words, said anew
        one.scan(BADGES["kim"])
    one.page.wait_for_selector("[role=alert]:has-text('This badge is not known')")
    # The lead gives it back on this very tablet: in its field it is a number, and nobody's sign-in.
    session = sign_in.with_password(plant.site, "lea", PASSWORD, plant.device)
    cookie = {"name": "labeler_session", "value": session, "url": plant.address}
    one.context.add_cookies([cookie])
    one.goto("/people")
    one.page.click("details:has([data-takes-badge]) summary:text-is('Badge')")
    one.page.focus(f"#badge-{plant.ids['kim']}")
    one.scan(BADGES["kim"])
    expect(one.page.locator("summary:has-text('Badge ✓')")).to_have_count(2)
    assert one.signed_in_as() == "lea"
    assert sign_in.with_badge(plant.site, plant.device, BADGES["kim"])
