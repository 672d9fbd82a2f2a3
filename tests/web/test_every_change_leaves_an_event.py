"""No request changes anything without a chained event: `access_table.py` once more, counted."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from labeler.core.terms import Role
from labeler.flows.site import Site
from labeler.store import audit
from tests.cast import PASSWORD, person
from tests.served import app_of
from tests.web.access_table import COLUMNS, RULING, TABLE, Row
from tests.web.conftest import Door
from tests.web.test_access_table import World, ask, clients

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

DRAFT = '[[defect_types]]\ncode = "dent"\nname = { en = "Dent" }\n'
CHANGING = {"POST", "PUT", "PATCH", "DELETE"}
# Answered with yes and without an event, and why.
_NO_SESSION = "the table's clients come with tokens: there is no session to end"
_REPEAT = "the table's person is a member already: the same again changes nothing"
SILENT = {
    ("DELETE", "/api/v1/station/session"): _NO_SESSION,
    ("POST", "/sign-out"): _NO_SESSION,
    ("PUT", "/api/v1/projects/{code}/members/{user}"): _REPEAT,
    ("POST", "/people/{user}/projects"): _REPEAT,
    ("POST", "/api/v1/station/presence"): "a touch, which nobody asks about later",
}
# What the table sends is up to date here, so that it is taken.
TAKEN = {
    "/api/v1/disputes/{dispute}/ruling": {"json": RULING | {"based_on": 1}},
    "/projects/{code}/disputes/{dispute}/ruling": {
        "data": {"verdict": "absent", "reason": "Dust.", "based_on": "2"}
    },
    "/api/v1/change-requests/{request}/answer": {
        "json": {"answer": "no_defect", "text": "Dust.", "based_on": 0}
    },
    "/projects/{code}/standard/requests/{change}/answer": {
        "data": {"answer": "no_defect", "text": "Dust.", "based_on": "0"}
    },
    "/projects/new": {"data": {"code": "{free}", "text": DRAFT}},
}
# Refused with what the table sends; the tests of each deed send what is taken.
REFUSED: set[tuple[str, str]] = {
    ("POST", path) for path in (
        "/setup", "/password", "/api/v1/images/{image}/reopening",
        "/projects/{code}/agreement/audits/reopening", "/api/v1/projects/{code}/audit-samples",
        "/projects/{code}/standard/draft", "/api/v1/projects/{code}/studies",
        "/projects/{code}/studies", "/projects/{code}/exports",
        "/projects/{code}/standard/examples", "/projects/{code}/standard/publish",
    )
} | {("PUT", "/api/v1/password")}  # fmt: skip


class Counted:
    """A client that notes how many events its last request appended."""

    def __init__(self, site: Site, client: Any) -> None:
        self.site, self.client, self.cookies = site, client, client.cookies
        self.events = 0

    def request(self, *args: Any, **given: Any) -> Any:
        before = events(self.site)
        answer = self.client.request(*args, **given)
        self.events = events(self.site) - before
        return answer


def events(site: Site) -> int:
    with site.database.read() as session:
        return audit.head(session).number


def changing() -> Iterator[tuple[Row, str]]:
    """Every line that may change something, with one of those whom it lets in."""
    for row in TABLE:
        allowed = dict(zip(COLUMNS, row.expected.split(), strict=True))
        inside = [name for name in ("lead", "reviewer", "admin") if allowed[name] == "in"]
        if row.method in CHANGING and inside:
            yield replace(row, **TAKEN.get(row.path, {})), inside[0]


def test_every_request_that_changes_something_leaves_an_event(door: Door) -> None:
    world = World(door)
    known = clients(world, set())
    silent, refused = set(), set()
    for row, name in changing():
        who, client = known[name]
        counted = Counted(door.site, client)
        status = ask(world, row, who, counted).status_code
        if status >= 400:
            refused.add((row.method, row.path))
        elif counted.events == 0:
            silent.add((row.method, row.path))
    assert sorted(silent) == sorted(SILENT), "no event and no reason for it"
    assert sorted(refused) == sorted(REFUSED), "what is refused says nothing about events"


def test_signing_in_and_out_leaves_an_event_each(site: Site) -> None:
    person(site, "ada", Role.ADMIN, password=PASSWORD)
    browser = TestClient(
        app_of(site), base_url="http://plant.test", headers={"origin": "http://plant.test"},
        follow_redirects=False,
    )  # fmt: skip
    counted = Counted(site, browser)
    for path, form in (("/sign-in", {"name": "ada", "password": PASSWORD}), ("/sign-out", {})):
        assert counted.request("POST", path, data=form).status_code == 303
        assert counted.events == 1, path


def test_a_new_member_leaves_an_event_and_the_same_one_again_none(door: Door) -> None:
    stranger = person(door.site, "sam", Role.REVIEWER)
    counted = Counted(door.site, door.client(door.cast.admin))
    for events_left in (1, 0):
        path = f"/api/v1/projects/plates/members/{stranger.user_id}"
        assert counted.request("PUT", path).status_code == 204
        assert counted.events == events_left
