"""From errors to answers: problem+json for programs, a page or a fragment for people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from labeler.core.errors import (
    CheckFailed,
    Conflict,
    FieldError,
    InvalidInput,
    LabelerError,
    MissingScope,
    NotBuilt,
    NotFound,
    NotSignedIn,
    TooLarge,
    TooManyAttempts,
    Unavailable,
)
from labeler.core.next_steps import next_step
from labeler.web.identity import find_principal

_STATUS: tuple[tuple[type[LabelerError], int], ...] = (
    (NotBuilt, 422),
    (InvalidInput, 422),
    (NotSignedIn, 401),
    (MissingScope, 403),
    (NotFound, 404),
    (Conflict, 409),
    (CheckFailed, 409),
    (TooLarge, 413),
    (TooManyAttempts, 429),
    (Unavailable, 503),
)
_TITLES = {
    400: "This request cannot be read",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible here",
    409: "It has changed meanwhile",
    413: "Too large",
    416: "Behind the end of the file",
    422: "Please correct this",
    429: "Please wait",
    500: "Something went wrong",
    503: "Not available at the moment",
}
_PLAIN = {
    404: "There is nothing here for you. Check the address, or sign in as somebody else.",
    400: "The request cannot be read. Check what was sent, and send it again.",
    405: "This address does not take that kind of request.",
    416: "The file ends before that. Begin again, or ask for a part that it has.",
    413: "The request is larger than this server takes. Send fewer or smaller files at once.",
    422: "The request has faults; nothing was changed.",
    500: "Nothing was half-done. Try again; if it happens again, tell your administrator.",
}


def status_of(error: LabelerError) -> int:
    """The HTTP status of an error of the family."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def title_of(status: int) -> str:
    """A short title for a status, in English."""
    return _TITLES.get(status, "Something went wrong")


def problem_response(
    status: int,
    detail: str,
    *,
    title: str = "",
    fields: Sequence[FieldError] = (),
    extra: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """RFC 9457 problem+json; the title in English unless one is given."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": title or title_of(status),
        "status": status,
        "detail": _whole(detail),
        **(extra or {}),
    }
    if fields:
        body["errors"] = [{"field": _whole(f.path), "message": _whole(f.message)} for f in fields]
    return JSONResponse(
        body, status, media_type="application/problem+json", headers=headers or None
    )


def _whole(text: str) -> str:
    """The text with "?" for half surrogates: what was sent may be quoted in the answer."""
    return text.encode("utf-8", "replace").decode()


def _wants_page(request: Request) -> bool:
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get(
        "accept", ""
    )


def _answer(
    request: Request,
    status: int,
    detail: str,
    *,
    fields: Sequence[FieldError] = (),
    extra: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    # Imported here: rendering needs the error family too, and problems come first.
    from labeler.web.rendering import render, translate, wants_fragment

    _note_who(request)
    title = translate(request, title_of(status))
    if not _wants_page(request):
        return problem_response(
            status, detail, title=title, fields=fields, extra=extra, headers=headers
        )
    partial = wants_fragment(request)
    template = "problems/_problem.html" if partial else "problems/page.html"
    return render(
        request, template, status_code=status, headers=headers,
        status=status, title=title, detail=detail, fields=fields,
    )  # fmt: skip


def _note_who(request: Request) -> None:
    """A page's frame shows who is signed in, also where no route was found or reached."""
    if not hasattr(request.state, "who"):
        try:
            request.state.who = find_principal(request, request.app.state.site)
        except LabelerError:
            request.state.who = None


@dataclass(frozen=True, slots=True)
class Problem:
    """An error in the words of whoever asked; `fields` maps a field's path to its message."""

    status: int
    detail: str
    fields: Mapping[str, str]
    headers: Mapping[str, str]


def explain(request: Request, error: LabelerError) -> Problem:
    """What a page shows beside the form that was refused."""
    from labeler.web.rendering import translate

    fields = {f.path: f.message for f in _translated_fields(request, error)}
    detail = translate(request, error.message, **error.values)
    return Problem(status_of(error), detail, fields, _headers_of(error))


def _translated_fields(request: Request, error: LabelerError) -> tuple[FieldError, ...]:
    from labeler.web.rendering import translate

    fields = error.fields if isinstance(error, InvalidInput) else ()
    return tuple(
        FieldError(f.path, translate(request, f.key or f.message, **f.values)) for f in fields
    )


def _headers_of(error: LabelerError) -> dict[str, str]:
    if isinstance(error, TooManyAttempts | Unavailable):
        return {"Retry-After": str(error.retry_after_s)}
    return {"WWW-Authenticate": "Bearer"} if isinstance(error, NotSignedIn) else {}


def _labeler_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, LabelerError):
        raise error
    status = status_of(error)
    if isinstance(error, NotSignedIn) and _is_page_visit(request):
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        asked = "" if target == "/" else f"?{urlencode({'next': target})}"
        return RedirectResponse(f"/sign-in{asked}", 303)
    extra: dict[str, Any] = {}
    if isinstance(error, Conflict):
        extra["current"] = dict(error.current)
    if isinstance(error, MissingScope):
        extra["scope"] = error.scope
    return _answer(
        request, status, _detail(request, error),
        fields=_translated_fields(request, error), extra=extra, headers=_headers_of(error),
    )  # fmt: skip


def _detail(request: Request, error: LabelerError) -> str:
    """The message, and what to do where it does not go on to say so itself."""
    from labeler.web.rendering import translate

    told = translate(request, error.message, **error.values)
    step = next_step(error)
    return told if step is None else f"{told} {translate(request, step.web)}"


def _is_page_visit(request: Request) -> bool:
    return (
        request.method == "GET"
        and _wants_page(request)
        and "hx-request" not in request.headers
        and request.url.path != "/sign-in"
    )


def _invalid_request(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    from labeler.web.rendering import translate

    _note_who(request)
    fields = []
    for fault in error.errors()[:50]:
        # For text that is no JSON the place is a character's number: the body as a whole.
        whole = fault["type"] == "json_invalid"
        parts = () if whole else fault["loc"]
        place = [str(part) for part in parts if part not in ("body", "query", "path")]
        # Our own words, without the word for what kind of error they are.
        own = fault.get("ctx", {}).get("error") if fault["type"] == "value_error" else None
        said = translate(request, str(fault["msg"] if own is None else own))
        fields.append(FieldError(".".join(place) or "body", said))
    return _answer(request, 422, _faulty(request), fields=fields)


def _faulty(request: Request) -> str:
    from labeler.web.rendering import translate

    return f"{translate(request, _PLAIN[422])} {translate(request, 'Correct what is named.')}"


def _http_exception(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    from labeler.web.rendering import translate

    _note_who(request)
    if error.status_code == 400 and request.method != "GET" and not _wants_page(request):
        # A body that no reader of its kind can read is a bad body like any other.
        unread = FieldError("body", translate(request, _PLAIN[400]))
        return _answer(request, 422, _faulty(request), fields=[unread])
    headers = dict(error.headers or {})
    detail = _PLAIN.get(error.status_code, str(error.detail))
    return _answer(request, error.status_code, translate(request, detail), headers=headers)


def too_large(request: Request) -> Response:
    """The answer to a body that is too large to be read at all."""
    from labeler.web.rendering import translate

    _note_who(request)
    return _answer(request, 413, translate(request, _PLAIN[413]))


def _unknown(request: Request, _error: Exception) -> Response:
    # This answer is made outside of the middleware that dresses all others.
    from labeler.web.rendering import translate
    from labeler.web.security import dress

    answer = _answer(request, 500, translate(request, _PLAIN[500]))
    dress(answer.headers, scheme=request.url.scheme)
    return answer


def install_problem_handlers(app: FastAPI) -> None:
    """Make every error of `app` an answer that says what to do."""
    app.add_exception_handler(LabelerError, _labeler_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_exception)
    app.add_exception_handler(Exception, _unknown)
