"""Every list comes in pages, by the same two words."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from labeler.flows import assign, people, projects, review, stations
from labeler.web.api.cursors import page_by
from tests.cast import STANDARD, fill, found
from tests.web.conftest import Door

LISTS = (
    "/projects", "/users", "/tokens", "/stations", "/projects/plates/standards",
    "/projects/plates/exports", "/audit", "/images/{image}/history",
)  # fmt: skip


@pytest.fixture
def world(door: Door) -> tuple[TestClient, str]:
    """An administrator's client, and an image; three or more of whatever is listed."""
    site, cast = door.site, door.cast
    for code in ("spare", "other"):
        found(site, code)
    for number in range(3):
        people.create_token(site, "anna")
        stations.add_station(site, f"tablet {number}", "plates", cast.lead)
        projects.publish(site, cast.lead, "plates", STANDARD)
    client = door.client(cast.admin)
    for _ in range(3):
        client.post("/api/v1/projects/plates/exports", json={}).raise_for_status()
    [image] = fill(site)
    for who in (cast.anna, cast.ben):
        [lease] = assign.claim(site, who, "plates", 1)
        told = review.Submission(
            submission_id=f"submission-{lease.id}", assignment=lease.id, standard_version=4,
            judgements=[],
        )  # fmt: skip
        review.submit(site, who, told)
    return client, image


def walk(client: TestClient, at: str, limit: int) -> list[Any]:
    """Every entry, page after page."""
    entries: list[Any] = []
    cursor = None
    while True:
        asked = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        answer = client.get(f"/api/v1{at}", params=asked)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert set(page) == {"items", "next_cursor"}
        assert len(page["items"]) <= limit
        entries += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return entries


def test_every_list_gives_the_same_in_pages_as_at_once(world: tuple[TestClient, str]) -> None:
    client, image = world
    for address in LISTS:
        at = address.format(image=image)
        whole = client.get(f"/api/v1{at}", params={"limit": 500}).json()
        assert whole["next_cursor"] is None, at
        assert len(whole["items"]) >= 3, at
        assert walk(client, at, 2) == whole["items"], at
        for asked in ({"cursor": "no cursor"}, {"limit": 0}, {"limit": 501}):
            refused = client.get(f"/api/v1{at}", params=asked)
            assert refused.status_code == 422, (at, asked)
            assert refused.json()["errors"][0]["field"] == next(iter(asked))


def test_the_lists_keep_their_order(world: tuple[TestClient, str]) -> None:
    client, _image = world
    assert [p["code"] for p in walk(client, "/projects", 1)] == ["other", "plates", "spare"]
    versions = [s["version"] for s in walk(client, "/projects/plates/standards", 3)]
    assert versions == [1, 2, 3, 4]
    made = [e["created_at"] for e in walk(client, "/projects/plates/exports", 2)]
    assert made == sorted(made, reverse=True)
    numbers = [e["number"] for e in walk(client, "/audit", 7)]
    assert numbers == list(range(1, len(numbers) + 1))
    later = client.get("/api/v1/audit", params={"after": 5, "cursor": "3", "limit": 1}).json()
    assert later["items"][0]["number"] == 6


def test_what_is_removed_between_pages_hides_nothing_else() -> None:
    names = ["an", "be", "안나", "cy+d", "do"]
    first, cursor = page_by(names, str, cursor=None, limit=2)
    assert first == ["an", "be"]
    second, cursor = page_by(["be0", "cy+d", "do", "안나"], str, cursor=cursor, limit=2)
    assert second == ["be0", "cy+d"]
    assert page_by(["do", "안나"], str, cursor=cursor, limit=2) == (["do", "안나"], None)
