"""The description of the API: besides FastAPI's, how to sign in and what refusals look like."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI

from labeler.web.access import Access, api_routes, declared_access
from labeler.web.identity import SESSION
from labeler.web.problems import title_of

Document = dict[str, Any]

_SAFE = frozenset({"get", "head", "options"})
_WAITS = frozenset({429, 503})
_OWN_ACCOUNT = "/api/v1/password"
_DOWNLOAD = "/api/v1/exports/{export_id}/download"
# Where somebody can have been faster, or a rule stands in the way of what was asked.
_CONFLICTS = frozenset(
    {
        ("post", "/api/v1/projects"),
        ("post", "/api/v1/reviews"),
        ("post", "/api/v1/reviews/{review}/withdrawal"),
        ("post", "/api/v1/disputes/{dispute}/ruling"),
        ("post", "/api/v1/change-requests/{request}/answer"),
        ("post", "/api/v1/projects/{code}/audit-samples"),
        ("post", "/api/v1/images/{image}/reopening"),
        ("get", _DOWNLOAD),
        ("head", _DOWNLOAD),
        ("get", "/api/v1/exports/{export_id}/manifest"),
        ("get", "/api/v1/exports/{export_id}/receipt"),
        ("post", "/api/v1/studies/{study}/end"),
        ("post", "/api/v1/users"),
        ("delete", "/api/v1/users/{user}"),
        ("post", "/api/v1/users/{user}/secret"),
        ("put", "/api/v1/users/{user}/badge"),
        ("put", _OWN_ACCOUNT),
    }
)
_BODY_ERROR: Document = {
    "type": "object",
    "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
    "required": ["field", "message"],
}
_PROBLEM: Document = {
    "type": "object",
    "description": "RFC 9457: what was refused, and what to do about it.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"type": "array", "items": _BODY_ERROR, "description": "422: every wrong field."},
        "scope": {"type": "string", "description": "403: the scope that the token lacks."},
        "current": {"type": "object", "description": "409: what is there now."},
    },
    "required": ["type", "title", "status", "detail"],
}
_SCHEMES: Document = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API token. It can do what its owner's role and its scopes share.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": SESSION,
        "description": "The session of a signed-in browser; under TLS its name begins with "
        "`__Host-`. Changes must come from the same origin.",
    },
}


class DescribedApi(FastAPI):
    """The application; its description says who may come in and which refusals there are."""

    def openapi(self) -> Document:
        """The OpenAPI document, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = _described(self, super().openapi())
        return self.openapi_schema


def _described(app: FastAPI, document: Document) -> Document:
    accesses = {
        (method.lower(), route.path): declared_access(route)
        for route in api_routes(app)
        for method in route.methods or ()
    }
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            access = accesses.get((method, path))
            in_api = path.startswith("/api/")
            if access is not None and access.roles:
                operation["security"] = [{"token": []}, {"session": []}]
            for status in _refusals(method, path, operation, access) if in_api else ():
                operation["responses"][str(status)] = {"$ref": f"#/components/responses/{status}"}
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    # Ours look otherwise, and nothing else refers to them.
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = _PROBLEM
    components["securitySchemes"] = _SCHEMES
    components["responses"] = {str(status): _refusal(status) for status in sorted(_STATUSES)}
    return document


_STATUSES = frozenset({400, 401, 403, 404, 409, 413, 416, 422, 429, 503})


def _refusals(
    method: str, path: str, operation: Mapping[str, Any], access: Access | None
) -> list[int]:
    """The statuses that an operation of the API can be refused with."""
    found = [503]
    if access is not None and access.roles:
        # A wrong role looks like an address that is not there.
        found += [401, 404]
    elif method not in _SAFE:
        # What anybody may ask for and changes something is a sign-in.
        found += [401, 429]
    if path == _OWN_ACCOUNT:
        found.append(429)
    if method not in _SAFE or (access is not None and access.scope is not None):
        found.append(403)
    if "requestBody" in operation:
        found += [413, 422]
    if operation.get("parameters"):
        found.append(422)
    if path == _DOWNLOAD:
        found += [400, 416]
    if (method, path) in _CONFLICTS:
        found.append(409)
    return sorted(set(found))


def _refusal(status: int) -> Document:
    told: Document = {
        "description": title_of(status),
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        },
    }
    if status in _WAITS:
        told["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
    if status == 401:
        told["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    return told
