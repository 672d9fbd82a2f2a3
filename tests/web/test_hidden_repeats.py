"""From the lead's click to the figures: on the tablet a repeat is an image like any other."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from labeler.core.people import Principal
from labeler.flows import projects
from tests.cast import STANDARD, present
from tests.conftest import TurnableClock
from tests.web.conftest import Door, picture

# The flows behind are tried on PostgreSQL too, where they are tested.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
API = "/api/v1"
AT = f"{API}/projects/plates"


def bring(door: Door, *numbers: int) -> None:
    files = [("files", (f"{n}.png", picture(n))) for n in numbers]
    assert door.client(door.cast.lead).post(f"{AT}/images", files=files).status_code == 200


def shape(told: Any) -> Any:
    """An answer without what every image has of its own: ids, times, what was asked for."""
    if isinstance(told, dict):
        return {key: shape(value) for key, value in told.items()}
    if isinstance(told, list):
        return [shape(one) for one in told]
    if isinstance(told, str):
        return re.sub(r"[0-9a-f]{20,}|\d{4}-\d\d-\d\dT[\d:.]+Z|submission-\d+|\d+\.png", "…", told)
    return told


def judged(client: TestClient, lease: dict[str, Any], number: int, *said: Any) -> list[Any]:
    """Everything that a tablet asks about an image on the way to its answer, and after."""
    image = lease["image"]["id"]
    asked = [client.get(f"{API}/images/{image}"), client.get(lease["image"]["preview_url"])]
    review = {
        "submission_id": f"submission-{number}", "assignment": lease["id"],
        "standard_version": lease["standard_version"], "unusable": None, "judgements": said,
        "reviewed_at": "2026-03-05T06:00:00Z", "elapsed_s": 4.2,
    }  # fmt: skip
    asked += [client.post(f"{API}/reviews", json=review) for _ in range(2)]
    assert [one.status_code for one in asked] == [200, 200, 201, 200], asked[2].text
    told = [one.json() if "json" in one.headers["content-type"] else None for one in asked]
    return [
        (one.status_code, sorted(set(one.headers) - {"content-length"}), shape(body))
        for one, body in zip(asked, told, strict=True)
    ]


def claimed(client: TestClient, count: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.post(f"{AT}/assignments", json={"count": count}).json()[
        "items"
    ]
    return found


def test_nothing_that_the_tablet_gets_tells_a_repeat_from_a_fresh_image(
    door: Door, clock: TurnableClock
) -> None:
    anna, lead = door.client(door.cast.anna), door.client(door.cast.lead)
    bring(door, 1, 2)
    everybody: list[Principal] = [door.cast.anna, door.cast.ben]
    for who in everybody:
        client = door.client(who)
        for place, lease in enumerate(claimed(client, 2)):
            said = [present("bubble", None, (5, 5, 20, 20))] if place == 0 else []
            judged(client, lease, 10 * everybody.index(who) + place, *said)
    clock.turn(seconds=3 * 24 * 3600)
    assert claimed(anna, 5) == []
    planned = lead.post(f"{AT}/repeats", json={"per_reviewer": 2, "spread_h": 0})
    assert planned.json() == {"planned": {"anna": 2, "ben": 2, "chris": 0, "dora": 0}}
    bring(door, 3, 4)
    before = [image["id"] for image in anna.get(f"{AT}/images").json()["items"]]
    leases = claimed(anna, 4)
    again = {lease["image"]["id"] for lease in leases} & set(before)
    assert len(again) == 2, "two she has seen and two she has not"
    assert len({repr(shape(lease)) for lease in leases}) == 1
    seen = [
        judged(anna, lease, 100 + n, present("bubble", None, (5, 5, 20, 20)))
        for n, lease in enumerate(leases)
    ]
    assert all(one == seen[0] for one in seen[1:])
    listed = anna.get(f"{AT}/images").json()["items"]
    assert len({image["id"] for image in listed}) == len(listed) == 4
    assert len({repr(shape(image | {"number": 0})) for image in listed}) == 1
    for address in ("/", "/projects/plates/review"):
        assert "repeat" not in anna.get(address, headers={"accept": "text/html"}).text.lower()
    told = lead.get(f"{AT}/reviewer-quality").json()
    assert told["repeats"] == {
        "anna": {"waiting": 0, "answered": 2}, "ben": {"waiting": 2, "answered": 0},
    }  # fmt: skip
    [bubble] = [
        one for one in told["repeatability"]
        if (one["rater"], one["defect_type"]) == ("anna", "bubble")
    ]  # fmt: skip
    assert bubble["table"] == {
        "present": {"present": 1, "absent": 0}, "absent": {"present": 1, "absent": 0},
    }  # fmt: skip
    assert bubble["statistics"]["alike"]["reason"] == "Not enough repeats for a share."
    # What they measure changes nothing else.
    assert lead.get(f"{AT}/progress").json()["settled"] == 2
    # Each figure stands below its own defect type, also once a new one comes before the others.
    gloss = {"code": "gloss", "name": {"en": "Gloss"}}
    book = {"defect_types": [gloss, *STANDARD["defect_types"]]}
    projects.publish(door.site, door.cast.lead, "plates", book)
    page = lead.get("/projects/plates/agreement/reviewers", headers={"accept": "text/html"}).text
    table = page[page.index("Own marks made again") :].partition("</table>")[0]
    types = re.findall(r'<th scope="col">([^<]*)</th>', table)[1:]
    cells = [
        re.sub(r"<[^>]*>", "", one).split()
        for one in re.findall(r"<td>(.*?)</td>", table, re.DOTALL)
    ]
    assert types == ["Gloss", "Scratch", "Bubble", "Stain"]
    assert [" ".join(one[:3]) for one in cells] == ["–", "0 of 0", "1 of 1", "0 of 0"]


def test_numbers_without_sense_are_named_and_unknown_ones_too(door: Door) -> None:
    lead = door.client(door.cast.lead)
    wrong = lead.post(f"{AT}/repeats", json={"per_reviewer": 500})
    assert wrong.status_code == 422
    assert [one["field"] for one in wrong.json()["errors"]] == ["per_reviewer"]
    assert lead.post(f"{AT}/repeats", json={"how_many": 5}).status_code == 422
