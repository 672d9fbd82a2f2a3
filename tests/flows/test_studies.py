"""Attribute agreement studies: drawn, appraised blind on the review station, reported live."""

from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from dataclasses import fields, replace

import pytest
from sqlalchemy import event

from labeler.core.errors import Conflict, InvalidInput, NotFound
from labeler.core.msa.plan import StudyPlan, StudyState
from labeler.core.people import Principal
from labeler.core.terms import Role
from labeler.flows import people, projects, studies
from labeler.flows.assign import claim
from labeler.flows.review import withdraw
from labeler.flows.site import Site
from labeler.flows.studies import StudyInfo
from labeler.flows.study_report import study_report
from labeler.store.assignments import Lease
from labeler.store.tables import Assignment, Image
from tests.cast import STANDARD, Cast, fill, found, hire, person, present, unsure
from tests.conftest import TurnableClock
from tests.flows.test_review import answer

PARTS = 12
APPRAISERS = ("anna", "ben")


@pytest.fixture
def cast(site: Site) -> Cast:
    found(site)
    return hire(site)


@pytest.fixture
def truth(site: Site, cast: Cast) -> dict[str, bool]:
    """Thirty images with a known reference, a third of them scratched; bad by image."""
    known = [({"scratch": 1 + n % 3} if n % 3 == 0 else {}) for n in range(30)]
    return dict(zip(fill(site, count=30, references=known), map(bool, known), strict=True))


def planned(site: Site, cast: Cast, **more) -> StudyInfo:
    more.setdefault("appraisers", APPRAISERS)
    plan = StudyPlan("scratch", parts=PARTS, **({"trials": 2} | more))
    return studies.plan_study(site, cast.lead, "plates", plan)


def judge(
    site: Site, who: Principal, leases: list[Lease], truth: dict[str, bool], wrong=()
) -> None:
    for lease in leases:
        bad = truth[lease.image_id] is not (lease.image_id in wrong)
        answer(site, who, lease, *([present("scratch", 2)] if bad else []))


def take_part(site: Site, who: Principal, truth: dict[str, bool], wrong=()) -> list[str]:
    """Judge everything of one trial; the images in the order shown."""
    shown = []
    for _ in range(PARTS):
        [lease] = claim(site, who, "plates", 1)
        judge(site, who, [lease], truth, wrong)
        shown.append(lease.image_id)
    return shown


def test_the_parts_are_enriched_and_their_truth_is_frozen(site: Site, cast: Cast, truth) -> None:
    study = planned(site, cast, name="Spring")
    assert (study.parts, study.bad, study.good) == (12, 4, 8)
    assert study.near_limit >= 1  # some of the lightest severity
    assert (study.state, study.name, study.sources) == ("running", "Spring", {"reference": 12})
    assert [(one.name, one.done, one.of, one.trial) for one in study.appraisers] == [
        ("anna", 0, 24, 1), ("ben", 0, 24, 1),
    ]  # fmt: skip
    assert studies.list_studies(site, cast.lead, "plates") == [study]
    assert studies.get_study(site, cast.lead, study.id) == study


def test_everybody_gets_every_part_once_in_an_order_of_their_own(
    site: Site, cast: Cast, truth
) -> None:
    planned(site, cast)
    orders = {who.name: take_part(site, who, truth) for who in (cast.anna, cast.ben)}
    assert sorted(orders["anna"]) == sorted(orders["ben"])
    assert len(set(orders["anna"])) == PARTS
    assert orders["anna"] != orders["ben"]


def test_the_next_trial_begins_only_when_the_one_before_is_complete(
    site: Site, cast: Cast, truth
) -> None:
    study = planned(site, cast)
    held = claim(site, cast.anna, "plates", 10)
    judge(site, cast.anna, held, truth)
    last = claim(site, cast.anna, "plates", 10)
    # Two parts of the trial are left; beside them come fresh images, not the second trial.
    first = [lease.image_id for lease in (*held, *last[:2])]
    assert len(set(first)) == PARTS
    fresh = {lease.image_id for lease in last[2:]}
    judge(site, cast.anna, last[:1], truth)
    assert studies.get_study(site, cast.lead, study.id).appraisers[0].trial == 1
    judge(site, cast.anna, last[1:2], truth)
    assert studies.get_study(site, cast.lead, study.id).appraisers[0].trial == 2
    judge(site, cast.anna, last[2:], dict.fromkeys(fresh, False))
    second = [lease.image_id for lease in claim(site, cast.anna, "plates", 10)]
    assert set(second) < set(first)
    assert second[0] not in first[-2:]
    # Ben's first trial goes on as if nothing had happened.
    assert studies.get_study(site, cast.lead, study.id).appraisers[1].done == 0
    assert len(claim(site, cast.ben, "plates", 10)) == 10


def test_a_pause_keeps_the_next_trial_back(
    site: Site, cast: Cast, truth, clock: TurnableClock
) -> None:
    study = planned(site, cast, pause_h=8)
    take_part(site, cast.anna, truth)
    production = claim(site, cast.anna, "plates", 10)
    judge(site, cast.anna, production, truth)
    clock.turn(seconds=8 * 3600)
    [lease] = claim(site, cast.anna, "plates", 1)
    answer(site, cast.anna, lease)
    assert studies.get_study(site, cast.lead, study.id).appraisers[0].done == PARTS + 1


def test_a_lease_does_not_tell_a_trial_from_production(site: Site, cast: Cast, truth) -> None:
    planned(site, cast)
    [trial] = claim(site, cast.anna, "plates", 1)
    [production] = claim(site, cast.chris, "plates", 1)
    told = {one.name for one in fields(Lease)} - {"id", "image_id", "expires_at"}
    assert {n: getattr(trial, n) for n in told} == {n: getattr(production, n) for n in told}


def test_the_report_counts_what_was_answered(site: Site, cast: Cast, truth) -> None:
    study = planned(site, cast)
    bad_ones = [image for image, bad in truth.items() if bad]
    shown = take_part(site, cast.anna, truth)
    missed = next(image for image in shown if image in bad_ones)
    take_part(site, cast.anna, truth, wrong={missed})
    so_far = study_report(site, cast.lead, study.id)
    assert so_far.report.missing == 2 * PARTS
    take_part(site, cast.ben, truth)
    take_part(site, cast.ben, truth)
    found = study_report(site, cast.lead, study.id)
    assert found.info.state is StudyState.COMPLETE
    document = found.document()
    assert {n: (s["count"], s["of"]) for n, s in document["effectiveness"].items()} == {
        "anna": (11, 12), "ben": (12, 12),
    }  # fmt: skip
    assert {n: (s["count"], s["of"]) for n, s in document["miss_rate"].items()} == {
        "anna": (1, 8), "ben": (0, 8),
    }  # fmt: skip
    assert document["within"]["anna"]["count"] == 11
    assert document["study"]["bad"] == ["present"]
    [disagreement] = document["disagreements"]
    assert document["study"]["images"][disagreement["part"]]["id"] == missed
    assert disagreement["answers"]["anna"] == ["present", "absent"]
    each = study_report(site, cast.lead, study.id, convention="each_trial").document()
    assert (each["right_decisions"]["anna"]["count"], each["convention"]) == (23, "each_trial")
    assert each["effectiveness"] == document["effectiveness"]


def test_unsure_and_unusable_are_no_decisions(site: Site, cast: Cast, truth) -> None:
    study = planned(site, cast)
    first, second = claim(site, cast.anna, "plates", 2)
    answer(site, cast.anna, first, unsure("scratch"))
    answer(site, cast.anna, second, unusable="blurred")
    anna = study_report(site, cast.lead, study.id).report.versus[0]
    assert (anna.unsure, anna.answers, anna.decisions.of) == (2, 2, 0)


def test_severities_are_ordered_ratings(site: Site, cast: Cast, truth) -> None:
    study = planned(site, cast)
    [lease] = [
        one for one in claim(site, cast.anna, "plates", 10) if truth[one.image_id]
    ][:1]  # fmt: skip
    answer(site, cast.anna, lease, present("scratch", 3))
    report = study_report(site, cast.lead, study.id, ratings="severity").report
    assert report.table.scale.categories == ("absent", "light", "middle", "deep")
    assert report.table.bad == ("light", "middle", "deep")
    assert report.versus[0].miss_rate.of == 1
    assert report.versus[0].miss_rate.count == 0
    for wrong in ({"ratings": "colour"}, {"convention": "any"}, {"interval": "wald"}):
        with pytest.raises(InvalidInput):
            study_report(site, cast.lead, study.id, **wrong)


def test_a_withdrawn_answer_is_judged_again_and_the_trial_waits(
    site: Site, cast: Cast, truth
) -> None:
    study = planned(site, cast)
    [lease] = claim(site, cast.anna, "plates", 1)
    receipt = answer(site, cast.anna, lease)
    withdraw(site, cast.anna, receipt.id, "A slip.")
    assert studies.get_study(site, cast.lead, study.id).done == 0
    shown = take_part(site, cast.anna, truth)
    assert shown[0] == lease.image_id
    assert studies.get_study(site, cast.lead, study.id).appraisers[0].trial == 2


def test_the_next_trial_waits_when_an_answer_is_taken_back_at_its_end(
    site: Site, cast: Cast, truth
) -> None:
    planned(site, cast)
    first = claim(site, cast.anna, "plates", 10)
    judge(site, cast.anna, first, truth)
    last = claim(site, cast.anna, "plates", 2)
    judge(site, cast.anna, last[:1], truth)
    receipt = answer(site, cast.anna, last[1])
    withdraw(site, cast.anna, receipt.id, "A slip.")
    again, *fresh = claim(site, cast.anna, "plates", 10)
    assert again.id == last[1].id
    parts = {lease.image_id for lease in (*first, *last)}
    # Production may show a part of the study, but no assignment of the second trial is out.
    with site.database.read() as session:
        occasions = {session.get(Assignment, lease.id).occasion for lease in fresh}
    assert occasions == {"production"}
    answer(site, cast.anna, again)
    judge(site, cast.anna, fresh, truth)
    assert {lease.image_id for lease in claim(site, cast.anna, "plates", 10)} < parts


@pytest.mark.parametrize(("cancel", "state"), [(False, "closed"), (True, "cancelled")])
def test_an_ended_study_hands_out_nothing_more(
    site: Site, cast: Cast, truth, clock: TurnableClock, *, cancel: bool, state: str
) -> None:
    study = planned(site, cast)
    held = claim(site, cast.anna, "plates", 3)
    ended = studies.end_study(site, cast.lead, study.id, cancel=cancel)
    assert (ended.state, ended.ended_at is not None) == (state, True)
    judge(site, cast.anna, held[:1], truth)  # it was on the tablet already
    clock.turn(seconds=24 * 3600)
    production = {lease.id for lease in claim(site, cast.anna, "plates", 10)}
    assert production.isdisjoint({lease.id for lease in held})
    assert studies.get_study(site, cast.lead, study.id).done == 1
    assert study_report(site, cast.lead, study.id).report.missing == 4 * PARTS - 1
    with pytest.raises(Conflict):
        studies.end_study(site, cast.lead, study.id)


def test_the_figures_of_an_ended_study_stand(site: Site, cast: Cast, truth) -> None:
    study = planned(site, cast)
    [lease, other] = claim(site, cast.anna, "plates", 2)
    receipt = answer(site, cast.anna, lease)
    slip = answer(site, cast.anna, other)
    withdraw(site, cast.anna, slip.id, "A slip.")
    studies.end_study(site, cast.lead, study.id)
    with pytest.raises(Conflict, match="The image is settled") as caught:
        withdraw(site, cast.anna, receipt.id, "I thought it over.")
    assert caught.value.current == {"state": "settled"}
    assert studies.get_study(site, cast.lead, study.id).done == 1


TORN = {"code": "torn", "name": {"en": "Torn"}}


def test_the_report_is_closed_to_an_appraiser_who_is_not_through(
    site: Site, cast: Cast, truth
) -> None:
    study = planned(site, cast, appraisers=("anna", "lea"))
    [lease] = claim(site, cast.anna, "plates", 1)
    answer(site, cast.anna, lease)
    with pytest.raises(Conflict):
        study_report(site, cast.lead, study.id)
    assert study_report(site, cast.admin, study.id).report.versus[0].answers == 1
    for _ in range(2):
        take_part(site, cast.lead, truth)
    assert study_report(site, cast.lead, study.id).report.versus[1].answers == 2 * PARTS


def changed(site: Site, cast: Cast, change: Callable[[list[dict]], None]) -> None:
    document = deepcopy(STANDARD)
    change(document["defect_types"])
    projects.publish(site, cast.lead, "plates", document)


def test_a_severity_that_the_study_does_not_know_has_no_place_on_its_scale(
    site: Site, cast: Cast, truth
) -> None:
    study = planned(site, cast)
    changed(site, cast, lambda types: types[0]["severity"].append(TORN))
    [lease] = claim(site, cast.anna, "plates", 1)
    answer(site, cast.anna, replace(lease, standard_version=2), present("scratch", 4))
    by_severity, by_verdict = (
        study_report(site, cast.lead, study.id, ratings=ratings).report.versus[0]
        for ratings in ("severity", "verdict")
    )
    assert (by_severity.answers, by_verdict.answers) == (0, 1)


def test_a_standard_without_the_type_asked_nothing_about_it(site: Site, cast: Cast) -> None:
    changed(site, cast, lambda types: types.append({"code": "dent", "name": {"en": "Dent"}}))
    fill(site, count=20, references=[{"dent": None} if n < 6 else {} for n in range(20)])
    study = studies.plan_study(site, cast.lead, "plates", StudyPlan("dent", APPRAISERS, parts=12))
    first, second = claim(site, cast.anna, "plates", 2)
    answer(site, cast.anna, first)
    answer(site, cast.anna, replace(second, standard_version=1))
    assert study_report(site, cast.lead, study.id).report.versus[0].answers == 1


def test_what_the_standard_shows_as_an_example_is_no_part(site: Site, cast: Cast) -> None:
    ids = fill(site, count=14, references=[{"scratch": 1} if n < 5 else {} for n in range(14)])
    with site.database.read() as session:
        shown = [session.get(Image, image).sha256 for image in (ids[0], ids[13])]
    examples = [{"kind": "typical", "image": sha256} for sha256 in shown]
    changed(site, cast, lambda types: types[1].update(examples=examples))
    study = planned(site, cast)
    found = study_report(site, cast.lead, study.id)
    assert {one.id for one in found.images.values()} == set(ids[1:13])


def test_many_studies_are_listed_with_as_many_queries_as_one(site: Site, cast: Cast, truth) -> None:
    asked: list[str] = []

    def note(_connection, _cursor, statement: str, *_more) -> None:
        asked.append(statement)

    def queries() -> int:
        asked.clear()
        assert studies.list_studies(site, cast.lead, "plates")
        return len(asked)

    planned(site, cast)
    event.listen(site.database.readers, "before_cursor_execute", note)
    one = queries()
    planned(site, cast, appraisers=("ben", "chris"))
    planned(site, cast, name="Third", trials=3)
    assert queries() == one


def test_what_reviewers_settled_is_a_truth_of_lower_rank(site: Site, cast: Cast) -> None:
    def settle(count: int, *judgements: dict) -> None:
        fill(site, count=count)
        for who in (cast.anna, cast.ben):
            for lease in claim(site, who, "plates", 10)[:count]:
                answer(site, who, lease, *judgements)

    settle(5, present("scratch", 2))
    settle(10)
    known = [{"scratch": 2}, {}, {}, *[None] * 5]
    fill(site, count=8, references=known)
    study = planned(site, cast, appraisers=("anna", "chris"))
    assert study.sources == Counter(reference=3, unanimous=9)
    assert study.bad == 4
    assert study.judged_before == 9
    others = planned(site, cast, appraisers=("chris", "dora"))
    assert others.judged_before == 0


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"appraisers": ("anna",)}, "appraisers"),
        ({"appraisers": ("anna", "anna")}, "appraisers"),
        ({"appraisers": ("anna", "nobody")}, "appraisers"),
        ({"appraisers": ("anna", "emil")}, "appraisers"),  # an engineer
        ({"appraisers": ("anna", "otto")}, "appraisers"),  # no member
        ({"trials": 1}, "trials"),
        ({"trials": 9}, "trials"),
        ({"pause_h": -1}, "pause_hours"),
        ({"bad_share": 0}, "bad_share"),
        ({"convention": "some"}, "convention"),
        ({"interval": "wald"}, "interval"),
        ({"name": "x" * 81}, "name"),
        ({"limits": {"kappa": [2, 1]}}, "limits.kappa"),
    ],
)
def test_a_fault_of_the_plan_is_named(site: Site, cast: Cast, truth, change, path) -> None:
    with pytest.raises(InvalidInput) as caught:
        planned(site, cast, **change)
    assert [one.path for one in caught.value.fields] == [path]
    assert studies.list_studies(site, cast.lead, "plates") == []


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ([{}] * 20, "there are 0 bad and 12 good ones"),
        ([{"scratch": 1}, *[{}] * 5], "There are only 6 parts with a known truth"),
    ],
)
def test_without_enough_known_parts_there_is_no_study(site: Site, cast: Cast, known, said) -> None:
    fill(site, count=len(known), references=known)
    with pytest.raises(InvalidInput) as caught:
        planned(site, cast)
    assert said in caught.value.fields[0].message


def test_a_foreign_lead_sees_no_study(site: Site, cast: Cast, truth) -> None:
    study = planned(site, cast)
    for deed in (
        lambda: studies.get_study(site, cast.outsider, study.id),
        lambda: studies.end_study(site, cast.outsider, study.id),
        lambda: study_report(site, cast.outsider, study.id),
        lambda: studies.get_study(site, cast.lead, "nothing"),
        lambda: studies.plan_study(site, cast.outsider, "plates", StudyPlan("scratch", APPRAISERS)),
    ):
        with pytest.raises(NotFound):
            deed()


def test_a_type_that_the_standard_lacks_is_refused(site: Site, cast: Cast, truth) -> None:
    with pytest.raises(InvalidInput) as caught:
        studies.plan_study(site, cast.lead, "plates", StudyPlan("dent", APPRAISERS))
    assert caught.value.fields[0].path == "defect_type"


def test_an_administrator_may_appraise_without_being_a_member(
    site: Site, cast: Cast, truth
) -> None:
    study = planned(site, cast, appraisers=("anna", "admin"))
    assert [one.name for one in study.appraisers] == ["admin", "anna"]
    dismissed = person(site, "gone", Role.REVIEWER)
    people.add_member(site, "plates", "gone", cast.admin)
    people.remove_user(site, dismissed.user_id, cast.admin)
    with pytest.raises(InvalidInput):
        planned(site, cast, appraisers=("anna", "gone"))
