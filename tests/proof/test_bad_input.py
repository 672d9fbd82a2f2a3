"""Whatever comes in: the status that the contract names, where it is wrong, what to do next."""

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import make_url

from labeler.core.terms import Scope
from labeler.flows import people
from labeler.flows.site import open_site
from labeler.settings import Settings
from labeler.store.sqlite_driver import SqliteDriver, choose_driver
from labeler.web.app import create_app
from tests.cast import fill, found, hire, present
from tests.conftest import PostgresServer
from tests.proof import sizes
from tests.proof.figures import note
from tests.proof.made_up import FORMS, NASTY, PLACES, QUERY, sound_bodies, spoilt, spoilt_everywhere
from tests.proof.onlooker import filled
from tests.served import served_doors
from tests.web.conftest import Door, picture

# Every refusal tells its reader to do something: one of these words, or a way to sign in.
NEXT = re.compile(
    r"\b(ask|check|choose|correct|decide|free|give|leave|look|make|mark|reload|save|say|see|send|"
    r"sign in|take|tell|try|use|wait)\b",
    re.IGNORECASE,
)
PROJECT = "/api/v1/projects/plates"


def problem(answer: Any, status: int, field: str = "") -> dict[str, Any]:
    """The problem+json of a refusal: the right status, the field, and what to do next."""
    assert answer.status_code == status, f"{answer.status_code} {answer.text}"
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["title"]
    faults = body.get("errors", [])
    told = " ".join([body["detail"], *(fault["message"] for fault in faults)])
    assert NEXT.search(told), f"says nothing to do: {told}"
    if field:
        assert field in [fault["field"] for fault in faults], faults
    return body


@dataclass
class Plant:
    """The application with an image in the queue and a client per person."""

    door: Door
    lead: TestClient
    anna: TestClient
    admin: TestClient

    def lease(self) -> dict[str, Any]:
        answer = self.anna.post(f"{PROJECT}/assignments", json={"count": 1})
        lease: dict[str, Any] = answer.json()["items"][0]
        return lease

    def review(self, **changed: Any) -> dict[str, Any]:
        lease = self.lease()
        return {
            "submission_id": f"submission-{lease['id']}",
            "assignment": lease["id"],
            "standard_version": 1,
            "unusable": None,
            "judgements": [],
            "reviewed_at": "2026-03-02T06:00:00Z",
            "elapsed_s": 1.5,
            **changed,
        }


@pytest.fixture
def plant(door: Door) -> Plant:
    fill(door.site, count=3)
    cast = door.cast
    return Plant(door, door.client(cast.lead), door.client(cast.anna), door.client(cast.admin))


def test_a_token_that_does_not_hold_is_401(plant: Plant) -> None:
    for value in ("Bearer nonsense", "Bearer ", "Basic YTpi", "Bearer lbl_" + "0" * 64):
        answer = TestClient(plant.door.app).get(PROJECT, headers={"authorization": value})
        problem(answer, 401)
        assert answer.headers["www-authenticate"] == "Bearer"


def test_a_missing_scope_is_403_and_named(plant: Plant) -> None:
    _info, secret = people.create_token(plant.door.site, plant.door.cast.anna.user_id, [Scope.READ])
    client = TestClient(plant.door.app, headers={"authorization": f"Bearer {secret}"})
    assert client.get(PROJECT).status_code == 200
    answer = problem(client.post(f"{PROJECT}/assignments", json={"count": 1}), 403)
    assert answer["scope"] == "review"
    assert "review" in answer["detail"]


def test_what_is_not_there_is_404(plant: Plant) -> None:
    places = ("projects", "images", "disputes", "exports")
    for path in (*(f"/api/v1/{place}/unheard-of" for place in places), "/api/v1/unheard-of"):
        problem(plant.lead.get(path), 404)
    for place in ("tokens", "stations", "users", "exports"):
        problem(plant.lead.delete(f"/api/v1/{place}/unheard-of"), 404)


def test_a_reviewer_gets_404_where_only_leads_go(plant: Plant) -> None:
    for path in ("progress", "reviews", "disputes", "agreement", "exports"):
        problem(plant.anna.get(f"{PROJECT}/{path}"), 404)


def scratch(**changed: Any) -> dict[str, Any]:
    return {**present("scratch", 1), **changed}


BAD_REVIEWS = [
    ({"submission_id": "short"}, "submission_id"),
    ({"submission_id": None}, "submission_id"),
    ({"standard_version": 0}, "standard_version"),
    ({"standard_version": 7}, "standard_version"),
    ({"standard_version": "one"}, "standard_version"),
    ({"unusable": "ugly"}, "unusable"),
    ({"reviewed_at": "yesterday"}, "reviewed_at"),
    ({"reviewed_at": "2026-03-02T06:00:00"}, "reviewed_at"),
    ({"reviewed_at": "0001-01-01T00:00:00+14:00"}, "reviewed_at"),
    ({"reviewed_at": "9999-12-31T23:59:59-14:00"}, "reviewed_at"),
    ({"submission_id": "with\x00nul"}, "submission_id"),
    ({"judgements": [scratch(defect_type="\x00")]}, "judgements"),
    ({"elapsed_s": -1}, "elapsed_s"),
    ({"invented": 1}, "invented"),
    ({"judgements": [{"defect_type": "dent", "verdict": "present"}]}, "judgements.0.defect_type"),
    ({"judgements": [scratch(verdict="maybe")]}, "judgements.0.verdict"),
    ({"judgements": [scratch(severity=4)]}, "judgements.0.severity"),
    ({"judgements": [scratch(severity=None)]}, "judgements.0.severity"),
    ({"judgements": [scratch(severity=True)]}, "judgements.0.severity"),
    ({"judgements": [scratch(invented=1)]}, "judgements.0.invented"),
    ({"judgements": [scratch(), scratch()]}, "judgements.1.defect_type"),
    ({"judgements": [scratch(regions=[{"kind": "circle"}])]}, "judgements.0.regions.0"),
    ({"judgements": [present("scratch", 1, (150, 0, 100, 20))]}, "judgements.0.regions.0"),
    ({"judgements": [present("scratch", 1, (0, 0, 0, 20))]}, "judgements.0.regions.0"),
    ({"judgements": [scratch(regions=7)]}, "judgements.0.regions"),
    ({"judgements": [{**present("stain", None, (0, 0, 9, 9))}]}, "judgements.0.regions.0"),
    ({"unusable": "dark", "judgements": [scratch()]}, "judgements"),
]  # fmt: skip


def test_a_wrong_review_is_422_with_its_field_and_leaves_nothing(plant: Plant) -> None:
    review = plant.review()
    for changed, field in BAD_REVIEWS:
        problem(plant.anna.post("/api/v1/reviews", json={**review, **changed}), 422, field)
    assert plant.lead.get(f"{PROJECT}/reviews").json()["items"] == []
    odd = {**review, "submission_id": "with\x00nul"}
    [fault] = plant.anna.post("/api/v1/reviews", json=odd).json()["errors"]
    assert fault["message"] == "Leave out the NUL character."
    assert plant.anna.post("/api/v1/reviews", json=review).status_code == 201


def test_a_body_that_is_no_review_is_422(plant: Plant) -> None:
    headers = {"content-type": "application/json"}
    for body in (b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"1" * 5_000, b"[" * 10_000):
        answer = plant.anna.post("/api/v1/reviews", content=body, headers=headers)
        problem(answer, 422, "body")


BAD_VALUES: list[tuple[str, str, Any, str]] = [
    ("POST", f"{PROJECT}/assignments", {"count": 0}, "count"),
    ("POST", f"{PROJECT}/assignments", {"count": 11}, "count"),
    ("POST", "/api/v1/projects", {"code": "x y", "standard": {"defect_types": []}}, "code"),
    ("POST", f"{PROJECT}/exports", {"formatz": []}, "formatz"),
    ("POST", f"{PROJECT}/exports", {"formats": ["voc"]}, "formats"),
    ("POST", f"{PROJECT}/exports", {"splits": {"train": 2}}, "splits"),
    ("POST", "/api/v1/users", {"name": "Eve", "role": "queen"}, "role"),
    ("POST", "/api/v1/users", {"name": "Eve", "role": "reviewer", "pin": "1234"}, "pin"),
    ("POST", "/api/v1/tokens", {"days": 0}, "days"),
    ("POST", "/api/v1/tokens", {"scopes": ["everything"]}, "scopes.0"),
    ("POST", "/api/v1/stations", {"name": "", "project": "plates"}, "name"),
    ("GET", f"{PROJECT}/images?limit=0", None, "limit"),
    ("GET", f"{PROJECT}/images?cursor=x", None, "cursor"),
    ("GET", f"{PROJECT}/images?state=lost", None, "state"),
    ("GET", f"{PROJECT}/disputes?cursor=x~y", None, "cursor"),
    ("GET", f"{PROJECT}/standards/0", None, "version"),
    ("GET", f"/projects/plates/standard?version={10**20}", None, "version"),
    ("GET", f"{PROJECT}/agreement?by=%00", None, "by"),
    ("GET", "/projects/plates/agreement?by=%00", None, "by"),
    ("GET", "/api/v1/images/%00a", None, "image"),
    ("POST", "/api/v1/projects", {"code": "more", "name": "a\0b", "standard": {}}, "name"),
]


def test_a_wrong_value_is_422_with_its_field(plant: Plant) -> None:
    for method, path, body, field in BAD_VALUES:
        problem(plant.lead.request(method, path, json=body), 422, field)


def test_a_second_review_is_409_with_what_is_there(plant: Plant) -> None:
    review = plant.review()
    first = plant.anna.post("/api/v1/reviews", json=review).json()
    other = {**review, "submission_id": "another-submission"}
    answer = problem(plant.anna.post("/api/v1/reviews", json=other), 409)
    assert answer["current"]["review"] == {
        "id": first["id"],
        "submission_id": review["submission_id"],
    }
    same_id = {**review, "judgements": [scratch()]}
    problem(plant.anna.post("/api/v1/reviews", json=same_id), 422, "submission_id")


def test_a_stale_ruling_is_409_with_the_version_that_is_there(plant: Plant) -> None:
    ben = plant.door.client(plant.door.cast.ben)
    review = plant.review(judgements=[present("bubble")])
    assert plant.anna.post("/api/v1/reviews", json=review).status_code == 201
    lease = ben.post(f"{PROJECT}/assignments", json={"count": 1}).json()["items"][0]
    theirs = {
        **review,
        "assignment": lease["id"],
        "submission_id": "of-ben-himself",
        "judgements": [],
    }
    assert ben.post("/api/v1/reviews", json=theirs).status_code == 201
    [dispute] = plant.lead.get(f"{PROJECT}/disputes").json()["items"]
    at = f"/api/v1/disputes/{dispute['id']}/ruling"
    ruling = {"verdict": "present", "reason": "Seen.", "based_on": dispute["version"] + 1}
    answer = problem(plant.lead.post(at, json=ruling), 409)
    assert answer["current"]["version"] == dispute["version"]
    ruling["based_on"] = dispute["version"]
    problem(plant.lead.post(at, json={**ruling, "reason": " "}), 422, "reason")
    problem(plant.lead.post(at, json={**ruling, "verdict": "perhaps"}), 422, "verdict")
    assert plant.lead.post(at, json=ruling).status_code == 200


def test_too_large_is_413_and_says_what_fits(door: Door, tmp_path: Path) -> None:
    small = door.site.settings.model_copy(update={"max_upload_mb": 1, "max_upload_files": 2})
    door.site.settings = small
    door.app = create_app(door.site)
    lead = door.client(door.cast.lead)
    heavy = [("files", ("a.png", b"\0" * (3 << 20)))]
    problem(lead.post(f"{PROJECT}/images", files=heavy), 413)
    many = [("files", (f"{n}.png", picture(n))) for n in range(3)]
    problem(lead.post(f"{PROJECT}/images", files=many), 413)
    assert lead.post(f"{PROJECT}/images", files=many[:1]).status_code == 200


def away(answer: Any) -> None:
    problem(answer, 503)
    assert 1 <= int(answer.headers["retry-after"]) <= 60


def test_storage_away_is_503_and_the_rest_goes_on(door: Door) -> None:
    lead, anna = door.client(door.cast.lead), door.client(door.cast.anna)
    files = [("files", ("a.png", picture(1)))]
    assert lead.post(f"{PROJECT}/images", files=files).status_code == 200
    [lease] = anna.post(f"{PROJECT}/assignments", json={"count": 1}).json()["items"]
    data = door.site.settings.data
    names = ("originals", "previews", "incoming")
    for name in names:
        (data / name).rename(data / f"{name}-away")
        (data / name).write_text("a file where the folder was")
    away(lead.post(f"{PROJECT}/images", files=[("files", ("b.png", picture(2)))]))
    away(anna.get(f"/api/v1/images/{lease['image']['id']}/preview?width=640"))
    away(anna.get(f"/api/v1/images/{lease['image']['id']}/original"))
    assert lead.get(f"{PROJECT}/images").status_code == 200
    review = {"submission_id": "submission-1", "assignment": lease["id"], "standard_version": 1}
    assert anna.post("/api/v1/reviews", json=review).status_code == 201
    for name in names:
        (data / name).unlink()
        (data / f"{name}-away").rename(data / name)
    answer = lead.post(f"{PROJECT}/images", files=[("files", ("b.png", picture(2)))])
    assert [one["status"] for one in answer.json()["results"]] == ["imported"]
    assert anna.get(f"/api/v1/images/{lease['image']['id']}/preview?width=640").status_code == 200


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_database_that_is_away_is_503_and_comes_back_without_a_restart(
    plant: Plant, database_url: str, postgres: PostgresServer
) -> None:
    review = plant.review()
    name = make_url(database_url).database
    postgres._run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    postgres._run(
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"  # noqa: S608  a name we gave
    )
    away(plant.anna.post("/api/v1/reviews", json=review))
    away(plant.lead.get(f"{PROJECT}/images"))
    away(plant.lead.get("/readyz"))
    assert plant.door.client().get("/healthz").status_code == 200
    postgres._run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    assert plant.lead.get("/readyz").status_code == 200
    assert plant.anna.post("/api/v1/reviews", json=review).status_code == 201
    assert len(plant.lead.get(f"{PROJECT}/reviews").json()["items"]) == 1


def test_a_locked_sqlite_is_503_and_nothing_is_half_written(
    tmp_path: Path, migrated_sqlite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = SqliteDriver.pragmas
    monkeypatch.setattr(SqliteDriver, "pragmas", lambda self: patient(self, busy_ms=200))
    shutil.copy(migrated_sqlite, tmp_path / "labeler.sqlite")
    site = open_site(Settings(data=tmp_path))
    found(site)
    door = Door(site, hire(site), create_app(site))
    fill(site)
    plant = Plant(
        door, *(door.client(p) for p in (door.cast.lead, door.cast.anna, door.cast.admin))
    )
    review = plant.review()
    # The server's own library: two of them in one process do not see each other's locks.
    other = choose_driver().module.connect(tmp_path / "labeler.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    away(plant.anna.post("/api/v1/reviews", json=review))
    assert plant.lead.get(f"{PROJECT}/images").status_code == 200  # reads go on
    other.execute("ROLLBACK")
    other.close()
    assert plant.anna.post("/api/v1/reviews", json=review).status_code == 201
    site.close()


@pytest.fixture
def fuzzed(plant: Plant) -> tuple[Plant, dict[str, TestClient]]:
    cast = plant.door.cast
    clients = {
        p.name: plant.door.client(p) for p in (cast.anna, cast.lead, cast.engineer, cast.admin)
    }
    for client in clients.values():
        client._transport.raise_server_exceptions = False  # type: ignore[attr-defined]
    return plant, clients


def test_no_value_at_any_place_of_a_sound_body_makes_the_server_fail(
    fuzzed: tuple[Plant, dict[str, TestClient]],
) -> None:
    plant, clients = fuzzed
    fill(plant.door.site, count=60)
    ben = plant.door.client(plant.door.cast.ben)
    first = plant.review(judgements=[present("scratch", 1)])
    review = plant.anna.post("/api/v1/reviews", json=first).json()["id"]
    lease = ben.post(f"{PROJECT}/assignments", json={"count": 1}).json()["items"][0]
    theirs = {
        **first,
        "assignment": lease["id"],
        "submission_id": "of-ben-himself",
        "judgements": [],
    }
    assert ben.post("/api/v1/reviews", json=theirs).status_code == 201
    [dispute] = plant.lead.get(f"{PROJECT}/disputes").json()["items"]
    places = {"code": "plates", "review": review, "dispute": dispute["id"]}
    faults, number = [], 0
    for path, body in sound_bodies(plant.review()).items():
        who = clients["anna" if "review" in path or "assignments" in path else "lea"]
        method = "PUT" if path.endswith("draft") else "POST"
        for spoiled in spoilt_everywhere(body):
            number += 1
            sent = json.dumps(spoiled).encode()
            headers = {"content-type": "application/json"}
            answer = who.request(method, path.format(**places), content=sent, headers=headers)
            if answer.status_code >= 500:
                faults.append(f"{method} {path} {answer.status_code} {sent[:300]!r}")
    assert faults == []
    assert number > 300


@pytest.mark.timeout(300 + sizes.FUZZ_CASES * 5)
def test_no_made_up_request_makes_the_server_fail(
    fuzzed: tuple[Plant, dict[str, TestClient]],
) -> None:
    plant, clients = fuzzed
    doors = sorted(door for door in served_doors(plant.door.app) if door.path != "/metrics")
    bodies = sound_bodies(plant.review())
    victim = plant.door.cast.dora.user_id
    files = [("files", ("a.png", picture(1)))]
    [imported] = [
        r["image"] for r in plant.lead.post(f"{PROJECT}/images", files=files).json()["results"]
    ]
    known = {
        "code": ["plates", "nothing"], "image": [imported], "user": [victim],
        "version": ["1", "99999999999999999999"], "review": ["nothing"],
    }  # fmt: skip
    asked = {"requests": 0}

    @settings(
        max_examples=sizes.FUZZ_CASES * len(doors), deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.data())
    def fuzz(data: st.DataObject) -> None:
        draw = data.draw
        door, name = draw(st.sampled_from(doors)), draw(st.sampled_from(sorted(clients)))
        odd = draw(st.sampled_from(PLACES))
        places = known if draw(st.integers(0, 3)) else {key: [odd] for key in known}
        path = draw(st.sampled_from(list(filled(door, places))))
        query = {key: draw(NASTY) for key in draw(st.lists(st.sampled_from(QUERY), max_size=2))}
        request: dict[str, Any] = {
            "params": {k: str(v).encode("utf-8", "replace") for k, v in query.items()}
        }
        if door.method in {"POST", "PUT"} and door.path.startswith("/api/"):
            sent = spoilt(draw, bodies.get(door.path, {}))
            request["content"] = json.dumps(sent).encode()
            request["headers"] = {"content-type": "application/json"}
        elif door.method == "POST":
            request["data"] = draw(FORMS)
        answer = clients[name].request(door.method, path, follow_redirects=False, **request)
        asked["requests"] += 1
        assert answer.status_code < 500, f"{name} {door.method} {path} {request}: {answer.text}"

    fuzz()
    kind = "sqlite" if plant.door.site.database.is_sqlite else "postgres"
    note(f"made-up requests, {kind}", routes=len(doors), **asked, server_errors=0)
