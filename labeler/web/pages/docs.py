"""The API, read from the application itself: a page of ours without outside assets."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import JSONResponse, Response

from labeler.core.terms import Role
from labeler.web.access import Anybody, api_routes, declared_access
from labeler.web.rendering import render

router = APIRouter(include_in_schema=False)

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Value:
    """A parameter or a field: its name, kind in words, and whether it must be given."""

    name: str
    kind: str
    needed: bool
    note: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address."""

    method: str
    path: str
    note: str
    roles: tuple[Role, ...]
    scope: str | None
    parameters: tuple[Value, ...]
    body: str
    fields: tuple[Value, ...]
    answers: tuple[tuple[str, str], ...]

    @property
    def anchor(self) -> str:
        """An id for links inside the page."""
        plain = "".join(c if c.isalnum() else "-" for c in self.path.strip("/"))
        return f"{self.method.lower()}-{plain}"


def kind_of(schema: Schema) -> str:
    """A JSON schema in a few words.

    >>> kind_of({"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}]})
    'list of string, or null'
    """
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "enum" in schema:
        return " | ".join(str(v) for v in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    if "anyOf" in schema:
        return ", or ".join(kind_of(s) for s in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {kind_of(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type") or "any")


def _bounds(schema: Schema) -> str:
    words = {
        "minimum": "≥", "maximum": "≤", "minLength": "length ≥", "maxLength": "length ≤",
        "maxItems": "entries ≤", "default": "default",
    }  # fmt: skip
    found = [schema, *schema.get("anyOf", ())]
    return ", ".join(
        f"{sign} {part[key]}" for part in found for key, sign in words.items()
        if part.get(key) not in (None, [], "")
    )  # fmt: skip


def _fields(schema: Schema, components: Schema) -> tuple[Value, ...]:
    target = components.get(kind_of(schema), schema)
    needed = set(target.get("required", ()))
    return tuple(
        Value(name, kind_of(one), name in needed, _bounds(one))
        for name, one in target.get("properties", {}).items()
    )


def _content(part: Schema) -> tuple[str, Schema]:
    for media, content in part.get("content", {}).items():
        return str(media), content.get("schema", {})
    return "", {}


def _parameters(raw: Schema) -> tuple[Value, ...]:
    return tuple(
        Value(
            p["name"], kind_of(p["schema"]), bool(p.get("required")), _bounds(p["schema"]), p["in"]
        )
        for p in raw.get("parameters", ())
    )


def _operations(app: FastAPI) -> Iterator[tuple[str, Operation]]:
    document = app.openapi()
    components = document.get("components", {}).get("schemas", {})
    declared = {
        (route.path, method): declared_access(route)
        for route in api_routes(app)
        for method in route.methods or ()
    }
    for path, methods in document["paths"].items():
        for method, raw in methods.items():
            access = declared.get((path, method.upper()))
            media, body = _content(raw.get("requestBody", {}))
            answers = ((s, kind_of(_content(a)[1])) for s, a in raw["responses"].items())
            yield (
                raw.get("tags", ["other"])[0],
                Operation(
                    method.upper(), path, raw.get("description", ""),
                    tuple(r for r in Role if access and r in access.roles),
                    access.scope.value if access and access.scope else None,
                    _parameters(raw), media, _fields(body, components),
                    tuple((s, "" if kind == "any" else kind) for s, kind in answers if s < "400"),
                ),
            )  # fmt: skip


def api_groups(app: FastAPI) -> dict[str, list[Operation]]:
    """Every documented operation, by area."""
    groups: dict[str, list[Operation]] = {}
    for tag, operation in _operations(app):
        groups.setdefault(tag, []).append(operation)
    return groups


def answer_fields(app: FastAPI) -> dict[str, tuple[Value, ...]]:
    """The fields of everything that is sent back, by name."""
    components = app.openapi().get("components", {}).get("schemas", {})
    return {
        name: _fields(schema, components)
        for name, schema in sorted(components.items())
        if schema.get("properties") and not name.endswith(("In", "Error"))
    }


@router.get("/openapi.json")
def openapi(request: Request, who: Anybody) -> JSONResponse:
    """The API for programs that read OpenAPI."""
    del who
    return JSONResponse(request.app.openapi())


@router.get("/docs")
def docs(request: Request, who: Anybody) -> Response:
    """The API for people."""
    del who
    return render(
        request, "docs/page.html",
        groups=api_groups(request.app), answers=answer_fields(request.app),
    )  # fmt: skip
