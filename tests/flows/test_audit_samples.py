"""Audit samples from the draw to the answer."""

import pytest
from sqlalchemy import select

from labeler.core.agreement.values import Estimate
from labeler.core.errors import Conflict, InvalidInput, NotFound
from labeler.core.label_accuracy.missed import MissedByAll
from labeler.core.label_accuracy.outcome import Shown
from labeler.core.label_accuracy.outcome import judge as judge_strata
from labeler.core.label_accuracy.strata import Stratum
from labeler.core.terms import Source
from labeler.flows.adjudicate import RulingRequest, get_dispute, list_disputes, rule
from labeler.flows.assign import claim
from labeler.flows.audit_samples import (
    SampleWish,
    draw_audit_sample,
    get_sample,
    list_samples,
    possible_auditors,
)
from labeler.flows.audited_labels import contradicted_labels, reopen_label
from labeler.flows.images import get_image
from labeler.flows.label_accuracy import accuracy
from labeler.flows.reading import list_events, list_reviews
from labeler.flows.review import withdraw
from labeler.flows.site import Site
from labeler.store.tables import Assignment, AuditItem, AuditStratumRow
from tests.cast import Cast, fill, found, hire, present, unsure
from tests.flows.audited import audit, judge, settled
from tests.flows.test_label_counts import kept
from tests.flows.test_review import answer, state


@pytest.fixture
def cast(site: Site) -> Cast:
    found(site)
    return hire(site)


def of_bubble(site: Site, cast: Cast):
    [one] = [t for t in accuracy(site, cast.lead, "plates").types if t.defect_type == "bubble"]
    return one


def suggested(site: Site, cast: Cast) -> int:
    return accuracy(site, cast.lead, "plates").suggested_images


def rows(site: Site, table: type) -> list:
    with site.database.read() as session:
        return list(session.execute(select(table)).scalars())


def test_good_labels_are_shown_to_be_right_with_enough_audits(site: Site, cast: Cast) -> None:
    truth = settled(site, cast, 60, 20)
    before = of_bubble(site, cast)
    assert before.outcome.shown is Shown.NOT_YET
    assert (before.outcome.needed or 0) > 40
    sample = audit(site, cast, truth)
    assert (sample.number, sample.draw, sample.continues) == (1, 1, None)
    after = of_bubble(site, cast)
    assert after.outcome.shown is Shown.SHOWN
    precision, recall = after.outcome.accuracy.precision, after.outcome.accuracy.recall
    assert isinstance(precision.figure, Estimate)
    assert isinstance(recall.figure, Estimate)
    assert precision.figure.value == recall.figure.value == 1.0
    assert min(precision.at_least, recall.at_least) >= 0.95


def test_always_absent_labels_are_never_shown_to_be_right(site: Site, cast: Cast) -> None:
    truth = settled(site, cast, 100, 2, marked=0)
    audit(site, cast, truth, SampleWish(auditors=["chris"], size=100))
    one = of_bubble(site, cast)
    assert one.outcome.shown is not Shown.SHOWN
    while one.outcome.shown is Shown.NOT_YET:  # further draws find the two sooner or later
        audit(site, cast, truth)
        one = of_bubble(site, cast)
    assert one.outcome.shown is Shown.BELOW
    for other in ("scratch", "stain"):
        [same] = [t for t in accuracy(site, cast.lead, "plates").types if t.defect_type == other]
        assert same.outcome.shown is not Shown.SHOWN, "nobody ever found one, so nothing is shown"


def test_labels_that_miss_defects_are_shown_to_be_below(site: Site, cast: Cast) -> None:
    truth = settled(site, cast, 60, 20, marked=8)
    audit(site, cast, truth)
    one = of_bubble(site, cast)
    assert one.outcome.shown is Shown.BELOW
    assert one.outcome.accuracy.precision.at_least == 1.0
    assert one.outcome.accuracy.recall.at_most < 0.6


def test_nothing_is_answered_until_the_last_drawn_image_is_judged(site: Site, cast: Cast) -> None:
    truth = settled(site, cast, 40, 20)
    sample = draw_audit_sample(site, cast.lead, "plates", SampleWish(auditors=["chris"]))
    judge(site, cast.chris, truth.__getitem__, most=sample.images - 1)
    waiting = get_sample(site, cast.lead, sample.id)
    assert (waiting.images - waiting.judged, waiting.is_open) == (1, True)
    assert of_bubble(site, cast).outcome.waiting == 1
    assert of_bubble(site, cast).outcome.shown is Shown.NOT_YET
    judge(site, cast.chris, truth.__getitem__)
    assert not get_sample(site, cast.lead, sample.id).is_open
    assert of_bubble(site, cast).outcome.shown is Shown.SHOWN


def test_who_reviewed_or_ruled_on_an_image_never_audits_it(site: Site, cast: Cast) -> None:
    settled(site, cast, 12, 6)
    [disputed] = fill(site)
    judge(site, cast.anna, lambda _: [present("bubble")])
    judge(site, cast.ben, lambda _: [])
    [dispute] = list_disputes(site, cast.lead, "plates")
    rule(site, cast.lead, dispute.id, RulingRequest("present", "Round.", dispute.version))
    with pytest.raises(InvalidInput, match="Nobody you named"):
        draw_audit_sample(site, cast.lead, "plates", SampleWish(auditors=["anna", "ben"]))
    by_lead = draw_audit_sample(site, cast.lead, "plates", SampleWish(auditors=["lea"]))
    given = [lease.image_id for lease in claim(site, cast.lead, "plates", 10)]
    assert disputed not in given
    assert by_lead.out_of_reach == 3, "one label per defect type"
    both = draw_audit_sample(
        site, cast.lead, "plates", SampleWish(auditors=["lea", "chris"], anew=True)
    )
    assert both.out_of_reach == 0
    assert {one.name for one in both.auditors} == {"lea", "chris"}
    [owner] = [
        row.user_id for row in rows(site, Assignment)
        if row.image_id == disputed and row.occasion == f"audit:{both.id}"
    ]  # fmt: skip
    assert owner == cast.chris.user_id


def test_labels_out_of_everybodys_reach_count_against_every_claim(site: Site, cast: Cast) -> None:
    truth = settled(site, cast, 40, 20)
    hidden = fill(site, count=4)
    for who in (cast.anna, cast.chris):  # Chris reviewed four himself
        judge(site, who, lambda image: [present("bubble")])
    truth |= {image: [present("bubble")] for image in hidden}
    sample = audit(site, cast, truth)
    assert sample.out_of_reach == 12
    one = of_bubble(site, cast)
    assert one.outcome.accuracy.precision.at_least == pytest.approx(20 / 24)
    assert one.outcome.shown is Shown.NOT_YET
    assert (one.outcome.needed, one.outcome.other_auditors) == (None, True)
    draw_audit_sample(site, cast.lead, "plates", SampleWish(auditors=["dora"]))
    judge(site, cast.dora, truth.__getitem__)
    assert of_bubble(site, cast).outcome.shown is Shown.SHOWN


def test_the_auditor_learns_nothing_of_the_label(site: Site, cast: Cast) -> None:
    settled(site, cast, 12, 6)
    draw_audit_sample(site, cast.lead, "plates", SampleWish(auditors=["chris"]))
    leases = claim(site, cast.chris, "plates", 10)
    for lease in leases:
        told = get_image(site, cast.chris, lease.image_id)
        assert (told.state, told.settled, told.reviews_needed, told.labels) == (
            None, None, None, (),
        )  # fmt: skip
    items = {r.image_id: r.stratum for r in rows(site, AuditItem) if r.defect_type == "bubble"}
    said = [items[lease.image_id].startswith("present") for lease in leases]
    assert said not in (sorted(said), sorted(said, reverse=True)), "the order tells nothing"


def test_strata_are_known_with_their_rates(site: Site, cast: Cast) -> None:
    made = fill(site, count=30)
    for who in (cast.anna, cast.ben):
        judge(
            site, who, lambda image: [present("bubble")] if image in made[:6] else [],
            elapsed_s=2.0,
        )  # fmt: skip
    [doubtful] = fill(site)
    leases = {who.name: claim(site, who, "plates", 1)[0] for who in (cast.anna, cast.ben)}
    taken = answer(site, cast.anna, leases["anna"], unsure("bubble"), elapsed_s=2.0)
    withdraw(site, cast.anna, taken.id, "Looked again.")
    answer(site, cast.anna, *claim(site, cast.anna, "plates", 1), elapsed_s=2.0)
    answer(site, cast.ben, leases["ben"], elapsed_s=2.0)
    [hasty] = fill(site)
    judge(site, cast.anna, lambda _: [], elapsed_s=2.0)
    judge(site, cast.ben, lambda _: [], elapsed_s=0.3)
    sample = draw_audit_sample(site, cast.lead, "plates", SampleWish(auditors=["chris"]))
    strata = {
        row.stratum: row for row in rows(site, AuditStratumRow) if row.defect_type == "bubble"
    }
    assert {name: row.labels for name, row in strata.items()} == {
        Stratum.PRESENT_AGREED: 6,
        Stratum.ABSENT_DOUBTED: 1,
        Stratum.ABSENT_QUICK: 1,
        Stratum.ABSENT_AGREED: 24,
    }
    counted = [row for row in rows(site, AuditItem) if row.counted and row.defect_type == "bubble"]
    for name, row in strata.items():
        assert row.drawn == sum(item.stratum == name for item in counted)
        assert 0 < row.drawn <= row.labels
    named = {row.image_id: row.stratum for row in counted}
    assert named[doubtful] == Stratum.ABSENT_DOUBTED
    assert named[hasty] == Stratum.ABSENT_QUICK
    assert sample.images == len({row.image_id for row in rows(site, AuditItem)})


def test_references_are_known_already_and_not_audited(site: Site, cast: Cast) -> None:
    fill(site, count=8, references=[{"bubble": None}, {}, None, None, None, None, None, None])
    for who in (cast.anna, cast.ben):
        judge(site, who, lambda _: [])
    draw_audit_sample(site, cast.lead, "plates", SampleWish(auditors=["chris"]))
    labels = sum(r.labels for r in rows(site, AuditStratumRow) if r.defect_type == "bubble")
    assert labels == 6


def test_a_continued_draw_keeps_what_was_audited_and_asks_only_for_the_rest(
    site: Site, cast: Cast
) -> None:
    truth = settled(site, cast, 60, 20)
    first = audit(site, cast, truth, SampleWish(auditors=["chris"], size=20))
    done = {r.image_id for r in rows(site, Assignment) if r.occasion == f"audit:{first.id}"}
    assert of_bubble(site, cast).outcome.shown is Shown.NOT_YET
    second = draw_audit_sample(site, cast.lead, "plates", SampleWish(auditors=["chris", "dora"]))
    assert (second.draw, second.continues) == (2, first.id)
    asked = {r.image_id for r in rows(site, Assignment) if r.occasion == f"audit:{second.id}"}
    assert not asked & done
    assert second.judged == len(done)
    assert second.images == len(done) + len(asked)
    for who in (cast.chris, cast.dora):
        judge(site, who, truth.__getitem__)
    assert of_bubble(site, cast).outcome.shown is Shown.SHOWN


@pytest.mark.parametrize("anew", [False, True])
def test_every_further_draw_of_the_same_labels_is_held_more_strictly_and_says_so(
    site: Site, cast: Cast, *, anew: bool
) -> None:
    truth = settled(site, cast, 60, 20)
    assert of_bubble(site, cast).outcome.next_level == 0.95
    assert suggested(site, cast) >= (of_bubble(site, cast).outcome.needed or 0) > 0
    first = audit(site, cast, truth, SampleWish(auditors=["chris"], size=20))
    told = accuracy(site, cast.lead, "plates")
    assert (told.draw, told.level, of_bubble(site, cast).outcome.level) == (1, 0.95, 0.95)
    size = 54 if anew else 54 - first.images
    second = audit(site, cast, truth, SampleWish(auditors=["chris"], size=size, anew=anew))
    assert (second.draw, second.continues) == (2, None if anew else first.id)
    outcome = of_bubble(site, cast).outcome
    assert judge_strata(outcome.strata).shown is Shown.SHOWN, "so it would be as the first draw"
    assert outcome.shown is Shown.NOT_YET
    told = accuracy(site, cast.lead, "plates")
    assert told.level == outcome.level == pytest.approx(1 - 0.05 / 3)
    assert (outcome.needed or 0) > 0
    about = told.suggested_images
    third = audit(site, cast, truth)
    assert third.images - second.images == pytest.approx(about, abs=3)
    assert about >= (outcome.needed or 0)
    assert of_bubble(site, cast).outcome.shown is Shown.SHOWN


def test_what_waits_moves_to_the_auditors_of_the_next_draw(site: Site, cast: Cast) -> None:
    truth = settled(site, cast, 30, 12)
    first = draw_audit_sample(site, cast.lead, "plates", SampleWish(auditors=["chris"], size=12))
    judge(site, cast.chris, truth.__getitem__, most=5)
    [on_the_tablet] = claim(site, cast.chris, "plates", 1)
    second = draw_audit_sample(site, cast.lead, "plates", SampleWish(auditors=["dora"]))
    left = [lease.image_id for lease in claim(site, cast.chris, "plates", 10)]
    assert left == [on_the_tablet.image_id], "nothing more is handed out of the first draw"
    judge(site, cast.chris, truth.__getitem__)
    judge(site, cast.dora, truth.__getitem__)
    info = get_sample(site, cast.lead, second.id)
    assert (info.images, info.judged) == (second.images, second.images)
    assert {one.name: one.images for one in info.auditors} == {"dora": second.images - 6}
    assert first.images > 6


def test_a_label_that_is_ruled_on_later_leaves_the_figures_of_its_sample_alone(
    site: Site, cast: Cast
) -> None:
    truth = settled(site, cast, 60, 20, marked=18)
    sample = audit(site, cast, truth)
    before = of_bubble(site, cast)
    assert before.outcome.wrong == 2
    found = contradicted_labels(site, cast.lead, sample.id, limit=10)
    for one in found:
        dispute = reopen_label(site, cast.lead, one.row.image_id, "bubble", "The audit saw one.")
        version = get_dispute(site, cast.lead, dispute).version
        rule(site, cast.lead, dispute, RulingRequest("present", "There it is.", version))
        assert get_image(site, cast.lead, one.row.image_id).labels[0]["source"] == Source.RULED
    after = of_bubble(site, cast)
    assert after.outcome.strata == before.outcome.strata
    assert after.outcome.accuracy == before.outcome.accuracy
    assert after.since == 0, "the corrected ones are not new: they were audited"
    listed = contradicted_labels(site, cast.lead, sample.id, limit=9)
    assert [one.is_corrected for one in listed] == [True, True]
    # Drawing on does not make the wrong ones right either.
    try:
        audit(site, cast, truth)
    except InvalidInput:
        assert len(truth) == sample.images
    assert of_bubble(site, cast).outcome.wrong == 2
    # Another audit of the labels as they are now finds them right, and is held as the first one.
    again = audit(site, cast, truth, SampleWish(auditors=["chris"], anew=True))
    assert (again.draw, again.continues) == (1, None)
    assert of_bubble(site, cast).outcome.wrong == 0
    assert of_bubble(site, cast).outcome.shown is Shown.SHOWN


def test_labels_settled_after_the_draw_are_not_covered_by_it(site: Site, cast: Cast) -> None:
    truth = settled(site, cast, 60, 20)
    first = audit(site, cast, truth)
    assert of_bubble(site, cast).outcome.shown is Shown.SHOWN
    fresh = fill(site, count=10, references=[{"bubble": None}, {"stain": None}, *[None] * 8])
    for who in (cast.anna, cast.ben):
        judge(site, who, lambda _: [])
    later = of_bubble(site, cast)
    assert later.since == 8, "what is known beforehand needs no audit"
    assert later.outcome.shown is Shown.NOT_YET
    assert later.outcome.accuracy.recall.at_least < 20 / 28 + 1e-9
    about = suggested(site, cast)
    assert 0 < (later.outcome.needed or 0) <= about, "the next draw has them"
    second = audit(site, cast, truth | {image: [] for image in fresh})
    assert second.images - first.images == pytest.approx(about, abs=1)
    assert of_bubble(site, cast).outcome.shown is Shown.SHOWN
    assert of_bubble(site, cast).since == 0


def test_an_audit_that_is_taken_back_waits_again(site: Site, cast: Cast) -> None:
    truth = settled(site, cast, 40, 20)
    sample = audit(site, cast, truth)
    given = [r for r in list_reviews(site, cast.lead, "plates", limit=200) if "audit" in r.occasion]
    withdraw(site, cast.chris, given[0].id, "The wrong button.")
    assert get_sample(site, cast.lead, sample.id).is_open
    assert of_bubble(site, cast).outcome.shown is Shown.NOT_YET
    judge(site, cast.chris, truth.__getitem__)
    assert of_bubble(site, cast).outcome.shown is Shown.SHOWN


def test_what_the_auditor_cannot_tell_shows_nothing(site: Site, cast: Cast) -> None:
    truth = settled(site, cast, 40, 20)
    doubtful = {image: [unsure("bubble")] for image in list(truth)[:3]}
    audit(site, cast, {**truth, **doubtful})
    one = of_bubble(site, cast)
    assert one.outcome.shown is Shown.NOT_YET
    assert sum(stratum.unsure for stratum in one.outcome.strata) == 3
    assert one.outcome.accuracy.precision.at_least <= 17 / 20
    settled(site, cast, 2, 1)
    draw_audit_sample(site, cast.lead, "plates", SampleWish(auditors=["dora"]))
    judge(site, cast.dora, lambda _: [], unusable="blurred")
    assert sum(s.unsure for s in of_bubble(site, cast).outcome.strata) > 3


def test_the_lead_sees_what_the_audit_contradicts_and_opens_a_dispute(
    site: Site, cast: Cast
) -> None:
    truth = settled(site, cast, 30, 10, marked=9)
    wrong = list(truth)[9]
    first, *_ = truth
    truth[first] = [present("stain")]  # no bubble, and a stain that nobody marked
    sample = audit(site, cast, truth)
    found = {
        (one.row.image_id, one.row.defect_type): one
        for one in contradicted_labels(site, cast.lead, sample.id, limit=50)
    }
    assert set(found) == {(wrong, "bubble"), (first, "bubble"), (first, "stain")}
    assert found[wrong, "bubble"].row.said == "present"
    assert found[first, "bubble"].row.said == "absent"
    assert not found[wrong, "bubble"].is_corrected
    [one, *rest] = contradicted_labels(site, cast.lead, sample.id, limit=1)
    assert rest == []
    behind = (one.row.number, one.row.defect_type)
    assert len(contradicted_labels(site, cast.lead, sample.id, after=behind, limit=9)) == 2
    with pytest.raises(InvalidInput):
        reopen_label(site, cast.lead, wrong, "bubble", " ")
    images = kept(site).versions[1]
    dispute = reopen_label(site, cast.lead, wrong, "bubble", "The audit saw one.")
    assert state(site, wrong) == "disputed 0"
    assert kept(site).versions[1] == images - 1
    assert reopen_label(site, cast.lead, wrong, "bubble", "Again.") == dispute
    [listed] = list_disputes(site, cast.lead, "plates")
    assert (listed.id, listed.kind, listed.defect_type) == (dispute, "verdict", "bubble")
    assert [review.verdict for review in listed.reviews] == ["absent", "absent"]
    rule(site, cast.lead, dispute, RulingRequest("absent", "A drop of water.", listed.version))
    assert state(site, wrong) == "settled 0"
    [label] = get_image(site, cast.lead, wrong).labels
    assert (label["verdict"], label["source"]) == ("absent", "ruled")
    # A second doubt asks for a second ruling: the first one was made before it.
    again = reopen_label(site, cast.lead, wrong, "bubble", "It does not dry.")
    assert again == dispute
    assert state(site, wrong) == "disputed 0"
    actions = [event.action for event in list_events(site, limit=1_000)]
    assert actions.count("label.reopened") == 2
    assert actions.count("audit_sample.drawn") == 1


def test_what_cannot_be_ruled_on_cannot_be_opened(site: Site, cast: Cast) -> None:
    known, plain = fill(site, count=2, references=[{"bubble": None}, None])
    with pytest.raises(Conflict, match="not settled"):
        reopen_label(site, cast.lead, plain, "bubble", "Why not.")
    for who in (cast.anna, cast.ben):
        judge(site, who, lambda _: [])
    with pytest.raises(Conflict, match="known beforehand"):
        reopen_label(site, cast.lead, known, "bubble", "Why not.")
    with pytest.raises(InvalidInput):
        reopen_label(site, cast.lead, plain, "dent", "Why not.")
    with pytest.raises(NotFound):
        reopen_label(site, cast.outsider, plain, "bubble", "Why not.")


def test_a_draw_that_makes_no_sense_is_refused_and_leaves_nothing(site: Site, cast: Cast) -> None:
    with pytest.raises(InvalidInput, match="no settled label"):
        draw_audit_sample(site, cast.lead, "plates", SampleWish(auditors=["chris"]))
    settled(site, cast, 6, 3)
    for wish in (
        SampleWish(auditors=[]),
        SampleWish(auditors=["emil"]),
        SampleWish(auditors=["nobody"]),
        SampleWish(auditors=["chris"], size=0),
    ):
        with pytest.raises(InvalidInput):
            draw_audit_sample(site, cast.lead, "plates", wish)
    with pytest.raises(NotFound):
        draw_audit_sample(site, cast.outsider, "plates", SampleWish(auditors=["chris"]))
    assert list_samples(site, cast.lead, "plates") == []
    draw_audit_sample(site, cast.lead, "plates", SampleWish(auditors=["chris"], size=100))
    judge(site, cast.chris, lambda _: [])
    with pytest.raises(InvalidInput, match="drawn already"):
        draw_audit_sample(site, cast.lead, "plates", SampleWish(auditors=["chris"]))
    asked = {one.name: one.has_reviewed for one in possible_auditors(site, cast.lead, "plates")}
    assert asked == {"anna": True, "ben": True, "chris": False, "dora": False, "lea": False}


def test_samples_are_listed_the_latest_first_for_those_who_see_the_project(
    site: Site, cast: Cast
) -> None:
    settled(site, cast, 30, 10)
    for anew in (False, True):
        draw_audit_sample(
            site, cast.lead, "plates", SampleWish(auditors=["chris"], size=5, anew=anew)
        )
    assert [(one.number, one.draw) for one in list_samples(site, cast.lead, "plates")] == [
        (2, 2), (1, 1),
    ]  # fmt: skip
    [latest, _] = list_samples(site, cast.lead, "plates")
    with pytest.raises(NotFound):
        get_sample(site, cast.outsider, latest.id)
    with pytest.raises(NotFound):
        get_sample(site, cast.lead, "no-such-sample")


def test_without_an_audit_it_is_said_how_many_everybody_missed_at_least(
    site: Site, cast: Cast
) -> None:
    settled(site, cast, 12, 6)
    fill(site, count=4)
    judge(site, cast.anna, lambda _: [present("bubble")])
    judge(site, cast.ben, lambda _: [])
    for dispute in list_disputes(site, cast.lead, "plates"):
        rule(site, cast.lead, dispute.id, RulingRequest("present", "Round.", dispute.version))
    missed = of_bubble(site, cast).missed
    assert isinstance(missed, MissedByAll)
    assert (missed.found, missed.missed) == (10, pytest.approx(4 * 4 / (4 * 6)))
