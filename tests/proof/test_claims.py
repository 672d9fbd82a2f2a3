"""The quota is exact: made-up stories, many threads, two writers on one database."""

import os
import random
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text
from sqlmodel import Session

from labeler.core.errors import Conflict
from labeler.core.people import Principal
from labeler.core.terms import Role
from labeler.flows import assign, people
from labeler.flows.review import Submission, submit, withdraw
from labeler.flows.site import Site, open_site
from labeler.settings import Settings
from labeler.store import assignments
from tests.cast import Cast, fill, found, hire, person, present, unsure
from tests.conftest import CountedEntropy, TurnableClock
from tests.proof import sizes
from tests.proof.figures import note
from tests.proof.quota import drain, faults, settled

LEASE_S = 600
ANSWERS = ([], [present("bubble")], [unsure("stain")], [present("scratch", 3)])
STORY = settings(
    max_examples=sizes.CLAIM_STORIES,
    stateful_step_count=sizes.CLAIM_STEPS,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
BROKEN = settings(STORY, phases=[Phase.generate], report_multiple_bugs=False)


@dataclass
class Held:
    """A lease as its tablet remembers it, long after it may have run out."""

    assignment: str
    image: str
    version: int


@dataclass
class Tablet:
    """One reviewer's memory."""

    who: Principal
    held: list[Held] = field(default_factory=list)
    reviews: list[str] = field(default_factory=list)
    number: int = 0

    def claim(self, site: Site, count: int) -> None:
        leases = assign.claim(site, self.who, "plates", count)
        known = {held.assignment for held in self.held}
        images = [lease.image_id for lease in leases]
        assert len(set(images)) == len(images) <= count
        self.held += [
            Held(one.id, one.image_id, one.standard_version)
            for one in leases
            if one.id not in known
        ]

    def submit(self, site: Site, held: Held, answer: list, *, twice: bool = False) -> None:
        """Judge an image, perhaps late, perhaps delivered twice."""
        self.number += 1
        once = Submission(
            f"{self.who.name}-{self.number:08}", held.assignment, held.version, answer
        )
        with suppress(Conflict):  # judged already: a stale screen
            receipt = submit(site, self.who, once)
            self.reviews.append(receipt.id)
            if twice:
                again = submit(site, self.who, once)
                assert (again.id, again.first) == (receipt.id, False)

    def withdraw(self, site: Site, review: str) -> None:
        with suppress(Conflict):  # settled meanwhile
            withdraw(site, self.who, review, "A slip.")


class Blueprints:
    """Databases with people and images, copied for each story."""

    def __init__(self, folder: Path, migrated: Path) -> None:
        self.files: dict[int, tuple[Path, Cast]] = {}
        for overlap in (2, 3):
            file = folder / f"overlap-{overlap}.sqlite"
            shutil.copy(migrated, file)
            site = self.open(file)
            found(site, overlap=overlap, majority=overlap == 3)
            cast = hire(site)
            fill(site, count=4)
            self.files[overlap] = (file, cast)
            site.close()

    @staticmethod
    def open(file: Path, clock: TurnableClock | None = None) -> Site:
        chosen = Settings(data=file.parent, database_url=f"sqlite:///{file}", lease_s=LEASE_S)
        return open_site(chosen, clock=clock or TurnableClock(), entropy=CountedEntropy())


class Queue(RuleBasedStateMachine):
    """Four reviewers, a handful of images, time that jumps."""

    blueprints: Blueprints
    steps = 0

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(
            tempfile.mkdtemp(dir=next(iter(self.blueprints.files.values()))[0].parent)
        )
        self.done: set[str] = set()
        self.sound = True

    @initialize(overlap=st.sampled_from([2, 3]))
    def open(self, overlap: int) -> None:
        file, cast = self.blueprints.files[overlap]
        shutil.copy(file, self.folder / "story.sqlite")
        self.clock = TurnableClock()
        self.site = self.blueprints.open(self.folder / "story.sqlite", self.clock)
        # Each story draws its own ids: those of the blueprint are taken.
        fresh = CountedEntropy()
        self.site.entropy = lambda size: fresh(size + 1)[1:]
        self.cast = cast
        self.tablets = [Tablet(who) for who in cast.reviewers]

    @rule(who=st.integers(0, 3), count=st.integers(1, 5))
    def claim(self, who: int, count: int) -> None:
        self.tablets[who].claim(self.site, count)

    @rule(
        who=st.integers(0, 3),
        which=st.integers(0, 99),
        answer=st.sampled_from(ANSWERS),
        twice=st.booleans(),
    )
    def submit(self, who: int, which: int, answer: list, twice: bool) -> None:
        tablet = self.tablets[who]
        if tablet.held:
            held = tablet.held[which % len(tablet.held)]
            tablet.submit(self.site, held, answer, twice=twice)

    @rule(who=st.integers(0, 3), which=st.integers(0, 99))
    def withdraw(self, who: int, which: int) -> None:
        tablet = self.tablets[who]
        if tablet.reviews:
            tablet.withdraw(self.site, tablet.reviews[which % len(tablet.reviews)])

    @rule(seconds=st.sampled_from([1, LEASE_S // 2, LEASE_S + 1]))
    def wait(self, seconds: int) -> None:
        self.clock.turn(seconds=seconds)

    @precondition(lambda self: len(self.done) < 12)
    @rule(priority=st.sampled_from([0, 1]))
    def import_one(self, priority: int) -> None:
        fill(self.site, count=1, priority=priority)

    @rule(who=st.integers(0, 3))
    def leave_and_come_back(self, who: int) -> None:
        person_id = self.tablets[who].who.user_id
        people.remove_member(self.site, "plates", person_id, self.cast.admin)
        people.add_member(self.site, "plates", person_id, self.cast.admin)

    @invariant()
    def nothing_is_broken(self) -> None:
        Queue.steps += 1
        if hasattr(self, "site"):
            self.sound = False  # until the end of this look
            assert faults(self.site) == []
            now = settled(self.site)
            assert self.done <= now, "a settled image was opened again"
            self.done = now
            self.sound = True

    def teardown(self) -> None:
        try:
            if hasattr(self, "site"):
                if not self.sound:
                    self.site.close()
                    return
                self.clock.turn(seconds=LEASE_S + 1)
                lost = drain(self.site, self.cast.reviewers)
                broken = faults(self.site)
                self.site.close()
                assert lost == []
                assert broken == []
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture(scope="module")
def blueprints(migrated_sqlite: Path) -> Iterator[Blueprints]:
    # In memory where there is a place for it: these stories are not about the disk.
    memory = Path("/dev/shm")  # noqa: S108 - a private folder is made in it
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Blueprints(Path(folder), migrated_sqlite)


@pytest.fixture
def queue(blueprints: Blueprints) -> type[Queue]:
    Queue.blueprints = blueprints
    Queue.steps = 0
    return Queue


@pytest.mark.timeout(600 + 10 * sizes.CLAIM_STORIES)
def test_no_story_of_claims_breaks_the_quota_or_loses_an_image(queue: type[Queue]) -> None:
    run_state_machine_as_test(queue, settings=STORY)
    note("claims, made-up stories", stories=sizes.CLAIM_STORIES, steps=queue.steps, breaches=0)


_change = assignments.change_free_places


def _never_give_back(session: Session, image_id: str, by: int) -> None:
    """A store that counts places that are taken and forgets those that come back."""
    if by < 0:
        _change(session, image_id, by)


def _requeue_in_place(*_: object, **__: object) -> None:
    """A store that leaves a returned image where every cursor has passed it."""


def test_a_store_that_forgets_to_count_places_is_caught(
    queue: type[Queue], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assignments, "change_free_places", _never_give_back)
    with pytest.raises(AssertionError, match="free_places differs"):
        run_state_machine_as_test(queue, settings=BROKEN)


def test_a_queue_that_a_cursor_has_passed_is_caught(
    queue: type[Queue], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assignments, "requeue", _requeue_in_place)
    with pytest.raises(AssertionError, match=r"behind the cursor|lost from the queue"):
        run_state_machine_as_test(queue, settings=BROKEN)


def test_a_store_without_the_unique_place_is_caught(
    blueprints: Blueprints, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The constraint stops a wrong place; without it, the recount has to see it."""
    monkeypatch.setattr(assign, "lowest_free_place", lambda _taken: 0)
    for unique in (True, False):
        file = tmp_path / f"unique-{unique}.sqlite"
        shutil.copy(blueprints.files[2][0], file)
        site = blueprints.open(file)
        site.entropy = CountedEntropy()
        if not unique:
            drop_unique_place(site)
        cast = blueprints.files[2][1]
        Tablet(cast.anna).claim(site, 1)
        if unique:
            with pytest.raises(Exception, match="UNIQUE"):
                Tablet(cast.ben).claim(site, 1)
            assert faults(site) == []
        else:
            Tablet(cast.ben).claim(site, 1)
            assert "one place is held twice" in " ".join(faults(site))
        site.close()


def drop_unique_place(site: Site) -> None:
    """Rebuild the empty table of assignments without the constraint."""
    with site.database.writers.begin() as connection:
        made = connection.execute(
            text("SELECT sql FROM sqlite_master WHERE name = 'assignment'")
        ).scalar_one()
        kept = [
            line
            for line in made.replace("),", "),\n").splitlines()
            if "one_holder_per_place" not in line
        ]
        without = "\n".join(kept).rstrip().removesuffix(")").rstrip().removesuffix(",")
        connection.execute(text("DROP TABLE assignment"))
        connection.execute(text(without + ")"))


class Shift(threading.Thread):
    """One reviewer who does random things as fast as the server lets them."""

    def __init__(
        self, site: Site, who: Principal, clock: TurnableClock, deeds: int, seed: int
    ) -> None:
        super().__init__()
        self.site, self.clock, self.deeds = site, clock, deeds
        self.tablet = Tablet(who)
        self.rng = random.Random(seed)
        self.done = {"claim": 0, "submit": 0, "withdraw": 0, "expire": 0}
        self.failed: BaseException | None = None

    def run(self) -> None:
        try:
            for _ in range(self.deeds):
                self._something()
        except BaseException as error:  # noqa: BLE001 - handed to the test
            self.failed = error

    def _something(self) -> None:
        rng, tablet = self.rng, self.tablet
        wish = rng.choices(["claim", "submit", "withdraw", "expire"], [30, 55, 13, 2])[0]
        if wish == "submit" and tablet.held:
            # Mostly the latest; now and then one that ran out long ago.
            recent = tablet.held[-5:] if rng.random() < 0.9 else tablet.held
            tablet.submit(
                self.site, rng.choice(recent), rng.choice(ANSWERS), twice=rng.random() < 0.1
            )
        elif wish == "withdraw" and tablet.reviews:
            tablet.withdraw(self.site, rng.choice(tablet.reviews[-8:]))
        elif wish == "expire":
            self.clock.turn(seconds=LEASE_S / 2)
        else:
            wish = "claim"
            tablet.claim(self.site, rng.randint(1, 5))
        self.done[wish] += 1


@dataclass
class Beside:
    """A second process' view: another writer and other readers on the same database."""

    first: Site
    second: Site


@pytest.fixture
def two_writers(database_url: str, tmp_path: Path, clock: TurnableClock) -> Iterator[Beside]:
    chosen = Settings(data=tmp_path / "data", database_url=database_url, lease_s=LEASE_S)
    # Real chance for ids: two counted sources would draw the same ones.
    first, second = (open_site(chosen, clock=clock) for _ in range(2))
    yield Beside(first, second)
    first.close()
    second.close()


@pytest.mark.timeout(300 + sizes.CLAIM_DEEDS // 20)
def test_the_quota_holds_when_everybody_claims_at_once(
    two_writers: Beside, clock: TurnableClock
) -> None:
    site = two_writers.first
    deeds = sizes.CLAIM_DEEDS if site.database.is_sqlite else max(1_600, sizes.CLAIM_DEEDS // 8)
    found(site, overlap=3, majority=True)
    cast = hire(site)
    more = [person(site, f"r{number}", Role.REVIEWER) for number in range(4)]
    for one in more:
        people.add_member(site, "plates", one.name, cast.admin)
    reviewers = [*cast.reviewers, *more]
    fill(site, count=deeds // 12)
    shifts = [
        Shift((site, two_writers.second)[n % 2], who, clock, deeds // len(reviewers), n)
        for n, who in enumerate(reviewers)
    ]
    for shift in shifts:
        shift.start()
    looks, final = 0, set[str]()
    while any(shift.is_alive() for shift in shifts):
        assert faults(site) == []
        now = settled(site)
        assert final <= now, "a settled image was opened again"
        final, looks = now, looks + 1
        shifts[0].join(0.2)
    assert [shift.failed for shift in shifts if shift.failed] == []
    clock.turn(seconds=LEASE_S + 1)
    assert drain(site, reviewers) == []
    assert faults(site) == []
    assert final <= settled(site)
    total = {kind: sum(shift.done[kind] for shift in shifts) for kind in shifts[0].done}
    assert sum(total.values()) == deeds // len(reviewers) * len(reviewers)
    name = "sqlite" if site.database.is_sqlite else "postgres"
    note(f"claims, eight threads, two writers, {name}", **total, looks=looks, breaches=0)
