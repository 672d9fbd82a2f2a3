"""Fields of a form that no route reads: naming one is better than leaving it aside silently."""

from collections.abc import Awaitable, Callable

from fastapi import Request

from labeler.core.errors import FieldError, InvalidInput


def only_fields(*known: str) -> Callable[[Request], Awaitable[None]]:
    """A dependency that refuses a form with other fields than these, naming each."""

    async def check(request: Request) -> None:
        sent = dict.fromkeys(await request.form())
        unknown = [name for name in sent if name not in known]
        if unknown:
            raise InvalidInput(
                "The form has fields that this address does not know.",
                fields=[FieldError(name[:80], "Leave it out.") for name in unknown[:50]],
            )

    return check
