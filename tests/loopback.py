"""Nothing that tests do leaves this machine: Python itself refuses to connect elsewhere."""

import ipaddress
import socket
import sys
from typing import Any

# What `labeler.cli.listening` asks for a route; a datagram socket that connects sends nothing.
_ROUTE_PROBE = "192.0.2.1"
_HERE = {None, "", "localhost", "plant.test"}
_added = False


class NetworkUsed(RuntimeError):
    """A test wanted to leave this machine; no OSError, as code expects those and goes on."""


def stay_here() -> None:
    """Refuse, from now on and for good, every other machine's name and address."""
    global _added  # noqa: PLW0603 - an audit hook cannot be taken away, and one is enough
    if not _added:
        sys.addaudithook(_refuse)
        _added = True


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        opened, address = arguments
        if opened.family not in (socket.AF_INET, socket.AF_INET6):
            return
        host = address[0]
        probe = opened.type == socket.SOCK_DGRAM and host == _ROUTE_PROBE
    elif event == "socket.getaddrinfo":
        host, probe = arguments[0], False
    else:
        return
    if not probe and not _is_here(host):
        raise NetworkUsed(f"Tests stay on this machine, and this asks for {host!r}: {event}")


def _is_here(host: str | bytes | None) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in _HERE:
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    # A server that listens everywhere asks for the address that means every one of its own.
    return address.is_loopback or address.is_unspecified
