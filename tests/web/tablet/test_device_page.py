"""The device page: sizes in millimetres after laying a bank card on the screen."""

import pytest

from tests.web.review_page.browser import LANDSCAPE, PORTRAIT, needs_chromium
from tests.web.tablet.conftest import Opener
from tests.web.tablet.gloves import faults_in_both_themes

pytestmark = needs_chromium

KEPT = "localStorage.getItem('labeler.pxPerMm')"


def test_a_bank_card_sets_the_sizes_for_gloves_everywhere(tablet: Opener) -> None:
    one = tablet(PORTRAIT)
    one.goto("/device")
    card = one.page.locator("[data-calibrate-card]")
    assert "Line 1" in one.page.inner_text("main")
    before = card.bounding_box()
    assert before
    assert before["width"] == pytest.approx(85.6 * 6.4, abs=1)
    assert before["width"] / before["height"] == pytest.approx(85.6 / 53.98, rel=0.01)
    one.page.locator("[data-calibrate-corner]").scroll_into_view_if_needed()
    x, y = one.finger.middle("[data-calibrate-corner]")
    one.finger.drag((x, y), (x + 85.6, y + 53.98))
    one.page.tap("[data-calibrate-larger]")
    after = card.bounding_box()
    assert after
    assert after["width"] == pytest.approx(85.6 * 7.4 + 1, abs=2)
    assert one.page.evaluate(KEPT) is None
    one.page.tap("[data-calibrate-keep]")
    kept = float(one.page.evaluate(KEPT))
    assert kept == pytest.approx(7.41, abs=0.03)
    one.page.wait_for_selector("[data-calibrate-done]:visible")
    key = one.page.locator("[data-calibrate-keep]").bounding_box()
    assert key
    assert key["height"] == pytest.approx(20 * kept, abs=1)

    one.sign_in("kim")  # the next page has the sizes before it paints
    answer = one.page.locator("[data-act=ok]").bounding_box()
    assert answer
    assert answer["height"] >= 20 * kept - 1
    for value, holds in ((16, 8), (1, 5)):  # somebody slipped
        one.page.evaluate(f"localStorage.setItem('labeler.pxPerMm', '{value}')")
        one.goto("/device")
        key = one.page.locator("[data-calibrate-reset]").bounding_box()
        assert key
        assert key["height"] == pytest.approx(15 * holds, abs=1)
    corner = one.page.locator("[data-calibrate-corner]")
    for junk in ("-5", "1e9", "0.0001"):  # nothing that anybody has measured
        one.page.evaluate(f"localStorage.setItem('labeler.pxPerMm', '{junk}')")
        one.goto("/device")
        one.page.wait_for_selector("[data-calibrate-value]:not(:empty)")
        assert 2.5 <= float(corner.get_attribute("aria-valuenow") or 0) <= 16, junk
    one.page.tap("[data-calibrate-reset]")
    assert one.page.evaluate(KEPT) is None
    key = one.page.locator("[data-calibrate-reset]").bounding_box()
    assert key
    assert key["height"] == pytest.approx(96, abs=0.1)


def test_the_keyboard_measures_too_and_a_touch_tells_its_kind(tablet: Opener) -> None:
    one = tablet({"width": 1280, "height": 2400}, device_scale_factor=2)  # all of it in view
    one.goto("/device")
    one.page.wait_for_selector("[data-check=screen] td:not(:empty)")  # the last row
    assert faults_in_both_themes(one.page, seen="device") == []
    one.page.set_viewport_size(LANDSCAPE)
    one.page.focus("[data-calibrate-corner]")
    for key in ("PageUp", "ArrowRight", "ArrowLeft", "ArrowLeft"):
        one.page.keyboard.press(key)
    said = one.page.get_attribute("[data-calibrate-corner]", "aria-valuetext")
    assert said == f"{6.4 + 9 / 85.6:.2f} pixels per millimetre"
    one.page.locator("[data-touch-area]").scroll_into_view_if_needed()
    one.finger.down(*one.finger.middle("[data-touch-area]"))
    one.page.wait_for_selector("[data-touch-log]:has-text('Finger:')")
    assert one.page.locator(".touch-mark").count() == 1
    one.finger.up()
    one.page.click("[data-touch-area]")
    one.page.wait_for_selector("[data-touch-log]:has-text('Mouse:')")
    assert one.page.locator(".touch-mark").count() == 0
    one.page.tap("[data-switch=mode]")
    assert one.page.locator("[data-switch=mode].tapped").count() == 1  # seen at once
    assert one.page.evaluate("localStorage.getItem('labeler.mode')") == "desk"
    shown = dict(
        one.page.locator("[data-check]").evaluate_all(
            "(rows) => rows.map((row) => [row.dataset.check, row.querySelector('td').textContent])"
        )
    )
    found = {name: shown[name] for name in ("storage", "random", "pointer", "secure", "held")}
    assert found == {
        "storage": "yes", "random": "yes", "pointer": "yes", "secure": "no", "held": "no",
    }  # fmt: skip
