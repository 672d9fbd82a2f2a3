"""The kept counts follow every story of reviews, and nothing is counted twice or lost."""

import json
import random
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, select

from labeler.core.agreement.seats import PatternsOfTypes
from labeler.core.assignments import repeat_occasion
from labeler.core.errors import Conflict
from labeler.core.people import Principal
from labeler.core.terms import Unusable
from labeler.flows import kept_counts, measure_places, people, projects, rating_groups
from labeler.flows import measure as measure_flow
from labeler.flows.assign import claim
from labeler.flows.measure import Intervals, measure
from labeler.flows.measure_periods import WEEK, period_split
from labeler.flows.rating_counts import RatingCounts, Snapshot, Split
from labeler.flows.recall import Recall
from labeler.flows.review import withdraw
from labeler.flows.site import Site, open_site
from labeler.store import images, patterns
from labeler.store import projects as project_rows
from labeler.store.assignments import Lease
from labeler.store.tables import Image, Project
from tests.cast import STANDARD, Cast, fill, found, hire, made_up_image, present, unsure
from tests.conftest import TurnableClock
from tests.flows.test_measure import GLOSS
from tests.flows.test_planned import plan
from tests.flows.test_review import answer

QUICK = Intervals(replicates=50)
LEASE_S = 600
HERE, NEAR, AWAY = (10, 10, 30, 20), (12, 11, 30, 20), (90, 60, 20, 20)
ANSWERS = (
    [], [], [present("bubble", None, HERE)], [present("bubble", None, NEAR, AWAY)],
    [unsure("stain")], [present("scratch", 3, AWAY)], [present("scratch", 1)],
    [present("bubble", None, HERE), unsure("scratch")],
)  # fmt: skip


@pytest.fixture
def cast(site: Site) -> Cast:
    found(site)
    return hire(site)


def project_id(site: Site) -> str:
    with site.database.read() as session:
        return session.execute(select(Project.id).where(Project.code == "plates")).scalar_one()


def splits(site: Site) -> list[Split | None]:
    with site.database.read() as session:
        week = period_split(site, session, project_id(site), WEEK)
    return [None, Split("line", "line"), week]


def snapshot(site: Site, split: Split | None = None) -> Snapshot:
    with site.rating_counts.read(site.database, project_id(site), split) as (found, _session):
        return found


def counted(site: Site) -> list[Snapshot]:
    return [snapshot(site, one) for one in splits(site)]


def anew(site: Site) -> Site:
    """The same installation in the eyes of a process that has just begun."""
    return replace(
        site, rating_counts=RatingCounts(), figures=Recall(), kept_places={}, compared_places={}
    )


def pages(site: Site, cast: Cast) -> list[str]:
    """All that people can be shown, to the last digit."""
    return [
        json.dumps(measure(site, cast.lead, "plates", by, intervals=QUICK).document())
        for by in (None, "line", WEEK)
    ]


def bring_images(
    site: Site, luck: random.Random, count: int, units: Sequence[str | None] = ()
) -> None:
    """New images, some of which know their line, unit and time."""

    def deed(session: Session) -> None:
        project = project_rows.visible(session, "plates", user_id="", everywhere=True)
        first = project_rows.take_positions(session, project.id, count)
        for number in range(first, first + count):
            image = made_up_image(site, project, number, (200, 100), 0)
            image.line = luck.choice(["line-1", "line-2", None])
            image.unit = luck.choice(units or ["u1", "u2", "u3", f"u{number}", None])
            day = datetime(2026, 3, 2, 5, tzinfo=UTC) + timedelta(days=luck.randrange(30))
            image.captured_at = luck.choice([day, None])
            images.add(session, image, gray=bytes(64 * 64))

    site.database.write(deed)


@dataclass
class Story:
    """Four reviewers who do random things, among them what is rare and late."""

    site: Site
    cast: Cast
    clock: TurnableClock
    luck: random.Random
    held: list[tuple[Principal, Lease]] = field(default_factory=list)
    reviews: list[tuple[Principal, str]] = field(default_factory=list)
    done: set[str] = field(default_factory=set)

    def go_on(self, deeds: int) -> None:
        bring_images(self.site, self.luck, 3)
        wishes = ["claim", "submit", "withdraw", "wait", "images", "repeat"]
        for _ in range(deeds):
            wish = self.luck.choices(wishes, [25, 50, 14, 4, 4, 3])[0]
            getattr(self, f"_{wish}")(self.luck.choice(self.cast.reviewers))

    def _claim(self, who: Principal) -> None:
        self.held += [(who, one) for one in claim(self.site, who, "plates", 3)]

    def _submit(self, _who: Principal) -> None:
        if not self.held:
            return
        # Often one that ran out long ago, and was given to somebody else.
        who, lease = self.luck.choice(self.held)
        dark = self.luck.random() < 0.08
        more = {"unusable": Unusable.DARK} if dark else {}
        said = [] if dark else list(self.luck.choice(ANSWERS))
        if lease.standard_version == 2 and not dark and self.luck.random() < 0.3:
            said.append(present("gloss"))
        with suppress(Conflict):  # judged already
            receipt = answer(self.site, who, lease, *said, **more)
            self.reviews.append((who, receipt.id))
            self.done.add("extra" if receipt.extra else "submitted")
            self.done |= {"unusable"} if dark else set()

    def _withdraw(self, _who: Principal) -> None:
        if self.reviews:
            who, review = self.luck.choice(self.reviews[-8:])
            with suppress(Conflict):  # settled meanwhile
                withdraw(self.site, who, review, "A slip.")
                self.done.add("withdrawn")

    def _wait(self, _who: Principal) -> None:
        self.clock.turn(seconds=LEASE_S + 1)

    def _images(self, _who: Principal) -> None:
        bring_images(self.site, self.luck, 2)

    def _repeat(self, who: Principal) -> None:
        with self.site.database.read() as session:
            known = session.execute(select(Image.id)).scalars().all()
        plan(self.site, who, [self.luck.choice(known)], repeat_occasion(len(self.done)))
        self.done.add(f"repeat {len(self.done)}")


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The projects that were counted from the first image to the last."""
    found: list[str] = []
    real = patterns.every_image

    def spied(session: Session, project: str, **more: str | None) -> Iterator:
        found.append(project)
        return real(session, project, **more)

    monkeypatch.setattr(patterns, "every_image", spied)
    return found


def test_the_counts_of_every_story_equal_a_recount(
    site: Site,
    cast: Cast,
    clock: TurnableClock,
    monkeypatch: pytest.MonkeyPatch,
    looks: list[str],
) -> None:
    monkeypatch.setattr(rating_groups, "MOST_GROUPS", 6)
    monkeypatch.setattr(measure_flow, "MOST_GROUPS", 6)
    story = Story(site, cast, clock, random.Random(11))
    assert counted(site)[0].counts == PatternsOfTypes()
    beside = open_site(site.settings, clock=clock)  # a second process: it looks now and then
    try:
        for chapter in range(9):
            if chapter == 4:
                book = {"defect_types": [*STANDARD["defect_types"], GLOSS]}
                projects.publish(site, cast.lead, "plates", book)
            story.go_on(20)
            begun = len(looks)
            followed = counted(site)
            assert len(looks) == begun, "it was counted anew: following did not fit the rows"
            assert followed == counted(anew(site))
            if chapter % 3 == 2:
                assert pages(site, cast) == pages(anew(site), cast)
                assert counted(beside) == counted(site)
    finally:
        beside.close()
    assert {"submitted", "extra", "withdrawn", "unusable"} <= story.done
    assert len(counted(site)[0].counts.users) == 4
    assert any(place.group for place, _ in counted(site)[0].counts.seated)


def judge(site: Site, who: Principal, *judgements: dict, code: str = "plates") -> str:
    [lease] = claim(site, who, code, 1)
    return answer(site, who, lease, *judgements).id


def images_seen(site: Site) -> int:
    return sum(counted(site)[0].counts.seated.values())


def test_one_review_more_is_not_a_reason_to_count_everything(
    site: Site, cast: Cast, looks: list[str]
) -> None:
    fill(site, count=4)
    judge(site, cast.anna, present("bubble"))
    assert images_seen(site) == 1
    assert len(looks) == len(splits(site))
    judge(site, cast.ben)
    judge(site, cast.anna)
    assert images_seen(site) == 2
    withdraw(site, cast.anna, judge(site, cast.anna), "A slip.")
    assert images_seen(site) == 2
    assert len(looks) == len(splits(site))


def test_what_happens_elsewhere_changes_no_counts(site: Site, cast: Cast, looks: list[str]) -> None:
    fill(site, count=2)
    judge(site, cast.anna)
    before = counted(site)
    plan(site, cast.anna, [image_ids(site)[0]], repeat_occasion(1))
    judge(site, cast.anna, present("bubble"))  # a repeat: it counts for nobody's agreement
    found(site, "others")
    people.add_member(site, "others", "anna", cast.admin)
    fill(site, "others", count=1)
    judge(site, cast.anna, present("bubble"), code="others")
    assert counted(site) == before == counted(anew(site))
    begun = len(looks)
    judge(site, cast.ben)
    assert images_seen(site) == 1
    assert len(looks) == begun


def image_ids(site: Site) -> list[str]:
    with site.database.read() as session:
        return list(session.execute(select(Image.id).order_by(Image.number)).scalars())


def test_after_very_many_events_everything_is_counted_again(
    site: Site, cast: Cast, looks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_counts, "MOST_EVENTS", 5)
    fill(site, count=4)
    judge(site, cast.anna)
    counted(site)
    for _ in range(3):
        judge(site, cast.ben)
    assert images_seen(site) == images_seen(anew(site)) == 3
    assert len(looks) == 3 * len(splits(site))


def test_units_that_become_too_many_are_bundled_as_if_they_had_been_from_the_start(
    site: Site, cast: Cast, monkeypatch: pytest.MonkeyPatch, looks: list[str]
) -> None:
    monkeypatch.setattr(rating_groups, "MOST_GROUPS", 3)
    luck = random.Random(1)

    def more(*units: str | None) -> None:
        bring_images(site, luck, 2, units)
        for who in (cast.anna, cast.ben):
            judge(site, who, present("bubble"))
            judge(site, who)

    more("u1")
    more("u2")
    assert {place.group for place, _ in counted(site)[0].counts.seated} == {"unit:u1", "unit:u2"}
    more(None)
    more("u3")
    more("u4")
    begun = len(looks)
    now = counted(site)
    assert len(looks) == begun
    assert {place.group for place, _ in now[0].counts.seated} <= {"0000", "0001", "0002", None}
    assert now == counted(anew(site))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # a copy of a file
def test_a_database_put_back_from_a_copy_is_counted_again(
    site: Site, cast: Cast, clock: TurnableClock
) -> None:
    fill(site, count=3)
    judge(site, cast.anna)
    file = site.settings.data.parent / "labeler.sqlite"
    copy = file.with_name("copy.sqlite")
    with closing(site.database.driver.module.connect(file)) as connection:
        connection.execute("VACUUM INTO ?", (str(copy),))
    judge(site, cast.ben, present("bubble"))
    judge(site, cast.ben)
    known = counted(site)
    settings = site.settings.model_copy(update={"database_url": f"sqlite:///{copy}"})
    back = replace(open_site(settings, clock=clock), rating_counts=site.rating_counts)
    try:
        judge(back, cast.chris, present("scratch", 1))
        assert counted(back) == counted(anew(back)) != known
    finally:
        back.close()


def test_counts_that_do_not_fit_the_rows_are_made_again(
    site: Site, cast: Cast, looks: list[str]
) -> None:
    [image, *_] = fill(site, count=2)
    judge(site, cast.anna)
    counted(site)

    def give_a_line(session: Session) -> None:
        row = session.get(Image, image)
        row.line = "line-9"
        session.add(row)

    site.database.write(give_a_line)  # behind the back of the chain: no part of Labeler does so
    judge(site, cast.ben)
    assert counted(site) == counted(anew(site))


def test_only_so_many_counts_are_kept(
    site: Site, cast: Cast, looks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_counts, "MOST_KEPT", 2)
    fill(site, count=2)
    judge(site, cast.anna)
    counted(site)
    counted(site)
    assert len(looks) == 6
    assert len(site.rating_counts._kept.keys()) == 2


def test_a_column_is_looked_for_only_among_new_images(site: Site, cast: Cast) -> None:
    fill(site, count=2)
    project = project_id(site)
    with site.database.read() as session:
        assert not site.rating_counts.has_column(session, project, "shade")

    def add_shade(session: Session) -> None:
        for row in session.execute(select(Image)).scalars():
            row.context = {"shade": "dark"}
            session.add(row)

    site.database.write(add_shade)
    with site.database.read() as session:
        assert not site.rating_counts.has_column(session, project, "shade")
        assert anew(site).rating_counts.has_column(session, project, "shade")
    fill(site, count=1)
    site.database.write(add_shade)
    with site.database.read() as session:
        assert site.rating_counts.has_column(session, project, "shade")


def test_places_of_other_images_are_not_looked_at_again(
    site: Site, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(site, count=4)
    places = [present("bubble", None, HERE)]
    judge(site, cast.anna, *places)
    pages(site, cast)
    seen: list[str] = []
    real = measure_places.images_drawn_on

    def spied(session: Session, project: str, **more: bool | str | None) -> Iterator:
        seen.append(project)
        return real(session, project, **more)

    monkeypatch.setattr(measure_places, "images_drawn_on", spied)
    judge(site, cast.ben, present("bubble", None, NEAR))
    judge(site, cast.anna, *places)
    withdraw(site, cast.anna, judge(site, cast.anna, *places), "A slip.")
    found = pages(site, cast)
    assert seen == []
    assert found == pages(anew(site), cast)
    assert len(seen) == 3


def test_a_unit_that_leaves_a_bundle_has_all_places_added_up_anew(
    site: Site, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measure_flow, "MOST_GROUPS", 2)
    fill(site, count=3)
    for _ in range(3):
        judge(site, cast.anna, present("bubble", None, HERE))
        last = judge(site, cast.ben, present("bubble", None, AWAY))  # disputed: it can be undone
    pages(site, cast)
    bundled = [one.tallies["", "bubble"].bundled for one in site.kept_places.values()]
    assert bundled[0]
    withdraw(site, cast.ben, last, "A slip.")
    assert pages(site, cast) == pages(anew(site), cast)
    bundled = [one.tallies["", "bubble"].bundled for one in site.kept_places.values()]
    assert not bundled[0]
