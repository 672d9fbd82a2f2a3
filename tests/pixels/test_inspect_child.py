"""What the child answers, asked in this process: every answer is fit for JSON."""

import json
import os
import threading

import pytest

from labeler.pixels import inspect_child
from labeler.pixels.inspect_child import answer, serve
from labeler.pixels.limits import Limits
from labeler.pixels.messages import receive, send
from labeler.pixels.refusals import Refusal
from tests.pixels.made_pictures import colour, encoded, gray16


@pytest.fixture
def ask(tmp_path):
    def asked(data, operation="inspect", **more):
        path = tmp_path / "stored"
        path.write_bytes(data)
        request = {"operation": operation, "path": str(path), **more}
        request.setdefault("previews", {"320": str(tmp_path / "320.jpg")})
        return json.loads(json.dumps(answer(request, Limits())))

    return asked


def test_facts_come_as_plain_values(ask, tmp_path):
    done = ask(encoded(gray16(), "PNG"))["done"]
    assert (done["format"], done["bit_depth"], done["channels"]) == ("PNG", 16, 1)
    assert (tmp_path / "320.jpg").stat().st_size > 100


def test_a_refusal_comes_with_its_values(ask):
    assert ask(b"%PDF-1.4") == {"refused": Refusal.OTHER_KIND, "values": {"kind": "PDF"}}


def test_an_empty_window_is_told_from_a_refusal(ask):
    reply = ask(encoded(colour(), "PNG"), "preview", low=7, high=7)
    assert reply["values"] == {"low": 7, "high": 7}
    assert "wrong" in reply


def test_a_window_is_told(ask):
    data = encoded(gray16(), "PNG")
    assert ask(data, "preview", low=7, high=9)["done"] == {"low": 7, "high": 9}


def test_a_full_or_missing_disk_is_told_with_its_number(ask, tmp_path):
    reply = ask(encoded(colour(), "PNG"), previews={"320": str(tmp_path / "no folder" / "x")})
    assert reply["errno"] == 2


def test_memory_that_runs_out_after_decoding_is_a_refusal_too(ask, monkeypatch):
    def hungry(*arguments):
        raise MemoryError

    monkeypatch.setattr(inspect_child.preview, "shown", hungry)
    assert ask(encoded(colour(), "PNG"))["refused"] == Refusal.TOO_MUCH_MEMORY


@pytest.mark.parametrize("memory", [True, False])
def test_it_serves_until_its_input_ends_or_memory_ran_out(memory, monkeypatch):
    replies = {"refused": Refusal.TOO_MUCH_MEMORY} if memory else {"done": {}}
    monkeypatch.setattr(inspect_child, "answer", lambda request, limits: replies)
    monkeypatch.setattr(inspect_child, "allow_cpu", lambda seconds: None)
    inbox, requests = os.pipe()
    answers, outbox = os.pipe()
    server = threading.Thread(target=serve, args=(inbox, outbox, Limits(), 10))
    server.start()
    send(requests, {"operation": "inspect"})
    assert receive(answers) == replies
    if not memory:
        os.close(requests)
    server.join(10)
    assert not server.is_alive()
    for descriptor in (inbox, answers, outbox, *([requests] if memory else [])):
        os.close(descriptor)
