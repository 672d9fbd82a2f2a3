"""Tiles, windows and tones through the HTTP API."""

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from fastapi.testclient import TestClient

from labeler.flows import assign
from labeler.pixels.inspector import Inspector
from tests.pixels.made_pictures import colour, encoded, gray16
from tests.web.conftest import Door

DEEP = gray16(700, 1100, most=4095)


def imported(door: Door, data: bytes) -> str:
    """The id of an image that anna holds."""
    files = [("files", ("scan.png", data))]
    lead = door.client(door.cast.lead)
    answer = lead.post("/api/v1/projects/plates/images", files=files)
    [result] = answer.json()["results"]
    assert result["status"] == "imported", result
    return str(result["image"])


def held(door: Door, data: bytes) -> tuple[str, TestClient]:
    image = imported(door, data)
    [lease] = assign.claim(door.site, door.cast.anna, "plates", 1)
    assert lease.image_id == image
    return image, door.client(door.cast.anna)


def shown(answer: object) -> np.ndarray:
    return np.asarray(PIL.Image.open(io.BytesIO(answer.content))).astype(int)  # type: ignore[attr-defined]


def test_a_reviewer_gets_the_tiles_of_the_image_they_hold(door: Door) -> None:
    pixels = colour(700, 1100)
    image, anna = held(door, encoded(pixels, "PNG"))
    [item] = anna.post("/api/v1/projects/plates/assignments", json={"count": 1}).json()["items"]
    told = item["image"]["tiles"]
    assert told == {"size": 512, "levels": 3, "url": f"/api/v1/images/{image}/tiles"}
    assert item["image"]["bits"] == 8
    assert anna.get(f"/api/v1/images/{image}").json()["tiles"] == told

    answer = anna.get(f"{told['url']}/0/2_1")
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "Cookie" in answer.headers["vary"]
    assert np.abs(shown(answer) - pixels[512:, 1024:]).mean() < 1
    known = {"if-none-match": answer.headers["etag"]}
    assert anna.get(f"{told['url']}/0/2_1", headers=known).status_code == 304
    assert anna.get(f"{told['url']}/0/1_1", headers=known).status_code == 200

    for nothing in (
        "0/3_0",
        "0/0_2",
        "3/0_0",
        "-1/0_0",
        "0/-1_0",
        "0/1_01",
        "x/0_0",
        "0/0",
        "0/a_b",
    ):
        assert anna.get(f"{told['url']}/{nothing}").status_code == 404, nothing
    assert anna.get(f"{told['url']}/0/0_0?low=10&high=90").status_code == 422
    assert anna.get(f"/api/v1/images/{image}/tone").status_code == 422

    ben = door.client(door.cast.ben)  # does not hold it
    stranger = door.client(door.cast.outsider)
    for who, status in ((ben, 404), (stranger, 404), (door.client(), 401)):
        assert who.get(f"{told['url']}/0/0_0", headers=known).status_code == status
        for shown_as in ("tone", "preview", "original"):
            assert who.get(f"/api/v1/images/{image}/{shown_as}").status_code == status, shown_as
    assert door.client(door.cast.lead).get(f"{told['url']}/0/0_0").status_code == 200
    for shown_as in ("preview", "original"):
        assert anna.get(f"/api/v1/images/{image}/{shown_as}").status_code == 200


def test_a_turned_image_has_upright_tiles(door: Door) -> None:
    image, anna = held(door, encoded(colour(600, 1100), "JPEG", orientation=6))
    facts = anna.get(f"/api/v1/images/{image}").json()
    assert (facts["width_px"], facts["height_px"]) == (600, 1100)
    corner = shown(anna.get(f"{facts['tiles']['url']}/2/0_0"))
    assert corner.shape[:2] == (275, 150)
    assert np.abs(corner[:50, -30:] - (255, 0, 0)).mean() < 10  # red lay at the upper left


def test_a_dozen_requests_at_once_decode_once(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    image, anna = held(door, encoded(colour(900, 2100), "PNG"))
    decoded: list[Path] = []
    honest = Inspector.tiles

    def counted(self: Inspector, path: Path, out: Path) -> None:
        decoded.append(path)
        honest(self, path, out)

    monkeypatch.setattr(Inspector, "tiles", counted)
    asked = [f"/api/v1/images/{image}/tiles/0/{x}_{y}" for x in range(5) for y in range(2)]
    with ThreadPoolExecutor(10) as pool:
        statuses = [answer.status_code for answer in pool.map(anna.get, asked)]
    assert statuses == [200] * 10
    assert len(decoded) == 1


def test_16_bits_have_a_tone_and_any_window_without_decoding_again(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    image, anna = held(door, encoded(DEEP, "PNG"))
    [item] = anna.post("/api/v1/projects/plates/assignments", json={"count": 1}).json()["items"]
    assert item["image"]["bits"] == 16
    facts = anna.get(f"/api/v1/images/{image}").json()
    tone = anna.get(f"/api/v1/images/{image}/tone").json()
    assert facts["bits"] == 16
    assert facts["window"] == tone["window"]
    assert tone["range"] == [int(DEEP.min()), int(DEEP.max())]
    assert sum(tone["counts"]) == DEEP.size

    tile = f"/api/v1/images/{image}/tiles/0/0_0"
    plain = shown(anna.get(tile))
    low, high = tone["window"]
    assert (shown(anna.get(f"{tile}?low={low}&high={high}")) == plain).all()
    monkeypatch.setattr(Inspector, "tiles", None)
    monkeypatch.setattr(Inspector, "preview", None)
    narrow = anna.get(f"{tile}?low=0&high=500")
    values = np.clip(DEEP[:512, :512] / 500, 0, 1) * 255
    assert np.abs(shown(narrow) - values).mean() < 2
    assert narrow.headers["etag"] != anna.get(tile).headers["etag"]
    preview = anna.get(f"/api/v1/images/{image}/preview?width=320&low=0&high=500")
    assert preview.headers["cache-control"].startswith("private")
    assert shown(preview).shape == (204, 320)
    assert shown(preview).mean() > 200
    tag = {"if-none-match": preview.headers["etag"]}
    again = anna.get(f"/api/v1/images/{image}/preview?width=320&low=0&high=500", headers=tag)
    assert again.status_code == 304
    for wrong in ("low=500&high=500", "low=65535", "high=0"):
        for address in (tile, f"/api/v1/images/{image}/preview"):
            assert anna.get(f"{address}?{wrong}").status_code == 422, (address, wrong)
    for wrong in ("low=-1", "high=65536", "low=x"):
        assert anna.get(f"{tile}?{wrong}").status_code == 422
    assert anna.get(f"/api/v1/images/{image}/preview?width=5&low=1").status_code == 422


def test_a_lost_tone_is_measured_again(door: Door) -> None:
    image, anna = held(door, encoded(DEEP, "PNG"))
    before = anna.get(f"/api/v1/images/{image}/tone").json()
    [file] = door.site.settings.data.rglob("*-tone.json")
    file.write_text("{}")
    assert anna.get(f"/api/v1/images/{image}").json()["window"] is None
    file.unlink()
    assert anna.get(f"/api/v1/images/{image}/tone").json() == before
    assert file.exists()


def test_swept_and_spoilt_tiles_come_back(door: Door) -> None:
    image, anna = held(door, encoded(colour(600, 600), "PNG"))
    tile = f"/api/v1/images/{image}/tiles/0/0_0"
    before = anna.get(tile).content
    [pack] = door.site.settings.data.rglob("*.tiles")
    pack.unlink()
    assert anna.get(tile).content == before
    pack.write_bytes(pack.read_bytes()[:-1])
    answer = anna.get(tile)
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert anna.get(tile).content == before


def test_without_the_original_known_tiles_are_served_and_others_are_503(door: Door) -> None:
    image, anna = held(door, encoded(colour(600, 600), "PNG"))
    tile = f"/api/v1/images/{image}/tiles/0/0_0"
    anna.get(tile)
    for original in (door.site.settings.data / "originals").rglob("*"):
        if original.is_file():
            original.unlink()
    assert anna.get(tile).status_code == 200
    [pack] = door.site.settings.data.rglob("*.tiles")
    pack.unlink()
    answer = anna.get(tile)
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
