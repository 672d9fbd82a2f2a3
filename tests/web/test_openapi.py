"""The description of the API says how to sign in and what a refusal looks like."""

import json
import re

import pytest
from fastapi.testclient import TestClient

from labeler.web.access import api_routes, declared_access
from labeler.web.openapi import _CONFLICTS
from tests.web.conftest import Door

REFUSALS = {"400", "401", "403", "404", "409", "413", "416", "422", "429", "503"}


@pytest.fixture
def document(door: Door) -> dict:
    return TestClient(door.app).get("/openapi.json").json()


def test_every_operation_says_how_to_sign_in_unless_it_is_for_anybody(
    door: Door, document: dict
) -> None:
    both = [{"token": []}, {"session": []}]
    for route in api_routes(door.app):
        for method in route.methods if route.include_in_schema else ():
            operation = document["paths"][route.path][method.lower()]
            access = declared_access(route)
            assert operation.get("security") == (both if access.roles else None), route.path
    schemes = document["components"]["securitySchemes"]
    assert (schemes["token"]["type"], schemes["token"]["scheme"]) == ("http", "bearer")
    assert (schemes["session"]["in"], schemes["session"]["name"]) == ("cookie", "labeler_session")


def test_every_reference_leads_somewhere_and_no_schema_is_left_over(document: dict) -> None:
    text = json.dumps(document)
    references = re.findall(r'"\$ref": "#/([^"]+)"', text)
    assert len(references) > 100
    for reference in set(references):
        found = document
        for part in reference.split("/"):
            assert part in found, reference
            found = found[part]
    assert "HTTPValidationError" not in text
    for name in document["components"]["schemas"]:
        assert f'#/components/schemas/{name}"' in text, name


def test_every_refusal_is_a_problem(document: dict) -> None:
    refusals = document["components"]["responses"]
    assert set(refusals) == REFUSALS
    for refusal in refusals.values():
        schema = refusal["content"]["application/problem+json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/Problem"}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            told = {s for s in operation["responses"] if s >= "400"}
            assert told <= REFUSALS, (method, path)
            assert "503" in told or not path.startswith("/api/")


def test_what_is_described_one_by_one_exists(document: dict) -> None:
    there = {(method, path) for path, found in document["paths"].items() for method in found}
    assert sorted(_CONFLICTS - there) == []


def test_a_refusal_has_the_members_that_are_described(door: Door, document: dict) -> None:
    problem = document["components"]["schemas"]["Problem"]
    lead = door.client(door.cast.lead)
    body = {"code": "plates", "standard": {"defect_types": [{"code": "x", "name": {"en": "X"}}]}}
    for answer in (
        door.client().get("/api/v1/projects"),
        lead.get("/api/v1/projects/none"),
        lead.post("/api/v1/projects", json={}),
        lead.post("/api/v1/projects", json=body),
    ):
        assert answer.headers["content-type"] == "application/problem+json"
        told = answer.json()
        assert set(problem["required"]) <= set(told) <= set(problem["properties"])
        assert str(answer.status_code) in document["components"]["responses"]
    assert told["status"] == 409
