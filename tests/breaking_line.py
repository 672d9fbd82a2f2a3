"""A network line between a client and a server that breaks once, in the middle of an answer."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Line:
    """Where to connect, what clients asked, and how many bytes came back to them."""

    address: str
    after_bytes: int
    asked: bytes = b""
    answered_bytes: int = 0
    broken: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def breaks_now(self, passed_bytes: int) -> bool:
        """Count an answer's bytes; true once, on the first connection that carried so many."""
        with self.lock:
            breaks = not self.broken and passed_bytes > self.after_bytes
            self.broken = self.broken or breaks
            return breaks


@contextmanager
def breaking_line(host: str, port: int, *, after_bytes: int) -> Iterator[Line]:
    """Pass everything on to `host:port`; cut the first connection that answers more than this."""
    listener = socket.create_server(("127.0.0.1", 0))
    line = Line(f"http://127.0.0.1:{listener.getsockname()[1]}", after_bytes)

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.create_connection((host, port))
                for pump in (_questions, _answers):
                    threading.Thread(target=pump, args=(line, client, server), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield line
    finally:
        listener.close()


def _questions(line: Line, client: socket.socket, server: socket.socket) -> None:
    with suppress(OSError):
        while piece := client.recv(65_536):
            line.asked += piece
            server.sendall(piece)
        server.shutdown(socket.SHUT_WR)


def _answers(line: Line, client: socket.socket, server: socket.socket) -> None:
    passed = 0
    with suppress(OSError):
        while piece := server.recv(65_536):
            client.sendall(piece)
            passed += len(piece)
            line.answered_bytes += len(piece)
            if line.breaks_now(passed):
                break
    for end in (client, server):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
