"""How much one request may carry.

FastAPI's own `max_body_size` answers in plain text from outside of our middleware, without
the security headers and without a word on what to do; so this stands in its place.
"""

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from labeler.web.problems import too_large


class LimitBody:
    """Refuses a body beyond `most_bytes`: announced before it is read, else while it comes."""

    def __init__(self, app: ASGIApp, *, most_bytes: int) -> None:
        self.app = app
        self.most_bytes = most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and count what comes in."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdecimal() and int(announced) > self.most_bytes:
            refusal = await run_in_threadpool(too_large, Request(scope))
            await refusal(scope, receive, send)
            return
        seen_bytes = 0

        async def counted() -> Message:
            nonlocal seen_bytes
            message = await receive()
            seen_bytes += len(message.get("body", b""))
            if seen_bytes > self.most_bytes:
                raise HTTPException(413)
            return message

        await self.app(scope, counted, send)
