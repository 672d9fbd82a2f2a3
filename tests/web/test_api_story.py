"""From import to ruling through the HTTP API, as the contract says."""

from tests.cast import present
from tests.web.conftest import Door, picture


def test_the_story_from_import_to_ruling(door: Door) -> None:
    lead, anna, ben = (door.client(p) for p in (door.cast.lead, door.cast.anna, door.cast.ben))
    manifest = "file,lot,unit,reference\na.png,L1,U1,\nb.png,L1,U2,\n"
    answer = lead.post(
        "/api/v1/projects/plates/images",
        files=[
            ("files", ("a.png", picture(1))),
            ("files", ("b.png", picture(2))),
            ("files", ("again.png", picture(1))),
            ("files", ("broken.png", picture(3)[:200])),
            ("manifest", ("import.csv", manifest)),
        ],
    )
    assert answer.status_code == 200, answer.text
    results = answer.json()["results"]
    assert [r["status"] for r in results] == ["imported", "imported", "duplicate", "rejected"]
    assert results[3]["reason"]

    for client, judgements in ((anna, [present("bubble", None, (1, 2, 30, 40))]), (ben, [])):
        leases = client.post("/api/v1/projects/plates/assignments", json={"count": 1}).json()
        [lease] = leases["items"]
        assert client.get(lease["image"]["preview_url"]).headers["content-type"] == "image/jpeg"
        review = {
            "submission_id": f"submission-{lease['id']}",
            "assignment": lease["id"],
            "standard_version": 1,
            "unusable": None,
            "judgements": judgements,
            "reviewed_at": "2026-03-02T06:00:00Z",
            "elapsed_s": 2.5,
        }
        assert client.post("/api/v1/reviews", json=review).status_code == 201
        assert client.post("/api/v1/reviews", json=review).status_code == 200

    [dispute] = lead.get("/api/v1/projects/plates/disputes").json()["items"]
    assert (dispute["defect_type"], dispute["kind"]) == ("bubble", "verdict")
    assert [r["as"] for r in dispute["reviews"]] == ["A", "B"]
    ruling = {"verdict": "present", "severity": None, "regions": None, "reason": ""}
    at = f"/api/v1/disputes/{dispute['id']}/ruling"
    assert lead.post(at, json={**ruling, "based_on": dispute["version"]}).status_code == 422
    ruling["reason"] = "It is a bubble: round, with a highlight."
    assert lead.post(at, json={**ruling, "based_on": 77}).status_code == 409
    ruled = lead.post(at, json={**ruling, "based_on": dispute["version"]})
    assert ruled.status_code == 200, ruled.text

    image = lead.get(f"/api/v1/images/{dispute['image']}").json()
    assert image["settled"] is True
    [label] = image["labels"]
    assert (label["verdict"], label["source"], label["n_present"]) == ("present", "ruled", 1)
    assert label["regions"] == [{"kind": "box", "x": 1, "y": 2, "width": 30, "height": 40}]
    progress = lead.get("/api/v1/projects/plates/progress").json()
    assert progress["settled"] == 1
    assert progress["reviews"] == 2


def test_somebody_outside_gets_404_for_everything(door: Door) -> None:
    otto = door.client(door.cast.outsider)
    assert otto.get("/api/v1/projects/plates").status_code == 404
    assert otto.get("/api/v1/projects/plates/disputes").status_code == 404
    assert otto.post("/api/v1/projects/plates/assignments", json={}).status_code == 404


def test_nobody_gets_401(door: Door) -> None:
    client = door.client()
    answer = client.get("/api/v1/projects/plates")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
