"""kill -9 while reviews arrive: what was answered is there, once."""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from labeler.flows import people
from labeler.flows.site import open_site
from labeler.settings import Settings
from labeler.store import schema
from tests.cast import fill, found, hire, present
from tests.conftest import PostgresServer
from tests.proof import sizes
from tests.proof.figures import note
from tests.proof.server import Server, every

LEAD = "lea"
RESENT = 20
LEAST_REVIEWS = 20
OVERLAP = 3
PATIENCE_S = 240
IMAGES_PER_KILL = sizes.KILL_REVIEWS // OVERLAP + 20


@dataclass(frozen=True)
class Sent:
    """A review as a tablet keeps it until it is acknowledged."""

    by: str
    body: dict[str, Any]


@dataclass
class Tablets:
    """What the tablets know: sent is written down before the first try."""

    tokens: dict[str, str]
    sent: dict[str, Sent] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    repeats: int = 0
    refused: list[str] = field(default_factory=list)

    @property
    def reviewers(self) -> list[str]:
        return [name for name in self.tokens if name != LEAD]

    def send(self, client: httpx.Client, review: Sent) -> bool:
        """Send a review; False when the server is gone."""
        try:
            answer = client.post("/reviews", json=review.body)
        except httpx.HTTPError:
            return False
        if answer.is_success:
            self.repeats += answer.status_code == 200
            self.acknowledged.add(review.body["submission_id"])
        else:
            self.refused.append(f"{answer.status_code} {answer.text}")
        return True


@dataclass(frozen=True)
class Findings:
    """Acknowledged reviews that are gone, and what is there twice."""

    lost: frozenset[str]
    doubled: frozenset[str]


def compare(acknowledged: set[str], stored: list[dict[str, Any]]) -> Findings:
    """Hold what the tablets were told against what the server has."""
    ids = Counter(review["submission_id"] for review in stored)
    judged = Counter(
        f"{review['reviewer']} {review['image']}" for review in stored if not review["withdrawn"]
    )
    twice = {one for counts in (ids, judged) for one, count in counts.items() if count > 1}
    return Findings(frozenset(acknowledged - set(ids)), frozenset(twice))


def label(server: Server, tablets: Tablets, name: str, seed: int) -> None:
    """One tablet: claim and submit until the server is gone."""
    rng = random.Random(f"{name} {seed}")
    with server.client(tablets.tokens[name]) as client:
        while True:
            try:
                claimed = client.post("/projects/plates/assignments", json={"count": 3})
                leases = claimed.json()["items"]
            except httpx.HTTPError:
                return
            if not leases:
                return
            for lease in leases:
                review = Sent(name, body_for(lease, rng))
                tablets.sent[review.body["submission_id"]] = review
                if not tablets.send(client, review):
                    return


def body_for(lease: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    judged = [present("bubble", None, (1, 2, 30, 40))] if rng.random() < 0.3 else []
    return {
        "submission_id": f"{rng.getrandbits(128):032x}",
        "assignment": lease["id"],
        "standard_version": 1,
        "judgements": judged,
    }


def send_again(server: Server, tablets: Tablets, rng: random.Random) -> None:
    """What an outbox does after a restart: everything unanswered, under its old id.

    Some of the answered ones go again too, as when the answer had come late.
    """
    waiting = [one for one in tablets.sent if one not in tablets.acknowledged]
    answered = sorted(tablets.acknowledged)
    again = rng.sample(answered, min(RESENT, len(answered)))
    for one in waiting + again:
        review = tablets.sent[one]
        with server.client(tablets.tokens[review.by]) as client:
            assert tablets.send(client, review), server.log()


def kill_and_compare(
    server: Server, tablets: Tablets, kills: int, ripe: Callable[[], None]
) -> Findings:
    """Kill the server again and again under traffic; what the last one still has.

    `ripe` returns when it is time for the kill.
    """
    rng = random.Random(9)
    for number in range(kills):
        server.start()
        send_again(server, tablets, rng)
        threads = [
            threading.Thread(target=label, args=(server, tablets, name, number))
            for name in tablets.reviewers
        ]
        for thread in threads:
            thread.start()
        try:
            ripe()
        finally:
            server.kill()
        for thread in threads:
            thread.join()
    with server:
        lost_before = set(tablets.acknowledged)
        with server.client(tablets.tokens[LEAD]) as lead:
            early = compare(lost_before, every(lead, "/projects/plates/reviews"))
            send_again(server, tablets, rng)
            late = compare(tablets.acknowledged, every(lead, "/projects/plates/reviews"))
    return Findings(early.lost | late.lost, early.doubled | late.doubled)


def wait_for_traffic(tablets: Tablets, reviews: int) -> None:
    """Return in the middle of the traffic, after so many more acknowledged reviews."""
    enough = len(tablets.acknowledged) + reviews
    _until(lambda: len(tablets.acknowledged) >= enough, "too little traffic to prove anything")


def wait_until_held(tablets: Tablets, data: Path) -> set[str]:
    """Have the hasty build hold back a commit; the reviews in it, once they are acknowledged."""
    (data / "latch").touch()
    _until((data / "held").exists, "the control build held nothing back")
    held = set(json.loads((data / "held").read_text()))
    _until(lambda: held <= tablets.acknowledged, "the control build did not answer too early")
    (data / "latch").unlink()
    return held


def _until(true: Callable[[], bool], otherwise: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end, otherwise
        time.sleep(0.001)


def announce(data: Path, database_url: str, images: int) -> Tablets:
    """A project with images, its reviewers and their tokens."""
    site = open_site(Settings(data=data, database_url=database_url))
    schema.upgrade(site.database)
    found(site, overlap=OVERLAP)
    cast = hire(site)
    fill(site, count=images)
    people_here = (*cast.reviewers, cast.lead)
    tokens = {p.name: people.create_token(site, p.user_id)[1] for p in people_here}
    site.close()
    return Tablets(tokens)


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'killed.sqlite'}"
        return
    cluster: PostgresServer = request.getfixturevalue("postgres")
    url = cluster.fresh()
    yield url
    cluster.drop(url)


@pytest.mark.timeout(300 + 60 * sizes.KILLS)
def test_no_acknowledged_review_is_lost_or_doubled_by_kill_9(address: str, tmp_path: Path) -> None:
    tablets = announce(tmp_path, address, 200 + IMAGES_PER_KILL * sizes.KILLS)
    server = Server(tmp_path, address)
    rng = random.Random(10)

    def ripe() -> None:
        wait_for_traffic(tablets, rng.randint(LEAST_REVIEWS, sizes.KILL_REVIEWS))

    try:
        findings = kill_and_compare(server, tablets, sizes.KILLS, ripe)
    finally:
        server.kill()
    assert tablets.refused == []
    assert findings == Findings(frozenset(), frozenset())
    assert tablets.acknowledged == set(tablets.sent)
    assert len(tablets.acknowledged) >= LEAST_REVIEWS * sizes.KILLS
    assert tablets.repeats >= RESENT
    database = address.partition(":")[0].partition("+")[0]
    note(
        f"kill -9, {database}", kills=sizes.KILLS, acknowledged=len(tablets.acknowledged),
        sent_again=tablets.repeats, lost=len(findings.lost), doubled=len(findings.doubled),
    )  # fmt: skip


@pytest.mark.timeout(600)
def test_a_build_that_answers_before_it_commits_is_caught(address: str, tmp_path: Path) -> None:
    tablets = announce(tmp_path, address, 300)
    server = Server(tmp_path, address, program="tests.proof.hasty")
    held: set[str] = set()

    def ripe() -> None:
        wait_for_traffic(tablets, LEAST_REVIEWS)
        held.update(wait_until_held(tablets, tmp_path))

    try:
        findings = kill_and_compare(server, tablets, 1, ripe)
    finally:
        server.kill()
    assert held
    assert findings.lost >= held, "a real loss would be missed"
    note(f"kill -9, control that answers too early, {address[:6]}", lost=len(findings.lost))


def test_the_comparison_sees_what_is_lost_and_what_is_there_twice() -> None:
    one = {"submission_id": "a", "reviewer": "anna", "image": "1", "withdrawn": False}
    assert compare({"a", "b"}, [one]).lost == {"b"}
    assert compare({"a"}, [one, one]).doubled == {"a", "anna 1"}
    again = {**one, "submission_id": "c"}
    assert compare({"a", "c"}, [one, again]).doubled == {"anna 1"}
    assert compare({"a", "c"}, [{**one, "withdrawn": True}, again]).doubled == frozenset()
