"""From the station to the printed study: two appraisers tap, the lead plans, reads and prints.

The test keeps a book of what was tapped, and computes from it what the paper must say.
"""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from labeler.core.msa import plan
from labeler.flows.ingest import ingest, read_manifest
from labeler.store.intake import IntakeLimits, walk
from tests.cast import PASSWORD
from tests.conftest import CountedEntropy
from tests.web.conftest import save_picture
from tests.web.every_page.walk import may_be_cut
from tests.web.review_page.browser import LANDSCAPE, needs_chromium
from tests.web.studies.book import Book, Sheet, hold_sheet
from tests.web.tablet.conftest import Opener, Plant, Tablet

pytestmark = needs_chromium

NAME = "Blind walk"
# The parts, and on which of them each appraiser sees a stain, trial by trial. The last are good.
BAD = (True, True, False, False, False)
STAINED = {"kim": ({0, 1}, {0}), "lee": ({0, 1, 2}, {0, 1, 2})}
TRIALS = 2
# A claim holds four images, so at the end of a trial up to four others come, and fill up later.
OTHERS = 12
SEEN_MS = 360
TABLES = """[...document.querySelectorAll("table")].map((table) =>
  [...table.rows].map((row) => [...row.cells].map((cell) => cell.innerText)))"""


def known_parts(plant: Plant, folder: Path) -> dict[str, int]:
    """Import what the study draws from, behind others to judge; the parts by their images."""
    others = [save_picture(folder / f"other{n}.png", 50 + n) for n in range(OTHERS)]
    parts = [save_picture(folder / f"part{n}.png", 80 + n) for n in range(len(BAD))]
    table = "\n".join(f"part{n}.png,{'stain' if bad else 'ok'}" for n, bad in enumerate(BAD))
    manifest = read_manifest(plant.site, plant.lead, "plates", f"file,reference\n{table}")
    files = walk([*others, *parts], IntakeLimits())
    report = ingest(plant.site, plant.lead, "plates", files, manifest=manifest)
    images = {one.file: one.image or "" for one in report}
    return {images[path.name]: number for number, path in enumerate(parts)}


@contextmanager
def desk(chromium: Browser, address: str) -> Iterator[Page]:
    """The lead's desk, signed in; nothing on it may fail or break the security policy."""
    context = chromium.new_context(base_url=address, viewport=LANDSCAPE)
    page = context.new_page()
    page.set_default_timeout(10_000)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: said.type == "error" and faults.append(said.text))
    page.goto("/sign-in")
    page.get_by_label("Name").fill("lea")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Sign in")
    yield page
    context.close()
    assert faults == []


def plan_study(page: Page) -> str:
    """Fill in the form as a lead does; the path of the study."""
    page.goto("/projects/plates/studies")
    page.select_option("#study-kind", "stain")
    page.fill("#study-name", NAME)
    page.fill("#study-parts", str(len(BAD)))
    page.select_option("#study-trials", str(TRIALS))
    for name in STAINED:
        page.get_by_label(name).check()
    page.click(".study-limits > summary")
    page.fill("#study-effectiveness-good", "95")
    page.get_by_role("button", name="Draw the parts and begin").click()
    page.wait_for_url(re.compile("/studies/[0-9a-f]+$"))
    return "/" + page.url.split("/", 3)[3]


class Appraiser:
    """Somebody at a tablet, who judges what comes; `parts` are those of the study as they came."""

    def __init__(self, name: str, tablet: Tablet, parts: dict[str, int], book: Book) -> None:
        self.name, self.tablet, self.book, self.known = name, tablet, book, parts
        self.image = ""
        self.parts: list[str] = []
        self.words: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
        self.heard: list[Response] = []
        tablet.page.on("response", self.hear)
        tablet.sign_in(name)

    @property
    def through(self) -> bool:
        return len(self.parts) == len(BAD) * TRIALS

    def hear(self, answer: Response) -> None:
        self.heard.append(answer)

    def look(self) -> None:
        page = self.tablet.page
        page.wait_for_selector(f"[data-painted]:not([data-painted='{self.image}'])")
        self.image = page.locator("[data-painted]").get_attribute("data-painted") or ""

    def answer(self) -> None:
        page, number = self.tablet.page, self.known.get(self.image)
        self.note_words(part=number is not None)
        trial, bad = len(self.parts) // len(BAD), False
        if number is not None:
            bad = number in STAINED[self.name][trial]
            self.parts.append(self.image)
            self.book.write(self.image, self.name, bad=bad)
        if not bad:
            self.tablet.finger.tap("[data-act=ok]")
            return
        self.tablet.finger.tap("[data-type=stain]")
        page.wait_for_selector("[data-act=submit]:visible")
        self.tablet.finger.tap("[data-act=submit]")

    def note_words(self, *, part: bool) -> None:
        """What a person can read, but for numbers, and for how much is still to be sent."""
        if self.words[part].total() < 3:
            page = self.tablet.page
            words = page.inner_text("main").replace(page.inner_text("[data-sync]"), "")
            self.words[part][re.sub(r"\d+", "", words)] += 1

    def order(self, trial: int) -> list[str]:
        return self.parts[trial * len(BAD) : (trial + 1) * len(BAD)]

    def nothing_tells(self, study: str) -> None:
        """A part looks like any other image, to the person and to who listens on the line."""
        parts, others = self.words[True], self.words[False]
        assert set(parts) & set(others)
        claims = [one.json() for one in self.heard if one.url.endswith("/assignments")]
        items = [item for claim in claims for item in claim["items"]]
        assert {image["id"] for image in (one["image"] for one in items)} > set(self.known)
        shapes = {(frozenset(one), frozenset(one["image"])) for one in items}
        assert len(shapes) == 1
        told = repr(claims) + "".join((*parts, *others)) + self.tablet.page.content()
        for secret in (NAME, study.rpartition("/")[2], "/studies", "occasion", "trial"):
            assert secret not in told
        asked = self.tablet.page.evaluate("(at) => fetch(at).then(({ status }) => status)", study)
        assert asked == 404


def read(page: Page) -> Sheet:
    """What stands on the paper: what is hidden there has no text."""
    rows: list[list[list[str]]] = page.evaluate(TABLES)
    tables = [[[" ".join(cell.split()) for cell in row] for row in table] for table in rows]
    return Sheet(" ".join(page.inner_text("body").split()), [t for t in tables if any(map(any, t))])


def hold_paper(page: Page, book: Book) -> None:
    """The page as it is printed says what was tapped, and no row or chart is cut."""
    page.emulate_media(media="print")
    sheet = read(page)
    hold_sheet(sheet, book)
    assert "Effectiveness: good from 95 %, not acceptable below 80 %" in sheet.text
    assert "2 bad parts cannot show a miss rate of 2 %" in sheet.text
    assert may_be_cut(page) == []
    assert page.locator(".site-header, .not-printed, .button").filter(visible=True).count() == 0
    printed = page.pdf()
    assert printed.startswith(b"%PDF")
    assert 1 <= len(re.findall(rb"/Type /Page\b", printed)) <= 4
    page.emulate_media(media="screen")


@pytest.mark.timeout(60)
def test_from_the_taps_on_the_tablets_to_the_printed_study(
    plant: Plant,
    tablet: Opener,
    chromium: Browser,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(plan, "FEWEST_PARTS", len(BAD))  # ten take longer, and show no more
    monkeypatch.setattr(plant.site, "entropy", CountedEntropy())  # the same orders in every run
    parts = known_parts(plant, tmp_path)
    book = Book({image: BAD[number] for image, number in parts.items()})
    with desk(chromium, plant.address) as lead:
        study = plan_study(lead)
        people = [Appraiser(name, tablet(), parts, book) for name in STAINED]
        while at_work := [one for one in people if not one.through]:
            for one in at_work:
                one.look()
            at_work[-1].tablet.page.wait_for_timeout(SEEN_MS)
            for one in at_work:
                one.answer()
        for one in people:
            expect(one.tablet.page.locator("[data-sync]")).to_have_text("All saved")
            one.nothing_tells(study)
            assert {*one.order(0)} == {*one.order(1)} == {*parts}
            assert one.order(0) != one.order(1)
        assert people[0].order(0) != people[1].order(0)
        lead.goto(study)
        expect(lead.get_by_text("Complete", exact=True)).to_be_visible()
        hold_paper(lead, book)
        lead.get_by_role("link", name="Sheet to print").click()
        lead.wait_for_url("**format=html")
        hold_paper(lead, book)
