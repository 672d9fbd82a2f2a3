"""From errors to answers: problem+json for programs, a page or a fragment for people."""

from collections.abc import Sequence
from typing import Any

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
    422: "Please correct this",
    429: "Please wait",
    500: "Something went wrong",
    503: "Not available at the moment",
}
_PLAIN = {
    404: "There is nothing here for you. Check the address, or sign in as somebody else.",
    405: "This address does not take that kind of request.",
    413: "The request is larger than this server takes. Send fewer or smaller files at once.",
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
    fields: Sequence[FieldError] = (),
    extra: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """RFC 9457 problem+json."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": title_of(status),
        "status": status,
        "detail": detail,
        **(extra or {}),
    }
    if fields:
        body["errors"] = [{"field": f.path, "message": f.message} for f in fields]
    return JSONResponse(
        body, status, media_type="application/problem+json", headers=headers or None
    )


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
    if not _wants_page(request):
        return problem_response(status, detail, fields=fields, extra=extra, headers=headers)
    # Imported here: rendering needs the error family too, and problems come first.
    from labeler.web.rendering import render  # noqa: PLC0415

    partial = "hx-request" in request.headers
    template = "problems/_problem.html" if partial else "problems/page.html"
    return render(
        request, template, status_code=status, headers=headers,
        status=status, title=title_of(status), detail=detail, fields=fields,
    )  # fmt: skip


def _labeler_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, LabelerError):
        raise error
    from labeler.web.rendering import translate  # noqa: PLC0415

    status = status_of(error)
    if isinstance(error, NotSignedIn) and _is_page_visit(request):
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in?next={target}", 303)
    headers: dict[str, str] = {}
    extra: dict[str, Any] = {}
    if isinstance(error, TooManyAttempts | Unavailable):
        headers["Retry-After"] = str(error.retry_after_s)
    if isinstance(error, NotSignedIn):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, Conflict):
        extra["current"] = dict(error.current)
    if isinstance(error, MissingScope):
        extra["scope"] = error.scope
    fields = error.fields if isinstance(error, InvalidInput) else ()
    translated = tuple(FieldError(f.path, translate(request, f.message)) for f in fields)
    return _answer(
        request, status, translate(request, error.message, **error.values),
        fields=translated, extra=extra, headers=headers,
    )  # fmt: skip


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
    fields = []
    for fault in error.errors()[:50]:
        place = [str(part) for part in fault["loc"] if part not in ("body", "query", "path")]
        fields.append(FieldError(".".join(place) or "body", str(fault["msg"])))
    return _answer(request, 422, "The request has faults; nothing was changed.", fields=fields)


def _http_exception(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    headers = dict(error.headers or {})
    detail = _PLAIN.get(error.status_code, str(error.detail))
    return _answer(request, error.status_code, detail, headers=headers)


def _unknown(request: Request, _error: Exception) -> Response:
    return _answer(request, 500, _PLAIN[500])


def install_problem_handlers(app: FastAPI) -> None:
    """Make every error of `app` an answer that says what to do."""
    app.add_exception_handler(LabelerError, _labeler_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_exception)
    app.add_exception_handler(Exception, _unknown)
