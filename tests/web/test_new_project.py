"""Making a project on its page: what is asked, what a refusal keeps."""

import html
import re

import pytest

from labeler.core.terms import Language
from labeler.flows import people, projects
from labeler.web.standard_text import EXAMPLE
from tests.web.conftest import Door

READ = {"accept": "text/html"}
FORM = {
    "code": "lids", "name": "Lids, front", "overlap": "3", "majority": "true",
    "data_class": "quality", "text": EXAMPLE,
}  # fmt: skip
OWN = EXAMPLE.replace("0.5 mm", "0.3 mm")


def codes(door: Door) -> set[str]:
    return {p.code for p in projects.list_projects(door.site, door.cast.admin)}


def text_of(page: str) -> str:
    [found] = re.findall(r"(?s)<textarea[^>]*>\n(.*?)</textarea>", page)
    return html.unescape(found)


def test_a_lead_makes_one_from_the_example_and_goes_on_to_its_images(door: Door) -> None:
    lead = door.client(door.cast.lead)
    assert 'href="/projects/new"' in lead.get("/", headers=READ).text
    form = lead.get("/projects/new", headers=READ).text
    assert text_of(form) == EXAMPLE
    made = lead.post("/projects/new", data=FORM, headers=READ, follow_redirects=False)
    assert (made.status_code, made.headers["location"]) == (303, "/projects/lids/images")
    assert lead.get(made.headers["location"], headers=READ).status_code == 200
    info = projects.get_project(door.site, door.cast.lead, "lids")
    assert (info.name, info.overlap, info.majority) == ("Lids, front", 3, True)
    assert info.standard.codes == ("scratch", "stain")


def test_a_file_takes_the_place_of_the_example(door: Door) -> None:
    lead = door.client(door.cast.lead)
    file = ("standard.toml", b"\xef\xbb\xbf" + OWN.replace("\n", "\r\n").encode())
    made = lead.post("/projects/new", data=FORM, files={"file": file}, follow_redirects=False)
    assert made.status_code == 303
    [scratch, _stain] = projects.get_project(
        door.site, door.cast.lead, "lids"
    ).standard.defect_types
    assert "0.3 mm" in scratch.definition["en"]


@pytest.mark.parametrize(
    ("change", "status", "says"),
    [
        ({"code": "Lids!"}, 422, ["A code has 1 to 40"]),
        ({"code": ""}, 422, ["A code has 1 to 40"]),
        ({"overlap": "7"}, 422, ["Two to five reviewers"]),
        ({"code": "plates"}, 409, ["There is a project plates already."]),
        ({"text": ""}, 422, ["Give at least one defect type."]),
        # Faults of both sorts at once, the standard's with their lines.
        ({"code": "Lids!", "text": OWN.replace('"stain"', '"Stain!"')}, 422,
         ["A code has 1 to 40", "Line 13", "defect_types.1.code"]),
        ({"code": "Lids!", "text": OWN + "name = {"}, 422,
         ["A code has 1 to 40", "Line 18", "Check quotes, commas and brackets"]),
    ],
)  # fmt: skip
def test_a_refusal_stands_beside_its_field_and_keeps_everything_typed(
    door: Door, change: dict[str, str], status: int, says: list[str]
) -> None:
    form = FORM | {"text": OWN, "name": 'Lids "2" & <more>'} | change
    refused = door.client(door.cast.lead).post("/projects/new", data=form, headers=READ)
    assert refused.status_code == status
    page = html.unescape(refused.text)
    assert [word for word in says if word not in page] == []
    assert text_of(refused.text) == form["text"]
    assert f'value="{form["code"]}"' in refused.text
    assert 'value="Lids &#34;2&#34; &amp; &lt;more&gt;"' in refused.text
    assert re.search(r'name="majority" value="true" checked', refused.text)
    assert codes(door) == {"plates"}


@pytest.mark.parametrize(
    ("content", "text", "says", "kept"),
    [
        (b"\xff\xfe", EXAMPLE, "not UTF-8", EXAMPLE),
        (b"#" * 600_000, EXAMPLE, "too large", EXAMPLE),
        (OWN.encode(), OWN + "# mine", "You wrote a standard and chose a file.", OWN + "# mine"),
        # A faulty file is there to be mended.
        (b"x = 1\n", EXAMPLE, "This key is not known", "x = 1\n"),
    ],
    ids=["torn", "large", "both", "faulty"],
)
def test_a_file_that_will_not_do_is_refused_and_no_text_is_lost(
    door: Door, content: bytes, text: str, says: str, kept: str
) -> None:
    refused = door.client(door.cast.lead).post(
        "/projects/new", data=FORM | {"text": text}, files={"file": ("a.toml", content)},
        headers=READ,
    )  # fmt: skip
    assert refused.status_code == 422
    assert says in html.unescape(refused.text)
    assert text_of(refused.text) == kept
    assert codes(door) == {"plates"}


def test_faults_are_said_in_the_reader_s_language(door: Door) -> None:
    people.set_language(door.site, door.cast.lead, Language.KOREAN)
    form = FORM | {"code": "Lids!", "text": "[[defect_type]]\n"}
    page = door.client(door.cast.lead).post("/projects/new", data=form, headers=READ).text
    assert "<h1>새 프로젝트</h1>" in page
    faults = re.findall(r'(?s)class="field-error">(.*?)<|</code> (.*?)</li>', page)
    said = ["".join(one) for one in faults]
    assert len(said) >= 3
    assert all(re.search("[가-힣]", one) for one in said), said


def test_an_engineer_and_a_reviewer_make_none(door: Door) -> None:
    for who in (door.cast.engineer, door.cast.anna):
        client = door.client(who)
        assert 'href="/projects/new"' not in client.get("/", headers=READ).text
        assert client.get("/projects/new", headers=READ).status_code == 404
        assert client.post("/projects/new", data=FORM).status_code == 404


def test_programs_too_are_told_every_fault_at_once(door: Door) -> None:
    body = {"code": "Lids!", "overlap": 9, "standard": {"defect_types": [{"code": "X"}]}}
    refused = door.client(door.cast.lead).post("/api/v1/projects", json=body)
    fields = {error["field"] for error in refused.json()["errors"]}
    assert {"code", "overlap", "defect_types.0.code", "defect_types.0.name"} <= fields
