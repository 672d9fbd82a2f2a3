"""Servers as real processes: what they print, and that nothing outlives them."""

import os
import re
import signal
import socket
from pathlib import Path

import pytest

from labeler.cli.listening import Listener
from labeler.cli.opening import environment_of
from labeler.cli.serve import show_addresses
from labeler.settings import Settings, load_settings
from tests.cli.conftest import Run, Start, children_of, is_running, until
from tests.conftest import PostgresServer

CODE = re.compile(r"^ {4}[2-9a-z]{4}-[2-9a-z]{4}-[2-9a-z]{4}$", re.MULTILINE)


def test_a_first_start_makes_the_tables_prints_one_set_up_code_and_stops_cleanly(
    start: Start, tmp_path: Path
) -> None:
    server = start("serve", LABELER_DATA=str(tmp_path / "fresh"))
    assert len(CODE.findall(server.output)) == 1
    assert f"{server.address}/setup" in server.output
    assert server.address.startswith("http://127.0.0.1:")
    assert "Only this machine reaches it." in server.output
    worker = server.worker()
    assert server.end(signal.SIGTERM) == 0
    assert not is_running(worker)
    assert "Traceback" not in server.output


def test_a_later_start_prints_no_code_and_ctrl_c_stops_it(
    run: Run, project: str, data: Path, start: Start
) -> None:
    server = start("serve", LABELER_DATA=str(data))
    worker = server.worker()
    assert CODE.findall(server.output) == []
    assert server.end(signal.SIGINT) == 0
    assert not is_running(worker)


def test_a_killed_server_takes_its_worker_along_and_a_killed_worker_comes_again(
    data: Path, start: Start
) -> None:
    server = start("serve", LABELER_DATA=str(data))
    first = server.worker()
    os.kill(first, signal.SIGKILL)
    assert until(lambda: children_of(server.process.pid) not in ([], [first]))
    assert "The worker ended with code -9; it starts again" in server.output
    assert server.answers()
    second = server.worker()
    server.end(signal.SIGKILL)
    assert until(lambda: not is_running(second))


def test_a_port_that_is_taken_is_one_sentence(run: Run) -> None:
    with Listener("127.0.0.1", 0) as taken:
        said = run("serve", "--port", taken.port, code=1).stderr
    assert f"Cannot listen on 127.0.0.1:{taken.port}: Address already in use." in said


def test_several_server_processes_on_sqlite_are_wrong_usage(run: Run) -> None:
    assert "need PostgreSQL: SQLite has one writer" in run("serve", "--workers", "2", code=2).stderr


def test_several_server_processes_on_postgresql_answer_and_end_together(
    postgres: PostgresServer, start: Start, tmp_path: Path
) -> None:
    url = postgres.fresh()
    server = start(
        "serve", "--workers", "2", LABELER_DATA=str(tmp_path / "several"), LABELER_DATABASE_URL=url
    )
    # Two servers, one worker for exports, and Python's own tracker of resources.
    assert until(lambda: len(children_of(server.process.pid)) >= 3)
    children = children_of(server.process.pid)
    server.end(signal.SIGKILL)
    assert until(lambda: not any(is_running(child) for child in children)), server.output
    postgres.drop(url)


def test_on_a_network_every_address_and_a_code_to_scan_are_shown() -> None:
    with Listener("0.0.0.0", 0) as everywhere:  # noqa: S104  it is what tablets need
        assert everywhere.address == f"http://127.0.0.1:{everywhere.port}"
        assert all(one.endswith(f":{everywhere.port}") for one in everywhere.lan_addresses)
        assert not any("127.0.0.1" in one for one in everywhere.lan_addresses)
    with Listener("127.0.0.1", 0) as here:
        assert here.lan_addresses == []
    drawn = Listener.qr_code("http://192.0.2.7:8000").splitlines()
    assert len(drawn) > 12
    assert set("".join(drawn)) <= set(" ▀▄█")


def test_an_ipv6_address_is_written_as_browsers_want_it() -> None:
    if not socket.has_ipv6:
        return
    with Listener("::1", 0) as here:
        assert here.address == f"http://[::1]:{here.port}"


def test_another_process_gets_the_same_settings(monkeypatch, tmp_path: Path) -> None:
    given = Settings(
        data=tmp_path,
        lease_s=77,
        timezone="Asia/Seoul",
        origins=("https://a.test", "http://b.test"),
    )
    for name, value in environment_of(given).items():
        monkeypatch.setenv(name, value)
    assert load_settings() == given


def test_tablets_are_shown_where_to_install_the_plants_authority(run: Run, tmp_path: Path) -> None:
    address = "https://labels.plant.example:8443/plant-ca.crt"
    said = run("tls", "--host", "labels.plant.example", "--port", 8443).stdout
    assert f"from {address}" in said
    assert "serve --tls --host 0.0.0.0 --port 8443" in said
    assert Listener.qr_code(address).strip() in said


def test_a_server_with_https_shows_where_tablets_install_the_authority(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Listener("0.0.0.0", 0) as listener:  # noqa: S104  nobody is let in: it does not listen long
        show_addresses(listener)
        assert "plant-ca.crt" not in capsys.readouterr().out  # plain http needs no authority
        listener.certificate = object()
        show_addresses(listener)
    said = capsys.readouterr().out
    for address in listener.lan_addresses[:1]:
        assert f"from {address}/plant-ca.crt" in said
        assert Listener.qr_code(f"{address}/plant-ca.crt").strip() in said
