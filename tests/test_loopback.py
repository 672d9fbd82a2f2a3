"""The guard of `loopback.py`: on here, and harmless to what stays on this machine."""

import socket

import pytest

from labeler.cli.listening import lan_names
from tests.loopback import NetworkUsed


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_no_test_connects_to_another_machine(kind: int) -> None:
    with socket.socket(socket.AF_INET, kind) as wandering:
        wandering.settimeout(0.2)  # how long a run without the guard would try
        with pytest.raises(NetworkUsed, match="stay on this machine"):
            wandering.connect(("198.51.100.1", 9))


@pytest.mark.parametrize(
    "name", ["nowhere.invalid", b"nowhere.invalid", "192.0.2.1", "2001:db8::1"]
)
def test_no_test_looks_up_another_machine(name: str | bytes) -> None:
    with pytest.raises(NetworkUsed):
        socket.getaddrinfo(name, 80)


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "127.8.8.8"])
def test_this_machine_is_reached_by_its_own_names(name: str) -> None:
    with socket.create_server(("", 0)) as server:
        port = server.getsockname()[1]
        client = socket.create_connection((name, port), timeout=5)
        assert client.getpeername()[1] == port
        client.close()


def test_a_server_still_learns_its_own_addresses() -> None:
    assert all(not name.startswith("127.") for name in lan_names())
