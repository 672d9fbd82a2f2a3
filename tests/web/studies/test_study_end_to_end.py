"""From the lead's plan to the printed report, over HTTP as a tablet speaks it.

The test keeps its own book of who said what, and computes from it what the sheet must say.
"""

import csv
import io
import itertools
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import pytest
from fastapi.testclient import TestClient

from labeler.core.people import Principal
from tests.cast import fill
from tests.web.conftest import Door

PARTS, TRIALS = 24, 2  # claimed three at a time, so that a trial ends with a claim
PLAN = {
    "defect_type": "scratch", "appraisers": ["anna", "ben", "chris"], "name": "Spring",
    "parts": PARTS, "trials": TRIALS,
}  # fmt: skip
# Each appraiser's chance to miss a bad part and to mark a good one.
ERRORS = {"anna": (0.2, 0.05), "ben": (0.1, 0.15), "chris": (0.3, 0.1)}

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@dataclass
class Book:
    """What everybody said of every part: image → appraiser → (bad or not, …) by trial."""

    truth: dict[str, bool]
    said: dict[str, dict[str, list[bool]]] = field(default_factory=dict)

    def write(self, image: str, appraiser: str, *, bad: bool) -> None:
        self.said.setdefault(image, {}).setdefault(appraiser, []).append(bad)

    def of(self, appraiser: str) -> Iterator[tuple[bool, list[bool]]]:
        for image, answers in self.said.items():
            yield self.truth[image], answers[appraiser]

    def effectiveness(self, appraiser: str) -> int:
        return sum(set(answers) == {known} for known, answers in self.of(appraiser))

    def alike(self, *appraisers: str) -> int:
        return sum(
            len({answer for name in appraisers for answer in answers[name]}) == 1
            for answers in self.said.values()
        )

    def all_right(self) -> int:
        return sum(
            {answer for one in answers.values() for answer in one} == {self.truth[image]}
            for image, answers in self.said.items()
        )

    def errors(self, appraiser: str, *, bad: bool) -> tuple[int, int]:
        decisions = [
            a is not known for known, said in self.of(appraiser) if known is bad for a in said
        ]
        return sum(decisions), len(decisions)

    def kappa(self, first: list[bool], second: list[bool]) -> float:
        """Cohen's, as the textbooks write it."""
        n = len(first)
        agreed = sum(a is b for a, b in zip(first, second, strict=True)) / n
        p, q = sum(first) / n, sum(second) / n
        chance = p * q + (1 - p) * (1 - q)
        return (agreed - chance) / (1 - chance)

    def versus_kappa(self, appraiser: str) -> float:
        pairs = [(a, known) for known, said in self.of(appraiser) for a in said]
        return self.kappa([a for a, _ in pairs], [known for _, known in pairs])

    def pair_kappa(self, one: str, other: str) -> float:
        both = [
            pair
            for answers in self.said.values()
            for pair in zip(answers[one], answers[other], strict=True)
        ]
        return self.kappa([a for a, _ in both], [b for _, b in both])


class Page(HTMLParser):
    """The rows of each table as texts, and the whole text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.words: list[str] = []
        self.tags: set[str] = set()
        self.cell: list[str] | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.cell = []

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self.cell is not None:
            self.tables[-1][-1].append(" ".join("".join(self.cell).split()))
            self.cell = None

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self.cell is not None:
            self.cell.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def row(self, heading: str, name: str) -> list[str]:
        """The row called `name` of the table that has a column called `heading`."""
        for table in self.tables:
            if heading in table[0]:
                return next(row for row in table if row[0] == name)
        raise AssertionError(f"no table with {heading}")


def judge(
    client: TestClient, who: Principal, book: Book, chance: random.Random, numbers: Iterator[int]
) -> bool:
    """One round of a tablet: claim three, answer them; whether anything of the study came."""
    claimed = client.post("/api/v1/projects/plates/assignments", json={"count": 3}).json()["items"]
    seen = False
    for lease in claimed:
        image = lease["image"]["id"]
        # Nothing tells a trial from production: the keys are always the same.
        assert set(lease) == {"id", "image", "standard_version", "expires_at"}
        known = book.truth.get(image)
        miss, alarm = ERRORS[who.name]
        bad = known if known is not None else False
        if known is not None and chance.random() < (miss if known else alarm):
            bad = not known
        if known is not None and len(book.said.get(image, {}).get(who.name, [])) < TRIALS:
            book.write(image, who.name, bad=bad)
            seen = True
        here = {"kind": "box", "x": 5, "y": 5, "width": 20, "height": 10}
        told = {"defect_type": "scratch", "verdict": "present", "severity": 2, "regions": [here]}
        answer = client.post(
            "/api/v1/reviews",
            json={
                "submission_id": f"tablet-{next(numbers)}", "assignment": lease["id"],
                "standard_version": lease["standard_version"], "unusable": None,
                "judgements": [told] if bad else [], "reviewed_at": "2026-03-02T06:00:00Z",
                "elapsed_s": 2.5,
            },
        )  # fmt: skip
        assert answer.status_code == 201, answer.text
    return seen


def test_the_printed_report_says_what_the_appraisers_said(door: Door) -> None:
    known = [{"scratch": 1 + n % 3} if n % 3 == 0 else {} for n in range(40)]
    images = fill(door.site, count=len(known), references=known)
    lead = door.client(door.cast.lead)
    planned = lead.post("/api/v1/projects/plates/studies", json=PLAN)
    assert planned.status_code == 201, planned.text
    study = planned.json()
    at = planned.headers["location"]
    assert study["parts"]["count"] == PARTS
    assert study["parts"]["bad"] == PARTS // 3
    truth = dict(zip(images, map(bool, known), strict=True))
    # Who judges the study is told nothing of it; this test learns its parts from the lead.
    drawn = lead.get(f"{at}/report").json()["study"]["images"]
    book = Book({one["id"]: truth[one["id"]] for one in drawn.values()})
    people = (door.cast.anna, door.cast.ben, door.cast.chris)
    clients = {who.name: door.client(who) for who in people}
    chance, numbers = random.Random(4), itertools.count()
    for who in people:
        while judge(clients[who.name], who, book, chance, numbers):
            pass
        assert clients[who.name].get(at).status_code == 404

    done = lead.get(at).json()
    assert (done["state"], done["answers"]) == ("complete", PARTS * TRIALS * 3)
    sheet = lead.get(f"{at}/report", headers={"accept": "text/html"})
    assert sheet.headers["content-type"] == "text/html; charset=utf-8"
    assert "script" not in Page(sheet.text).tags
    assert_sheet_is(Page(sheet.text), book)
    document = lead.get(f"{at}/report").json()
    for who in people:
        name = who.name
        assert document["effectiveness"][name]["count"] == book.effectiveness(name)
        assert document["versus_standard"][name]["kappa"]["value"] == pytest.approx(
            book.versus_kappa(name), abs=1e-9
        )
    table = list(csv.DictReader(io.StringIO(lead.get(f"{at}/report?format=csv").text)))
    misses = {row["appraisers"]: row["count"] for row in table if row["figure"] == "miss_rate"}
    assert misses == {name: str(book.errors(name, bad=True)[0]) for name in ERRORS}
    # Reading the same answers otherwise.
    other = lead.get(f"{at}/report?convention=each_trial&interval=exact").json()
    assert other["effectiveness"]["anna"]["of"] == PARTS * TRIALS
    assert other["intervals"]["interval"] == "exact"


def assert_sheet_is(page: Page, book: Book) -> None:
    for name in ERRORS:
        right = book.effectiveness(name)
        row = page.row("Right in all trials", name)
        assert row[1:3] == [f"{right} / {PARTS}", f"{percent(right, PARTS)} %"]
        misses, on_bad = book.errors(name, bad=True)
        alarms, on_good = book.errors(name, bad=False)
        assert (on_bad, on_good) == (PARTS // 3 * TRIALS, PARTS * TRIALS - PARTS // 3 * TRIALS)
        row = page.row("Misses on bad parts", name)
        assert (row[1], row[2]) == (f"{misses} / {on_bad}", f"{percent(misses, on_bad)} %")
        assert (row[4], row[5]) == (f"{alarms} / {on_good}", f"{percent(alarms, on_good)} %")
        assert page.row("Fleiss' kappa", name)[1] == f"{book.alike(name)} / {PARTS}"
        kappa = page.row("Kappa, all decisions pooled", name)[1]
        assert kappa.startswith(f"{book.versus_kappa(name):.3f}")
    for one, other in itertools.combinations(ERRORS, 2):
        row = between(page, f"{one} · {other}")
        assert row[1] == f"{book.alike(one, other)} / {PARTS}"
        assert row[4].startswith(f"{book.pair_kappa(one, other):.3f}")
    assert between(page, "All, with each other")[1] == f"{book.alike(*ERRORS)} / {PARTS}"
    assert between(page, "All, against the standard")[1] == f"{book.all_right()} / {PARTS}"
    assert "Bad means: present." in page.text
    assert "8 bad parts cannot show a miss rate of 2 %" in page.text
    assert "reference 24" in page.text


def between(page: Page, name: str) -> list[str]:
    """A row of the table between appraisers."""
    table = next(t for t in page.tables if any(r[:1] == ["All, with each other"] for r in t))
    return next(row for row in table if row[0] == name)


def percent(count: int, of: int) -> str:
    """With one decimal, halves up."""
    return f"{int(1000 * count / of + 0.5) / 10:.1f}"


def test_the_sheet_is_dressed_for_its_own_style_and_nothing_else(door: Door) -> None:
    fill(door.site, count=20, references=[{"scratch": 1} if n < 8 else {} for n in range(20)])
    lead = door.client(door.cast.lead)
    study = lead.post("/api/v1/projects/plates/studies", json=PLAN | {"parts": 12}).json()["id"]
    sheet = lead.get(f"/api/v1/studies/{study}/report?format=html")
    policy = sheet.headers["content-security-policy"]
    assert re.match(r"default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]{44}'; ", policy)
    assert "unsafe" not in policy
    assert "So far: 0 of 72 answers are in." in Page(sheet.text).text
    assert lead.get(f"/api/v1/studies/{study}/report?format=pdf").status_code == 422
    assert lead.get(f"/api/v1/studies/{study}/report").headers["content-type"] == "application/json"


def test_the_lead_plans_watches_and_closes_on_pages(door: Door) -> None:
    known = [{"scratch": 1} if n < 8 else {} for n in range(20)]
    fill(door.site, count=len(known), references=known)
    lead = door.client(door.cast.lead)
    at = "/projects/plates/studies"
    form = {
        "defect_type": "scratch", "name": "", "parts": "12", "trials": "2", "pause_hours": "0",
        "appraisers": [door.cast.anna.user_id, door.cast.ben.user_id],
    }  # fmt: skip
    refused = lead.post(at, data=form | {"parts": "many", "name": "Kept"})
    assert refused.status_code == 422
    assert "Give a whole number." in refused.text
    assert 'value="Kept"' in refused.text
    lonely = lead.post(at, data=form | {"appraisers": [door.cast.anna.user_id]})
    assert "Choose 2 to 20 appraisers." in lonely.text
    planned = lead.post(at, data=form, follow_redirects=False)
    assert planned.status_code == 303
    study = planned.headers["location"]
    assert "No answer yet" in lead.get(study).text
    assert "scratch" in lead.get(at).text
    anna = door.client(door.cast.anna)
    judge(anna, door.cast.anna, Book({}), random.Random(1), itertools.count())
    page = lead.get(study).text
    assert "So far: 3 of 48 answers are in." in page
    assert "report?format=html" in page
    ended = lead.post(f"{study}/end", data={"how": "close"}, follow_redirects=False)
    assert ended.status_code == 303
    assert "Closed" in lead.get(study).text
    assert lead.post(f"{study}/end", data={"how": "close"}).status_code == 409
    assert lead.get("/projects/plates/studies/nothing").status_code == 404


def test_an_appraising_lead_sees_no_report_before_being_through(door: Door) -> None:
    fill(door.site, count=20, references=[{"scratch": 1} if n < 8 else {} for n in range(20)])
    lead = door.client(door.cast.lead)
    plan = PLAN | {"parts": 12, "appraisers": ["anna", "lea"]}
    study = lead.post("/api/v1/projects/plates/studies", json=plan).json()["id"]
    anna = door.client(door.cast.anna)
    judge(anna, door.cast.anna, Book({}), random.Random(1), itertools.count())
    page = lead.get(f"/projects/plates/studies/{study}")
    assert page.status_code == 200
    assert "its report opens to you when all your answers are in" in page.text
    assert "Known answer" not in page.text
    for kind in ("json", "csv", "html"):
        assert lead.get(f"/api/v1/studies/{study}/report?format={kind}").status_code == 409
    assert lead.post(f"/projects/plates/studies/{study}/end", data={"how": "x"}).status_code == 422
    assert lead.post(f"/projects/plates/studies/{study}/end", data={"how": "close"}).is_success
    assert "Known answer" in lead.get(f"/projects/plates/studies/{study}").text
