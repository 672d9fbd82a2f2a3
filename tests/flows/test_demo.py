import csv
import json
import shutil
from pathlib import Path

import pytest

from labeler.core.errors import Conflict, Unavailable
from labeler.core.people import check_password, check_pin
from labeler.core.terms import Role
from labeler.flows import demo, people, stations
from labeler.flows.adjudicate import list_disputes
from labeler.flows.export import list_exports
from labeler.flows.images import progress
from labeler.flows.reading import list_events
from labeler.flows.sign_in import tiles, token_principal, with_password, with_pin
from labeler.flows.site import Site
from tests.conftest import TurnableClock

SAMPLE = Path(__file__).parents[2] / "sample_data"
# Agreed, disputed (verdict, severity), half done, untouched; a golden part for good measure.
FEW = (
    "plate-0401-a.jpg", "plate-0401-b.jpg", "plate-0402-b.jpg", "plate-0404-b.jpg",
    "plate-0412-b.jpg",
)  # fmt: skip


@pytest.fixture
def few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A handful of the sample pictures, with the lines about them."""
    folder = tmp_path / "few"
    (folder / "images").mkdir(parents=True)
    for name in FEW:
        shutil.copy(SAMPLE / "images" / name, folder / "images" / name)
    shutil.copy(SAMPLE / "standard.toml", folder / "standard.toml")
    for table in ("manifest.csv", "reviews.csv", "truth.csv"):
        with (SAMPLE / table).open(encoding="utf-8", newline="") as stream:
            header, *rows = csv.reader(stream)
        kept = [row for row in rows if row[0].removeprefix("images/") in FEW]
        with (folder / table).open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([header, *kept])
    monkeypatch.setattr(demo, "asset_folder", lambda _name: folder)
    return folder


@pytest.fixture
def site(site: Site) -> Site:
    site.settings.data.mkdir(parents=True, exist_ok=True)
    return site


def made(site: Site, address: str = "http://127.0.0.1:8000") -> dict:
    demo.make_demo(site)
    return demo.at_address(site, address)


def test_everything_of_the_sheet_works(site: Site, few: Path) -> None:
    sheet = made(site)
    assert sheet == json.loads(demo.sheet_file(site).read_text())
    assert demo.sheet_file(site).stat().st_mode & 0o777 == 0o600
    assert sheet["address"] == "http://127.0.0.1:8000"
    assert set(sheet["logins"]) == set(sheet["tokens"]) == {role.value for role in Role}
    for role, token in sheet["tokens"].items():
        who = token_principal(site, token)
        assert who is not None
        assert (who.role, who.name) == (role, sheet["logins"][role]["name"])
    for role in (Role.LEAD, Role.ENGINEER, Role.ADMIN):
        login = sheet["logins"][role.value]
        assert check_password(login["secret"])
        assert with_password(site, login["name"], login["secret"])
    address, _, code = sheet["enrol"].rpartition("/enrol/")
    assert address == sheet["address"]
    key = stations.enrol(site, code)
    on_tiles = {tile.name: tile.user_id for tile in tiles(site, key)}
    assert sorted(on_tiles) == ["anna", "ben", "chris"]
    for name, pin in sheet["reviewers"].items():
        assert check_pin(pin)
        assert with_pin(site, key, on_tiles[name], pin)
    assert sheet["logins"]["reviewer"]["secret"] == sheet["reviewers"]["anna"]


def test_no_page_is_empty_and_some_images_wait(site: Site, few: Path) -> None:
    sheet = made(site)
    lead = token_principal(site, sheet["tokens"]["lead"])
    assert lead is not None
    counts = progress(site, lead, demo.CODE)
    assert counts.images == len(FEW)
    assert counts.settled
    assert counts.waiting
    assert counts.disputed
    assert list_disputes(site, lead, demo.CODE)
    assert len(list_exports(site, lead, demo.CODE)) == 1


def test_again_keeps_the_data_and_the_secrets(site: Site, few: Path) -> None:
    first = made(site)
    before = len(list_events(site, limit=500))
    assert made(site, "http://127.0.0.1:9000") == {
        **first,
        "address": "http://127.0.0.1:9000",
        "enrol": first["enrol"].replace("8000", "9000"),
    }
    assert len(list_events(site, limit=500)) == before


def test_an_enrolment_link_that_was_used_or_is_old_is_replaced(
    site: Site, few: Path, clock: TurnableClock
) -> None:
    first = made(site)["enrol"]
    stations.enrol(site, first.rpartition("/")[2])
    second = made(site)["enrol"]
    clock.turn(seconds=25 * 3600)
    third = made(site)["enrol"]
    assert len({first, second, third}) == 3
    assert stations.enrol(site, third.rpartition("/")[2])


def test_tablets_get_an_address_that_they_reach(site: Site, few: Path) -> None:
    demo.make_demo(site)
    sheet = demo.at_address(site, "http://127.0.0.1:1", tablets="http://192.0.2.7:1")
    assert sheet["address"] == "http://127.0.0.1:1"
    assert sheet["enrol"].startswith("http://192.0.2.7:1/enrol/")


def test_an_interrupted_start_goes_on_with_the_same_secrets(
    site: Site, few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    draft = demo.sheet_file(site).with_name("demo.json.part")
    for step in ("import_reviews", "ingest", "_hire"):
        with monkeypatch.context() as patched:
            patched.setattr(demo, step, cut)
            with pytest.raises(KeyboardInterrupt):
                demo.make_demo(site)
        assert not demo.sheet_file(site).exists()
        assert draft.stat().st_mode & 0o777 == 0o600
    begun = json.loads(draft.read_text())
    sheet = made(site)
    assert (sheet["logins"], sheet["reviewers"]) == (begun["logins"], begun["reviewers"])
    assert with_password(site, "lead", sheet["logins"]["lead"]["secret"])
    assert not draft.exists()


def test_somebody_elses_installation_is_left_alone(site: Site, few: Path) -> None:
    people.add_user(site, "somebody", Role.ADMIN, password="a long enough password")
    with pytest.raises(Conflict, match="not a demo"):
        demo.make_demo(site)
    assert not demo.sheet_file(site).exists()


def test_a_sheet_without_its_database_is_made_anew(site: Site, few: Path) -> None:
    demo.sheet_file(site).write_text("{}")
    assert set(made(site)["tokens"]) == {role.value for role in Role}


def test_pictures_that_cannot_be_read_stop_it_with_the_reason(site: Site, few: Path) -> None:
    (few / "images" / FEW[0]).write_bytes(b"no picture")
    with pytest.raises(Unavailable, match="sample picture"):
        demo.make_demo(site)


def test_the_lead_has_ruled_on_some_and_left_the_most_open(
    site: Site, few: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "_LEFT_OPEN", 0)
    sheet = made(site)
    lead = token_principal(site, sheet["tokens"]["lead"])
    assert lead is not None
    assert list_disputes(site, lead, demo.CODE) == []
    ruled = [e.data for e in list_events(site, limit=500) if e.action == "dispute.ruled"]
    # Drawn on one of the two pictures, and nothing but bait on the other.
    assert {(r["verdict"], r["severity"]) for r in ruled} == {("present", 2), ("absent", None)}
