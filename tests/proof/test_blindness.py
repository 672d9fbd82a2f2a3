"""Two worlds that differ only in what Anna says: Ben gets the same bytes in both.

Ben asks for everything that the application answers to, before and after he has judged
the images himself. Clock and chance are the same in both worlds.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import text

from labeler.core.terms import Role
from labeler.flows import images as image_flows
from labeler.flows import people, sign_in, stations
from labeler.flows.site import Site, open_site
from labeler.settings import Settings
from labeler.web.access import Member, SiteOf
from labeler.web.app import create_app
from tests.cast import found, hire, person, present, unsure
from tests.conftest import CountedEntropy
from tests.proof.figures import note
from tests.proof.onlooker import Onlooker, Transcript, requests_counted
from tests.web.conftest import picture

FILES = [f"{number}.png" for number in range(5)]
OK: list[dict[str, Any]] = []
SCRATCH = [present("scratch", 3, (5, 5, 40, 30))]
OTHER_PLACE = [present("scratch", 1, (60, 40, 20, 10)), unsure("stain")]
HERE = {"kind": "box", "x": 5, "y": 5, "width": 40, "height": 30}
ODD = {"something_else": [{"note": "shape", "text": "bent", "regions": [HERE]}]}
BEN_SAYS = [present("scratch", 3, (6, 5, 40, 30))]


class StandingClock:
    """Time moves between people's deeds, and not because a program looked at the clock."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def turn(self) -> None:
        self.at += timedelta(seconds=10)


class World:
    """A small plant with five images, of which Anna judges some before Ben."""

    def __init__(self, site: Site, clock: StandingClock, change: Callable[[FastAPI], None]) -> None:
        self.site, self.clock = site, clock
        found(site)
        self.cast = hire(site)
        self.app = create_app(site)
        change(self.app)
        self.ben = self._ben()
        self.metrics = self._counted()
        self.transcript = Transcript()

    def client(self, who: Any) -> TestClient:
        _info, secret = people.create_token(self.site, who.user_id)
        headers = {"authorization": f"Bearer {secret}"}
        return TestClient(self.app, headers=headers, base_url="http://plant.test")

    def _ben(self) -> Onlooker:
        """Ben at an enrolled tablet, and Ben with a token."""
        bert = person(self.site, "bert", Role.REVIEWER, pin="2580")
        people.add_member(self.site, "plates", "bert", self.cast.admin)
        station = stations.add_station(self.site, "Line 1", "plates", self.cast.lead)
        key = stations.enrol(self.site, station.code or "")
        session = sign_in.with_pin(self.site, key, bert.user_id, "2580")
        cookies = {"labeler_session": session, "labeler_device": key}
        headers = {"accept": "text/html", "sec-fetch-site": "same-origin"}
        pages = TestClient(self.app, headers=headers, base_url="http://plant.test", cookies=cookies)
        return Onlooker(self.client(bert), pages)

    def _counted(self) -> dict[str, float]:
        return requests_counted(self.ben.pages.get("/metrics").text)

    def counted(self) -> dict[str, float]:
        """Requests in this world, by route and status."""
        return {k: v - self.metrics.get(k, 0) for k, v in self._counted().items()}

    def touch_files(self) -> None:
        """Files have the wall's time, which no world shares with another: make it one."""
        at = self.clock().timestamp()
        for file in self.site.settings.data.rglob("*"):
            os.utime(file, (at, at))

    def known(self) -> dict[str, list[str]]:
        """Ids that Ben may have seen or guessed, foreign ones too."""
        with self.site.database.read() as session:

            def column(sql: str) -> list[str]:
                return [str(row[0]) for row in session.execute(text(sql))] + ["nothing"]

            images = column("SELECT id FROM image ORDER BY number")
            return {
                "code": ["plates", "elsewhere"],
                "image": images,
                # A dispute's name follows from the image and what is disputed.
                "dispute": [f"{one}.scratch.verdict" for one in images[:4]],
                "review": column("SELECT id FROM review ORDER BY number LIMIT 3"),
                "user": column("SELECT id FROM user_account ORDER BY name LIMIT 2"),
                "token": column("SELECT id FROM api_token ORDER BY id LIMIT 2"),
                "station": column("SELECT id FROM station ORDER BY id LIMIT 1"),
                "version": ["1", "2"],
                "sha256": ["0" * 64],
            }

    def judge(self, client: TestClient, lease: dict[str, Any], said: Any, into: Transcript) -> Any:
        unusable = said if isinstance(said, str) else None
        besides = said if isinstance(said, dict) else {}
        body = {
            "submission_id": f"submission-{lease['id']}",
            "assignment": lease["id"],
            "standard_version": 1,
            "unusable": unusable,
            "judgements": [] if unusable or besides else said,
            **besides,
            "reviewed_at": "2026-03-02T06:00:00Z",
            "elapsed_s": 2.5,
        }
        return into.ask(client, "POST", "/api/v1/reviews", json=body)


def claimed(client: TestClient, into: Transcript, count: int = 10) -> list[dict[str, Any]]:
    answer = into.ask(client, "POST", "/api/v1/projects/plates/assignments", json={"count": count})
    leases: list[dict[str, Any]] = answer.json()["items"]
    return leases


def story(world: World, anna_says: list[Any], references: str = "") -> Transcript:
    """Import; Anna and Chris judge; Ben looks, claims, looks, judges, looks, withdraws, looks."""
    clock, ben, seen, elsewhere = world.clock, world.ben, world.transcript, Transcript()
    lead, anna, chris = (
        world.client(p) for p in (world.cast.lead, world.cast.anna, world.cast.chris)
    )
    manifest = "file,lot,unit,reference\n" + "".join(
        f"{name},L1,U{number},{references}\n" for number, name in enumerate(FILES)
    )
    files: list[Any] = [("files", (name, picture(n))) for n, name in enumerate(FILES)]
    files.append(("manifest", ("import.csv", manifest)))
    assert lead.post("/api/v1/projects/plates/images", files=files).status_code == 200
    world.touch_files()
    clock.turn()
    leases = claimed(anna, elsewhere)
    for lease, said in zip(leases[:4], anna_says, strict=True):
        clock.turn()
        assert world.judge(anna, lease, said, elsewhere).status_code == 201
    clock.turn()
    # Chris makes the first image complete: settled in one world, disputed in the other.
    world.judge(chris, claimed(chris, elsewhere, 1)[0], BEN_SAYS, elsewhere)
    ben.look_everywhere(world.known(), seen)
    clock.turn()
    mine = claimed(ben.api, seen)
    assert len(mine) == 4
    ben.look_everywhere(world.known(), seen)
    answers = []
    for lease in mine:
        clock.turn()
        answers.append(world.judge(ben.api, lease, BEN_SAYS, seen).json())
        world.judge(ben.api, lease, BEN_SAYS, seen)
        world.judge(ben.api, {"id": lease["id"] + "x"}, BEN_SAYS, seen)
    ben.look_everywhere(world.known(), seen)
    # The last image has no review by Anna: it is open, so Ben may take his back.
    open_one = answers[-1]["id"]
    seen.ask(ben.api, "POST", f"/api/v1/reviews/{open_one}/withdrawal", json={"reason": "A slip."})
    others = {"review": ["nothing"], "request": [f"{one}.1" for one in world.known()["review"]]}
    ben.try_everything({**world.known(), **others}, FORBIDDEN, seen)
    claimed(ben.api, seen)
    ben.look_everywhere(world.known(), seen)
    return seen


FORBIDDEN: dict[str, Any] = {
    "/api/v1/disputes/{dispute}/ruling": {
        "verdict": "absent",
        "reason": "I say so.",
        "based_on": 1,
    },
    "/api/v1/change-requests/{request}/answer": {
        "answer": "no_defect",
        "text": "I say so.",
        "based_on": 0,
    },
    "/api/v1/reviews/{review}/withdrawal": {"reason": "Not mine."},
    "/api/v1/projects/{code}/exports": {},
    "/api/v1/users": {"name": "Eve", "role": "reviewer"},
    "/api/v1/users/{user}": None,
    "/api/v1/stations/{station}": None,
    "/api/v1/projects/{code}/members/{user}": None,
    "/api/v1/projects/{code}/standard/publish": None,
}


@pytest.fixture
def make_world(tmp_path: Path, migrated_sqlite: Path) -> Callable[..., Any]:
    number = iter(range(100))

    @contextmanager
    def made(change: Callable[[FastAPI], None] = lambda _app: None) -> Iterator[World]:
        # The same path in every world: nothing may differ but Anna.
        folder = tmp_path / "world"
        folder.mkdir()
        shutil.copy(migrated_sqlite, folder / "labeler.sqlite")
        clock = StandingClock()
        site = open_site(Settings(data=folder), clock=clock, entropy=CountedEntropy())
        yield World(site, clock, change)
        site.close()
        folder.rename(tmp_path / f"world-{next(number)}")

    return made


def told(
    make_world: Any, anna_says: list[Any], references: str = "", **more: Any
) -> tuple[Transcript, dict]:
    with make_world(**more) as world:
        return story(world, anna_says, references), world.counted()


ALL_OK = [OK, OK, OK, OK]
# What Anna says, and what is known of every image beforehand: whatever she may say of each image.
VARIANTS = {
    "scratch, place, something else, blurred": ([SCRATCH, OTHER_PLACE, ODD, "blurred"], ""),
    "something else, dark, scratch, place": ([ODD, "dark", SCRATCH, OTHER_PLACE], ""),
    "place, and known to be good": ([OTHER_PLACE, SCRATCH, "dark", ODD], "ok"),
    "blurred, and known to be scratched": (["blurred", ODD, OTHER_PLACE, SCRATCH], "scratch:3"),
}


def test_ben_gets_the_same_bytes_whatever_anna_says_and_whatever_is_known(make_world: Any) -> None:
    plain, counted = told(make_world, ALL_OK)
    for name, (anna_says, references) in VARIANTS.items():
        other, counted_there = told(make_world, anna_says, references)
        assert plain.differences(other) == [], name
        assert counted == counted_there, name
    statuses = plain.statuses()
    assert statuses["GET /projects/plates/review"] == 200
    assert statuses["GET /"] == 200
    assert statuses["GET /api/v1/projects/plates/progress"] == 404
    assert statuses["GET /api/v1/projects/plates/images"] == 200
    assert sum(status == 200 for _, status, _, _ in plain.answers) > 100
    note("blindness", worlds=1 + len(VARIANTS), answers_compared=len(plain.answers), differences=0)


def leaky(app: FastAPI) -> None:
    """One more route, which tells how many defects others have seen."""

    @app.get("/api/v1/projects/{code}/hint")
    def hint(code: str, site: SiteOf, who: Member) -> dict[str, int]:
        with site.database.read() as session:
            return {"seen": session.execute(text("SELECT count(*) FROM judgement")).scalar_one()}


def test_a_leaky_route_and_a_list_of_images_that_shows_outcomes_are_caught(
    make_world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_flows, "_sees_outcomes", lambda _who: True)
    plain, _ = told(make_world, ALL_OK, change=leaky)
    other, _ = told(make_world, [SCRATCH] * 4, change=leaky)
    found_out = plain.differences(other)
    for leak in ("/hint", "/images"):
        assert any(leak in one for one in found_out), leak
    assert [one for one in found_out if "/hint" not in one and "/images" not in one] == []
