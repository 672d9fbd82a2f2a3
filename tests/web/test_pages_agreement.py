"""The agreement pages: what a lead reads, and what stays unnamed."""

import csv
import html
import io
import re
from datetime import datetime, timedelta

import pytest

from labeler.flows.assign import claim
from tests.cast import fill, present, unsure
from tests.flows.test_review import answer
from tests.web.conftest import Door
from tests.web.test_pages_project import READ, disagree, open_disputes, ruling_of

# The flows behind are tried on PostgreSQL too, where they are tested.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
AT = "/projects/plates/agreement"


def words(page: str) -> str:
    """The text of a page without its tags."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", page)))


def judged_alike(door: Door, both: int, only_anna: int) -> None:
    """Images with bubbles that both marked, and some that Anna alone did."""
    fill(door.site, count=both + only_anna)
    for who in (door.cast.anna, door.cast.ben):
        for number in range(both + only_anna):
            [lease] = claim(door.site, who, "plates", 1)
            marks = number < both or who is door.cast.anna
            answer(door.site, who, lease, *([present("bubble")] if marks else []))


def test_the_worst_defect_type_comes_first_with_its_word(door: Door) -> None:
    judged_alike(door, 30, 0)
    for _ in range(12):
        disagree(door, [present("stain")], [])
    page = door.client(door.cast.lead).get(AT, headers=READ).text
    state = page[page.index('id="agreement-state"') : page.index('id="agreement-matrix"')]
    order = [state.index(f"#agreement-type-{code}") for code in ("stain", "scratch", "bubble")]
    assert order == sorted(order)
    assert re.findall(r"standing ([a-z-]+)", state)[:3] == ["act", "not-enough", "good"]
    said = words(state)
    assert "▲ act 1 ○ not enough yet 1 ● good 1" in said
    assert "Nobody marked it where two ratings can be compared." in said
    assert said.count("audit about 59 more labels") == 3


def test_a_known_defect_that_was_missed_stands_in_the_reviewers_cell(door: Door) -> None:
    fill(door.site, count=2, references=[{"bubble": None}, {}])
    for who in (door.cast.anna, door.cast.ben):
        for number in range(2):
            [lease] = claim(door.site, who, "plates", 1)
            marks = who is door.cast.anna and number == 0
            answer(door.site, who, lease, *([present("bubble")] if marks else []))
    lead = door.client(door.cast.lead)
    page = lead.get(AT, headers=READ).text
    assert "found 1 of 1 known" in page
    assert "found 0 of 1 known" in page
    rows = list(csv.DictReader(io.StringIO(lead.get(f"{AT}/reviewers.csv").text)))
    of = {(row["reviewer"], row["defect_type"]): row for row in rows}
    assert of["ben", "bubble"]["known_defects_found"] == "0"
    assert of["anna", "bubble"] == {
        "reviewer": "anna", "defect_type": "bubble", "marked": "1", "judged": "2",
        "cant_tell": "0", "known_defects_found": "1", "known_defects": "1",
        "known_good_marked": "0", "known_good": "1",
    }  # fmt: skip
    told = lead.get("/api/v1/projects/plates/agreement").json()["versus_reference"]
    anna = next(v for v in told if (v["rater"], v["defect_type"]) == ("anna", "bubble"))
    assert anna["confusion"]["present"] == {"absent": 0, "present": 1}
    assert anna["statistics"]["sensitivity"]["value"] is None


def test_a_pair_leads_to_its_images_and_nobody_is_named_in_a_dispute(door: Door) -> None:
    disagree(door, [present("bubble")], [])
    lead, engineer = door.client(door.cast.lead), door.client(door.cast.engineer)
    page = lead.get(AT, headers=READ).text
    [link] = re.findall(r'href="([^"]*/differences[^"]*)"', page)
    [dispute] = open_disputes(lead)
    shown = lead.get(html.unescape(link), headers=READ).text
    assert f'/projects/plates/disputes/{dispute["id"]}"' in shown
    assert "marked by" not in shown
    assert "/disputes/" not in engineer.get(html.unescape(link), headers=READ).text
    at, form = ruling_of(lead, dispute["id"], verdict="present", reason="Seen.")
    lead.post(at, data=form, headers=READ)
    assert "marked by anna, left by ben" in lead.get(html.unescape(link), headers=READ).text
    nobody = lead.get(f"{AT}/differences?defect_type=moon&one=anna&other=ben", headers=READ)
    assert nobody.status_code == 404


def test_two_who_never_differ_have_no_images(door: Door) -> None:
    disagree(door, [present("bubble")], [present("bubble")])
    lead = door.client(door.cast.lead)
    shown = lead.get(f"{AT}/differences?defect_type=bubble&one=anna&other=ben", headers=READ)
    assert "They do not differ" in shown.text


def test_many_who_cannot_tell_are_a_warning(door: Door) -> None:
    disagree(door, [unsure("bubble")], [])
    page = door.client(door.cast.lead).get(AT, headers=READ).text
    assert "can't tell 50.0 %" in words(page)
    assert "flatters every figure" in page


def test_the_figures_side_by_side_have_a_table_and_a_csv(door: Door) -> None:
    disagree(door, [present("bubble")], [])
    lead = door.client(door.cast.lead)
    page = lead.get(f"{AT}?by=line", headers=READ).text
    assert f'href="{AT}/by.csv?by=line"' in page
    assert page.count("As a table") == 3
    table = lead.get(f"{AT}/by.csv?by=line").text.splitlines()
    assert table[0] == "line,defect_type,images,value,low,high,reason"
    assert table[2].startswith(",bubble,1,0.0,")
    assert lead.get(f"{AT}/by.csv?by=moon").status_code == 422


# Over time ----------------------------------------------------------------------------------------


def a_peak(door: Door) -> None:
    """Four quiet weeks, then one in which everything is in dispute."""
    for week in range(5):
        for _ in range(5):
            said = [present("bubble")] if week == 4 else []
            moment = datetime.fromisoformat("2026-03-02T06:00+00:00") + timedelta(weeks=week)
            [image] = fill(door.site)
            for who, marks in ((door.cast.anna, said), (door.cast.ben, [])):
                [lease] = [o for o in claim(door.site, who, "plates", 10) if o.image_id == image]
                answer(door.site, who, lease, *marks, reviewed_at=moment)


def test_an_alarm_is_told_in_words_with_its_chart_its_table_and_its_csv(door: Door) -> None:
    a_peak(door)
    engineer = door.client(door.cast.engineer)
    part = engineer.get(f"{AT}/trend", headers={**READ, "HX-Request": "true"}).text
    assert part.lstrip().startswith('<section class="stack" id="agreement-trend"')
    said = words(part)
    assert "2026-W14: more disputes than chance gives, 5 of 5 images (usual: 20.0 %)." in said
    assert "Reviewers that moved along: anna, ben ." in said
    assert "There is no chart of missed defects: No image with a known defect" in said
    page = engineer.get(f"{AT}/trend?by=week", headers=READ).text
    assert "<html" in page
    assert page.count('<svg class="control"') == page.count("As a table") == 4
    rows = list(csv.DictReader(io.StringIO(engineer.get(f"{AT}/trend.csv").text)))
    last = [row for row in rows if row["defect_type"] == "bubble"][-1]
    assert (last["week"], last["count"], last["of"], last["signals"]) == (
        "2026-W14", "5", "5", "above",
    )  # fmt: skip
    told = engineer.get("/api/v1/projects/plates/drift").json()
    assert told["alarms"][0]["defect_types"] == ["bubble"]
    assert told["misses"]["value"] is None
    assert [point["of"] for point in told["charts"][0]["points"]] == [5] * 5


def test_the_page_asks_for_its_trend_by_itself_and_has_a_link_without_scripts(door: Door) -> None:
    disagree(door, [present("bubble")], [])
    page = door.client(door.cast.lead).get(AT, headers=READ).text
    assert f'hx-get="{AT}/trend"' in page
    assert f'href="{AT}/trend"' in page


def test_a_time_that_is_not_known_is_refused_on_the_page_too(door: Door) -> None:
    lead = door.client(door.cast.lead)
    assert "The charts begin with" in lead.get(f"{AT}/trend", headers=READ).text
    refused = lead.get(f"{AT}/trend?by=shift", headers=READ)
    assert refused.status_code == 422
    assert "LABELER_SHIFTS" in refused.text
    assert lead.get("/api/v1/projects/plates/drift?by=moon").status_code == 422
