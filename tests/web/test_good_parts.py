"""The good part of a camera station, from the lead's page to the reviewer's tablet."""

import re

import pytest
from fastapi.testclient import TestClient

from tests.web.conftest import Door, picture

AT = "/projects/plates/images/good-parts"
READ = {"accept": "text/html"}
# The flow behind is tried on PostgreSQL too, where it is tested.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def lead(door: Door) -> TestClient:
    client = door.client(door.cast.lead)
    manifest = "file,station\n1.png,line/top\n2.png,line/top\n3.png,side\n"
    files = [("files", (f"{n}.png", picture(n))) for n in (1, 2, 3)]
    files.append(("manifest", ("import.csv", manifest.encode())))
    client.post("/api/v1/projects/plates/images", files=files).raise_for_status()
    return client


def golden_urls(door: Door) -> list[str | None]:
    """Where the reviewer's device gets the good part of each image that it holds."""
    anna = door.client(door.cast.anna)
    claimed = anna.post("/api/v1/projects/plates/assignments", json={"count": 3}).json()
    return [item["image"]["golden_url"] for item in claimed["items"]]


def test_what_the_lead_chooses_on_the_page_stands_beside_the_stations_images(
    door: Door, lead: TestClient
) -> None:
    page = lead.get("/projects/plates/images", headers=READ).text
    assert f'href="{AT}"' in page
    page = lead.get(AT, headers=READ).text
    assert re.findall(r"<h2>([^<]+)</h2>", page) == ["line/top", "side"]
    assert page.count("No good part yet") == 2
    assert golden_urls(door) == [None, None, None]

    sent = lead.post(AT, data={"station": "line/top"}, files={"file": ("good.png", picture(9))})
    assert (sent.status_code, sent.url.path) == (200, AT)
    assert "good.png" in sent.text
    [shown] = re.findall(r'src="(/api/v1/projects/plates/good-parts/\w+\?width=320)"', sent.text)
    assert lead.get(shown).headers["content-type"] == "image/jpeg"
    first, second, third = golden_urls(door)
    assert first == second  # one address, so that a tablet fetches it once
    assert third is None
    seen = door.client(door.cast.anna).get(first or "")
    assert seen.headers["content-type"] == "image/jpeg"
    assert "immutable" in seen.headers["cache-control"]

    removed = lead.post(f"{AT}/removal", data={"station": "line/top"})
    assert removed.text.count("No good part yet") == 2
    assert golden_urls(door) == [None, None, None]


def test_what_is_no_picture_is_refused_beside_its_station(door: Door, lead: TestClient) -> None:
    sent = lead.post(
        AT, data={"station": "side"}, files={"file": ("note.txt", b"no picture")}, headers=READ
    )
    assert sent.status_code == 422
    card = sent.text.partition("<h2>side</h2>")[2]
    assert 'role="alert"' in card
    assert 'role="alert"' not in sent.text.partition("<h2>side</h2>")[0]


def test_the_api_lists_chooses_and_removes_and_names_an_unknown_station(
    door: Door, lead: TestClient
) -> None:
    at = "/api/v1/projects/plates/good-parts"
    file = {"file": ("good.png", picture(9))}
    made = lead.post(at, data={"station": "side"}, files=file)
    assert made.status_code == 201
    items = lead.get(at).json()["items"]
    assert items == [
        {"station": "line/top", "images": 2, "sha256": None, "file": None},
        {"station": "side", "images": 1, "sha256": made.json()["sha256"], "file": "good.png"},
    ]
    wrong = lead.post(at, data={"station": "tpo"}, files=file)
    assert wrong.status_code == 422
    assert "No image of the project comes from this station." in wrong.text
    assert lead.post(f"{at}/removal", json={"station": "side"}).status_code == 204
    assert lead.post(f"{at}/removal", json={"station": "side"}).status_code == 404
    assert lead.post(at, data={"station": "side", "extra": "x"}, files=file).status_code == 422
