"""Places and severity as page, JSON and CSV; how intervals are asked for."""

import csv
import html
import io
import re

import pytest

from labeler.flows import people
from labeler.flows.assign import claim
from tests.cast import fill, found, present
from tests.flows.test_measure import name_the_images
from tests.flows.test_review import answer
from tests.web.conftest import Door

READ = {"accept": "text/html"}
AT, API = "/projects/plates/agreement", "/api/v1/projects/plates/agreement"
# The flows behind are tried on PostgreSQL too, where they are tested.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def judge(door: Door, first: list[dict], second: list[dict]) -> None:
    """One image on which two reviewers said these things."""
    [image] = fill(door.site)
    for who, said in ((door.cast.anna, first), (door.cast.ben, second)):
        [lease] = [one for one in claim(door.site, who, "plates", 10) if one.image_id == image]
        answer(door.site, who, lease, *said)


@pytest.fixture
def judged(door: Door) -> Door:
    """A scratch two pixels off and one severity higher, one alone, and one box of two."""
    small, shifted = (10, 10, 10, 10), (12, 12, 10, 10)
    judge(door, [present("scratch", 1, small)], [present("scratch", 2, shifted)])
    judge(door, [present("scratch", 3, (20, 20, 30, 30))], [])
    judge(door, [present("bubble", None, small, (50, 50, 30, 30))],
          [present("bubble", None, (50, 50, 30, 30))])  # fmt: skip
    return door


def test_places_and_severity_as_page_json_and_csv_say_the_same(judged: Door) -> None:
    lead = judged.client(judged.cast.lead)
    told = lead.get(API).json()["defect_types"]
    places = told["scratch"]["places"]
    assert places["counts"] == {
        "compared": 1, "one_drew": 0, "nobody_drew": 0, "regions": 2, "matched": 0,
        "matched_grown": 1, "unmatched": 2,
    }  # fmt: skip
    values = {name: figure["value"] for name, figure in places["statistics"].items()}
    assert (values["f1"], values["f1_grown"], values["f1_with_presence"]) == (0, 1, 0)
    assert told["bubble"]["places"]["statistics"]["f1"]["value"] == pytest.approx(2 / 3)
    assert told["stain"]["places"] is None
    severity = told["scratch"]["severity"]
    assert severity["levels"] == ["light", "middle", "deep"]
    assert severity["statistics"]["same_level"]["value"] == 0
    assert told["bubble"]["severity"] is None
    page = lead.get(AT, headers=READ).text
    assert "And at the same place?" in page
    assert "And equally severe?" in page
    assert 'id="agreement-places"' in page
    alpha = told["scratch"]["statistics"]["krippendorff_alpha"]
    assert alpha["low"] < 0
    # In the chart's words, beside its dot and in the tables: no hyphen beside the dash.
    assert page.count(f"−{-alpha['low']:.2f}–{alpha['high']:.2f}") >= 4
    assert f"-{-alpha['low']:.2f}–" not in page
    assert "their area is width × height" in page
    rows = list(csv.DictReader(io.StringIO(lead.get(f"{AT}/table.csv").text)))
    table = {(row["defect_type"], row["statistic"]): row for row in rows}
    assert float(table["bubble", "places.f1"]["value"]) == pytest.approx(2 / 3)
    assert table["scratch", "places.unmatched"]["value"] == "2"
    assert "area is width * height" in table["scratch", "places.coordinates"]["value"]
    ordinal = severity["statistics"]["krippendorff_alpha_ordinal"]["value"]
    named = table["scratch", "severity.krippendorff_alpha_ordinal"]
    assert float(named["value"]) == pytest.approx(ordinal)
    assert float(table["bubble", "places.f1"]["undefined_share"]) == 0


def test_where_three_see_an_image_the_page_says_that_it_counts_for_every_two(judged: Door) -> None:
    found(judged.site, "rings", overlap=3)
    people.add_member(judged.site, "rings", judged.cast.lead.name, judged.cast.admin)
    fill(judged.site, "rings")
    for who in judged.cast.reviewers[:3]:
        people.add_member(judged.site, "rings", who.name, judged.cast.admin)
        [lease] = claim(judged.site, who, "rings", 1)
        answer(judged.site, who, lease, present("bubble", None, (10, 10, 10, 10)))
    lead = judged.client(judged.cast.lead)
    three, two = (lead.get(at, headers=READ).text for at in (AT.replace("plates", "rings"), AT))
    behind = re.sub(r"<[^>]*>", " ", three[three.index("The places behind it") :])
    assert behind.partition("Bubble")[2].split()[:2] == ["3", "3"], "compared, matched: in pairs"
    assert ("counts three times" in three, "counts three times" in two) == (True, False)


def test_how_places_are_compared_can_be_asked_for(judged: Door) -> None:
    lead = judged.client(judged.cast.lead)
    loose = lead.get(f"{API}?iou=0.4&grow_px=0&boundary_px=3").json()
    places = loose["defect_types"]["scratch"]["places"]
    assert (places["iou"], places["grow_px"], places["boundary_px"]) == (0.4, 0, 3)
    assert (places["counts"]["matched"], places["counts"]["matched_grown"]) == (1, 1)
    for wrong in ("iou=0", "iou=1.5", "iou=nan", "grow_px=-1", "boundary_px=99"):
        refused = lead.get(f"{API}?{wrong}")
        assert refused.status_code == 422, wrong
        assert refused.headers["content-type"] == "application/problem+json"
        page = lead.get(f"{AT}?{wrong}", headers=READ)
        assert page.status_code == lead.get(f"{AT}/table.csv?{wrong}").status_code == 422, wrong
        assert refused.json()["detail"].split(". ")[0] in page.text, "the page says why"
        assert "at least 50 % of the area" in page.text, "and falls back on the usual"
    page = lead.get(f"{AT}?iou=0.4&grow_px=0&method=bca", headers=READ).text
    assert "at least 40 % of the area" in page
    assert '<input type="hidden" name="iou" value="0.4">' in page
    address = re.search(r'href="([^"]*/table.csv[^"]*)"', page)
    assert address is not None
    name_the_images(judged.site, lot=["a"])
    for table in (html.unescape(address[1]), f"{AT}/by.csv?by=lot&iou=0.4&grow_px=0"):
        rows = csv.DictReader(io.StringIO(lead.get(table).text))
        told = {row["statistic"]: row["value"] for row in rows if row["defect_type"] == "scratch"}
        assert (told["places.iou"], float(told["places.grow_px"])) == ("0.4", 0)


@pytest.mark.parametrize("method", ["smoothed", "percentile", "bca", "linearised"])
def test_the_method_of_the_intervals_can_be_asked_for(judged: Door, method: str) -> None:
    lead = judged.client(judged.cast.lead)
    told = lead.get(f"{API}?method={method}").json()
    assert told["intervals"]["method"] == method
    alpha = told["defect_types"]["scratch"]["statistics"]["krippendorff_alpha"]
    linearised = method == "linearised"
    assert (alpha["low"] is None) == ("interval_reason" in alpha) == linearised
    page = lead.get(f"{AT}?method={method}", headers=READ)
    assert page.status_code == 200
    assert ("No linearised standard error" in page.text) == linearised
    table = lead.get(f"{AT}/table.csv?method={method}").text
    assert ("No linearised standard error" in table) == linearised


def test_a_method_that_does_not_exist_is_refused(door: Door) -> None:
    lead = door.client(door.cast.lead)
    assert lead.get(f"{API}?method=guess").status_code == 422
    assert lead.get(f"{AT}?method=guess", headers=READ).status_code == 422


def test_the_page_says_what_was_drawn_together(judged: Door) -> None:
    lead = judged.client(judged.cast.lead)
    said = "because neither units nor lots are known"
    assert said in lead.get(AT, headers=READ).text
    for columns, said in (
        ({"lot": ["a", "b"]}, "fewer than three units or lots are known"),
        ({"lot": ["a", "b", "c"]}, "Images of one lot were drawn together"),
        ({"unit": ["u1", "u2", None]}, "where no unit is known of one lot"),
        ({"unit": ["u1", "u2", "u3"]}, "Images of one unit were drawn together"),
    ):
        name_the_images(judged.site, **columns)
        page = lead.get(AT, headers=READ).text
        assert said in page, columns
        # The test beside it takes for one what the intervals take for one.
        together = "Images of one unit or lot are taken together there" in page
        assert together is ("drawn together" in page)
