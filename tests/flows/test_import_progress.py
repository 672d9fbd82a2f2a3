"""What an import tells while it runs, and the previews that it leaves behind."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labeler.core.imports import ImportStatus
from labeler.flows.images import list_images, preview_of
from labeler.flows.ingest import ingest
from labeler.flows.site import Site
from labeler.pixels.inspector import Inspector
from labeler.store.intake import IntakeFile, IntakeLimits, walk_upload
from tests.cast import Cast, found, hire
from tests.web.conftest import picture

WIDTHS = (320, 640, 1280, 1920)


@pytest.fixture
def cast(site: Site) -> Cast:
    found(site)
    return hire(site)


def zipped(**files: bytes) -> Iterator[IntakeFile]:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"{name}.png", content)
    return walk_upload("all.zip", packed, IntakeLimits())


def test_an_import_tells_of_each_file_as_it_is_done_refused_ones_too(
    site: Site, cast: Cast
) -> None:
    told: list[tuple[str, int]] = []

    def hear(name: str) -> None:
        told.append((name, len(list_images(site, cast.lead, "plates"))))

    files = zipped(a=picture(1), b=b"no picture", c=picture(2))
    report = ingest(site, cast.lead, "plates", files, progress=hear)
    statuses = [one.status for one in report.results]
    assert statuses == [ImportStatus.IMPORTED, ImportStatus.REJECTED, ImportStatus.IMPORTED]
    assert told == [("a.png", 1), ("b.png", 1), ("c.png", 2)]


def test_a_preview_is_made_once_whoever_asks_again(
    site: Site, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    honest = Inspector.preview

    def counted(self: Inspector, source: Path, target: Path, width: int, *window: Any) -> None:
        made.append(width)
        honest(self, source, target, width, *window)

    monkeypatch.setattr(Inspector, "preview", counted)
    ingest(site, cast.lead, "plates", zipped(a=picture(1)))
    [image] = list_images(site, cast.lead, "plates")
    first = {width: preview_of(site, image.sha256, width)[0].read_bytes() for width in WIDTHS}
    begun = list(made)
    assert 0 < len(begun) == len(set(begun)) < len(WIDTHS), "the import leaves some of them"
    again = {width: preview_of(site, image.sha256, width)[0].read_bytes() for width in WIDTHS}
    assert again == first
    assert made == begun
