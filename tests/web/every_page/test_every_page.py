"""Every page, as each role, in both languages and both themes, in a real browser."""

import os
import re
import time
from contextlib import closing
from pathlib import Path

import PIL.Image
import pytest
from playwright.sync_api import Browser

from labeler.core.terms import Role
from labeler.flows.site import open_site
from labeler.settings import Settings
from labeler.store import schema
from labeler.web.identity import SESSION
from tests.served import app_of, made_app, on_a_port, served_doors
from tests.web.every_page.readme_pictures import PICTURES, small, take_pictures, whole_demo
from tests.web.every_page.small_plant import NAMES, Plant
from tests.web.every_page.walk import NOT_PAGES, PAGES, PRINTED, Sight
from tests.web.review_page.browser import needs_chromium

# The first test waits for the walk through every page: minutes on two busy cores.
pytestmark = [needs_chromium, pytest.mark.timeout(600)]

REVIEW_PAGE_BYTES = 80_000
PAGE_BYTES = 60_000
PICTURE_BYTES = 200_000
REPO = Path(__file__).parents[3]
# The description of the API comes from the code, for people who write programs.
IN_ENGLISH = {"/docs"}
# Korean writes these in Latin letters too.
SAID_IN_LATIN = {
    "Labeler", "English", "PIN", "CSS", "https", "API", "JSON", "TOML", "CSV", "COCO", "SHA",
    "Ctrl", "Space", "Enter", "Delete", "Esc", "Shift", "zip", "bit", "Authorization",
    "Bearer", "train", "val", "test", "IoU", "AIAG",
}  # fmt: skip
# Codes and names of the standard, the manifest, people and files: the same in every language.
GIVEN = {
    "plates", "scratch", "bubble", "discoloration", "hue", "images", "cover", "housing", "plate",
    "line", "top", "Line", "Kim", "Minji", "Park", "Seojun", "sha", "quality", "not", "shown",
    "reference",
}  # fmt: skip


def test_no_page_is_left_out(tmp_path: Path) -> None:
    with made_app(tmp_path) as app:
        served = {
            door.path
            for door in served_doors(app)
            if door.method == "GET" and not door.path.startswith("/api/")
        }
    assert {route for route, _address, _role in PAGES} - {"404"} == served - NOT_PAGES


def test_every_page_was_seen(sights: list[Sight]) -> None:
    wrong = [f"{s}: {s.status}" for s in sights if s.status != (404 if s.route == "404" else 200)]
    assert wrong == []
    assert len(sights) == 2 * len(PAGES)


def test_what_is_wrong_with_a_page_is_found(broken: list[str]) -> None:
    for rule in (
        "button-name", "light color-contrast", "dark color-contrast", "image-alt", "target-size",
        "div.wide", "https://elsewhere.example",
    ):  # fmt: skip
        assert any(rule in found for found in broken), (rule, broken)


def test_axe_finds_nothing_against_wcag_2_2_aa(sights: list[Sight]) -> None:
    assert [f"{s}: {v}" for s in sights for v in s.violations] == []


def test_no_page_is_wider_than_an_upright_tablet(sights: list[Sight]) -> None:
    assert [f"{s}: {' '.join(s.too_wide)}" for s in sights if s.too_wide] == []


def test_what_is_folded_on_the_screen_is_open_on_paper(sights: list[Sight]) -> None:
    printed = {s.route: s.printed for s in sights if s.printed}
    assert set(printed) == PRINTED
    for route, one in printed.items():
        before, on_paper, after = one.folded
        assert before > 0, route
        assert (on_paper, after) == (0, before), route
        assert one.cut == (), route


def test_no_page_logs_a_fault_or_breaks_the_security_policy(sights: list[Sight]) -> None:
    assert [f"{s}: {fault}" for s in sights for fault in s.faults] == []


def test_no_request_leaves_the_server(sights: list[Sight]) -> None:
    assert [f"{s}: {stranger}" for s in sights for stranger in s.strangers] == []


def test_scripts_and_styles_stay_light(sights: list[Sight]) -> None:
    heavy = [
        f"{s}: {s.script_and_style_bytes}"
        for s in sights
        if s.script_and_style_bytes
        > (REVIEW_PAGE_BYTES if s.route.endswith("/review") else PAGE_BYTES)
    ]
    assert heavy == []
    assert all(s.script_and_style_bytes > 10_000 for s in sights), "no styles were seen"


def test_korean_pages_hold_no_english_word(sights: list[Sight], plant: Plant) -> None:
    left = [
        f"{sight}: {' '.join(words)}"
        for sight in sights
        if sight.language == "ko" and sight.route not in IN_ENGLISH
        for words in [_latin_words(sight.words, plant)]
        if words
    ]
    assert left == [], "\n".join(left)


def test_a_page_that_is_on_its_way_shows_it_and_a_file_does_not(
    chromium: Browser, plant: Plant, address: str
) -> None:
    with closing(chromium.new_context()) as context:
        context.add_cookies([{"name": SESSION, "value": plant.sessions[Role.LEAD], "url": address}])
        page = context.new_page()
        page.clock.install()
        page.goto(f"{address}/projects/plates/agreement")
        page.clock.pause_at(time.time() + 60)  # a slow machine's time does not count
        bar = page.locator("[data-waiting]")
        # The page stays, as it does while the next one is on its way.
        page.evaluate("addEventListener('click', (event) => event.preventDefault())")
        for end, shown in ((".csv", False), ("#agreement-type-scratch", False), ("/images", True)):
            page.evaluate(f"document.querySelector('a[href$=\"{end}\"]').click()")
            page.clock.run_for(390)
            assert bar.is_hidden()
            page.clock.run_for(20)
            assert bar.is_visible() == shown
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow'))")
        assert bar.is_hidden()


def test_the_readmes_pictures_are_of_these_pages(
    chromium: Browser, plant: Plant, address: str, tmp_path: Path
) -> None:
    wanted = os.environ.get("PICTURES")
    folder = Path(wanted) if wanted else tmp_path
    if wanted:
        site = open_site(Settings(data=tmp_path / "demo"))
        schema.upgrade(site.database)
        with closing(site), on_a_port(app_of(site)) as port:
            take_pictures(chromium, whole_demo(site), f"http://plant.test:{port}", folder)
        app_of(plant.site)  # the others go on with theirs
    else:
        take_pictures(chromium, small(plant), address, folder)
    readme = (REPO / "README.md").read_text("utf-8")
    for name in PICTURES:
        assert f'src="docs/pictures/{name}.png"' in readme
        for file in (folder / f"{name}.png", REPO / "docs/pictures" / f"{name}.png"):
            assert file.stat().st_size <= PICTURE_BYTES, file
            with PIL.Image.open(file) as picture:
                assert (picture.size, picture.mode) == ((1280, 800), "P")


def _latin_words(text: str, plant: Plant) -> list[str]:
    for name in (*plant.files, *NAMES):
        text = text.replace(name, "")
    return sorted(set(re.findall(r"[A-Za-z]{3,}", text)) - SAID_IN_LATIN - GIVEN)
