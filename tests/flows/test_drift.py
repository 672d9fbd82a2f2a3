"""Disputes and misses over weeks and shifts, against what was said by hand."""

from datetime import datetime

import pytest

from labeler.core.agreement.values import Reason
from labeler.core.control_chart import Signal
from labeler.core.errors import InvalidInput, NotFound
from labeler.core.terms import Unusable
from labeler.flows import drift as drift_flow
from labeler.flows import projects
from labeler.flows.adjudicate import RulingRequest, list_disputes, rule
from labeler.flows.assign import claim
from labeler.flows.drift import DISPUTES, MISSES, Drift, drift
from labeler.flows.review import withdraw
from labeler.flows.site import Site
from tests.cast import STANDARD, Cast, fill, found, hire, present, unsure
from tests.flows.test_measure_periods import in_plant
from tests.flows.test_review import answer

MARK = [present("bubble")]


@pytest.fixture
def cast(site: Site) -> Cast:
    found(site)
    return hire(site)


def judged(
    site: Site, cast: Cast, at: str, anna: list, ben: list, reference: dict | None = None
) -> str:
    """One image that both judged at a time in UTC; its id."""
    [image] = fill(site, references=[reference])
    moment = datetime.fromisoformat(f"{at}+00:00")
    for who, said in ((cast.anna, anna), (cast.ben, ben)):
        [lease] = [one for one in claim(site, who, "plates", 10) if one.image_id == image]
        answer(site, who, lease, *said, reviewed_at=moment)
    return image


def counts(found: Drift, measure: str, code: str | None = None) -> dict[str, tuple[int, int]]:
    [chart] = [c.chart for c in found.charts if (c.measure, c.defect_type) == (measure, code)]
    return {p.sample.period: (p.sample.count, p.sample.of) for p in chart.points}


def test_an_image_is_disputed_once_however_much_and_stays_so_when_ruled(
    site: Site, cast: Cast
) -> None:
    judged(site, cast, "2026-03-02T06:00", MARK, [])
    judged(site, cast, "2026-03-02T06:01", [present("scratch", 1), unsure("stain")], [])
    judged(site, cast, "2026-03-03T06:00", MARK, MARK)
    judged(site, cast, "2026-03-03T06:00", [], [])
    judged(site, cast, "2026-03-09T06:00", [], [])
    fill(site)
    answer(site, cast.chris, *claim(site, cast.chris, "plates", 1))
    before = drift(site, cast.lead, "plates", "week")
    assert counts(before, DISPUTES) == {"2026-W10": (2, 4), "2026-W11": (0, 1)}
    assert counts(before, DISPUTES, "bubble") == {"2026-W10": (1, 4), "2026-W11": (0, 1)}
    assert counts(before, DISPUTES, "stain")["2026-W10"] == (1, 4)
    [bubble] = [d for d in list_disputes(site, cast.lead, "plates") if d.defect_type == "bubble"]
    rule(site, cast.lead, bubble.id, RulingRequest("absent", "Dust.", bubble.version))
    assert drift(site, cast.lead, "plates", "week") == before
    assert before.no_misses is Reason.NO_KNOWN_DEFECT
    assert before.document()["misses"]["reason"] == str(Reason.NO_KNOWN_DEFECT)  # type: ignore[index]


def test_an_image_somebody_cannot_use_is_disputed_as_a_whole(site: Site, cast: Cast) -> None:
    [image] = fill(site)
    answer(site, cast.anna, *claim(site, cast.anna, "plates", 1), unusable=Unusable.DARK)
    answer(site, cast.ben, *claim(site, cast.ben, "plates", 1))
    told = drift(site, cast.lead, "plates", "week")
    assert list(counts(told, DISPUTES).values()) == [(1, 1)]
    assert list(counts(told, DISPUTES, "bubble").values()) == [(0, 1)]
    assert image


def test_a_dispute_that_fell_away_counts_no_more(site: Site, cast: Cast) -> None:
    [image] = fill(site)
    receipt = answer(site, cast.anna, *claim(site, cast.anna, "plates", 1), *MARK)
    answer(site, cast.ben, *claim(site, cast.ben, "plates", 1))
    withdraw(site, cast.anna, receipt.id, "A slip.")
    [lease] = [one for one in claim(site, cast.anna, "plates", 2) if one.image_id == image]
    answer(site, cast.anna, lease)
    assert list(counts(drift(site, cast.lead, "plates", "week"), DISPUTES).values()) == [(0, 1)]


def test_a_shift_is_that_of_the_last_answer_in_plant_time(site: Site, cast: Cast) -> None:
    plant = in_plant(site, timezone="Asia/Seoul", shifts="06:00,18:00")
    judged(site, cast, "2026-03-02T08:59", MARK, [])
    judged(site, cast, "2026-03-02T09:00", [], [])
    judged(site, cast, "2026-03-02T20:59", [], [])
    assert counts(drift(plant, cast.lead, "plates", "shift"), DISPUTES) == {
        "2026-03-02 06:00-18:00": (1, 1),
        "2026-03-02 18:00-06:00": (0, 2),
    }


def test_a_known_defect_is_missed_when_one_of_its_reviewers_left_it(site: Site, cast: Cast) -> None:
    known = {"bubble": None, "stain": None}
    judged(site, cast, "2026-03-02T06:00", [*MARK, present("stain")], MARK, known)
    judged(site, cast, "2026-03-02T06:00", [unsure("bubble")], MARK, {"bubble": None})
    judged(site, cast, "2026-03-09T06:00", [unsure("stain")], [unsure("stain")], {"stain": None})
    judged(site, cast, "2026-03-09T06:00", [], [], {"bubble": None})
    judged(site, cast, "2026-03-09T06:00", MARK, [], {})
    judged(site, cast, "2026-03-09T06:00", MARK, [])
    told = drift(site, cast.lead, "plates", "week")
    assert told.no_misses is None
    assert counts(told, MISSES) == {"2026-W10": (1, 3), "2026-W11": (1, 1)}
    assert counts(told, MISSES, "bubble") == {"2026-W10": (0, 2), "2026-W11": (1, 1)}
    assert counts(told, MISSES, "stain") == {"2026-W10": (1, 1)}
    # Images whose truth is known cannot be disputed: they are in the other chart alone.
    assert counts(told, DISPUTES) == {"2026-W11": (1, 1)}


def test_an_alarm_names_who_and_what_moved_and_the_standard_that_came(
    site: Site, cast: Cast
) -> None:
    for week in range(4):
        for _ in range(5):
            judged(site, cast, f"2026-03-{2 + 7 * week:02}T06:00", [], [])
    book = {"defect_types": [dict(one) for one in STANDARD["defect_types"]]}
    projects.publish(site, cast.lead, "plates", book)
    for _ in range(5):
        judged(site, cast, "2026-03-30T06:00", MARK, [])
    told = drift(site, cast.lead, "plates", "week")
    alarm = next(one for one in told.alarms if one.defect_type is None)
    assert (alarm.signal, alarm.periods) == (Signal.ABOVE, ("2026-W14",))
    assert (alarm.count, alarm.of) == (5, 5)
    assert alarm.reviewers == ("anna", "ben")
    assert alarm.defect_types == ("bubble",)
    assert alarm.versions == (2,)
    assert told.began == {2: "2026-W14"}
    assert {one.defect_type for one in told.alarms} == {None, "bubble"}


def test_of_many_periods_the_latest_are_shown(
    site: Site, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in ("02", "09", "16"):
        judged(site, cast, f"2026-03-{day}T06:00", [], [])
    monkeypatch.setattr(drift_flow, "MOST_PERIODS", 2)
    told = drift(site, cast.lead, "plates", "week")
    assert list(counts(told, DISPUTES)) == ["2026-W11", "2026-W12"]
    assert told.left_out == 1


def test_what_cannot_be_followed_is_refused(site: Site, cast: Cast) -> None:
    fill(site)
    assert drift(site, cast.engineer, "plates", "week").charts == ()
    with pytest.raises(InvalidInput, match="shifts"):
        drift(site, cast.lead, "plates", "shift")
    with pytest.raises(InvalidInput, match="followed"):
        drift(site, cast.lead, "plates", "line")
    with pytest.raises(NotFound):
        drift(site, cast.outsider, "plates", "week")


def test_whoever_could_not_use_an_image_has_missed_nothing_on_it(site: Site, cast: Cast) -> None:
    fill(site, references=[{"bubble": None}])
    answer(site, cast.anna, *claim(site, cast.anna, "plates", 1), unusable=Unusable.DARK)
    answer(site, cast.ben, *claim(site, cast.ben, "plates", 1), *MARK)
    assert list(counts(drift(site, cast.lead, "plates", "week"), MISSES).values()) == [(0, 1)]
