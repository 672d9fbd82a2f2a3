"""The pages of label accuracy: the section on the agreement page, and the list of samples."""

import csv
import html
import io
import re

import pytest

from labeler.core.label_accuracy.outcome import level_of_draw
from labeler.flows.adjudicate import RulingRequest, get_dispute, rule
from labeler.flows.audit_samples import SampleWish, draw_audit_sample, list_samples
from tests.cast import fill, present
from tests.flows.audited import judge, settled
from tests.web.conftest import Door

READ = {"accept": "text/html"}
AT = "/projects/plates/agreement/audits"
# The flows behind are tried on PostgreSQL too, where they are tested.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def words(page: str) -> str:
    """The text of a page without its elements."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def section(page: str) -> str:
    found = re.search(r'<section[^>]*id="agreement-accuracy".*?</section>', page, re.DOTALL)
    assert found is not None
    return found.group()


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_agreement_page_answers_first_whether_the_labels_are_right(
    door: Door, language: str
) -> None:
    lead = door.client(door.cast.lead)
    lead.cookies.set("labeler_language", language)
    at = "/projects/plates/agreement"
    asks, open_words, done, level = {
        "en": ("Are the labels right?", "Not shown yet", "Shown to be right", "({} % each)"),
        "ko": ("라벨이 옳은가?", "아직 확인 안 됨", "옳다고 확인됨", "(각각 {} %)"),
    }[language]
    empty = lead.get(at, headers=READ).text
    assert empty.index(asks) < empty.index("<h2>")
    truth = settled(door.site, door.cast, 40, 20)
    before = section(lead.get(at, headers=READ).text)
    assert open_words in before
    assert done not in before
    assert 'action="/projects/plates/agreement/audits"' in before
    draw_audit_sample(door.site, door.cast.lead, "plates", SampleWish(auditors=["chris"]))
    judge(door.site, door.cast.chris, truth.__getitem__)
    after = section(lead.get(at, headers=READ).text)
    assert done in after
    assert 'class="chart-limit"' in after
    assert "chart-dot" in after
    assert level.format(95) in after
    for who, draws in ((door.cast.engineer, False), (door.cast.admin, True)):
        page = section(door.client(who).get(at, headers=READ).text)
        assert ("agreement-draw" in page) is draws
    # Right labels that settle after the draw are audited with the next one, not corrected.
    truth |= dict.fromkeys(fill(door.site, count=2), ())
    for who in (door.cast.anna, door.cast.ben):
        judge(door.site, who, truth.__getitem__)
    later = lead.get("/api/v1/projects/plates/label-accuracy").json()
    more = later["defect_types"]["bubble"]["labels_to_audit"]
    page = words(section(lead.get(at, headers=READ).text))
    assert {"en": "reach (absent) 2 0", "ko": "감사할 수 없음 (없음) 2 0"}[language] in page
    # At least 20 of 23, .8696: in the chart, its words and the table nobody claims .870.
    assert (page.count("0.869"), page.count("0.870")) == (3, 0)
    assert {"en": f"Audit about {more} more label", "ko": f"약 {more}"}[language] in page
    draw_audit_sample(door.site, door.cast.lead, "plates", SampleWish(auditors=["chris"]))
    judge(door.site, door.cast.chris, truth.__getitem__)
    page = section(lead.get(at, headers=READ).text)
    assert done in page
    assert level.format(98.33) in page
    found = lead.get("/api/v1/projects/plates/label-accuracy").json()
    table = csv.DictReader(io.StringIO(lead.get(f"{at}/accuracy.csv").text))
    claimed = {found["level"], found["defect_types"]["bubble"]["level"]}
    assert claimed | {float(row["level"]) for row in table} == {level_of_draw(0.95, 2)}


def test_labels_out_of_the_auditors_reach_ask_for_other_auditors(door: Door) -> None:
    truth = settled(door.site, door.cast, 12, 6)
    truth |= {image: [present("bubble")] for image in fill(door.site, count=2)}
    for who in (door.cast.anna, door.cast.chris):
        judge(door.site, who, truth.__getitem__)
    draw_audit_sample(door.site, door.cast.lead, "plates", SampleWish(auditors=["chris"]))
    judge(door.site, door.cast.chris, truth.__getitem__)
    page = door.client(door.cast.lead).get("/projects/plates/agreement", headers=READ).text
    assert "draw more with others" in section(page)
    assert "correct the labels" not in section(page)


def test_one_click_draws_and_the_list_shows_how_far_it_is(door: Door) -> None:
    truth = settled(door.site, door.cast, 30, 12)
    lead = door.client(door.cast.lead)
    page = lead.get("/projects/plates/agreement", headers=READ).text
    checked = re.findall(r'name="auditors" value="(\w+)" checked', page)
    assert checked == ["lea"], "who asks audits, unless they choose somebody else"
    assert "reviewed here" in page
    drawn = lead.post(
        AT, data={"auditors": ["chris", "dora"]}, headers=READ, follow_redirects=False
    )
    assert drawn.status_code == 303
    [sample] = list_samples(door.site, door.cast.lead, "plates")
    assert drawn.headers["location"] == f"{AT}?sample={sample.id}"
    judge(door.site, door.cast.chris, truth.__getitem__, most=4)
    text = words(lead.get(AT, headers=READ).text)
    assert f"4 of {sample.images}" in text
    assert "chris" in text
    assert "dora" in text
    agreement = words(lead.get("/projects/plates/agreement", headers=READ).text)
    assert f"{sample.images - 4} drawn images wait for their audit." in agreement
    assert "another audit is held as strictly as one draw more" in agreement
    state, _, _ = agreement.partition("Are the labels right?")
    assert "drawn labels wait for their audit." in state
    assert "audit about" not in state
    lead.post(AT, data={"auditors": ["chris"], "anew": "yes"}, headers=READ)
    assert "another audit, held as draw 2" in words(lead.get(AT, headers=READ).text)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ({}, "Name at least one auditor."),
        ({"auditors": "chris", "size": "many"}, "Give a whole number."),
        ({"auditors": "chris", "size": "0"}, "Give 1 to 100000 images."),
        ({"auditors": ["anna", "ben"]}, "Nobody you named may audit any of these images."),
    ],
)
def test_a_refused_draw_says_why_and_keeps_what_was_typed(
    door: Door, sent: dict[str, str], shown: str
) -> None:
    settled(door.site, door.cast, 6, 3)
    refused = door.client(door.cast.lead).post(AT, data=sent, headers=READ)
    assert refused.status_code == 422
    assert shown in html.unescape(refused.text)
    if "size" in sent:
        assert f'name="size" inputmode="numeric" value="{sent["size"]}"' in refused.text
    assert list_samples(door.site, door.cast.lead, "plates") == []


def test_a_contradicted_label_goes_on_to_its_ruling(door: Door) -> None:
    truth = settled(door.site, door.cast, 12, 4, marked=3)
    wrong = list(truth)[3]
    draw_audit_sample(door.site, door.cast.lead, "plates", SampleWish(auditors=["chris"], size=12))
    judge(door.site, door.cast.chris, truth.__getitem__)
    lead = door.client(door.cast.lead)
    page = lead.get(AT, headers=READ).text
    assert f"/projects/plates/images/{wrong}" in page
    form = {"image": wrong, "defect_type": "bubble", "reason": " "}
    refused = lead.post(f"{AT}/reopening", data=form, headers=READ)
    assert refused.status_code == 422
    assert "Say why, in a sentence." in html.unescape(refused.text)
    form["reason"] = "A blind audit says otherwise."
    told = lead.post(f"{AT}/reopening", data=form, headers=READ, follow_redirects=False)
    assert told.status_code == 303
    at = told.headers["location"]
    assert lead.get(at, headers=READ).status_code == 200
    assert "waits for a ruling" in words(lead.get(AT, headers=READ).text)
    dispute = at.rpartition("/")[2]
    version = get_dispute(door.site, door.cast.lead, dispute).version
    rule(door.site, door.cast.lead, dispute, RulingRequest("present", "There.", version))
    assert "says the same as the audit now" in words(lead.get(AT, headers=READ).text)


def test_names_and_files_with_odd_signs_are_text(door: Door) -> None:
    truth = settled(door.site, door.cast, 8, 3, marked=2)
    draw_audit_sample(door.site, door.cast.lead, "plates", SampleWish(auditors=["chris"], size=8))
    judge(door.site, door.cast.chris, lambda image: truth[image] or [present("stain")])
    lead = door.client(door.cast.lead)
    refused = lead.post(AT, data={"auditors": "<b>x</b>"}, headers=READ)
    assert refused.status_code == 422
    assert "<b>x</b>" not in refused.text
    assert "Stain" in words(lead.get(AT, headers=READ).text)
