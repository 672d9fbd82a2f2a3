"""A page made for one person is never served as another who signed in on the same tablet since."""

from tests.cast import fill
from tests.web.conftest import Door


def test_a_request_that_says_whose_it_is_is_answered_as_that_person_or_not_at_all(
    door: Door,
) -> None:
    fill(door.site, count=2)
    anna, ben = door.cast.anna, door.cast.ben
    bens = door.client(ben)
    claim = "/api/v1/projects/plates/assignments"
    refused = bens.post(claim, json={"count": 1}, headers={"Labeler-User": anna.user_id})
    assert refused.status_code == 401
    assert "Somebody else has signed in here" in refused.json()["detail"]
    own = bens.post(claim, json={"count": 1}, headers={"Labeler-User": ben.user_id})
    assert own.status_code == 200


def test_what_one_person_holds_cannot_be_answered_by_another(door: Door) -> None:
    fill(door.site, count=1)
    annas = door.client(door.cast.anna)
    [lease] = annas.post("/api/v1/projects/plates/assignments", json={"count": 1}).json()["items"]
    review = {
        "submission_id": "a-submission-of-anna", "assignment": lease["id"],
        "standard_version": 1, "judgements": [],
    }  # fmt: skip
    assert door.client(door.cast.ben).post("/api/v1/reviews", json=review).status_code == 404
    assert annas.post("/api/v1/reviews", json=review).status_code == 201
    # Nor is somebody else's answer given away by sending the same id again.
    assert door.client(door.cast.ben).post("/api/v1/reviews", json=review).status_code == 404
