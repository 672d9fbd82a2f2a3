"""The agreement pages: what a lead reads, and what stays unnamed."""

import csv
import html
import io
import json
import re
from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from labeler.core.agreement.dawid_skene import Prior, dawid_skene
from labeler.core.terms import Role
from labeler.flows import measure as measure_flow
from labeler.flows import people
from labeler.flows.assign import claim
from labeler.flows.rating_tables import RatingTables
from labeler.flows.scope import standard_of
from labeler.store import patterns
from labeler.store.tables import Project
from tests.cast import fill, person, present, unsure
from tests.conftest import TurnableClock
from tests.flows.test_measure import name_the_images
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
    state = page[page.index('id="agreement-state"') : page.index('id="agreement-trend"')]
    order = [state.index(f"#agreement-type-{code}") for code in ("stain", "scratch", "bubble")]
    assert order == sorted(order)
    assert re.findall(r"standing ([a-z-]+)", state)[:3] == ["act", "not-enough", "good"]
    said = words(state)
    assert "▲ act 1 ○ not enough yet 1 ● good 1" in said
    assert "Nobody marked it where two ratings can be compared." in said
    assert said.count("○ not shown yet") == 3
    assert re.search(r"○ not shown yet audit about \d+ more labels", said)


def test_a_known_defect_that_was_missed_stands_in_the_reviewers_cell(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    few = "Not enough defective parts seen for a share."
    assert of["anna", "bubble"].items() >= {
        "reviewer": "anna", "defect_type": "bubble", "marked": "1", "judged": "2",
        "cant_tell": "0", "known_defects_found": "1", "known_defects": "1",
        "known_good_marked": "0", "known_good": "1", "sensitivity": "", "sensitivity_reason": few,
        "with_others_images": "2", "with_others_positive_agreement": "0.0",
        "with_others_krippendorff_alpha": "0.0", "with_others_fleiss_kappa_reason": "",
    }.items()  # fmt: skip
    told = lead.get("/api/v1/projects/plates/agreement").json()["versus_reference"]
    anna = next(v for v in told if (v["rater"], v["defect_type"]) == ("anna", "bubble"))
    assert anna["confusion"]["present"] == {"absent": 0, "present": 1}
    assert anna["statistics"]["sensitivity"]["value"] is None
    good = "Not enough good parts seen for a share."
    found = {"anna": "1 0 0", "ben": "0 1 0"}
    for at in (AT, f"{AT}/reviewers"):
        known = known_of(lead.get(at, headers=READ).text)
        assert "Sensitivity is the share of the known defects" in known
        for name, said in found.items():
            assert f"{name} Known defects {said} Sensitivity {few}" in known
        assert known.count(f"Known to be without 0 1 0 Specificity {good}") == 2
    process = words(page.partition('id="agreement-process"')[2].partition("</details>")[0])
    few_known = "Bubble Known defects 0 0 1 " + few
    assert few_known in process, "one marked it and one left it: to the lead"
    assert "Known to be without 1 0 0" in process
    accuracy = list(csv.DictReader(io.StringIO(lead.get(f"{AT}/accuracy.csv").text)))
    [recall] = [r for r in accuracy if (r["defect_type"], r["statistic"]) == ("bubble", "recall")]
    assert [recall[f"known{one}"] for one in ("", "_right", "_wrong", "_disputed")] == list("1001")
    # Were one image of a kind enough, there would be shares with intervals.
    monkeypatch.setattr(measure_flow, "FEWEST_KNOWN", 1)
    known = known_of(lead.get(AT, headers=READ).text)
    assert "anna Known defects 1 0 0 Sensitivity 1.00 0.15–1.00" in known
    assert "ben Known defects 0 1 0 Sensitivity 0.00 0.00–0.85" in known
    assert known.count("Known to be without 0 1 0 Specificity 1.00 0.15–1.00") == 2


def known_of(page: str) -> str:
    """The words on the bubble in the comparison with what is known."""
    return words(page[page.index('id="agreement-known"') :].partition("</section>")[0])


def test_a_pair_leads_to_its_images_and_nobody_is_named_in_a_dispute(door: Door) -> None:
    disagree(door, [present("bubble")], [])
    lead, engineer = door.client(door.cast.lead), door.client(door.cast.engineer)
    page = lead.get(AT, headers=READ).text
    [link] = re.findall(r'href="([^"]*/differences[?][^"]*)"', page)
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
    mixed = lead.get(f"{AT}/differences", headers=READ).text
    assert "Here would stand every two defect types" in mixed
    assert f'href="{AT}#agreement-pairs"' in mixed, "where to go instead"


def test_defect_types_taken_for_one_another_lead_to_their_images(door: Door) -> None:
    image = disagree(door, [present("bubble")], [present("stain")])
    lead, engineer = door.client(door.cast.lead), door.client(door.cast.engineer)
    page = lead.get(AT, headers=READ).text
    assert f'hx-get="{AT}/differences"' in page
    assert f'href="{AT}/differences"' in page, "without scripts"
    part = engineer.get(f"{AT}/differences", headers={**READ, "HX-Request": "true"}).text
    assert part.lstrip().startswith('<section class="stack" id="agreement-mixed"')
    assert "Bubble / Stain 1 image" in words(part)
    assert "<html" in engineer.get(f"{AT}/differences", headers=READ).text
    [link] = re.findall(r'href="([^"]*taken_for[^"]*)"', part)
    shown = engineer.get(html.unescape(link), headers=READ).text
    assert f'href="/projects/plates/images/{image}"' in shown
    assert "One person marked Bubble and not Stain, another Stain and not Bubble." in words(shown)
    said = words(lead.get(html.unescape(link), headers=READ).text)
    assert "Decide it" in said
    assert "anna" not in said
    assert "ben" not in said
    none = lead.get(f"{AT}/differences?defect_type=bubble&taken_for=scratch", headers=READ).text
    assert "Nobody takes one of these for the other." in none
    for missing in ("defect_type=bubble&taken_for=moon", "defect_type=bubble&one=anna"):
        assert lead.get(f"{AT}/differences?{missing}", headers=READ).status_code == 404


def test_the_way_to_make_intervals_is_chosen_named_and_kept(door: Door) -> None:
    judged_alike(door, 2, 3)
    lead = door.client(door.cast.lead)
    page = lead.get(AT, headers=READ).text
    assert "95 % ones: smoothed patterns (the usual one)." in words(page)
    options = re.findall(r'<option value="(\w+)"( selected)?>', page)
    assert options == [
        ("smoothed", " selected"), ("percentile", ""), ("bca", ""), ("linearised", ""),
    ]  # fmt: skip
    page = html.unescape(lead.get(f"{AT}?by=line&method=bca", headers=READ).text)
    assert "95 % ones: bootstrap, BCa." in words(page)
    assert '<option value="bca" selected>' in page
    assert '<input type="hidden" name="by" value="line">' in page
    for address in ("table.csv?method=bca", "by.csv?by=line&method=bca"):
        assert f'href="{AT}/{address}"' in page
    assert f'href="{AT}?by=week&method=bca#agreement-by"' in page
    usual, chosen = (lead.get(f"{AT}/by.csv?by=line{way}").text for way in ("", "&method=bca"))
    assert usual != chosen


def test_too_few_marked_images_are_not_enough_on_the_page_and_in_the_csv(door: Door) -> None:
    judged_alike(door, 6, 0)
    lead = door.client(door.cast.lead)
    sentence = "Too few images are marked for an interval that can be relied on."
    for method, enough in (("smoothed", True), ("percentile", False)):
        page = lead.get(f"{AT}?method={method}", headers=READ).text
        state = page[page.index('id="agreement-state"') : page.index('id="agreement-trend"')]
        assert (f"Not enough: {sentence}" in words(state)) == (not enough), method
        # Six of six: the percentile interval is 1 to 1, and means nothing.
        assert ("not enough yet Bubble" in words(state)) == (not enough), method
        told = lead.get(f"{AT}/table.csv?method={method}").text
        assert (f"bubble,not_enough,,,,{sentence},," in told.splitlines()) == (not enough)


def test_prevalence_and_bias_stand_beside_the_figures(door: Door) -> None:
    judged_alike(door, 2, 3)
    lead = door.client(door.cast.lead)
    page = words(lead.get(AT, headers=READ).text)
    # Anna marked 5 of 5, Ben 2 of 5.
    assert "Prevalence: share of the judgements that mark it 70.0 %" in page
    assert "Bias: share by which one marks more than another, mean of all pairs 60.0 %" in page
    told = lead.get(f"{AT}/table.csv").text.splitlines()
    assert "bubble,prevalence,0.7,,,,," in told
    assert "bubble,bias_index,0.6,,,,," in told


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
    assert page.count("As a table") == 4, "one per defect type, and alpha"
    side = words(page[page.index('id="agreement-by"') : page.index('id="agreement-full"')])
    assert side.count("All statistics of each") == 3
    assert re.search(r"Line \(none\) Images 1 Positive agreement \(PA\+\) 0\.00 .* Light's", side)
    assert "pictures were taken" not in side, "of weeks and shifts alone"
    whole = list(csv.DictReader(io.StringIO(lead.get(f"{AT}/table.csv").text)))
    rows = list(csv.DictReader(io.StringIO(lead.get(f"{AT}/by.csv?by=line").text)))
    # One line of production is everything: the part has every row that the whole has.
    assert [(row["defect_type"], row["statistic"], row["value"]) for row in rows] == [
        (row["defect_type"], row["statistic"], row["value"]) for row in whole
    ]
    assert {(row["line"], row["images"]) for row in rows} == {("", "1")}
    assert {"fleiss_kappa", "gwet_ac1", "pabak", "bias_index"} <= {row["statistic"] for row in rows}
    week = words(lead.get(f"{AT}?by=week", headers=READ).text)
    assert "Weeks and shifts are those in which the pictures were taken" in week
    assert lead.get(f"{AT}/by.csv?by=moon").status_code == 422
    name_the_images(door.site, **{"=1+1": ["a"]})
    by_formula = lead.get(f"{AT}/by.csv", params={"by": "=1+1"}).text
    assert by_formula.startswith("'=1+1,defect_type,"), "a manifest names its columns as it likes"


def test_every_pair_has_its_table_as_csv(door: Door) -> None:
    judged_alike(door, 2, 3)
    lead = door.client(door.cast.lead)
    assert f'href="{AT}/pairs.csv"' in lead.get(AT, headers=READ).text
    assert f'href="{AT}/pairs.csv?method=bca"' in lead.get(f"{AT}?method=bca", headers=READ).text
    rows = list(csv.DictReader(io.StringIO(lead.get(f"{AT}/pairs.csv").text)))
    assert len(rows) == 24, "eight statistics of three defect types"
    bubble = [row for row in rows if row["defect_type"] == "bubble"]
    for row in bubble:
        assert [row[name] for name in list(row)[1:9]] == [
            "anna", "ben", "5", "2", "3", "0", "0", "0.6",
        ]  # fmt: skip
        assert (row["p"], row["corrected"]) == ("0.25", "0.25"), "three of three, by a coin"
    values = {row["statistic"]: float(row["value"] or "nan") for row in bubble}
    assert values["positive_agreement"] == 4 / 7
    assert (values["cohen_kappa"], values["percent_agreement"]) == (0, 0.4)
    assert values["pabak"] == pytest.approx(-0.2)
    page = words(lead.get(AT, headers=READ).text)
    assert re.search(r"Pair anna · ben Images 5 Positive .* 0\.57 .* 70\.0 % Bias 60\.0 %", page)


def test_of_many_pairs_the_page_says_how_many_it_leaves_out(door: Door) -> None:
    names = [f"{letter}-rater" for letter in "cdefghijklm"]
    people_of_the_pairs = [person(door.site, name, Role.REVIEWER) for name in names]
    for who in people_of_the_pairs:
        people.add_member(door.site, "plates", who.name, door.cast.admin)
    fill(door.site, count=6)
    for who in people_of_the_pairs:
        [lease] = claim(door.site, who, "plates", 1)
        answer(door.site, who, lease, present("bubble"))
    lead = door.client(door.cast.lead)
    page = lead.get(AT, headers=READ).text
    full = page[page.index('id="agreement-type-bubble"') :].partition('id="agreement-type-stain"')[
        0
    ]
    # Of eleven people 55 pairs; five of them judged an image together and have all statistics.
    assert len(re.findall(r'<th scope="row">[^<]* · ', full)) == 45 + 5
    assert "10 more pairs are left out here: the CSV has them." in words(full)
    rows = list(csv.DictReader(io.StringIO(lead.get(f"{AT}/pairs.csv").text)))
    assert len({(row["first"], row["second"]) for row in rows}) == 55


def test_the_chart_of_precision_and_recall_has_its_csv(door: Door) -> None:
    judged_alike(door, 1, 0)
    lead = door.client(door.cast.lead)
    assert f'href="{AT}/accuracy.csv"' in lead.get(AT, headers=READ).text
    rows = list(csv.DictReader(io.StringIO(lead.get(f"{AT}/accuracy.csv").text)))
    bubble = next(row for row in rows if row["defect_type"] == "bubble")
    assert len(rows) == 6
    assert bubble == {
        "defect_type": "bubble", "statistic": "precision", "value": "", "low": "", "high": "",
        "reason": "Some of these labels have not been audited at all.", "at_least": "0.0",
        "at_most": "1.0", "asked": "0.95", "level": "0.95", "answer": "not_shown_yet",
        "audited": "0", "wrong": "0", "missed_by_all_at_least": "", "recall_at_most": "",
        "known": "", "known_right": "", "known_wrong": "", "known_disputed": "",
    }  # fmt: skip
    recall = rows[rows.index(bubble) + 1]
    assert (recall["missed_by_all_at_least"], recall["recall_at_most"]) == ("0.0", "1.0")
    assert "recall at most" not in lead.get(AT, headers=READ).text  # none missed is no praise
    judged_alike(door, 5, 1)
    [dispute] = open_disputes(lead)
    at, form = ruling_of(lead, dispute["id"], verdict="present", reason="Seen.")
    lead.post(at, data=form, headers=READ)
    # 6 marked by both and 1 by one: 1 / 24 more at least, which is not nothing.
    assert "0.04 recall at most 99.4 %" in words(lead.get(AT, headers=READ).text)


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
    assert (
        "Bubble · 2026-W14: more disputes than chance gives, 5 of 5 images (usual: 0.0 %)." in said
    )
    assert "Reviewers that moved along, the clearest first: anna, ben ." in said
    assert said.count("more disputes than chance") == 3, "once above, and in the two pictures"
    assert "where those of one part or lot are disputed together, an alarm comes more" in said
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


def test_the_page_asks_for_its_trend_and_a_single_week_is_too_little_for_one(door: Door) -> None:
    disagree(door, [present("bubble")], [])
    lead = door.client(door.cast.lead)
    page = lead.get(AT, headers=READ).text
    assert f'hx-get="{AT}/trend"' in page
    assert f'href="{AT}/trend"' in page, "without scripts"
    # The limits of a lone week come from itself: it could not stand out.
    alone = words(lead.get(f"{AT}/trend", headers=READ).text)
    assert alone.count("oo little to compare yet") == 1 + 4, "above, and in the four pictures"
    assert "Nothing stands out" not in alone


def test_a_time_that_is_not_known_is_refused_on_the_page_too(door: Door) -> None:
    lead = door.client(door.cast.lead)
    assert "The charts begin with" in lead.get(f"{AT}/trend", headers=READ).text
    refused = lead.get(f"{AT}/trend?by=shift", headers=READ)
    assert refused.status_code == 422
    assert "LABELER_SHIFTS" in refused.text
    assert lead.get("/api/v1/projects/plates/drift?by=moon").status_code == 422


# The reviewers ------------------------------------------------------------------------------------


def three_judge(door: Door) -> None:
    """Twelve images, two of three people each; Chris marks what nobody else does."""
    people = (door.cast.anna, door.cast.ben, door.cast.chris)
    for number in range(12):
        [image] = fill(door.site)
        for who in (people[number % 3], people[(number + 1) % 3]):
            [lease] = [one for one in claim(door.site, who, "plates", 10) if one.image_id == image]
            marks = number < 6 or who is door.cast.chris
            answer(door.site, who, lease, *([present("bubble")] if marks else []), elapsed_s=4.0)


def model_numbers(door: Door) -> set[float]:
    """Every number that the model behind the orders works out."""
    with door.site.database.read() as session:
        project = session.exec(select(Project)).one()
        with door.site.rating_counts.read(door.site.database, project.id) as (found, _):
            counted = found.counts.by_part()[""]
        names = patterns.names_of(session, sorted(counted.users))
        books = {1: standard_of(door.site, session, project.id, 1)}
    table = RatingTables(counted, names, books, grouped=False).verdicts("bubble")
    model = dawid_skene(table.patterns, prior=Prior())
    return {
        float(number)
        for found in (model.shares, model.errors, model.posteriors)
        for number in found.ravel()
        if 0.001 < number < 0.999
    }


def test_the_orders_are_shown_and_no_number_of_the_model_anywhere(door: Door) -> None:
    three_judge(door)
    lead = door.client(door.cast.lead)
    told = lead.get("/api/v1/projects/plates/reviewer-quality").json()
    assert next(t for t in told["training"] if t["defect_type"] == "bubble")["raters"][0] == "chris"
    assert [look["rank"] for look in told["third_look"]] == sorted(
        look["rank"] for look in told["third_look"]
    )
    page = lead.get(f"{AT}/reviewers", headers=READ).text
    said = words(page)
    assert "No image whose truth is known has been judged yet." in said
    assert re.search(
        r"Each against all others .* Bubble Reviewer anna ben chris Images 8 8 8 ", said
    )
    orders = page[page.index('id="agreement-training"') : page.index('id="agreement-repeats"')]
    assert words(orders).index("chris") < words(orders).index("anna")
    assert f'/projects/plates/disputes/{told["third_look"][0]["dispute"]}"' in orders
    secret = model_numbers(door)
    assert len(secret) > 6
    everything = json.dumps(told) + lead.get("/api/v1/projects/plates/agreement").text
    shown = {float(number) for number in re.findall(r"\d\.\d{4,}", everything)}
    assert not [(a, b) for a in secret for b in shown if abs(a - b) < 1e-9]
    assert not re.findall(r"\d[.,]\d|\d\s*%", words(orders)), "no share, no probability"


def test_leads_alone_see_the_reviewers_and_plan_repeats(door: Door) -> None:
    for who in (door.cast.engineer, door.cast.anna, door.cast.outsider):
        client = door.client(who)
        assert client.get(f"{AT}/reviewers", headers=READ).status_code == 404
        assert client.post(f"{AT}/repeats", data={}).status_code in (403, 404)
        assert client.get("/api/v1/projects/plates/reviewer-quality").status_code in (403, 404)
    assert "The reviewers" not in door.client(door.cast.engineer).get(AT, headers=READ).text
    empty = door.client(door.cast.lead).get(f"{AT}/reviewers", headers=READ)
    assert "Nobody has judged anything yet" in empty.text


def test_repeats_are_planned_with_one_click_and_their_figures_stand_above(
    door: Door, clock: TurnableClock
) -> None:
    three_judge(door)
    clock.turn(seconds=3 * 24 * 3600)
    lead, at = door.client(door.cast.lead), f"{AT}/reviewers"
    form = re.findall(r'name="(\w+)" type="number" inputmode="numeric" value="(\d+)"',
                      lead.get(at, headers=READ).text)  # fmt: skip
    assert dict(form) == {"per_reviewer": "5", "min_age_h": "48", "spread_h": "40"}
    planned = lead.post(f"{AT}/repeats", data={**dict(form), "spread_h": "0"}, headers=READ)
    assert planned.status_code == 200
    assert "15 repeats planned." in planned.text
    assert "5 to come, 0 answered" in planned.text
    again = lead.post(f"{AT}/repeats", data=dict(form), headers=READ).text
    assert "0 repeats planned. There are enough open ones" in words(again)
    leases = claim(door.site, door.cast.chris, "plates", 5)
    for lease in leases:
        answer(door.site, door.cast.chris, lease, present("bubble"))
    said = words(lead.get(at, headers=READ).text)
    assert re.search(r"Own marks made again .* chris", said)
    assert "0 to come, 5 answered" in said
    assert "4.0" not in said, "eight timed reviews are too few for a pace"


def test_numbers_without_sense_come_back_beside_their_field(door: Door) -> None:
    three_judge(door)
    lead = door.client(door.cast.lead)
    refused = lead.post(f"{AT}/repeats", data={"per_reviewer": "999"}, headers=READ)
    assert refused.status_code == 422
    assert 'value="999" required aria-invalid="true"' in refused.text
    assert "Give 1 to 50." in refused.text
