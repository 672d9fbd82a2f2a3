"""Are the labels right? Over HTTP alone: import, review, draw, audit, export through the gate."""

import json
import os
from collections.abc import Mapping
from typing import Any

import pytest
from fastapi.testclient import TestClient

from labeler.core.people import Principal
from labeler.flows.work import run_next
from labeler.flows.worker import KINDS
from tests.cast import present
from tests.web.conftest import Door, picture

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

BUBBLE = {"defect_types": [{"code": "bubble", "name": {"en": "Bubble"}, "geometry": ["box"]}]}
REFUSE = {"formats": ["csv"], "gate": {"on_fail": "refuse"}, "near_duplicates": False}


@pytest.fixture(autouse=True)
def one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 1)


class Line:
    """A project of one defect type with its people, spoken to over HTTP alone."""

    def __init__(self, door: Door, images: int, bubbles: int) -> None:
        self.door = door
        self.clients: dict[str, TestClient] = {}
        self.lead = self.client(door.cast.lead)
        made = self.lead.post("/api/v1/projects", json={"code": "line", "standard": BUBBLE})
        assert made.status_code == 201, made.text
        for who in door.cast.reviewers:
            self.lead.put(f"/api/v1/projects/line/members/{who.name}").raise_for_status()
        files = [("files", (f"{n}.png", picture(n, (64, 48)))) for n in range(images)]
        told = self.lead.post("/api/v1/projects/line/images", files=files).json()["results"]
        self.truth = {r["image"]: n < bubbles for n, r in enumerate(told)}
        assert len(self.truth) == images

    def client(self, who: Principal) -> TestClient:
        if who.name not in self.clients:
            self.clients[who.name] = self.door.client(who)
        return self.clients[who.name]

    def judge(self, who: Principal, says: Mapping[str, bool]) -> int:
        """Do as the tablet does until nothing is left; how many images were given."""
        tablet, done = self.client(who), 0
        while True:
            answer = tablet.post("/api/v1/projects/line/assignments", json={"count": 10})
            items = answer.json()["items"]
            if not items:
                return done
            for item in items:
                assert set(item) == TOLD, "an audit looks like any other assignment"
                there = says[item["image"]["id"]]
                review = {
                    "submission_id": f"submission-{item['id']}", "assignment": item["id"],
                    "standard_version": item["standard_version"], "unusable": None,
                    "judgements": [present("bubble", None, (4, 4, 20, 20))] if there else [],
                    "reviewed_at": "2026-03-02T06:00:00Z", "elapsed_s": 2.5,
                }  # fmt: skip
                assert tablet.post("/api/v1/reviews", json=review).status_code == 201
                done += 1

    def draw(self, **wish: Any) -> dict[str, Any]:
        drawn = self.lead.post(
            "/api/v1/projects/line/audit-samples", json={"auditors": ["chris"], **wish}
        )
        assert drawn.status_code == 201, drawn.text
        assert drawn.headers["location"] == f"/api/v1/audit-samples/{drawn.json()['id']}"
        return dict(drawn.json())

    def accuracy(self) -> dict[str, Any]:
        answer = self.lead.get("/api/v1/projects/line/label-accuracy").json()
        return dict(answer["defect_types"]["bubble"])

    def export(self, recipe: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
        asked = self.lead.post("/api/v1/projects/line/exports", json=recipe)
        assert run_next(self.door.site, "w", KINDS)
        at = asked.headers["location"]
        return self.lead.get(at).json(), at


TOLD = {"id", "image", "standard_version", "expires_at"}


def test_labels_that_an_audit_shows_to_be_right_pass_the_gate(door: Door) -> None:
    line = Line(door, images=36, bubbles=12)
    for who in (door.cast.anna, door.cast.ben):
        assert line.judge(who, line.truth) == 36
    before = line.accuracy()
    assert (before["shown"], before["precision"]["value"]) == ("not_shown_yet", None)
    refused, _ = line.export(REFUSE)
    assert refused["status"] == "refused"
    assert "bubble" in refused["error"]
    sample = line.draw()
    assert (sample["draw"], sample["judged"]) == (1, 0)
    assert line.judge(door.cast.chris, line.truth) == sample["images"]
    after = line.accuracy()
    assert after["shown"] == "shown"
    assert after["labels_to_audit"] == 0
    assert min(after["precision"]["at_least"], after["recall"]["at_least"]) >= 0.95
    done, at = line.export(REFUSE)
    assert (done["status"], done["error"]) == ("done", None)
    manifest = line.lead.get(f"{at}/manifest").json()
    gate = manifest["gate"]
    assert gate["passed"] is True
    assert gate["defect_types"]["bubble"]["precision"] == {
        key: after["precision"][key] for key in ("value", "low", "high", "at_least", "at_most")
    }
    assert sample["id"] not in json.dumps(manifest), "the bytes depend on no random number"
    again = line.lead.get(f"/api/v1/audit-samples/{sample['id']}").json()
    assert again["judged"] == again["images"] == sample["images"]
    assert again["defect_types"]["bubble"]["shown"] == "shown"


def test_always_absent_labels_are_refused_and_marked(door: Door) -> None:
    line = Line(door, images=50, bubbles=1)
    never = dict.fromkeys(line.truth, False)
    for who in (door.cast.anna, door.cast.ben):
        line.judge(who, never)
    sample = line.draw()
    assert line.judge(door.cast.chris, line.truth) == sample["images"]
    found = line.accuracy()
    assert found["shown"] != "shown"
    assert found["precision"] | {"value": None} == found["precision"]
    refused, _ = line.export(REFUSE)
    assert refused["status"] == "refused"
    marked, at = line.export(REFUSE | {"gate": {"on_fail": "mark"}})
    assert (marked["status"], marked["error"]) == ("done", None)
    gate = line.lead.get(f"{at}/manifest").json()["gate"]
    assert gate["passed"] is False
    name = line.lead.head(f"{at}/download").headers["content-disposition"]
    assert "quality-not-shown" in name


def test_a_wrong_label_reaches_the_lead_who_puts_it_up_for_a_ruling(door: Door) -> None:
    line = Line(door, images=12, bubbles=4)
    [wrong, *_] = line.truth
    for who in (door.cast.anna, door.cast.ben):
        line.judge(who, line.truth | {wrong: False})
    sample = line.draw(size=12)
    line.judge(door.cast.chris, line.truth)
    at = f"/api/v1/audit-samples/{sample['id']}/contradicted"
    [item] = line.lead.get(at).json()["items"]
    assert (item["image"], item["label"], item["audit"]) == (wrong, "absent", "present")
    assert (item["auditor"], item["now"], item["corrected"]) == ("chris", "absent", False)
    body = {"defect_type": "bubble", "reason": "The audit sees one."}
    reopened = line.lead.post(f"/api/v1/images/{wrong}/reopening", json=body)
    assert reopened.status_code == 201
    dispute = line.lead.get(f"/api/v1/disputes/{reopened.json()['dispute']}").json()
    assert (dispute["image"], dispute["kind"], dispute["state"]) == (wrong, "verdict", "open")
    [waits] = line.lead.get(at).json()["items"]
    assert (waits["now"], waits["dispute"]) == (None, dispute["id"])
    ruling = {"verdict": "present", "reason": "There.", "based_on": dispute["version"]}
    line.lead.post(f"/api/v1/disputes/{dispute['id']}/ruling", json=ruling).raise_for_status()
    [done] = line.lead.get(at).json()["items"]
    assert (done["now"], done["corrected"], done["dispute"]) == ("present", True, None)
    assert line.accuracy()["recall"]["value"] < 1, "the figure is of the labels as drawn"


def test_lists_come_in_pages_and_wrong_wishes_are_named(door: Door) -> None:
    line = Line(door, images=12, bubbles=6)
    for who in (door.cast.anna, door.cast.ben):
        line.judge(who, dict.fromkeys(line.truth, True))
    at = "/api/v1/projects/line/audit-samples"
    for wish, path in (
        ({"auditors": ["otto"]}, "auditors"),
        ({"auditors": []}, "auditors"),
        ({"size": 0}, "size"),
        ({"sise": 3}, "sise"),
    ):
        refused = line.lead.post(at, json=wish)
        assert refused.status_code == 422, refused.text
        assert [error["field"] for error in refused.json()["errors"]] == [path]
    ids = [line.draw(size=3, anew=True)["id"] for _ in range(3)]
    first = line.lead.get(at, params={"limit": 2}).json()
    rest = line.lead.get(at, params={"cursor": first["next_cursor"]}).json()
    assert [one["id"] for one in (*first["items"], *rest["items"])] == ids[::-1]
    line.draw(size=12, anew=True)
    line.judge(door.cast.chris, line.truth)
    listed = line.lead.get(at).json()["items"][0]["id"]
    wrong = f"/api/v1/audit-samples/{listed}/contradicted"
    whole = line.lead.get(wrong).json()["items"]
    some = line.lead.get(wrong, params={"limit": 4}).json()
    more = line.lead.get(wrong, params={"cursor": some["next_cursor"]}).json()
    assert len(whole) > 4
    assert [*some["items"], *more["items"]] == whole
    assert line.lead.get(wrong, params={"cursor": "x~"}).status_code == 422
