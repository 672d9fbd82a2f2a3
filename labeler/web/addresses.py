"""Addresses that a browser is sent to: only our own."""

from urllib.parse import urlsplit

from fastapi import Request

_LONGEST = 2_000
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def local_path(wanted: str, fallback: str = "/") -> str:
    r"""`wanted` if it is a path on this server, else `fallback`.

    Browsers drop tabs and line ends inside an address and read a backslash as a slash, so
    `/\t/elsewhere` would leave this server: nothing of that kind passes.

    >>> local_path("/projects/plates/review?x=1")
    '/projects/plates/review?x=1'
    >>> local_path("//elsewhere.test/")
    '/'
    """
    plain = wanted.isascii() and wanted.isprintable() and " " not in wanted and "\\" not in wanted
    if not plain or len(wanted) > _LONGEST or not wanted.startswith("/"):
        return fallback
    if wanted.startswith("//"):
        return fallback
    parts = urlsplit(wanted)
    return fallback if parts.scheme or parts.netloc else wanted


def own_address(request: Request) -> str:
    """Scheme and host under which the browser found this server, without a slash behind."""
    return f"{request.url.scheme}://{request.url.netloc}"


def is_loopback(request: Request) -> bool:
    """Whether that address works on this very computer only."""
    return request.url.hostname in _LOOPBACK
