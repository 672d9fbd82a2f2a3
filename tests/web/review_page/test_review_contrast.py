"""What can be read in glare: the contrast of text and verdicts, from the pixels of the screen."""

from playwright.sync_api import Page

from tests.proof.figures import note
from tests.web.every_page.walk import violations
from tests.web.review_page.browser import LANDSCAPE, Opener, needs_chromium
from tests.web.review_page.contrast import TEXT, VERDICT, Line, faint, lines_of
from tests.web.review_page.sights import keep, visit
from tests.web.review_page.station import Plant

pytestmark = needs_chromium

# Between them they show every colour that words have.
SEEN = (
    "judging", "many marked", "severity given", "whole unsure", "box", "palette", "book",
    "golden", "menu", "help", "empty", "tray", "signed out",
)  # fmt: skip


def weakest(lines: list[Line], *, verdict: bool) -> float:
    return round(min(line.contrast for line in lines if line.verdict is verdict), 1)


def in_theme(page: Page, theme: str) -> list[Line]:
    page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
    return lines_of(page)


def test_text_has_7_to_1_and_verdicts_10_to_1_on_the_screen_in_both_themes(
    station: Opener, plant: Plant
) -> None:
    plant.grain = False
    page = station(viewport=LANDSCAPE, scale=2)
    found: dict[str, list[Line]] = {"light": [], "dark": []}
    wrong = []
    for name in visit(page, plant, SEEN):
        wrong += [f"{name}: {fault}" for fault in violations(page, "light")]  # axe, in each state
        for theme in found:
            seen = in_theme(page, theme)
            keep(page, f"{theme} {name}")
            wrong += [f"{name}, {theme}: {line}" for line in faint(seen)]
            found[theme] += seen
    assert wrong == []
    assert {line.words for line in found["light"] if line.verdict} >= {
        "OK, no defect", "Submit", "Scratch", "Light", "Can't tell",
    }  # fmt: skip
    for theme, lines in found.items():
        assert len(lines) > 300
        text, verdicts = (weakest(lines, verdict=each) for each in (False, True))
        note("contrast on the screen", theme=theme, lines=len(lines), text=text, verdicts=verdicts)


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
