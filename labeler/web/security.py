"""Headers on every answer, and the rule that changes come from our own pages."""

from collections.abc import Iterable
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from labeler.web.problems import problem_response

_CSP: Final = (
    "default-src 'self'; img-src 'self' blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "content-security-policy": _CSP,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
}
# Browsers heed it under TLS only, and over plain http they log a line for every page.
_UNDER_TLS: Final = {"cross-origin-opener-policy": "same-origin"}
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def dress(headers: MutableHeaders, *, scheme: str) -> None:
    """Add the headers that hold for every answer; `no-store` unless the answer says else."""
    for name, value in (_HEADERS | _UNDER_TLS if scheme == "https" else _HEADERS).items():
        headers.setdefault(name, value)
    headers.setdefault("cache-control", "no-store")


class SecurityHeaders:
    """Dresses every answer on its way out."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and dress its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                dress(MutableHeaders(scope=message), scheme=scope["scheme"])
            await send(message)

        await self.app(scope, receive, dressed)


class SameOrigin:
    """Refuses changes that another site's page could have made a browser send.

    `Sec-Fetch-Site` decides where the browser sends it; plain-http pages of a plant's
    network lack it, so there the `Origin` must be ours. A change with a cookie and
    neither header is refused; programs send a token instead of a cookie.
    """

    def __init__(self, app: ASGIApp, *, origins: Iterable[str]) -> None:
        self.app = app
        self.origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403."""
        if scope["type"] == "http" and scope["method"] not in _SAFE:
            headers = Headers(scope=scope)
            if not self._is_ours(scope, headers):
                refuse = problem_response(
                    403,
                    "This change did not come from a page of this server. "
                    "Reload the page and try again.",
                )
                await refuse(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _is_ours(self, scope: Scope, headers: Headers) -> bool:
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site in ("same-origin", "none") or headers.get("origin") in self.origins
        origin = headers.get("origin")
        if origin is not None:
            own = f"{scope['scheme']}://{headers.get('host', '')}"
            return origin in (self.origins or {own})
        return not cookie_parser(headers.get("cookie", ""))
