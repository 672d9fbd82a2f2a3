"""The decoding child: what it tells, what it may use, and that no image can take it down."""

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labeler.core.errors import InvalidInput, Unavailable
from labeler.pixels import child as child_module
from labeler.pixels import fingerprint
from labeler.pixels import inspector as inspector_module
from labeler.pixels.child import Child
from labeler.pixels.inspector import Inspection, Inspector
from labeler.pixels.limits import ChildLimits, Limits
from labeler.pixels.messages import BrokenMessage, receive, send
from labeler.pixels.preview import Window
from labeler.pixels.refusals import Refusal, RefusedImage
from labeler.pixels.signature import ImageFormat
from tests.pixels.made_pictures import colour, encoded, gray16, png_bomb

ROOT = Path(__file__).parents[2]
REAL_DATA = ROOT / "../shared/data"

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits of Linux")


@pytest.fixture(scope="module")
def shared_inspector():
    with Inspector() as inspector:
        yield inspector


@pytest.fixture
def stored(tmp_path):
    """Write bytes to a file and give its path."""

    def write(data, name="stored"):
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write


@pytest.fixture
def good(stored):
    return stored(encoded(colour(), "PNG"), "good")


@contextlib.contextmanager
def the_child(inspector):
    """The idle child of an inspector with one place."""
    child = inspector._places.get()
    inspector._places.put(child)
    yield child


def seen(path):
    with Image.open(path) as picture:
        return np.asarray(picture).astype(int)


def refusal(inspector, path, folder):
    with pytest.raises(RefusedImage) as caught:
        inspector.inspect(path, folder)
    return caught.value.reason


def test_an_inspection_tells_what_is_in_the_file(shared_inspector, stored, tmp_path):
    data = encoded(colour(600, 800), "PNG", orientation=6)
    upright = np.ascontiguousarray(np.rot90(colour(600, 800), -1))
    small = fingerprint.thumbnail(Image.fromarray(upright))
    assert shared_inspector.inspect(stored(data), tmp_path) == Inspection(
        format=ImageFormat.PNG,
        width_px=600,
        height_px=800,
        bit_depth=8,
        channels=3,
        upright=False,
        pixel_sha256=fingerprint.pixel_sha256(upright),
        perceptual_hash=fingerprint.hash_text(fingerprint.perceptual_hash(small)),
        thumbnail=small.tobytes(),
        previews={320: tmp_path / "320.jpg", 1280: tmp_path / "1280.jpg"},
    )
    sizes = [seen(tmp_path / name).shape for name in ("320.jpg", "1280.jpg")]
    assert sizes == [(427, 320, 3), (800, 600, 3)]


def test_16_bit_gray_is_told_and_shown_with_a_window(shared_inspector, stored, tmp_path):
    path = stored(encoded(gray16(most=4095), "TIFF"))
    told = shared_inspector.inspect(path, tmp_path, widths=(640,))
    assert (told.bit_depth, told.channels, told.upright) == (16, 1, True)
    assert np.ptp(seen(told.previews[640])) > 250
    out = tmp_path / "windowed.jpg"
    assert shared_inspector.preview(path, out, 320, low=1000, high=2000) == Window(1000, 2000)
    values = seen(out)
    share = np.clip((gray16(most=4095).astype(float) - 1000) / 1000, 0, 1)
    assert np.abs(values - 255 * share).max() < 12


def test_a_preview_without_a_window_tells_the_one_it_chose(shared_inspector, stored, tmp_path):
    out = tmp_path / "out.jpg"
    assert shared_inspector.preview(stored(encoded(colour(), "PNG")), out, 320) == Window(0, 255)
    assert seen(out).shape == (40, 56, 3)


def test_an_empty_window_is_the_askers_fault(shared_inspector, good, tmp_path):
    with pytest.raises(InvalidInput) as caught:
        shared_inspector.preview(good, tmp_path / "out.jpg", 320, low=9, high=3)
    assert not isinstance(caught.value, RefusedImage)
    assert str(caught.value) == "The window from 9 to 3 is empty."
    assert not (tmp_path / "out.jpg").exists()


def test_a_refused_image_says_why_and_leaves_nothing(shared_inspector, stored, tmp_path):
    folder = tmp_path / "previews"
    folder.mkdir()
    with pytest.raises(RefusedImage) as caught:
        shared_inspector.inspect(stored(b"GIF89a" + b"\0" * 50, "photo.jpg"), folder)
    assert caught.value.reason == Refusal.OTHER_KIND
    assert caught.value.values == {"kind": "GIF"}
    assert isinstance(caught.value, InvalidInput)
    assert list(folder.iterdir()) == []


def test_a_missing_file_or_folder_is_no_fault_of_the_image(shared_inspector, good, tmp_path):
    with pytest.raises(FileNotFoundError):
        shared_inspector.inspect(tmp_path / "away", tmp_path)
    with pytest.raises(FileNotFoundError):
        shared_inspector.inspect(good, tmp_path / "no folder")


def test_a_relative_and_an_odd_name_are_found(shared_inspector, stored, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    name = "사진 \udcff\n.png"
    stored(encoded(colour(), "PNG"), name)
    assert shared_inspector.inspect(Path(name), Path()).width_px == 56


def test_own_limits_reach_the_child(good, tmp_path):
    with Inspector(Limits(max_pixels=40 * 56 - 1)) as inspector:
        assert refusal(inspector, good, tmp_path) == Refusal.TOO_MANY_PIXELS


@linux
def test_memory_beyond_the_limit_refuses_one_image_only(stored, good, tmp_path):
    bomb = stored(png_bomb(5000), "bomb")
    assert bomb.stat().st_size < 120_000
    tight, roomy = ChildLimits(memory_bytes=80 * 2**20), ChildLimits()
    with Inspector(child_limits=tight) as inspector:
        assert inspector.inspect(good, tmp_path).width_px == 56
        assert refusal(inspector, bomb, tmp_path) == Refusal.TOO_MUCH_MEMORY
        assert inspector.inspect(good, tmp_path).width_px == 56
    # The control: without the limit the same file takes more than the limit would have given.
    with Inspector(child_limits=roomy) as inspector:
        inspector.inspect(good, tmp_path)
        before = _most_memory_bytes(inspector)
        assert inspector.inspect(bomb, tmp_path).width_px == 5000
        assert _most_memory_bytes(inspector) - before > tight.memory_bytes


@linux
def test_a_progressive_jpeg_without_room_is_not_called_damaged(stored, tmp_path):
    """libjpeg itself reports the failed allocation as broken data."""
    picture = Image.new("RGB", (3000, 3000), (90, 120, 30))
    plain = stored(encoded(picture, "JPEG"), "plain")
    progressive = stored(encoded(picture, "JPEG", progressive=True), "progressive")
    with Inspector(child_limits=ChildLimits(memory_bytes=80 * 2**20)) as inspector:
        assert inspector.inspect(plain, tmp_path).width_px == 3000
        assert refusal(inspector, progressive, tmp_path) == Refusal.TOO_MUCH_MEMORY
    with Inspector() as inspector:
        assert inspector.inspect(progressive, tmp_path).width_px == 3000


@linux
def test_the_largest_colour_image_fits_the_default_memory(stored, tmp_path):
    picture = Image.new("RGB", (8192, 8192), (90, 120, 30))
    path = stored(encoded(picture, "JPEG", subsampling=2, orientation=6))
    with Inspector() as inspector:
        assert inspector.inspect(path, tmp_path).width_px == 8192
        assert _most_memory_bytes(inspector) < 512 * 2**20


def _most_memory_bytes(inspector):
    with the_child(inspector) as child:
        status = Path(f"/proc/{child.pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def test_time_beyond_the_limit_refuses_one_image_only(stored, good, tmp_path):
    slow = stored(png_bomb(6000), "slow")
    with Inspector(child_limits=ChildLimits(wall_s=0.2)) as inspector:
        inspector.inspect(good, tmp_path)
        started = time.monotonic()
        assert refusal(inspector, slow, tmp_path) == Refusal.TOO_SLOW
        assert time.monotonic() - started < 5
        assert not list(tmp_path.glob("*.jpg"))
        assert inspector.inspect(good, tmp_path).width_px == 56
    # The control: given the time, the same file is taken, and takes longer than was allowed.
    with Inspector(child_limits=ChildLimits(wall_s=60)) as inspector:
        inspector.inspect(good, tmp_path)
        started = time.monotonic()
        inspector.inspect(slow, tmp_path)
        assert time.monotonic() - started > 0.2


@linux
def test_computing_beyond_the_limit_ends_the_process():
    program = "from labeler.pixels.confinement import allow_cpu\nallow_cpu(0)\nwhile True: pass\n"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=30, check=False)
    assert done.returncode == -signal.SIGXCPU


@linux
def test_each_image_gets_its_own_computing_time():
    program = (
        "import time\n"
        "from labeler.pixels.confinement import allow_cpu\n"
        "for image in range(4):\n"
        "    allow_cpu(1)\n"
        "    end = time.process_time() + 0.6\n"
        "    while time.process_time() < end: pass\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=30, check=False)
    assert done.returncode == 0


@linux
@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        (signal.SIGSEGV, Refusal.DECODER_STOPPED),
        (signal.SIGKILL, Refusal.DECODER_STOPPED),
        (signal.SIGXCPU, Refusal.TOO_SLOW),
    ],
)
def test_a_child_that_dies_over_an_image_refuses_it_and_is_replaced(
    good, tmp_path, monkeypatch, ending, reason
):
    monkeypatch.setattr(Child, "fresh", True)
    with Inspector() as inspector:
        inspector.inspect(good, tmp_path)
        with the_child(inspector) as child:
            # Stopped, it cannot answer before it dies.
            os.kill(child.pid, signal.SIGSTOP)
        killer = threading.Timer(
            0.3, lambda: (os.kill(child.pid, ending), os.kill(child.pid, signal.SIGCONT))
        )
        killer.start()
        assert refusal(inspector, good, tmp_path) == reason
        killer.join()
        assert inspector.inspect(good, tmp_path).width_px == 56
        with the_child(inspector) as other:
            assert other.pid != child.pid


@linux
def test_a_child_that_hangs_is_killed_by_the_clock(good, tmp_path):
    with Inspector(child_limits=ChildLimits(wall_s=0.5)) as inspector:
        inspector.inspect(good, tmp_path)
        with the_child(inspector) as child:
            os.kill(child.pid, signal.SIGSTOP)
        assert refusal(inspector, good, tmp_path) == Refusal.TOO_SLOW
        assert inspector.inspect(good, tmp_path).width_px == 56


@linux
def test_a_child_that_died_between_images_costs_none(good, tmp_path):
    with Inspector() as inspector:
        for _ in range(3):
            inspector.inspect(good, tmp_path)
            with the_child(inspector) as child:
                os.kill(child.pid, signal.SIGKILL)


def test_a_used_child_that_dies_does_not_condemn_the_image(good, tmp_path, monkeypatch):
    with Inspector() as inspector:
        inspector.inspect(good, tmp_path)
        with the_child(inspector) as child:
            child._process.kill()
            child._process.wait()
        monkeypatch.setattr(Child, "usable", lambda self: True)
        assert inspector.inspect(good, tmp_path).width_px == 56


@linux
def test_a_used_child_short_of_memory_is_given_a_second_life(stored, good, tmp_path, monkeypatch):
    """Holes that earlier images left in its memory must not refuse a later one."""
    asked = []
    true_ask = Child.ask

    def short_of_memory_when_used(self, request):
        asked.append(self.pid)
        reply = true_ask(self, request)
        return reply if self.fresh else {"refused": Refusal.TOO_MUCH_MEMORY, "values": {}}

    monkeypatch.setattr(Child, "ask", short_of_memory_when_used)
    with Inspector() as inspector:
        inspector.inspect(good, tmp_path)
        assert inspector.inspect(good, tmp_path).width_px == 56
    assert len(asked) == 3
    assert len(set(asked)) == 2


def test_a_child_is_replaced_after_its_number_of_images(good, tmp_path):
    pids = []
    with Inspector(child_limits=ChildLimits(images=2)) as inspector:
        for _ in range(5):
            inspector.inspect(good, tmp_path)
            with the_child(inspector) as child:
                pids.append(child.pid)
    assert pids[0] == pids[1] != pids[2] == pids[3] != pids[4]


def test_many_threads_get_their_own_answers(stored, tmp_path):
    def ask(number):
        path = stored(encoded(colour(20 + number, 30 + number), "PNG"), f"image {number}")
        folder = tmp_path / str(number)
        folder.mkdir()
        told = inspector.inspect(path, folder)
        return told.width_px - 30, told.height_px - 20, seen(told.previews[320]).shape[1] - 30

    with Inspector(children=2) as inspector, ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(ask, range(24)))
    assert answers == [(number,) * 3 for number in range(24)]


def test_closing_ends_the_child_and_a_later_call_starts_another(good, tmp_path):
    inspector = Inspector()
    inspector.inspect(good, tmp_path)
    with the_child(inspector) as child:
        process = child._process
    inspector.close()
    assert process.returncode == 0
    assert inspector.inspect(good, tmp_path).width_px == 56
    inspector.close()


def test_a_child_that_cannot_start_is_said_to_be_away(good, tmp_path, monkeypatch):
    monkeypatch.setattr(child_module, "_settings", lambda *limits: "no settings")
    with Inspector() as inspector:
        for _ in range(2):
            with pytest.raises(Unavailable):
                inspector.inspect(good, tmp_path)


@linux
def test_the_child_holds_no_secrets_and_few_means(good, tmp_path, monkeypatch):
    monkeypatch.setenv("LABELER_DATABASE_URL", "postgresql://user:secret@host/labeler")
    with Inspector() as inspector, (tmp_path / "open in the parent").open("wb"):
        inspector.inspect(good, tmp_path)
        with the_child(inspector) as child:
            process = Path(f"/proc/{child.pid}")
        assert b"LABELER" not in (process / "environ").read_bytes()
        opened = [str(entry.readlink()) for entry in (process / "fd").iterdir()]
        assert opened.count("/dev/null") == 3
        assert sorted(name.split(":")[0] for name in opened if name != "/dev/null") == ["pipe"] * 2
        limits = (process / "limits").read_text()
    hard = {line[:25].strip(): line[25:].split()[1] for line in limits.splitlines()[1:]}
    assert hard["Max core file size"] == "0"
    assert hard["Max processes"] == "0"
    assert int(hard["Max open files"]) <= 16
    assert int(hard["Max file size"]) <= 64 * 2**20
    assert int(hard["Max address space"]) < 2**30


@linux
def test_the_child_imports_little(good, tmp_path):
    with Inspector() as inspector:
        inspector.inspect(good, tmp_path)
        with the_child(inspector) as child:
            mapped = Path(f"/proc/{child.pid}/maps").read_text()
    assert "PIL" in mapped
    assert not [name for name in ("cv2", "/scipy/", "sqlite", "_ssl") if name in mapped]


@linux
def test_the_child_ends_with_its_parent(good, tmp_path):
    program = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from labeler.pixels.inspector import Inspector\n"
        "inspector = Inspector()\n"
        "inspector.inspect(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "print(inspector._places.get().pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    command = [sys.executable, "-c", program, str(good), str(tmp_path)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == -signal.SIGKILL
    _wait_until_gone(int(done.stdout))


@linux
def test_the_child_ends_even_while_a_sibling_holds_its_pipe(tmp_path):
    """A process forked by the parent keeps the pipe open; the child notices the orphanage."""
    program = (
        "import os, signal, sys\n"
        "from labeler.pixels import inspect_child\n"
        "inbox, parent = os.pipe()\n"
        "inspect_child._LOOK_FOR_PARENT_S = 0.1\n"
        "if os.fork() == 0:\n"
        "    print(os.getpid(), flush=True)\n"
        "    inspect_child.serve(inbox, 1, None, 1)\n"
        "    os._exit(0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    _wait_until_gone(int(done.stdout))


def _wait_until_gone(pid):
    end = time.monotonic() + 10
    while time.monotonic() < end:
        state = Path(f"/proc/{pid}/stat")
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            # A zombie that nobody waits for has ended too.
            if state.read_text().rsplit(")", 1)[1].split()[0] != "Z":
                time.sleep(0.05)
                continue
        return
    raise AssertionError(f"process {pid} still runs")


GOOD_ANSWER = {
    "format": "PNG", "width_px": 5, "height_px": 4, "bit_depth": 8, "channels": 3, "plain": True,
    "pixel_sha256": "ab" * 32, "perceptual_hash": "cd" * 8, "thumbnail": "AAAA" * 1365 + "AA==",
}  # fmt: skip


@pytest.mark.parametrize(
    "spoilt",
    [
        {"format": "GIF"},
        {"width_px": 0},
        {"width_px": "5"},
        {"height_px": True},
        {"pixel_sha256": "../../etc/passwd"},
        {"perceptual_hash": None},
        {"thumbnail": "AAAA"},
        {"thumbnail": "<script>"},
        {"tone": "<script>"},
    ],
)
def test_a_child_taken_over_cannot_tell_nonsense(spoilt):
    assert inspector_module._inspection(GOOD_ANSWER, {}).width_px == 5
    with pytest.raises(RefusedImage) as caught:
        inspector_module._inspection({**GOOD_ANSWER, **spoilt}, {})
    assert caught.value.reason == Refusal.DECODER_STOPPED


@pytest.mark.parametrize(
    "reply",
    [
        {},
        {"done": 5},
        {"refused": "{a.__class__}", "values": {"a": 1}},
        {"refused": Refusal.SIDE_TOO_LONG.value, "values": {}},
        {"refused": Refusal.OTHER_KIND.value, "values": {"reason": "x"}},
    ],
)
def test_a_child_taken_over_cannot_invent_sentences(reply):
    with pytest.raises(InvalidInput) as caught:
        inspector_module._done(reply)
    assert caught.value.message in {
        Refusal.DECODER_STOPPED.value,
        Refusal.OTHER_KIND.value,
    }


@pytest.mark.parametrize(
    "sent",
    [b"\xff\xff\xff\xff", b"\0\0\0\x02[]", b"\0\0\0\x04nope", b"\0\x01\0\0" + b"[" * 65536],
)
def test_what_is_no_message_is_told_from_an_end(sent):
    reading, writing = os.pipe()
    os.write(writing, sent[:60_000])
    if len(sent) > 60_000:
        threading.Thread(target=lambda: os.write(writing, sent[60_000:])).start()
    with pytest.raises(BrokenMessage):
        receive(reading)
    os.close(reading)
    os.close(writing)


@pytest.mark.parametrize("sent", [b"", b"\0\0", b"\0\0\0\x09{}"])
def test_an_end_in_mid_message_is_an_end(sent):
    reading, writing = os.pipe()
    os.write(writing, sent)
    os.close(writing)
    assert receive(reading) is None
    os.close(reading)


def test_a_message_arrives_as_it_was_sent():
    reading, writing = os.pipe()
    message = {"path": "사진\udcff", "low": None, "n": [1, 2]}
    send(writing, message)
    assert receive(reading) == message
    os.close(reading)
    os.close(writing)


def test_nonsense_from_the_child_refuses_one_image_only(good, tmp_path, monkeypatch):
    def nonsense(descriptor):
        raise BrokenMessage("nonsense")

    with Inspector() as inspector:
        inspector.inspect(good, tmp_path)
        with monkeypatch.context() as patch:
            patch.setattr(Child, "fresh", True)
            patch.setattr(child_module, "receive", nonsense)
            assert refusal(inspector, good, tmp_path) == Refusal.DECODER_STOPPED
        assert inspector.inspect(good, tmp_path).width_px == 56


@pytest.mark.skipif(not REAL_DATA.is_dir(), reason="the real pictures are not here")
def test_real_pictures_are_inspected_quickly(shared_inspector, tmp_path):
    pictures = sorted(REAL_DATA.glob("*/images/*.jpg"))[::24]
    assert len(pictures) >= 30
    started = time.monotonic()
    for path in pictures:
        told = shared_inspector.inspect(path, tmp_path)
        with Image.open(path) as picture:
            assert (told.width_px, told.height_px) == picture.size
        assert told.upright
    # Measured 15 ms each on an idle core; the bound only catches a change of kind.
    assert (time.monotonic() - started) / len(pictures) < 0.25


def test_limits_are_plain_values():
    assert json.loads(json.dumps(dataclasses.asdict(ChildLimits())))["wall_s"] == 10.0
