"""Everything that one person can get out of the application, as bytes."""

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi.testclient import TestClient

from tests.served import Door, served_doors

QUERIES = ("?limit=1", "?state=settled", "?state=disputed", "?by=unit", "?cursor=0&limit=2")
LISTS = ("/images", "/projects", "/standards", "/tokens", "/hint", "/review", "/")
# Its times differ from run to run; `requests_counted` compares what it counts.
MEASURED = "/metrics"
_COUNTED = re.compile(r"^labeler_requests_total\{(.*)\} (\S+)$", re.MULTILINE)


@dataclass
class Transcript:
    """Every answer in order: what was asked, and status, headers and body as they came."""

    answers: list[tuple[str, int, tuple[tuple[str, str], ...], bytes]] = field(default_factory=list)

    def ask(self, client: TestClient, method: str, path: str, **given: Any) -> Any:
        answer = client.request(method, path, follow_redirects=False, **given)
        headers = tuple((k, v) for k, v in answer.headers.multi_items())
        self.answers.append((f"{method} {path}", answer.status_code, headers, answer.content))
        return answer

    def differences(self, other: "Transcript") -> list[str]:
        """What was asked where the two answers are not the same, byte for byte."""
        pairs = itertools.zip_longest(
            self.answers, other.answers, fillvalue=("nothing", 0, (), b"")
        )
        return [f"{a[0]}: {_apart(a, b)}" for a, b in pairs if a != b]

    def statuses(self) -> dict[str, int]:
        """The status of each thing that was asked."""
        return {asked: status for asked, status, _, _ in self.answers}


def _apart(a: tuple, b: tuple) -> str:
    if a[:2] != b[:2]:
        return f"{a[:2]} / {b[:2]}"
    if a[2] != b[2]:
        return f"headers {set(a[2]) ^ set(b[2])}"
    at = next(i for i, (x, y) in enumerate(itertools.zip_longest(a[3], b[3])) if x != y)
    part = slice(max(0, at - 30), at + 60)
    return f"body from byte {at}: {a[3][part]!r} / {b[3][part]!r}"


@dataclass(frozen=True)
class Onlooker:
    """A person with both ways in: a token for the API, a session for the pages."""

    api: TestClient
    pages: TestClient

    def look_everywhere(self, known: Mapping[str, list[str]], into: Transcript) -> None:
        """GET every address with everything that is known for its places."""
        for door in sorted(served_doors(self.api.app)):
            if door.method != "GET" or door.path == MEASURED:
                continue
            client = self.api if door.path.startswith("/api/") else self.pages
            for path in filled(door, known):
                answer = into.ask(client, "GET", path)
                # A list may tell by its length, order or filters what it does not say.
                if answer.status_code == 200 and door.path.endswith(LISTS):
                    for query in QUERIES:
                        into.ask(client, "GET", path + query)

    def try_everything(
        self, known: Mapping[str, list[str]], bodies: Mapping[str, Any], into: Transcript
    ) -> None:
        """Send changes to every address that is not the person's own: all must be refused alike."""
        for door in sorted(served_doors(self.api.app)):
            if door.method == "GET" or door.path not in bodies:
                continue
            for path in filled(door, known):
                into.ask(self.api, door.method, path, json=bodies[door.path])


def filled(door: Door, known: Mapping[str, list[str]]) -> Iterator[str]:
    """The door's address with every combination of what is known for its places."""
    names = re.findall(r"\{(\w+)", door.path)
    choices = [known.get(name, ["nothing"]) for name in names]
    for chosen in itertools.product(*choices):
        path = door.path
        for name, value in zip(names, chosen, strict=True):
            path = re.sub(rf"\{{{name}(:\w+)?\}}", value, path)
        yield path


def requests_counted(text: str) -> dict[str, float]:
    """How often each route was asked, as the metrics say."""
    return {labels: float(value) for labels, value in _COUNTED.findall(text)}
