"""What can be read in glare: the contrast of text and verdicts, from the pixels of the screen."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.proof.figures import note
from tests.web.every_page.walk import WCAG_22_AA, found_by_axe
from tests.web.review_page.browser import LANDSCAPE, PORTRAIT, Opener, needs_chromium
from tests.web.review_page.contrast import TEXT, VERDICT, Line, faint, lines_of
from tests.web.review_page.sights import WALKS, keep, visit
from tests.web.review_page.station import Plant

pytestmark = needs_chromium

THEMES = ("light", "dark")
# The others are looked at in one theme: their colours are the same tokens.
EVERY_VERDICT = {"judging", "severity given", "many marked", "box", "else noted", "refused"}
STEPPED_ASIDE = ".stage.drawing .stage-tools"  # faint and out of reach while the hand draws
VERDICTS = {
    "en": {"OK, no defect", "Submit", "Scratch", "Light", "Can't tell"},
    "ko": {"양품, 결함 없음", "제출", "찍힘"},
}
# What comes and goes over the picture, and what is always in view.
SAID = {
    "en": {
        "How severe? Casting porosity",
        "Good part to compare. Not the picture to judge.",
        "All saved",
    },
    "ko": {"사진에 위치를 표시해 주세요: 찍힘", "도움이 필요한 검사: 1건", "모두 저장됨"},
}


def weakest(lines: list[Line], *, verdict: bool) -> float:
    return round(min(line.contrast for line in lines if line.verdict is verdict), 1)


def in_theme(page: Page, theme: str) -> list[Line]:
    page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
    return lines_of(page)


@pytest.mark.parametrize(
    ("viewport", "language", "walks"),
    [(LANDSCAPE, "en", WALKS[::2]), (PORTRAIT, "ko", WALKS[1::2])],
    ids=["landscape", "portrait"],
)
def test_in_every_sight_axe_finds_nothing_and_text_has_7_to_1_and_verdicts_10_to_1(
    station: Opener, plant: Plant, viewport: Any, language: str, walks: Any
) -> None:
    plant.grain = False
    page = station(viewport=viewport, scale=2, query=language)
    found: dict[str, list[Line]] = {theme: [] for theme in THEMES}
    wrong = []
    for number, name in enumerate(visit(page, plant, walks)):
        turn = THEMES[number % 2]
        for theme in THEMES if name in EVERY_VERDICT else (turn,):
            seen = in_theme(page, theme)
            keep(page, f"{language} {theme} {name}")
            wrong += [f"{name}, {theme}: {line}" for line in faint(seen)]
            found[theme] += seen
        said = found_by_axe(page, turn, WCAG_22_AA, but=STEPPED_ASIDE)
        wrong += [f"{name}: {fault}" for fault in said]
    assert wrong == []
    read = {line.words for lines in found.values() for line in lines}
    assert read >= SAID[language]
    if language == "ko":  # no English word comes with any sight, but what this test has made up
        given = "made up for a test"
        assert [w for w in read if re.search("[A-Za-z]{2}", w.removesuffix(given))] == []
    assert {line.words for line in found["light"] if line.verdict} >= VERDICTS[language]
    for theme, lines in found.items():
        assert len(lines) > 200
        text, verdicts = (weakest(lines, verdict=each) for each in (False, True))
        note(
            "contrast on the screen", language=language, theme=theme, lines=len(lines),
            text=text, verdicts=verdicts,
        )  # fmt: skip


def test_faint_text_and_a_pale_verdict_would_be_found(station: Opener, plant: Plant) -> None:
    plant.grain = False
    page = station(viewport=LANDSCAPE, scale=2)
    before = lines_of(page)
    assert faint(before) == []
    page.evaluate("""() => {
        const of = (selector) => document.querySelector(selector).style;
        of(".detail-lead").color = "#6b7785";
        of("[data-act=ok]").background = "#15609a";
        of(".status").opacity = "0.4";
    }""")
    found = {line.words: line.contrast for line in lines_of(page)}
    spoiled = {"Tap each defect that you see.", "OK, no defect", "0 of 6", "All saved"}
    assert {words for words, contrast in found.items() if contrast < TEXT} == spoiled
    assert VERDICT > found["OK, no defect"] > 4.5
