"""Fetching an export: again, in parts, and only its headers."""

from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from labeler.flows import export
from tests.web.conftest import Door

CONTENT = bytes(range(256)) * 4
SIZE = len(CONTENT)
TAG = "a" * 64


@pytest.fixture
def at(door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an export that is finished, with made-up bytes for its zip."""
    file = tmp_path / "dataset.zip"
    file.write_bytes(CONTENT)
    asked = export.request_export(door.site, door.cast.engineer, "plates", {})
    ended = replace(asked, status="done", sha256=TAG, file="plates.zip")
    monkeypatch.setattr(export, "finished_file", lambda *_words: (file, ended))
    return f"/api/v1/exports/{asked.id}/download"


@pytest.fixture
def engineer(door: Door) -> TestClient:
    return door.client(door.cast.engineer)


def test_who_has_it_already_is_told_so(engineer: TestClient, at: str) -> None:
    whole = engineer.get(at)
    assert (whole.status_code, whole.content, whole.headers["etag"]) == (200, CONTENT, f'"{TAG}"')
    for known in (f'"{TAG}"', f'W/"{TAG}"', f'"other", "{TAG}"', "*"):
        same = engineer.get(at, headers={"if-none-match": known})
        assert (same.status_code, same.content) == (304, b""), known
        assert same.headers["etag"] == f'"{TAG}"'
    for known in ('"other"', f'"{TAG[:-1]}"', TAG):
        assert engineer.get(at, headers={"if-none-match": known}).status_code == 200, known


def test_head_gives_the_headers_alone(engineer: TestClient, at: str) -> None:
    whole, told = engineer.get(at), engineer.head(at)
    assert (told.status_code, told.content) == (200, b"")
    names = ("content-length", "content-type", "etag", "content-disposition", "accept-ranges")
    assert [told.headers[n] for n in names] == [whole.headers[n] for n in names]
    assert told.headers["content-length"] == str(SIZE)


def test_a_part_behind_the_end_is_refused_with_the_size(engineer: TestClient, at: str) -> None:
    for asked in (f"bytes={SIZE}-", "bytes=999999-1000000", "bytes=-0", f"bytes={'9' * 40}-"):
        refused = engineer.get(at, headers={"range": asked})
        assert refused.status_code == 416, asked
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.headers["content-range"] == f"bytes */{SIZE}"
        assert refused.json()["status"] == 416
        # Another file by now: all of it, from the beginning.
        changed = engineer.get(at, headers={"range": asked, "if-range": '"other"'})
        assert (changed.status_code, changed.content) == (200, CONTENT)
    for asked in ("lines=1-2", "bytes=5-2", "bytes=", "bytes=a-b"):
        unread = engineer.get(at, headers={"range": asked})
        assert unread.status_code == 400, asked
        assert unread.headers["content-type"] == "application/problem+json"


def test_a_part_that_is_there_comes(engineer: TestClient, at: str) -> None:
    parts = {
        "bytes=1000-": CONTENT[1000:], "bytes=3-9": CONTENT[3:10], "bytes=-5": CONTENT[-5:],
        f"bytes={SIZE - 1}-{SIZE + 99}": CONTENT[-1:], "bytes=-99999": CONTENT,
    }  # fmt: skip
    for asked, expected in parts.items():
        for condition in ({}, {"if-range": f'"{TAG}"'}):
            part = engineer.get(at, headers={"range": asked} | condition)
            assert (part.status_code, part.content) == (206, expected), asked
