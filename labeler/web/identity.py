"""Cookies and tokens: who a request comes from."""

from fastapi import Request
from starlette.responses import Response

from labeler.core.errors import NotSignedIn
from labeler.core.people import Principal
from labeler.flows.sign_in import session_principal, token_principal
from labeler.flows.site import Site

SESSION = "labeler_session"
DEVICE = "labeler_device"
_DEVICE_DAYS = 3650


def _name(request: Request, cookie: str) -> str:
    # The prefix binds the cookie to this host, but browsers take it under TLS only.
    return f"__Host-{cookie}" if request.url.scheme == "https" else cookie


def set_cookie(request: Request, response: Response, cookie: str, value: str) -> None:
    """Give the browser a session or device key that no script and no other site can use."""
    response.set_cookie(
        _name(request, cookie), value, httponly=True, samesite="strict", path="/",
        secure=request.url.scheme == "https",
        max_age=_DEVICE_DAYS * 86_400 if cookie == DEVICE else None,
    )  # fmt: skip


def drop_cookie(request: Request, response: Response, cookie: str) -> None:
    """Take a cookie back."""
    response.delete_cookie(
        _name(request, cookie), path="/", httponly=True, samesite="strict",
        secure=request.url.scheme == "https",
    )  # fmt: skip


def device_key(request: Request) -> str:
    """The enrolled tablet's key, empty on any other device."""
    return request.cookies.get(_name(request, DEVICE), "")


def session_mark(who: Principal) -> str | None:
    """What pages tell sessions apart by: a part of the hash, which opens none."""
    return who.session_sha256[:16] if who.session_sha256 else None


def find_principal(request: Request, site: Site) -> Principal | None:
    """Who is asking; None for nobody. Raises `NotSignedIn` for a token that does not hold."""
    header = request.headers.get("authorization")
    if header is not None:
        scheme, _, token = header.partition(" ")
        found = token_principal(site, token.strip()) if scheme.lower() == "bearer" else None
        if found is None:
            raise NotSignedIn("This token is wrong, expired or revoked. Ask for a new one.")
        return found
    cookie = request.cookies.get(_name(request, SESSION))
    return session_principal(site, cookie) if cookie else None
