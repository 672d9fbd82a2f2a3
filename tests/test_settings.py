"""What an installation can choose, and how it hears that it chose wrongly."""

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from labeler.core.errors import InvalidInput
from labeler.settings import PREFIX, Settings, load_settings


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Only what a test sets: nothing of the machine, and no file named .env."""
    import os

    for name in os.environ:
        if name.startswith(PREFIX):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_an_installation_that_chooses_nothing_keeps_everything_in_one_folder() -> None:
    settings = load_settings()
    assert settings.data == Path("data")
    assert settings.resolved_database_url == f"sqlite:///{Path('data/labeler.sqlite').resolve()}"
    assert settings.origins == ()
    assert settings.zone == ZoneInfo("UTC")


def test_the_environment_is_read_and_a_given_value_wins_over_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LABELER_DATA", str(tmp_path / "environment"))
    monkeypatch.setenv("LABELER_LEASE_S", "60")
    monkeypatch.setenv("LABELER_TIMEZONE", "Asia/Seoul")
    monkeypatch.setenv("LABELER_LANGUAGE", "ko")
    settings = load_settings(data=tmp_path / "given")
    assert settings.data == tmp_path / "given"
    assert settings.lease_s == 60
    assert settings.zone == ZoneInfo("Asia/Seoul")
    assert settings.language == "ko"


def test_origins_are_a_list_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELER_ORIGINS", "https://labels.plant.test/, http://10.0.0.4:8000 ,")
    assert load_settings().origins == ("https://labels.plant.test", "http://10.0.0.4:8000")


def test_a_misspelt_name_is_an_error_and_not_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELER_LEASE_SECONDS", "60")
    monkeypatch.setenv("LABELER_DATAA", "x")
    with pytest.raises(InvalidInput) as told:
        load_settings()
    assert [f.path for f in told.value.fields] == ["LABELER_DATAA", "LABELER_LEASE_SECONDS"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LABELER_LEASE_S", "4"),
        ("LABELER_LEASE_S", "soon"),
        ("LABELER_LANGUAGE", "de"),
        ("LABELER_TIMEZONE", "Mars/Olympus"),
        ("LABELER_TIMEZONE", "../../etc/localtime"),
        ("LABELER_SESSION_HOURS", "0"),
        ("LABELER_MAX_MEGAPIXELS", "0"),
        ("LABELER_DECODE_MEMORY_MB", "1"),
        ("LABELER_STORAGE_URL", "s3://labels"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_under_its_full_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InvalidInput) as told:
        load_settings()
    [field] = told.value.fields
    assert field.path == name
    assert field.message


def test_the_shortest_lease_is_five_seconds() -> None:
    assert load_settings(lease_s=5).lease_s == 5


def test_settings_cannot_be_changed_after_the_start() -> None:
    settings = load_settings()
    with pytest.raises(ValueError, match="frozen"):
        settings.lease_s = 1


def test_showing_the_settings_names_all_of_them_and_hides_the_password() -> None:
    url = "postgresql+psycopg://labeler:s3cret@10.0.0.4/labels"
    shown = load_settings(database_url=url, origins="https://a.test,https://b.test").masked()
    assert set(shown) == {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    assert "s3cret" not in json.dumps(shown)
    assert shown["LABELER_DATABASE_URL"] == "postgresql+psycopg://labeler:***@10.0.0.4/labels"
    assert shown["LABELER_ORIGINS"] == "https://a.test,https://b.test"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://labeler:p@ss@10.0.0.4/labels",
        "postgresql+psycopg://10.0.0.4/labels?user=labeler&password=p@ss",
        "postgresql+psycopg://labeler:pw%40ss@10.0.0.4/labels",
    ],
)
def test_a_password_is_hidden_wherever_the_address_carries_it(url: str) -> None:
    shown = load_settings(database_url=url).masked()["LABELER_DATABASE_URL"]
    assert "ss" not in shown.partition("://")[2].replace("password=", "")
    assert "10.0.0.4" in shown


def test_every_setting_says_what_it_is() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert len(field.description) > 10, name
