"""Tiles are made once, however many ask."""

import os
import threading
from concurrent.futures import wait
from pathlib import Path

import pytest

from labeler.core.errors import Unavailable
from labeler.flows.tile_maker import TileMaker, make_tiles
from labeler.store.blobs import BlobFolder

SHA = "ab" * 32


class Now:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.at_s = 1000.0

    def __call__(self) -> float:
        return self.at_s


def test_a_dozen_askers_share_one_making() -> None:
    made: list[str] = []
    gate = threading.Event()

    def make(sha256: str) -> None:
        gate.wait(5)
        made.append(sha256)

    maker = TileMaker(make, Now())
    futures = {maker.made("one") for _ in range(12)} | {maker.made("two")}
    assert len(futures) == 2
    gate.set()
    assert not wait(futures, 5).not_done
    assert sorted(made) == ["one", "two"]
    maker.made("one").result(5)  # swept meanwhile: made again
    assert sorted(made) == ["one", "one", "two"]
    maker.close()


def test_what_failed_rests_and_is_then_tried_again() -> None:
    tried: list[str] = []

    def make(sha256: str) -> None:
        tried.append(sha256)
        raise Unavailable("away")

    now = Now()
    maker = TileMaker(make, now, rest_s=30)
    for _ in range(5):
        with pytest.raises(Unavailable):
            maker.made("one").result(5)
    assert tried == ["one"]
    now.at_s += 30
    with pytest.raises(Unavailable):
        maker.made("one").result(5)
    assert tried == ["one", "one"]
    maker.close()


class Cutter:
    """Stands in for the child process."""

    def __init__(self) -> None:
        self.cut = 0

    def tiles(self, _source: Path, out: Path) -> None:
        self.cut += 1
        out.write_bytes(bytes(1000))


def test_the_longest_unused_tiles_are_swept_and_the_newest_stay(tmp_path: Path) -> None:
    blobs, cutter = BlobFolder(tmp_path), Cutter()
    names = [f"{n:02x}" * 32 for n in range(4)]
    for age, name in enumerate(names):
        blobs.path(name).parent.mkdir(parents=True, exist_ok=True)
        blobs.path(name).write_bytes(b"original")
        make_tiles(blobs, cutter, 2500, name)  # type: ignore[arg-type]
        os.utime(blobs.tiles_path(name), (age + 1, age + 1))
    assert [blobs.tiles_path(name).exists() for name in names] == [False, False, True, True]
    os.utime(blobs.tiles_path(names[2]))  # looked at: the other one goes
    make_tiles(blobs, cutter, 2500, names[0])  # type: ignore[arg-type]
    assert [blobs.tiles_path(name).exists() for name in names] == [True, False, True, False]
    make_tiles(blobs, cutter, 1, names[1])  # type: ignore[arg-type]
    assert [blobs.tiles_path(name).exists() for name in names] == [False, True, False, False]
    assert [blobs.path(name).exists() for name in names] == [True] * 4


def test_tiles_that_are_there_are_not_made_again(tmp_path: Path) -> None:
    blobs, cutter = BlobFolder(tmp_path), Cutter()
    blobs.path(SHA).parent.mkdir(parents=True)
    blobs.path(SHA).write_bytes(b"original")
    for _ in range(2):
        make_tiles(blobs, cutter, 5000, SHA)  # type: ignore[arg-type]
    assert cutter.cut == 1


def test_a_missing_original_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        make_tiles(BlobFolder(tmp_path), Cutter(), 5000, SHA)  # type: ignore[arg-type]
