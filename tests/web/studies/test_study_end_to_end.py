"""From the lead's plan to the printed report, over HTTP as a tablet speaks it.

The test keeps its own book of who said what, and computes from it what the sheet must say.
"""

import csv
import io
import itertools
import random
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from fastapi.testclient import TestClient

from labeler.core.msa.acceptance import Limits
from labeler.core.people import Principal
from tests.cast import fill
from tests.web.conftest import Door
from tests.web.studies.book import Book, Sheet, hold_sheet

PARTS, TRIALS = 24, 2  # claimed three at a time, so that a trial ends with a claim
PLAN = {
    "defect_type": "scratch", "appraisers": ["anna", "ben", "chris"], "name": "Spring",
    "parts": PARTS, "trials": TRIALS,
}  # fmt: skip
ENDS = ("good", "marginal")
# Each appraiser's chance to miss a bad part and to mark a good one.
ERRORS = {"anna": (0.2, 0.05), "ben": (0.1, 0.15), "chris": (0.3, 0.1)}

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


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
    def sheet(self) -> Sheet:
        return Sheet(" ".join(" ".join(self.words).split()), self.tables)


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
    read = Page(sheet.text).sheet
    hold_sheet(read, book)
    bad = PARTS // 3 * TRIALS
    for name in ERRORS:
        assert [book.errors(name, bad=b)[1] for b in (True, False)] == [bad, PARTS * TRIALS - bad]
    assert "Bad means: present." in read.text
    assert "8 bad parts cannot show a miss rate of 2 %" in read.text
    assert "reference 24" in read.text
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
    # What so few parts cannot prove stands wherever the figures do.
    cannot = "8 bad parts cannot show a miss rate of 2 %"
    page = lead.get(f"/projects/plates/studies/{study['id']}", headers={"accept": "text/html"})
    assert cannot in Page(page.text).sheet.text
    reach = {one["figure"]: one["sentence"] for one in document["verdict"]["reach"]}
    assert reach["miss_rate"].startswith(cannot)
    rows = {row["figure"]: row for row in table}
    assert {name: rows[f"reach.{name}"]["reason"] for name in reach} == reach
    assert [rows["reach.miss_rate"][name] for name in ("count", "of", "low")] == ["", "8", ""]
    assert float(rows["reach.miss_rate"]["high"]) > 0.02
    assert rows["verdict"]["reason"] in read.text
    # Reading the same answers otherwise.
    other = lead.get(f"{at}/report?convention=each_trial&interval=exact").json()
    assert other["right_decisions"]["anna"]["of"] == PARTS * TRIALS
    assert other["effectiveness"]["anna"]["of"] == PARTS
    assert other["intervals"]["interval"] == "exact"


def test_the_sheet_is_dressed_for_its_own_style_and_nothing_else(door: Door) -> None:
    fill(door.site, count=20, references=[{"scratch": 1} if n < 8 else {} for n in range(20)])
    lead = door.client(door.cast.lead)
    study = lead.post("/api/v1/projects/plates/studies", json=PLAN | {"parts": 12}).json()["id"]
    sheet = lead.get(f"/api/v1/studies/{study}/report?format=html")
    policy = sheet.headers["content-security-policy"]
    assert re.match(r"default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]{44}'; ", policy)
    assert "unsafe" not in policy
    assert "So far: 0 of 72 answers are in." in Page(sheet.text).sheet.text
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
    ended_page = lead.get(study).text
    assert "Closed" in ended_page
    assert "45 of 48 answers are missing." in ended_page
    assert "The study was closed with these gaps" in ended_page
    assert "The figures change until" not in ended_page
    assert lead.post(f"{study}/end", data={"how": "close"}).status_code == 409
    assert lead.get("/projects/plates/studies/nothing").status_code == 404


def test_the_lead_sets_the_acceptance_limits_on_the_page(door: Door) -> None:
    fill(door.site, count=20, references=[{"scratch": 1} if n < 8 else {} for n in range(20)])
    lead = door.client(door.cast.lead)
    at = "/projects/plates/studies"
    fresh = lead.get(at).text
    for judged, limits in Limits().document().items():
        whole = 1 if judged == "kappa" else 100
        typed = {f"{judged}_{end}": f"{x * whole:g}" for end, x in zip(ENDS, limits, strict=True)}
        assert typed.items() <= inputs(fresh).items()
    assert 'class="study-limits">' in fresh  # folded
    form = {
        "defect_type": "scratch", "parts": "12", "trials": "2",
        "appraisers": [door.cast.anna.user_id, door.cast.ben.user_id],
        "effectiveness_good": "97.5", "kappa_good": "0,8",
    }  # fmt: skip
    faults = {
        "effectiveness_good": ("150", "Give two numbers from 0 to 100."),
        "kappa_marginal": ("low", "Give two numbers from 0 to 1."),
        "effectiveness_marginal": ("99", "The good limit is the larger one."),
        "miss_rate_good": ("6", "The good limit of a rate of errors is the smaller one."),
    }
    for name, (typed, said) in faults.items():
        refused = lead.post(at, data=form | {name: typed})
        assert refused.status_code == 422
        fold = refused.text.partition('class="study-limits" open>')[2].partition("</details>")[0]
        figure = name.rpartition("_")[0]
        assert f'id="fault-limits.{figure}">{said}</p>' in fold
        assert fold.count(f'aria-describedby="fault-limits.{figure}"') == len(ENDS)
        assert inputs(fold)[name] == typed
        assert refused.text.count(said) == 1
    planned = lead.post(at, data=form, follow_redirects=False)
    assert planned.status_code == 303, planned.text
    study = planned.headers["location"].rpartition("/")[2]
    kept = lead.get(f"/api/v1/studies/{study}").json()["limits"]
    assert kept == Limits().document() | {"effectiveness": [0.975, 0.8], "kappa": [0.8, 0.4]}


def inputs(page: str) -> dict[str, str]:
    """What is typed in the fields of a form, by their names."""
    return dict(re.findall(r'<input [^>]*name="(\w+)"[^>]* value="([^"]*)"', page))


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
