"""Files on their way in: what comes through, under which name, and what does not."""

import hashlib
import io
import os
import stat
import struct
import sys
import tempfile
import tracemalloc
import unicodedata
import zipfile

import pytest

from labeler.store.intake import (
    IntakeLimits,
    IntakeRefusal,
    RefusedFile,
    walk,
    walk_upload,
)
from labeler.store.intake_names import is_hidden, plain_name

LIMITS = IntakeLimits()


def zipped(entries, *, method=zipfile.ZIP_DEFLATED):
    """Bytes of a zip of (name or ZipInfo, content) pairs."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return buffer.getvalue()


def taken(files):
    """What each file gives: its content, or why not."""
    told = []
    for file in files:
        try:
            told.append((file.name, b"".join(file.chunks())))
        except RefusedFile as refused:
            told.append((file.name, refused.reason))
    return told


def uploaded(data, name="upload", limits=LIMITS):
    return taken(walk_upload(name, io.BytesIO(data), limits))


def test_a_folder_comes_in_order_without_what_is_hidden(tmp_path):
    for name in ("b/2.jpg", "b/1.jpg", "a.jpg", "c/d/e.jpg", ".git/x", "b/.DS_Store", "B.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    names = ["B.jpg", "a.jpg", "b/1.jpg", "b/2.jpg", "c/d/e.jpg"]
    assert taken(walk([tmp_path], LIMITS)) == [(name, name.encode()) for name in names]


def test_paths_come_as_given_and_a_missing_one_stops_nothing(tmp_path):
    (tmp_path / "z.jpg").write_bytes(b"z")
    (tmp_path / "a.jpg").write_bytes(b"a")
    paths = [tmp_path / name for name in ("z.jpg", "away.jpg", "a.jpg", "z.jpg/below")]
    assert taken(walk(paths, LIMITS)) == [
        ("z.jpg", b"z"),
        ("away.jpg", IntakeRefusal.MISSING),
        ("a.jpg", b"a"),
        ("below", IntakeRefusal.MISSING),
    ]


def test_a_zip_gives_its_files_under_their_own_names(tmp_path):
    data = zipped([("b/2.jpg", b"2"), ("b/", b""), ("a.jpg", b"1"), ("__MACOSX/a.jpg", b"x")])
    (tmp_path / "lot.zip").write_bytes(data)
    inside = [("b/2.jpg", b"2"), ("a.jpg", b"1")]
    assert taken(walk([tmp_path / "lot.zip"], LIMITS)) == inside
    assert taken(walk([tmp_path], LIMITS)) == [(f"lot.zip/{name}", data) for name, data in inside]
    assert uploaded(data, "lot.bin") == inside


def test_a_name_does_not_make_a_zip_of_an_image_nor_an_image_of_a_zip():
    assert uploaded(b"\xff\xd8\xff rest", "photo.jpg") == [("photo.jpg", b"\xff\xd8\xff rest")]
    assert uploaded(zipped([("a.jpg", b"1")]), "photo.jpg") == [("a.jpg", b"1")]


def test_an_upload_that_spilled_to_disk_is_read_alike():
    with tempfile.SpooledTemporaryFile(max_size=10) as spooled:
        spooled.write(zipped([("a.jpg", b"1" * 5000)]))
        assert taken(walk_upload("x.zip", spooled, LIMITS)) == [("a.jpg", b"1" * 5000)]
    with tempfile.SpooledTemporaryFile() as spooled:
        spooled.write(b"BM picture")
        (file,) = walk_upload("x.bmp", spooled, LIMITS)
        assert b"".join(file.chunks()) == b"".join(file.chunks()) == b"BM picture"


def test_a_copy_has_a_name_of_ours_and_the_digest_of_its_content(tmp_path):
    (file,) = walk_upload("../../etc/passwd", io.BytesIO(b"root" * 1000), LIMITS)
    copy = file.copy_into(tmp_path)
    assert copy.path.parent == tmp_path
    assert "passwd" not in copy.path.name
    assert copy.path.read_bytes() == b"root" * 1000
    assert copy.sha256 == hashlib.sha256(b"root" * 1000).hexdigest()
    assert copy.size_bytes == 4000


def test_a_refused_copy_leaves_nothing(tmp_path):
    (file,) = walk_upload("a.jpg", io.BytesIO(b"x" * 11), IntakeLimits(max_file_bytes=10))
    with pytest.raises(RefusedFile) as caught:
        file.copy_into(tmp_path)
    assert caught.value.values == {"most": 10}
    assert list(tmp_path.iterdir()) == []


HOSTILE_NAMES = {
    "../../etc/passwd": "etc/passwd",
    "/etc/passwd": "etc/passwd",
    "..\\..\\windows\\system.ini": "windows/system.ini",
    "C:\\photos\\1.jpg": "photos/1.jpg",
    "\\\\server\\share\\1.jpg": "server/share/1.jpg",
    "a/./b//c/../1.jpg": "a/b/c/1.jpg",
    "nul\0byte\r\n\x1b[31m.jpg": "nulbyte[31m.jpg",
    "gpj.\u202eexe": "gpj.exe",
    "half \udcff.jpg": "half .jpg",
    unicodedata.normalize("NFD", "사진/가.jpg"): "사진/가.jpg",
    "..": "unnamed",
    "": "unnamed",
    "///": "unnamed",
    " / . / ": "unnamed",
}


@pytest.mark.parametrize(("given", "shown"), HOSTILE_NAMES.items())
def test_a_name_becomes_plain_text(given, shown):
    assert plain_name(given) == shown
    assert plain_name(shown) == shown


def test_a_long_name_keeps_its_end():
    assert plain_name("a/" * 5000 + "1.jpg").endswith("/a/1.jpg")
    assert len(plain_name("x" * 5000)) == 512


def test_hostile_names_in_a_zip_touch_no_path(tmp_path, monkeypatch):
    inside = tmp_path / "inside"
    inside.mkdir()
    monkeypatch.chdir(inside)
    entries = [(name, b"x") for name in HOSTILE_NAMES if name and "\udcff" not in name]
    entries = [(name, content) for name, content in entries if not name.endswith("/")]
    for file in walk_upload("x.zip", io.BytesIO(zipped(entries)), LIMITS):
        assert ".." not in file.name.split("/")
        assert file.copy_into(inside).path.parent == inside
    assert [entry.name for entry in tmp_path.iterdir()] == ["inside"]


@pytest.mark.parametrize(
    ("written", "read"),
    [("사진.jpg".encode("euc_kr"), "사진.jpg"), ("사진.jpg".encode(), "사진.jpg"),
     (b"Pr\x81fung.jpg", "Prüfung.jpg")],
)  # fmt: skip
def test_names_without_a_mark_are_read_as_their_writer_meant(written, read):
    data = zipped([("N" * len(written), b"x")]).replace(b"N" * len(written), written)
    assert uploaded(data) == [(read, b"x")]


@pytest.mark.parametrize(
    ("name", "hidden"),
    [(".a", True), ("a/.b/c", True), ("__MACOSX/._a", True), ("a.b/c", False), ("a", False)],
)
def test_hidden_is_what_begins_with_a_dot(name, hidden):
    assert is_hidden(name) == hidden


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes of POSIX")
def test_links_and_special_files_do_not_lead_anywhere(tmp_path):
    outside, folder = tmp_path / "outside", tmp_path / "folder"
    outside.mkdir()
    folder.mkdir()
    (outside / "secret.jpg").write_bytes(b"secret")
    (folder / "a.jpg").write_bytes(b"a")
    (folder / "file").symlink_to(outside / "secret.jpg")
    (folder / "dir").symlink_to(outside)
    (folder / "round").symlink_to(folder)
    (folder / "broken").symlink_to(folder / "away")
    os.mkfifo(folder / "pipe")
    assert sorted(taken(walk([folder], LIMITS)), key=str) == [
        ("a.jpg", b"a"),
        ("broken", IntakeRefusal.LINK),
        ("dir", IntakeRefusal.LINK),
        ("file", IntakeRefusal.LINK),
        ("pipe", IntakeRefusal.NOT_A_FILE),
        ("round", IntakeRefusal.LINK),
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="links of POSIX")
def test_a_link_given_by_name_is_followed_and_a_circle_is_not(tmp_path):
    (tmp_path / "real.jpg").write_bytes(b"real")
    (tmp_path / "link.jpg").symlink_to(tmp_path / "real.jpg")
    (tmp_path / "round").symlink_to(tmp_path / "round")
    paths = [tmp_path / "link.jpg", tmp_path / "round"]
    assert taken(walk(paths, LIMITS)) == [
        ("link.jpg", b"real"),
        ("round", IntakeRefusal.UNREADABLE),
    ]


def test_a_file_that_went_away_meanwhile_is_refused(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"a")
    files = walk([tmp_path], LIMITS)
    file = next(files)
    (tmp_path / "a.jpg").unlink()
    with pytest.raises(RefusedFile) as caught:
        list(file.chunks())
    assert caught.value.reason == IntakeRefusal.UNREADABLE


@pytest.mark.parametrize("at", [4, 30, 100, -30, -5])
def test_a_truncated_zip_refuses_itself_and_the_rest_goes_on(tmp_path, at):
    (tmp_path / "a.zip").write_bytes(zipped([("1.jpg", b"1" * 300)])[:at])
    (tmp_path / "b.jpg").write_bytes(b"b")
    assert taken(walk([tmp_path], LIMITS)) == [
        ("a.zip", IntakeRefusal.BROKEN_ZIP),
        ("b.jpg", b"b"),
    ]


def test_a_spoilt_entry_refuses_itself_and_the_rest_goes_on():
    data = bytearray(zipped([("1.jpg", os.urandom(3000)), ("2.jpg", b"2")]))
    data[200] ^= 255
    assert uploaded(bytes(data)) == [("1.jpg", IntakeRefusal.BROKEN_ENTRY), ("2.jpg", b"2")]


def test_flipped_bytes_in_a_zip_never_raise_anything_else():
    whole = zipped([("1.jpg", b"1" * 500), ("2.jpg", bytes(range(256)))])
    for at in range(len(whole)):
        for value in (0, 255, whole[at] ^ 1):
            spoilt = bytearray(whole)
            spoilt[at] = value
            assert len(uploaded(bytes(spoilt), "x.zip")) <= 3


def test_encrypted_nested_linked_and_oddly_packed_entries_are_refused_alone():
    link = zipfile.ZipInfo("link.jpg")
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    inner = zipped([("1.jpg", b"1")])
    data = bytearray(
        zipped(
            [
                ("locked.jpg", b"1"),
                ("in.zip", inner),
                ("in.jpg", inner),
                (link, b"/etc/passwd"),
                ("2.jpg", b"2"),
            ]
        )
    )
    data[data.index(b"PK\x01\x02") + 8] |= 1
    data[6] |= 1
    assert uploaded(bytes(data)) == [
        ("locked.jpg", IntakeRefusal.ENCRYPTED),
        ("in.zip", IntakeRefusal.NESTED_ZIP),
        ("in.jpg", IntakeRefusal.NESTED_ZIP),
        ("link.jpg", IntakeRefusal.LINK),
        ("2.jpg", b"2"),
    ]
    packed = zipped([("1.jpg", b"1" * 99)], method=zipfile.ZIP_LZMA)
    assert uploaded(packed) == [("1.jpg", IntakeRefusal.PACKING)]


def test_an_entry_larger_than_allowed_is_refused_by_its_word_and_by_its_deed():
    limits = IntakeLimits(max_file_bytes=1000)
    honest = zipped([("1.jpg", b"1" * 1001), ("2.jpg", b"2" * 1000)])
    told = [("1.jpg", IntakeRefusal.FILE_TOO_LARGE), ("2.jpg", b"2" * 1000)]
    assert uploaded(honest, limits=limits) == told
    lying = bytearray(honest)
    at = lying.index(b"PK\x01\x02")
    lying[at + 24 : at + 28] = struct.pack("<L", 900)
    assert uploaded(bytes(lying), limits=limits)[0] == ("1.jpg", IntakeRefusal.BROKEN_ENTRY)


def test_a_bomb_is_refused_long_before_it_has_unpacked():
    limits = IntakeLimits(ratio_free_bytes=2**20)
    bomb = zipped([("bomb.jpg", bytes(64 * 2**20)), ("2.jpg", b"2")])
    assert len(bomb) < 70_000
    files = walk_upload("x.zip", io.BytesIO(bomb), limits)
    chunks = []
    with pytest.raises(RefusedFile) as caught:
        chunks.extend(len(chunk) for chunk in next(files).chunks())
    assert caught.value.reason == IntakeRefusal.PACKED_TOO_WELL
    assert sum(chunks) <= 200 * len(bomb)
    assert taken(files) == [("2.jpg", b"2")]
    # The control: without the ratio the same file gives all of it.
    free = IntakeLimits(max_ratio=10**6)
    assert len(dict(uploaded(bomb, limits=free))["bomb.jpg"]) == 64 * 2**20


def test_many_entries_over_the_same_bytes_are_refused_as_a_whole():
    """An overlapping bomb: each entry is honest by itself, the archive is not."""
    limits = IntakeLimits(ratio_free_bytes=2**20)
    one = zipped([("a", bytes(2**20))])
    at = one.index(b"PK\x01\x02")
    end = one.index(b"PK\x05\x06")
    entries = one[at:end] * 100
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 100, 100, len(entries), at, 0)
    told = uploaded(one[:at] + entries + tail, "x.zip", limits)
    assert told[-1] == ("x.zip", IntakeRefusal.PACKED_TOO_WELL) or {
        reason for _, reason in told
    } <= {IntakeRefusal.BROKEN_ENTRY, bytes(2**20)}
    assert sum(len(given) for _, given in told if isinstance(given, bytes)) <= 5 * 2**20


def test_the_sum_of_an_archive_is_bounded_and_the_next_begins_anew(tmp_path):
    limits = IntakeLimits(max_total_bytes=2500)
    for name in ("a.zip", "b.zip"):
        (tmp_path / name).write_bytes(zipped([(f"{n}.jpg", os.urandom(1000)) for n in range(4)]))
    told = [
        (name, given if isinstance(given, str) else len(given))
        for name, given in taken(walk([tmp_path], limits))
    ]
    one = [
        ("{}/0.jpg", 1000),
        ("{}/1.jpg", 1000),
        ("{}/2.jpg", IntakeRefusal.ARCHIVE_TOO_LARGE),
        ("{}", IntakeRefusal.ARCHIVE_TOO_LARGE),
    ]
    assert told == [
        (name.format(zip_), given) for zip_ in ("a.zip", "b.zip") for name, given in one
    ]


def test_too_many_entries_refuse_the_archive():
    limits = IntakeLimits(max_entries=3)
    three = [(f"{n}.jpg", b"x") for n in range(3)]
    assert len(uploaded(zipped(three), limits=limits)) == 3
    assert uploaded(zipped([*three, ("3.jpg", b"x")]), "x.zip", limits) == [
        ("x.zip", IntakeRefusal.TOO_MANY_ENTRIES)
    ]


def test_an_endless_list_of_entries_is_refused_before_it_is_read():
    entries = zipped([("a", b"")])
    at, end = entries.index(b"PK\x01\x02"), entries.index(b"PK\x05\x06")
    many = entries[at:end] * 40_000
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65535, 65535, len(many), at, 0)
    upload = io.BytesIO(entries[:at] + many + tail)
    limits = IntakeLimits(max_entries=2_000)
    tracemalloc.start()
    told = taken(walk_upload("x.zip", upload, limits))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    # The control: the standard library alone takes it all in.
    with zipfile.ZipFile(upload) as archive:
        assert len(archive.infolist()) == 40_000
    _, without = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert told == [("x.zip", IntakeRefusal.TOO_MANY_ENTRIES)]
    assert most < 2**20 < 10 * 2**20 < without


def test_the_64_bit_record_of_an_endless_list_is_believed_too():
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 9, 9, 2**40, 0)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, 0, 1)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 9, 9, 0, 0, 0)
    told = uploaded(b"PK\x03\x04" + b"\0" * 99 + record + locator + end, "x.zip")
    assert told == [("x.zip", IntakeRefusal.TOO_MANY_ENTRIES)]


def test_an_empty_zip_gives_nothing():
    assert uploaded(zipped([]), "x.zip") == []


def test_a_large_file_is_never_whole_in_memory(tmp_path):
    data = zipped([("1.bin", os.urandom(24 * 2**20))], method=zipfile.ZIP_STORED)
    (tmp_path / "x.zip").write_bytes(data)
    tracemalloc.start()
    (copy,) = [file.copy_into(tmp_path) for file in walk([tmp_path / "x.zip"], LIMITS)]
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert copy.size_bytes == 24 * 2**20
    assert most < 8 * 2**20
