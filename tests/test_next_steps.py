"""Every error of the family says what to do next, at both doors."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from labeler.cli.output import report_error
from labeler.core.errors import (
    LabelerError,
    MissingScope,
    NotSignedIn,
    TooLarge,
    TooManyAttempts,
)
from labeler.core.next_steps import NEXT_STEPS
from tests.served import made_app

# Their few messages end with what to do: "Sign in first.", "Wait {seconds} seconds, then ...".
SAY_IT_THEMSELVES = {NotSignedIn, TooLarge, TooManyAttempts}
MORE = {MissingScope: {"scope": "lead"}, TooManyAttempts: {"retry_after_s": 5}}


def family(of: type[LabelerError] = LabelerError) -> Iterator[type[LabelerError]]:
    for kind in of.__subclasses__():
        if kind.__module__ == LabelerError.__module__:
            yield kind
            yield from family(kind)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    with made_app(tmp_path) as made:
        yield made


def told(app: FastAPI, error: LabelerError, capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """What the web says, and what a command says."""

    def wrong() -> None:
        raise error

    app.router.routes.insert(0, APIRoute("/api/wrong", wrong))
    report_error(error)
    return TestClient(app).get("/api/wrong").json()["detail"], capsys.readouterr().err


@pytest.mark.parametrize("kind", list(family()), ids=lambda kind: kind.__name__)
def test_an_error_says_what_to_do_next_at_both_doors(
    app: FastAPI, kind: type[LabelerError], capsys: pytest.CaptureFixture[str]
) -> None:
    message = "It is wrong."
    web, command = told(app, kind(message, **MORE.get(kind, {})), capsys)
    steps = [step for one, step in NEXT_STEPS if one is kind]
    assert bool(steps) is (kind not in SAY_IT_THEMSELVES)
    assert web == " ".join([message, *(step.web for step in steps)])
    assert command == " ".join([f"Error: {message}", *(step.command for step in steps)]) + "\n"


def test_a_message_that_says_it_itself_is_left_alone(
    app: FastAPI, capsys: pytest.CaptureFixture[str]
) -> None:
    message = "It is wrong. Make it right."
    for kind, _step in NEXT_STEPS:
        web, command = told(app, kind(message, **MORE.get(kind, {})), capsys)
        assert (web, command) == (message, f"Error: {message}\n")


def test_no_command_speaks_of_addresses_or_of_sending() -> None:
    said = " ".join(step.command for _kind, step in NEXT_STEPS)
    assert "address" not in said
    assert "send" not in said
