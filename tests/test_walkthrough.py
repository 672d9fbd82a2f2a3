"""The whole story in one go: read this file first.

Six pictures of metal plates come in, two people judge each of them without seeing what the
other says, they disagree once, the lead decides, and a dataset leaves that can be checked by
anybody. Everything happens at the doors that people and programs use.
"""

import csv
import io
import zipfile
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from labeler.flows.checkpoint import verify_audit
from labeler.flows.set_up import issue_code
from labeler.flows.site import Site
from labeler.flows.verify_dataset import verify
from labeler.flows.work import run_next
from labeler.flows.worker import KINDS
from labeler.web.app import create_app
from tests.web.conftest import picture

HERE = "http://plant.test"
API = "/api/v1"
PLATES = f"{API}/projects/plates"
STANDARD = {
    "defect_types": [
        {
            "code": "scratch",
            "name": {"en": "Scratch", "ko": "스크래치"},
            "severity": [
                {"code": "light", "name": {"en": "Light", "ko": "경미"}},
                {"code": "deep", "name": {"en": "Deep", "ko": "심함"}},
            ],
            "geometry": ["box"],
        },
        {"code": "bubble", "name": {"en": "Bubble", "ko": "기포"}, "geometry": ["box"]},
    ]
}
SCRATCH = {
    "defect_type": "scratch",
    "verdict": "present",
    "severity": 2,
    "regions": [{"kind": "box", "x": 10, "y": 20, "width": 40, "height": 8}],
}
BUBBLE = {
    "defect_type": "bubble",
    "verdict": "present",
    "severity": None,
    "regions": [{"kind": "box", "x": 60, "y": 30, "width": 12, "height": 12}],
}


class Plant:
    """The application, and somebody at its door."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.app = create_app(site)

    def stranger(self) -> TestClient:
        """A browser that nobody has signed in with."""
        return TestClient(self.app, base_url=HERE, headers={"origin": HERE})

    def program(self, token: str) -> TestClient:
        """A client that holds a person's API token."""
        return TestClient(self.app, base_url=HERE, headers={"authorization": f"Bearer {token}"})


def the_first_administrator(plant: Plant, password: str) -> TestClient:
    """Whoever sees the server's window reads the set-up code there; it works once."""
    code = issue_code(plant.site)
    browser = plant.stranger()
    form = {"code": code, "name": "admin", "password": password}
    welcomed = browser.post("/setup", data=form, follow_redirects=False)
    assert (welcomed.status_code, welcomed.headers["location"]) == (303, "/")
    late = plant.stranger().post("/setup", data={**form, "name": "mallory"}, follow_redirects=False)
    assert late.status_code == 409
    return browser


def hire(plant: Plant, admin: TestClient, name: str, role: str, **secret: str) -> TestClient:
    """The administrator adds a person, gives them a token, and lets them see the project."""
    added = admin.post(f"{API}/users", json={"name": name, "role": role, **secret})
    assert added.status_code == 201, added.text
    made = admin.post(f"{API}/tokens", json={"user": name})
    assert made.status_code == 201, made.text
    assert admin.put(f"{PLATES}/members/{name}").status_code == 204
    return plant.program(made.json()["token"])


def bring_pictures(lead: TestClient) -> dict[str, str]:
    """Six pictures of six parts, with a table that says what they are; ids by file."""
    names = [f"plate-{number}.png" for number in range(1, 7)]
    table = "file,unit,lot\n" + "".join(f"{name},U{at},L1\n" for at, name in enumerate(names))
    parts = [("files", (name, picture(at))) for at, name in enumerate(names)]
    answer = lead.post(
        f"{PLATES}/images", files=[*parts, ("manifest", ("import.csv", table.encode()))]
    )
    results = answer.json()["results"]
    assert [result["status"] for result in results] == ["imported"] * 6, results
    return {result["file"]: result["image"] for result in results}


def judge_everything(reviewer: TestClient, seen: dict[str, list[dict[str, Any]]]) -> None:
    """Ask for the next images until there are none; `seen` says what is on which image."""
    while leases := reviewer.post(f"{PLATES}/assignments", json={"count": 4}).json()["items"]:
        for lease in leases:
            assert reviewer.get(lease["image"]["preview_url"]).status_code == 200
            review = {
                "submission_id": f"tablet-{lease['id']}",
                "assignment": lease["id"],
                "standard_version": lease["standard_version"],
                "unusable": None,
                "judgements": seen.get(lease["image"]["id"], []),
                "reviewed_at": "2026-03-02T06:00:00Z",
                "elapsed_s": 4.2,
            }
            first = reviewer.post(f"{API}/reviews", json=review)
            assert first.status_code == 201, first.text
            # The Wi-Fi swallowed the answer, so the tablet sends it again: nothing doubles.
            again = reviewer.post(f"{API}/reviews", json=review)
            assert (again.status_code, again.json()) == (200, first.json())


def test_the_whole_story(site: Site, tmp_path: Path) -> None:
    plant = Plant(site)

    # Somebody installs Labeler, becomes its administrator, and sets up a project.
    admin = the_first_administrator(plant, "correct horse battery")
    project = {"code": "plates", "name": "Plates", "overlap": 2, "standard": STANDARD}
    assert admin.post(f"{API}/projects", json=project).status_code == 201
    lead = hire(plant, admin, "lea", "lead", password="a lead's long password")
    engineer = hire(plant, admin, "emil", "engineer", password="an engineer's password")
    anna = hire(plant, admin, "anna", "reviewer", pin="2468")
    ben = hire(plant, admin, "ben", "reviewer", pin="1357")

    # The lead brings the pictures.
    images = bring_pictures(lead)
    first, second = images["plate-1.png"], images["plate-2.png"]

    # Anna sees a deep scratch on the first plate and a bubble on the second.
    judge_everything(anna, {first: [SCRATCH], second: [BUBBLE]})
    # Ben sees the scratch, and nothing on the second. He cannot find out what Anna said.
    assert ben.get(f"{PLATES}/reviews").status_code == 404
    assert ben.get(f"{PLATES}/agreement").status_code == 404
    judge_everything(ben, {first: [SCRATCH]})

    # Five plates are settled. About the second there is a dispute.
    progress = lead.get(f"{PLATES}/progress").json()
    assert (progress["images"], progress["settled"], progress["reviews"]) == (6, 5, 12)
    [dispute] = lead.get(f"{PLATES}/disputes").json()["items"]
    assert (dispute["image"], dispute["defect_type"]) == (second, "bubble")
    assert [(r["as"], r["verdict"]) for r in dispute["reviews"]] == [
        ("A", "present"),
        ("B", "absent"),
    ]

    # They agree on every scratch, and never on a bubble: 5 of 6 times both saw none.
    agreement = lead.get(f"{PLATES}/agreement").json()["defect_types"]
    assert agreement["scratch"]["statistics"]["positive_agreement"]["value"] == 1
    assert agreement["bubble"]["statistics"]["positive_agreement"]["value"] == 0
    assert agreement["bubble"]["statistics"]["percent_agreement"]["value"] == 5 / 6

    # The lead looks at the plate, and rules. What the reviewers said stays as it was.
    ruling = {
        "verdict": "present", "severity": None, "regions": None,
        "reason": "Round, with a highlight: a bubble.", "based_on": dispute["version"],
    }  # fmt: skip
    ruled = lead.post(f"{API}/disputes/{dispute['id']}/ruling", json=ruling)
    assert ruled.status_code == 200, ruled.text
    assert lead.get(f"{PLATES}/disputes").json()["items"] == []
    said = lead.get(f"{PLATES}/reviews", params={"limit": 100}).json()["items"]
    assert len(said) == 12
    assert sum(bool(review["judgements"]) for review in said) == 3

    # The engineer asks for a dataset; a worker makes it.
    asked = engineer.post(f"{PLATES}/exports", json={})
    assert asked.status_code == 202, asked.text
    assert run_next(site, "worker", KINDS)
    done = engineer.get(asked.headers["location"]).json()
    assert (done["status"], done["error"]) == ("done", None)

    # It holds every plate, each label with where it comes from, and proves itself.
    file = tmp_path / "dataset.zip"
    file.write_bytes(engineer.get(f"{asked.headers['location']}/download").content)
    verify(file)
    with zipfile.ZipFile(file) as archive:
        table = archive.read("plates/annotations/labels.csv").decode()
    labels = {
        (row["image"], row["defect_type"]): (row["label"], row["source"])
        for row in csv.DictReader(io.StringIO(table))
    }
    shas = {name: lead.get(f"{API}/images/{of}").json()["sha256"] for name, of in images.items()}
    assert {image for image, _ in labels} == set(shas.values())
    assert labels[shas["plate-1.png"], "scratch"] == ("present", "unanimous")
    assert labels[shas["plate-2.png"], "bubble"] == ("present", "ruled")
    assert labels[shas["plate-3.png"], "bubble"] == ("absent", "unanimous")

    # Every change stands in one chain of events that nobody can edit unseen.
    assert verify_audit(site).number > 40
