"""The socket a server listens on, the addresses it has, and running uvicorn on it."""

import io
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Self

import uvicorn

from labeler.core.errors import Unavailable

if TYPE_CHECKING:
    from labeler.cli.worker_process import WorkerProcess
    from labeler.flows.site import Site

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  compared with, not bound to
_DRAIN_S = 10


class Listener:
    """A bound socket: whoever gets it knows that the port is theirs."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        # A `flows.tls` certificate: with one it speaks https.
        self.certificate: Any = None
        self.socket = _bind(host, port)
        self.port: int = self.socket.getsockname()[1]

    def __enter__(self) -> Self:
        """Nothing more to do."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give the port back."""
        self.socket.close()

    @property
    def address(self) -> str:
        """Where a browser on this machine goes."""
        return self._url("127.0.0.1" if self.host in EVERYWHERE else self.host)

    @property
    def lan_addresses(self) -> list[str]:
        """Where other machines go; none when only this one is let in."""
        if self.host not in EVERYWHERE:
            local = self.host.startswith("127.") or self.host in ("localhost", "::1")
            return [] if local else [self.address]
        return [self._url(one) for one in lan_names()]

    @property
    def authority_address(self) -> str | None:
        """Where tablets install the plant's authority; None without https or a network."""
        return authority_address(self.lan_addresses) if self.certificate else None

    def _url(self, host: str) -> str:
        return url("https" if self.certificate else "http", host, self.port)

    @staticmethod
    def qr_code(address: str) -> str:
        """An address as a QR code of block characters."""
        import segno

        out = io.StringIO()
        segno.make(address, micro=False).terminal(out, compact=True)
        return out.getvalue()


def url(scheme: str, host: str, port: int) -> str:
    """An address as browsers want it.

    >>> url("https", "fd00::7", 8000)
    'https://[fd00::7]:8000'
    """
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def authority_address(addresses: Sequence[str]) -> str | None:
    """Where tablets install the plant's authority from the first of the server's addresses.

    >>> authority_address(["https://10.0.0.7:8000", "https://10.1.0.7:8000"])
    'https://10.0.0.7:8000/plant-ca.crt'
    """
    return f"{addresses[0]}/plant-ca.crt" if addresses else None


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(2048)
    except OSError as error:
        bound.close()
        reason = error.strerror or str(error)
        message = f"Cannot listen on {host}:{port}: {reason}. Choose another --port or --host."
        raise Unavailable(message) from error
    return bound


def lan_names() -> list[str]:
    """This machine's addresses for others; asking for a route sends nothing."""
    found = []
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        found.append(str(probe.getsockname()[0]))
    with suppress(OSError):
        found += socket.gethostbyname_ex(socket.gethostname())[2]
    return [one for one in dict.fromkeys(found) if not one.startswith("127.")]


def own_names() -> list[str]:
    """Every name and address under which a browser may look for this machine."""
    return [socket.gethostname(), "localhost", "127.0.0.1", *lan_names()]


def _config(app: Any, listener: Listener, **more: Any) -> uvicorn.Config:
    certificate = listener.certificate
    return uvicorn.Config(
        app,
        ssl_certfile=certificate and certificate.certificate,
        ssl_keyfile=certificate and certificate.key,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_DRAIN_S,
        **more,
    )


class _Server(uvicorn.Server):
    """Says when it answers, so that what else starts does not slow the start."""

    def __init__(self, config: uvicorn.Config, when_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._when_started = when_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening, then tell."""
        await super().startup(sockets)
        self._when_started()


def run_one(site: "Site", listener: Listener, beside: "WorkerProcess") -> None:
    """Serve in this process until SIGTERM or SIGINT."""
    from labeler.web.app import create_app

    server = _Server(_config(create_app(site), listener), beside.start)
    with _signals_end_quietly():
        try:
            server.run(sockets=[listener.socket])
        finally:
            beside.stop()


def run_several(listener: Listener, workers: int, beside: "WorkerProcess") -> None:
    """Serve in several processes until SIGTERM or SIGINT; each makes its own application."""
    from uvicorn.supervisors import Multiprocess

    config = _config(
        "labeler.cli.server_process:application", listener, factory=True, workers=workers
    )
    beside.start()
    try:
        Multiprocess(config, sockets=[listener.socket]).run()
    finally:
        beside.stop()


@contextmanager
def _signals_end_quietly() -> Iterator[None]:
    """Let uvicorn's own handlers end the server.

    It raises the signals once more when it is done; with the default actions that would
    end us before the worker has ended.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    kept = {s: signal.signal(s, _ignore) for s in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def _ignore(_number: int, _frame: object) -> None:
    """Do nothing."""
