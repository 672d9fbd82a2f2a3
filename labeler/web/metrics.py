"""Counting requests for /metrics, by route template: never by id, name or address."""

import time

from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_REQUESTS = Counter("labeler_requests", "Answered requests.", ("route", "method", "status"))
_SECONDS = Histogram("labeler_request_seconds", "Time to the answer's first byte.", ("route",))


class CountRequests:
    """Counts each answer and its time to the first byte."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and watch its answer begin."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", "other")
                _REQUESTS.labels(route, scope["method"], message["status"]).inc()
                _SECONDS.labels(route).observe(time.perf_counter() - started)
            await send(message)

        await self.app(scope, receive, watched)
