"""The project's pages for leads and engineers: each opens for its roles, in both languages."""

import html
import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from labeler.core.standard import parse_standard
from labeler.flows import projects
from labeler.flows.assign import claim
from labeler.web.standard_text import standard_text
from tests.cast import STANDARD, fill, present, unsure
from tests.flows.test_review import answer
from tests.web.conftest import Door, picture

PAGES = ("images", "disputes", "standard", "agreement", "exports")
READ = {"accept": "text/html"}
# The flows behind are tried on PostgreSQL too, where they are tested.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def disagree(door: Door, first: list[dict], second: list[dict], **more: object) -> str:
    """One image on which two reviewers said these things; its id."""
    [image] = fill(door.site)
    for who, said in ((door.cast.anna, first), (door.cast.ben, second)):
        [lease] = [one for one in claim(door.site, who, "plates", 10) if one.image_id == image]
        answer(door.site, who, lease, *said, **(more if who is door.cast.anna else {}))
    return image


def open_disputes(lead: TestClient) -> list[dict]:
    found: list[dict] = lead.get("/api/v1/projects/plates/disputes").json()["items"]
    return found


def field(page: str, name: str) -> str:
    """The value of a hidden field."""
    [value] = re.findall(rf'name="{name}" value="([^"]*)"', page)
    return html.unescape(value)


def ruling_of(lead: TestClient, dispute: str, **chosen: str) -> tuple[str, dict[str, str]]:
    """(address, form) as the page would send it."""
    at = f"/projects/plates/disputes/{dispute}"
    page = lead.get(at, headers=READ).text
    kept = {name: field(page, name) for name in ("based_on", "seen")}
    return f"{at}/ruling", {**kept, **chosen}


@pytest.mark.parametrize("filled", [False, True], ids=["empty", "filled"])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_page_opens_for_its_roles_only(door: Door, language: str, *, filled: bool) -> None:
    if filled:
        disagree(door, [present("scratch", 1, (5, 5, 50, 50))], [unsure("scratch")])
        disagree(door, [present("bubble", None, (5, 5, 50, 50))], [present("bubble")])
        disagree(door, [], [])
    cast = door.cast
    allowed = {
        "images": (cast.lead, cast.engineer, cast.admin),
        "disputes": (cast.lead, cast.admin),
        "standard": (cast.anna, cast.lead, cast.engineer, cast.admin),
        "agreement": (cast.lead, cast.engineer, cast.admin),
        "exports": (cast.lead, cast.engineer, cast.admin),
    }
    for who in (cast.anna, cast.lead, cast.engineer, cast.admin, cast.outsider):
        client = door.client(who)
        client.cookies.set("labeler_language", language)
        for area in PAGES:
            page = client.get(f"/projects/plates/{area}", headers=READ)
            assert page.status_code == (200 if who in allowed[area] else 404), (who.name, area)
            assert f'<html lang="{language}"' in page.text
            assert " style=" not in page.text


def test_the_whole_way_from_a_dispute_to_a_settled_image(door: Door) -> None:
    image = disagree(door, [present("scratch", 3, (10, 10, 40, 30))], [])
    other = disagree(door, [present("bubble", None, (10, 10, 40, 30))], [])
    lead = door.client(door.cast.lead)
    oldest, following = open_disputes(lead)
    queue = lead.get("/projects/plates/disputes", headers=READ).text
    assert queue.index(oldest["id"]) < queue.index(following["id"])
    at, form = ruling_of(
        lead, oldest["id"],
        verdict="present", severity="2", regions="of-A", reason="Felt with a fingernail.",
    )  # fmt: skip
    ruled = lead.post(at, data=form, headers=READ, follow_redirects=False)
    assert ruled.status_code == 303
    assert f"/disputes/{following['id']}?" in ruled.headers["location"], (
        "the next one comes at once"
    )
    info = lead.get(f"/api/v1/images/{image}").json()
    assert info["settled"]
    [label] = info["labels"]
    assert (label["severity"], label["source"]) == (2, "ruled")
    assert label["regions"] == [{"kind": "box", "x": 10, "y": 10, "width": 40, "height": 30}]
    page = lead.get(f"/projects/plates/images/{image}", headers=READ).text
    assert "Felt with a fingernail." in page
    assert 'class="mark"' in page
    assert "anna" in page
    disputed = lead.get(f"/projects/plates/images/{other}", headers=READ).text
    assert "anna" not in disputed, "no names while it is in dispute"
    [waiting] = fill(door.site)
    answer(door.site, door.cast.anna, *claim(door.site, door.cast.anna, "plates", 1))
    before = lead.get(f"/projects/plates/images/{waiting}", headers=READ).text
    assert "no defect marked" in before
    assert "anna" not in before, "nor before there is one, or everybody knew whose answer it was"
    assert "Felt with a fingernail." in lead.get("/projects/plates/disputes", headers=READ).text


def test_the_dispute_page_names_nobody(door: Door) -> None:
    disagree(door, [present("scratch", 1)], [present("scratch", 3)])
    lead = door.client(door.cast.lead)
    [dispute] = open_disputes(lead)
    page = lead.get(f"/projects/plates/disputes/{dispute['id']}", headers=READ).text
    assert "anna" not in page
    assert "ben" not in page


def test_a_stale_ruling_keeps_the_text_and_says_what_changed(door: Door) -> None:
    disagree(door, [present("scratch", 1)], [present("scratch", 3)])
    lead = door.client(door.cast.lead)
    [dispute] = open_disputes(lead)
    at, form = ruling_of(
        lead, dispute["id"], verdict="present", severity="1", reason="It is a hairline, 9 mm."
    )
    stale = lead.post(at, data={**form, "based_on": "0"}, headers=READ)
    assert stale.status_code == 409
    assert "It is a hairline, 9 mm." in stale.text
    assert field(stale.text, "based_on") == str(dispute["version"])
    seen = form["seen"].replace('"present",1', '"unsure",null')
    changed = lead.post(at, data={**form, "based_on": "0", "seen": seen}, headers=READ).text
    assert "A: Can&#39;t tell → Present (Light)" in re.sub(r"\s+", " ", changed)
    assert len(open_disputes(lead)) == 1, "nothing was ruled"


@pytest.mark.parametrize("seen", ["", "{", "7", '"x"', "[[1]]", '[["A",1,2,3]]', "[null]"])
def test_whatever_comes_back_as_seen_breaks_nothing(door: Door, seen: str) -> None:
    disagree(door, [present("scratch", 1)], [present("scratch", 3)])
    lead = door.client(door.cast.lead)
    [dispute] = open_disputes(lead)
    at, form = ruling_of(lead, dispute["id"], verdict="present", severity="1", reason="x")
    stale = lead.post(at, data={**form, "based_on": "0", "seen": seen}, headers=READ)
    assert stale.status_code == 409


@pytest.mark.parametrize(
    ("chosen", "shown"),
    [
        ({"verdict": "present", "severity": "1", "reason": " "}, "Say why, in a sentence."),
        ({"verdict": "", "reason": "Because."}, "Decide present or absent."),
        ({"verdict": "present", "reason": "Because."}, "Give the severity as 1 to 3."),
        (
            {"verdict": "present", "severity": "1", "reason": "Because.", "regions": "of-Z"},
            "Choose whose places count.",
        ),
        (
            {"verdict": "present", "severity": "1", "reason": "Because.", "regions": "drawn"},
            "Draw at least one box on a picture.",
        ),
    ],
)
def test_what_is_missing_stands_beside_its_field(
    door: Door, chosen: dict[str, str], shown: str
) -> None:
    disagree(door, [present("scratch", 1)], [])
    lead = door.client(door.cast.lead)
    [dispute] = open_disputes(lead)
    at, form = ruling_of(lead, dispute["id"], **chosen)
    refused = lead.post(at, data=form, headers=READ)
    assert refused.status_code == 422
    assert shown in html.unescape(refused.text)
    assert chosen["reason"] in refused.text


def test_boxes_drawn_anew_replace_those_in_dispute(door: Door) -> None:
    one, two = present("scratch", 1, (0, 0, 20, 20)), present("scratch", 1, (100, 50, 20, 20))
    image = disagree(door, [one], [two])
    lead = door.client(door.cast.lead)
    [dispute] = open_disputes(lead)
    assert dispute["kind"] == "where"
    drawn = '[{"kind":"box","x":5,"y":6.5,"width":30,"height":20}]'
    at, form = ruling_of(
        lead, dispute["id"], verdict="present", regions="drawn", drawn=drawn, reason="Both, partly."
    )
    assert lead.post(at, data=form, headers=READ, follow_redirects=False).status_code == 303
    [label] = lead.get(f"/api/v1/images/{image}").json()["labels"]
    assert label["regions"] == [{"kind": "box", "x": 5, "y": 6.5, "width": 30, "height": 20}]
    assert label["severity"] == 1


def test_an_image_that_somebody_calls_unusable_is_ruled_as_a_whole(door: Door) -> None:
    image = disagree(door, [], [], unusable="dark")
    lead = door.client(door.cast.lead)
    [dispute] = open_disputes(lead)
    at, form = ruling_of(lead, dispute["id"], verdict="unusable", reason="Nothing to be seen.")
    after = lead.post(at, data=form, headers=READ)
    assert after.status_code == 200
    assert "Nothing to decide" in after.text
    assert "Left out" in lead.get(f"/projects/plates/images/{image}", headers=READ).text


def test_a_dispute_of_another_project_is_not_shown_here(door: Door) -> None:
    disagree(door, [present("scratch", 1)], [])
    projects.create_project(door.site, "other", STANDARD, by=door.cast.lead)
    lead = door.client(door.cast.lead)
    [dispute] = open_disputes(lead)
    assert lead.get(f"/projects/other/disputes/{dispute['id']}", headers=READ).status_code == 404


# Images -------------------------------------------------------------------------------------------


def files(*names: str) -> list[tuple[str, tuple[str, bytes]]]:
    return [("files", (name, picture(seed))) for seed, name in enumerate(names)]


def test_the_plain_import_form_imports(door: Door) -> None:
    lead = door.client(door.cast.lead)
    at = "/projects/plates/images/import"
    sent = [*files("a.png", "b.png"), ("manifest", ("", b""))]
    first = lead.post(at, files=sent, headers=READ)
    assert first.history[0].status_code == 303
    assert "2 images imported." in first.text
    again = lead.post(at, files=sent, headers=READ).text
    assert "0 images imported. 2 were there already." in again
    manifest = ("manifest", ("m.csv", b"file,unit,lot\nc.png,U7,L9\n"))
    lead.post(at, files=[("files", ("c.png", picture(9))), manifest], headers=READ)
    assert "Unit U7 · Lot L9" in lead.get("/projects/plates/images", headers=READ).text


def test_a_refused_file_is_named_with_its_reason(door: Door) -> None:
    lead = door.client(door.cast.lead)
    bad = ("files", ("broken<b>.png", picture(3)[:100]))
    page = lead.post("/projects/plates/images/import", files=[bad, *files("a.png")], headers=READ)
    assert page.status_code == 200
    assert "broken&lt;b&gt;.png" in page.text
    part = lead.post(
        "/projects/plates/images/import", files=[bad, *files("z.png")],
        headers={**READ, "HX-Request": "true"},
    ).text  # fmt: skip
    assert 'data-known="1" data-rejected="1"' in part
    assert "<html" not in part


def test_a_manifest_with_faults_imports_nothing_and_says_where(door: Door) -> None:
    lead = door.client(door.cast.lead)
    wrong = ("manifest", ("m.csv", b"file,priority\na.png,soon\n"))
    for headers in (READ, {**READ, "HX-Request": "true"}):
        answered = lead.post(
            "/projects/plates/images/import", files=[*files("a.png"), wrong], headers=headers
        )
        assert answered.status_code == 422
        assert "import-faults" in answered.text
    assert lead.get("/api/v1/projects/plates/images").json()["items"] == []


def test_what_the_manifest_names_and_no_file_fits_is_shown(door: Door) -> None:
    lead = door.client(door.cast.lead)
    at = "/projects/plates/images/import"
    rows = b'file,unit\n"a ""b"".png",U1\n1.png,U2\nnever<b>.png,U3\n'
    manifest = ("manifest", ("m.csv", rows))
    page = lead.post(at, files=[*files('a "b".png'), manifest], headers=READ).text
    assert "no file that came fits" in page
    assert "<code>never&lt;b&gt;.png</code>" in page
    # A file of another batch could be meant by the row as well.
    part = lead.post(
        at, files=[("files", ("x/1.png", picture(7))), manifest], data={"among": ["y/1.png"]},
        headers={**READ, "HX-Request": "true"},
    ).text  # fmt: skip
    assert 'data-matched="[]"' in part
    assert 'data-name="1.png"' in part
    other = ("manifest", ("m.csv", b"file,unit\nx/1.png,U9\n"))
    again = lead.post(at, files=[("files", ("x/1.png", picture(7))), other], headers=READ).text
    assert "what the manifest says differently was not taken: unit." in again
    api = lead.post(
        "/api/v1/projects/plates/images", files=[("files", ("z.png", picture(8))), manifest]
    ).json()
    assert api["unmatched"] == ['a "b".png', "1.png", "never<b>.png"]
    assert set(api["results"][0]) == {"file", "status", "image", "reason"}


def test_only_leads_import(door: Door) -> None:
    for who in (door.cast.anna, door.cast.engineer):
        at = "/projects/plates/images/import"
        assert door.client(who).post(at, files=files("a.png")).status_code in (403, 404)
    engineer = door.client(door.cast.engineer).get("/projects/plates/images", headers=READ).text
    assert "Import images" not in engineer


def test_the_grid_goes_on_page_by_page_and_filters_by_state(door: Door) -> None:
    lead = door.client(door.cast.lead)
    settled = disagree(door, [], [])
    ids = fill(door.site, count=60)
    first = lead.get("/projects/plates/images", headers=READ).text
    onward = html.unescape(re.findall(r'href="([^"]*cursor=[^"]*)"', first)[0])
    second = lead.get(onward, headers=READ).text
    shown = [
        set(re.findall(r'/projects/plates/images/(\w{20,})"', page)) for page in (first, second)
    ]
    assert shown[0] | shown[1] == {settled, *ids}
    assert not shown[0] & shown[1]
    only = lead.get("/projects/plates/images?state=settled", headers=READ).text
    assert set(re.findall(r'/projects/plates/images/(\w{20,})"', only)) == {settled}


# The standard -------------------------------------------------------------------------------------


def test_a_lead_writes_looks_and_publishes(door: Door) -> None:
    lead, at = door.client(door.cast.lead), "/projects/plates/standard"
    text = standard_text(parse_standard(STANDARD, version=1))
    dent = '[[defect_type]]\ncode = "dent"\nname = {en = "Dent", ko = "찍힘"}\n'
    look = lead.post(f"{at}/draft", data={"text": f"{text}\n{dent}"}, headers=READ)
    assert look.status_code == 200
    assert "Publish version 2?" in look.text
    assert re.search(r"new</span>\s*<strong><a href=\"#standard-dent\"", look.text)
    seen = field(look.text, "seen")
    other = lead.post(f"{at}/publish", data={"seen": "something else"}, headers=READ)
    assert other.status_code == 409, "another draft than the one looked at"
    assert lead.get("/api/v1/projects/plates").json()["standard"]["version"] == 1
    done = lead.post(f"{at}/publish", data={"seen": seen}, headers=READ)
    assert done.status_code == 200
    assert "Dent" in done.text
    assert lead.get("/api/v1/projects/plates").json()["standard"]["version"] == 2
    assert "찍힘" not in lead.get(f"{at}?version=1", headers=READ).text


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        (lambda t: t.replace('code = "bubble"', 'code = "Bubble!"'), "Line 13"),
        (lambda t: t.split('[[defect_type]]\ncode = "stain"')[0], "put it back"),
        (lambda t: t + "\nname = {", "not readable as TOML"),
        (lambda t: "", "at least one defect type"),
    ],
)
def test_faults_of_a_draft_stand_at_their_place(
    door: Door, change: Callable[[str], str], shown: str
) -> None:
    lead = door.client(door.cast.lead)
    text = change(standard_text(parse_standard(STANDARD, version=1)))
    refused = lead.post("/projects/plates/standard/draft", data={"text": text}, headers=READ)
    assert refused.status_code == 422
    assert shown in html.unescape(refused.text)
    assert "Nothing was saved" in refused.text
    assert projects.get_draft(door.site, door.cast.lead, "plates") is None


def test_reviewers_read_the_standard_and_change_nothing(door: Door) -> None:
    anna = door.client(door.cast.anna)
    assert "Scratch" in anna.get("/projects/plates/standard", headers=READ).text
    assert anna.get("/projects/plates/standard/draft", headers=READ).status_code == 404
    assert anna.post("/projects/plates/standard/draft", data={"text": ""}).status_code == 404
    assert anna.post("/projects/plates/standard/publish").status_code == 404


# Agreement and datasets ---------------------------------------------------------------------------


def test_agreement_as_page_json_and_csv_say_the_same(door: Door) -> None:
    disagree(door, [present("bubble")], [present("bubble")])
    disagree(door, [present("bubble")], [])
    engineer = door.client(door.cast.engineer)
    told = engineer.get("/api/v1/projects/plates/agreement").json()
    bubble = told["defect_types"]["bubble"]
    assert bubble["counts"] == {
        "both_present": 1, "only_one": 1, "both_absent": 0, "one_rating": 0, "unsure": 0,
    }  # fmt: skip
    value = bubble["statistics"]["positive_agreement"]["value"]
    assert value == pytest.approx(2 / 3)
    page = engineer.get("/projects/plates/agreement", headers=READ).text
    assert "0.67" in page
    assert "Nobody marked it where two ratings can be compared." in page
    table = engineer.get("/projects/plates/agreement/table.csv").text
    assert f"bubble,positive_agreement,{value}," in table


def test_agreement_side_by_side_or_a_column_that_does_not_exist(door: Door) -> None:
    disagree(door, [present("bubble")], [])
    lead = door.client(door.cast.lead)
    assert lead.get("/projects/plates/agreement?by=line", headers=READ).status_code == 200
    wrong = lead.get("/projects/plates/agreement?by=moon", headers=READ)
    assert wrong.status_code == 422
    assert "no column of this name" in wrong.text
    assert lead.get("/api/v1/projects/plates/agreement?by=moon").status_code == 422
    assert list(lead.get("/api/v1/projects/plates/agreement?by=line").json()["by"]) == [""]


def test_agreement_by_week_and_by_shift_where_the_plant_has_said_its_shifts(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    disagree(door, [present("bubble")], [])
    lead, at = door.client(door.cast.lead), "/projects/plates/agreement"
    page = lead.get(f"{at}?by=week", headers=READ).text
    assert f'href="{at}?by=week#agreement-by" aria-current="true"' in page
    assert "by=shift" not in page
    assert list(lead.get("/api/v1/projects/plates/agreement?by=week").json()["by"]) == [""]
    refused = lead.get("/api/v1/projects/plates/agreement?by=shift")
    assert refused.status_code == 422
    assert "LABELER_SHIFTS" in refused.json()["errors"][0]["message"]
    with_shifts = door.site.settings.model_copy(update={"shifts": "06:00,18:00"})
    monkeypatch.setattr(door.site, "settings", with_shifts)
    assert f'href="{at}?by=shift' in lead.get(at, headers=READ).text
    assert lead.get("/api/v1/projects/plates/agreement?by=shift").status_code == 200


FORM = {
    "preset": "balanced", "train": "80", "val": "10", "test": "10", "group_by": "lot",
    "near_duplicates": "true", "seed": "7", "formats": ["coco"], "on_fail": "refuse",
}  # fmt: skip


def test_a_dataset_is_asked_for_watched_and_stopped(door: Door) -> None:
    engineer, at = door.client(door.cast.engineer), "/projects/plates/exports"
    assert engineer.post(at, data=FORM, headers=READ).status_code == 200
    [one] = engineer.get("/api/v1/projects/plates/exports").json()["items"]
    recipe = one["recipe"]
    assert (recipe["splits"]["train"], recipe["seed"], recipe["formats"]) == (0.8, 7, ["coco"])
    assert (recipe["balance"]["strategy"], recipe["augment"]["preset"]) == ("equalize", "surface")
    assert (recipe["group_by"], recipe["gate"]["on_fail"]) == (["lot"], "refuse")
    part = engineer.get(f"{at}/list", headers={**READ, "HX-Request": "true"}).text
    assert part.lstrip().startswith('<section class="stack" id="exports-list"')
    assert 'hx-trigger="every 2s"' in part
    stopped = engineer.post(f"{at}/{one['id']}/cancel", headers=READ).text
    assert "Cancelled" in stopped
    assert "hx-trigger" not in stopped


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"train": "90"}, "add up to 100"),
        ({"seed": "lucky"}, "Give a whole number."),
        ({"formats": []}, "Give at least one format."),
    ],
)
def test_a_wrong_recipe_comes_back_with_its_faults(
    door: Door, change: dict[str, object], shown: str
) -> None:
    lead = door.client(door.cast.lead)
    refused = lead.post("/projects/plates/exports", data={**FORM, **change}, headers=READ)
    assert refused.status_code == 422
    assert shown in refused.text
    assert 'value="10"' in refused.text
    assert lead.get("/api/v1/projects/plates/exports").json()["items"] == []
