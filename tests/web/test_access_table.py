"""Every route against every kind of person, as `access_table.py` says."""

import io
import itertools
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from labeler.core.msa.plan import StudyPlan
from labeler.core.people import Principal
from labeler.core.terms import Role, Scope
from labeler.flows import (
    assign,
    audit_samples,
    examples,
    good_parts,
    people,
    projects,
    review,
    stations,
    studies,
)
from labeler.web.access import api_routes, declared_access
from labeler.web.app import create_app
from tests.cast import STANDARD, fill, person, present
from tests.web.access_table import COLUMNS, TABLE, Row
from tests.web.conftest import Door, picture

_PLACE = re.compile(r"\{(\w+)\}")
_SHUT = {401, 403, 404}


class World:
    """One project with an object of every kind; whatever a request may use up is made anew."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.site = door.site
        self.cast = door.cast
        self.numbers = itertools.count()
        self.lead = door.client(door.cast.lead)
        self._import()
        for who, judgements in ((self.cast.anna, [present("bubble")]), (self.cast.ben, [])):
            [lease] = assign.claim(self.site, who, "plates", 1)
            self._submit(who, lease.id, judgements)
        [held] = assign.claim(self.site, self.cast.anna, "plates", 1)
        self.image = held.image_id
        [dispute] = self.lead.get("/api/v1/projects/plates/disputes").json()["items"]
        self.dispute = dispute["id"]

    def _import(self) -> None:
        files: list[Any] = [("files", (f"{n}.png", picture(n))) for n in range(2)]
        manifest = "file,golden,station\n0.png,1.png,top\n1.png,0.png,\n"
        files.append(("manifest", ("import.csv", manifest)))
        self.lead.post("/api/v1/projects/plates/images", files=files).raise_for_status()

    def _submit(self, who: Principal, assignment: str, judgements: list[Any]) -> str:
        told = review.Submission(
            submission_id=self.free(), assignment=assignment, standard_version=1,
            judgements=judgements,
        )  # fmt: skip
        return review.submit(self.site, who, told).id

    def free(self) -> str:
        return f"free-name-{next(self.numbers)}"

    def user(self) -> str:
        added = person(self.site, self.free(), Role.REVIEWER)
        people.add_member(self.site, "plates", added.user_id, self.cast.lead)
        return added.user_id

    def token(self, who: Principal) -> str:
        return people.create_token(self.site, who.user_id)[0].id

    def announced(self) -> stations.StationInfo:
        return stations.add_station(self.site, "tablet", "plates", self.cast.lead)

    def assignment(self) -> str:
        """One that the table's reviewer holds, for an image that nobody has judged."""
        fill(self.site, priority=next(self.numbers))
        found = assign.claim(self.site, self.cast.anna, "plates", 10)
        return next(a.id for a in reversed(found) if a.image_id != self.image)

    def review(self) -> str:
        return self._submit(self.cast.anna, self.assignment(), [])

    def export_id(self) -> str:
        answer = self.lead.post("/api/v1/projects/plates/exports", json={})
        return str(answer.json()["id"])

    def request(self) -> str:
        """Something else that the table's reviewer has seen."""
        here = {"kind": "box", "x": 1, "y": 1, "width": 9, "height": 9}
        told = review.Submission(
            submission_id=self.free(), assignment=self.assignment(), standard_version=1,
            judgements=[], something_else=[{"note": "shape", "regions": [here]}],
        )  # fmt: skip
        return f"{review.submit(self.site, self.cast.anna, told).id}.1"

    def example(self) -> str:
        """A picture that the version in force shows."""
        file = io.BytesIO(picture(7))
        sha256 = examples.upload_example(self.site, self.cast.lead, "plates", "7.png", file)
        first, *others = STANDARD["defect_types"]
        shown = first | {"examples": [{"kind": "typical", "image": sha256}]}
        document = {"defect_types": [shown, *others]}
        projects.publish(self.site, self.cast.lead, "plates", document)
        return sha256

    def good(self) -> str:
        """The good part of the camera station that images name."""
        shown = io.BytesIO(picture(8))
        part = good_parts.set_good_part(self.site, self.cast.lead, "plates", "top", "8.png", shown)
        return str(part.sha256)

    def sample(self) -> str:
        """An audit sample; whoever asks for one again gets the same."""
        listed = audit_samples.list_samples(self.site, self.cast.lead, "plates")
        if listed:
            return listed[0].id
        fill(self.site, priority=next(self.numbers))
        for _ in range(2):
            who = person(self.site, self.free(), Role.REVIEWER)
            people.add_member(self.site, "plates", who.user_id, self.cast.lead)
            [lease] = assign.claim(self.site, who, "plates", 1)
            self._submit(who, lease.id, [])
        wish = audit_samples.SampleWish(auditors=["dora"])
        return audit_samples.draw_audit_sample(self.site, self.cast.lead, "plates", wish).id

    def study(self) -> str:
        """One whose appraisers are Chris and Dora: the table's reviewer has other work."""
        known = [{"scratch": 1} if n < 4 else {} for n in range(12)]
        fill(self.site, count=len(known), references=known)
        plan = StudyPlan("scratch", ["chris", "dora"], parts=10)
        return studies.plan_study(self.site, self.cast.lead, "plates", plan).id

    def draft(self) -> None:
        projects.save_draft(self.site, self.cast.lead, "plates", STANDARD)

    def resolve(self, word: str, who: Principal) -> Any:
        made: dict[str, Callable[[], Any]] = {
            "code": lambda: "plates", "version": lambda: "1", "image": lambda: self.image,
            "dispute": lambda: self.dispute, "free": self.free, "submission": self.free,
            "user": self.user, "token": lambda: self.token(who),
            "station": lambda: self.announced().id, "link": lambda: self.announced().code,
            "assignment": self.assignment, "review": self.review, "export_id": self.export_id,
            "standard": lambda: STANDARD, "draft": self.draft,
            "request": self.request, "change": self.request, "sha256": self.example,
            "level": lambda: "0", "tile": lambda: "0_0", "study": self.study,
            "camera": lambda: "top", "good": self.good, "sample": self.sample,
        }  # fmt: skip
        return made[word]()

    def filled(self, value: Any, who: Principal) -> Any:
        """`value` with every word in braces replaced by what it stands for."""
        if isinstance(value, dict):
            return {key: self.filled(one, who) for key, one in value.items()}
        if not isinstance(value, str):
            return value
        whole = _PLACE.fullmatch(value)
        if whole:
            return self.resolve(whole[1], who)
        return _PLACE.sub(lambda found: str(self.resolve(found[1], who)), value)


def clients(world: World, route_scopes: set[Scope | None]) -> dict[str, tuple[Principal, Any]]:
    cast = world.cast
    found = {"nobody": (cast.admin, world.door.client())}
    named = {
        "reviewer": cast.anna, "lead": cast.lead, "engineer": cast.engineer,
        "admin": cast.admin, "outsider": cast.outsider,
    }  # fmt: skip
    for name, who in named.items():
        found[name] = (who, world.door.client(who))
    for scope in route_scopes - {None}:
        others = [s for s in Scope if s is not scope]
        _info, secret = people.create_token(world.site, cast.admin.user_id, others)
        headers = {"authorization": f"Bearer {secret}"}
        client = TestClient(world.door.app, headers=headers, base_url="http://plant.test")
        found[f"without {scope}"] = (cast.admin, client)
    return found


def ask(world: World, row: Row, who: Principal, client: TestClient) -> Any:
    given: dict[str, Any] = {}
    if row.json is not None:
        given["json"] = world.filled(row.json, who)
    if row.data == "{files}":
        given["files"] = [("files", ("one.png", picture(next(world.numbers))))]
    elif row.data == "{file}":
        given["files"] = [("file", ("one.png", picture(next(world.numbers))))]
    elif row.data is not None:
        data = dict(row.data)
        if data.pop("file", None):
            given["files"] = [("file", ("one.png", picture(next(world.numbers))))]
        given["data"] = world.filled(data, who)
    world.filled(row.before, who)
    client.cookies.clear()
    path = world.filled(row.path, who) + (f"?{row.query}" if row.query else "")
    return client.request(row.method, path, follow_redirects=False, **given)


def scopes_of(app: FastAPI) -> dict[tuple[str, str], Scope | None]:
    found: dict[tuple[str, str], Scope | None] = {}
    for route in api_routes(app):
        access = declared_access(route)
        assert access is not None
        for method in route.methods:
            found[method, route.path] = access.scope
    return found


def test_the_table_has_one_line_per_route_and_none_besides(door: Door) -> None:
    lines = Counter((row.method, row.path) for row in TABLE)
    assert [line for line, times in lines.items() if times > 1] == []
    routes = set(scopes_of(create_app(door.site)))
    assert sorted(routes - set(lines)) == [], "routes without a line in access_table.py"
    assert sorted(set(lines) - routes) == [], "lines of access_table.py without a route"


def test_everybody_gets_in_exactly_where_the_table_says(door: Door) -> None:
    world = World(door)
    scopes = scopes_of(door.app)
    known = clients(world, set(scopes.values()))
    wrong = []
    described = door.app.openapi()["paths"]
    for row in TABLE:
        scope = scopes.get((row.method, row.path))
        for column, expected in zip(COLUMNS, row.expected.split(), strict=True):
            name = column
            if column == "unscoped":
                name = f"without {scope}" if scope else "admin"
            answer = ask(world, row, *known[name])
            status = answer.status_code
            let_in = status < 500 and status not in _SHUT
            if not (let_in if expected == "in" else str(status) == expected):
                wrong.append(f"{row.method} {row.path} as {column}: {status}, not {expected}")
            if row.path.startswith("/api/") and status >= 400:
                told = described[row.path][row.method.lower()]["responses"]
                if str(status) not in told:
                    wrong.append(f"{row.method} {row.path}: {status} is not in its description")
            if (column, expected) == ("unscoped", "403") and row.method != "HEAD":
                assert answer.json()["scope"] == scope
    assert not wrong, "\n".join(wrong)
