"""What a server keeps follows every story of reviews and rulings, and counts nothing anew."""

import random
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from sqlmodel import Session

from labeler.core.errors import Conflict
from labeler.core.terms import Source, Verdict
from labeler.flows import image_kinds, kept_counts
from labeler.flows.adjudicate import RulingRequest, list_disputes, rule
from labeler.flows.drift import drift
from labeler.flows.label_counts import Marked, Said, SettledCounts
from labeler.flows.reviewer_quality import reviewer_quality
from labeler.flows.site import Site
from tests.cast import Cast, fill, found, hire, present
from tests.conftest import TurnableClock
from tests.flows.kept import forgetful, read_all, what_is_kept
from tests.flows.test_rating_counts import Story, judge, project_id


@pytest.fixture
def cast(site: Site) -> Cast:
    found(site)
    return hire(site)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The projects whose images were read from the first to the last."""
    seen: list[str] = []
    real = image_kinds._read_every

    def spied(session: Session, project: str, *rest: Any) -> Any:
        seen.append(project)
        return real(session, project, *rest)

    monkeypatch.setattr(image_kinds, "_read_every", spied)
    return seen


def kept(site: Site) -> SettledCounts:
    with site.database.read() as session:
        return site.label_counts.read(session, project_id(site))


@dataclass
class RuledStory(Story):
    """Reviewers who do random things, and a lead who rules on some of what they dispute."""

    def rule_some(self) -> None:
        for one in list_disputes(self.site, self.cast.lead, "plates", after=None, limit=50):
            if self.luck.random() < 0.5 and one.kind == "verdict":
                verdict = self.luck.choice(["present", "absent"])
                severity = 1 if (one.defect_type, verdict) == ("scratch", "present") else None
                request = RulingRequest(verdict, "Looked at.", one.version, severity=severity)
                with suppress(Conflict):  # an earlier ruling on the image came between
                    rule(self.site, self.cast.lead, one.id, request)
                    self.done.add("ruled")


def test_the_kept_counts_of_every_story_equal_a_recount(
    site: Site, cast: Cast, clock: TurnableClock, looks: list[str]
) -> None:
    story = RuledStory(site, cast, clock, random.Random(5))
    assert kept(site) == SettledCounts({}, {}, {})
    reviewer_quality(site, cast.lead, "plates")
    drift(site, cast.lead, "plates", "week")
    asked = what_is_kept(site)
    assert len(asked) == 4
    for _ in range(8):
        story.go_on(20)
        story.rule_some()
        begun = len(looks)
        every = read_all(site, asked)
        assert len(looks) == begun, "it was counted anew"
        assert every == read_all(forgetful(site), asked)
    assert all(every.values())
    followed = kept(site)
    assert {"submitted", "withdrawn", "unusable", "ruled"} <= story.done
    assert {said.source for said in followed.labels} >= {Source.UNANIMOUS, Source.RULED}
    assert sum(followed.versions.values()) > 4


def test_an_image_that_is_taken_back_leaves_the_counts(
    site: Site, cast: Cast, looks: list[str]
) -> None:
    fill(site, count=2)
    judge(site, cast.anna, present("bubble"))
    assert kept(site) == SettledCounts({}, {}, {})
    judge(site, cast.ben, present("bubble"))
    said = Said("bubble", Verdict.PRESENT, Source.UNANIMOUS)
    assert kept(site) == SettledCounts({1: 1}, {said: 1}, {Marked("bubble", 2, 2): 1})
    judge(site, cast.anna)
    judge(site, cast.ben)
    assert kept(site).versions == {1: 2}
    assert len(looks) == 1


def test_counts_are_made_anew_for_a_session_that_began_before_what_is_kept(
    site: Site, cast: Cast, looks: list[str]
) -> None:
    fill(site, count=1)
    judge(site, cast.anna)
    project = project_id(site)
    with site.database.read() as early:
        assert site.label_counts.read(early, project).versions == {}
        judge(site, cast.ben)
        assert kept(site).versions == {1: 1}
        assert site.label_counts.read(early, project).versions == {}
    assert kept(site).versions == {1: 1}
    assert len(looks) == 2


def test_after_very_many_events_everything_is_counted_again(
    site: Site, cast: Cast, looks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_counts, "MOST_EVENTS", 3)
    fill(site, count=2)
    kept(site)
    for who in (cast.anna, cast.ben):
        judge(site, who)
    assert kept(site) == kept(forgetful(site))
    assert len(looks) == 3


def test_only_so_many_projects_are_kept(
    site: Site, cast: Cast, looks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_counts, "MOST_KEPT", 1)
    kept(site)
    with site.database.read() as session:
        site.label_counts.read(session, "another")
    kept(site)
    assert len(looks) == 3
