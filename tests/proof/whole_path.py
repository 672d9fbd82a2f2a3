"""The whole path over HTTP: import, blind reviews by three people, rulings, dataset."""

import json
import threading
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.proof.server import Server, call, every, hire
from tests.proof.simulated import PEOPLE, Judged, Person, judge, rule
from tests.proof.truth import Collection, Picture

BATCH = 50
PATIENCE_S = 240
Key = tuple[str | None, str]


@dataclass
class Log:
    """What happened, as those outside the server know it; all by the picture's hash."""

    image_of: dict[str, str] = field(default_factory=dict)
    results: list[dict[str, Any]] = field(default_factory=list)
    reviews: dict[str, list[tuple[str, Judged]]] = field(default_factory=dict)
    rulings: dict[str, dict[Key, dict[str, Any]]] = field(default_factory=dict)
    disputed: list[set[tuple[str, str | None, str]]] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)


class Path2Dataset:
    """One collection on its way through a server."""

    def __init__(
        self, server: Server, admin: str, collection: Collection, *, majority: bool, seed: int
    ) -> None:
        self.server, self.collection, self.seed = server, collection, seed
        self.code, self.overlap, self.majority = collection.code, len(PEOPLE), majority
        self.pictures = {picture.sha256: picture for picture in collection.pictures}
        self.log = Log()
        project = {
            "code": self.code,
            "overlap": self.overlap,
            "majority": majority,
            "standard": {"defect_types": list(collection.defect_types)},
        }
        roles = {person.name: "reviewer" for person in PEOPLE} | {"lea": "lead", "emil": "engineer"}
        with server.client(admin) as client:
            call(client, "POST", "/projects", json=project)
            self.tokens = hire(client, self.code, roles)

    def timed(self, stage: str, since: float) -> None:
        self.log.seconds[stage] = round(time.monotonic() - since, 1)

    def import_all(self) -> None:
        """Upload every picture, golden ones with theirs, and the manifest, batch by batch."""
        began = time.monotonic()
        pictures = self.collection.pictures
        with self.server.client(self.tokens["lea"]) as lead:
            for first in range(0, len(pictures), BATCH):
                files = _uploads(pictures[first : first + BATCH])
                files.append(("manifest", ("import.csv", self.collection.manifest.encode())))
                answer = call(lead, "POST", f"/projects/{self.code}/images", files=files)
                self.log.results += answer["results"]
            for image in every(lead, f"/projects/{self.code}/images"):
                self.log.image_of[image["sha256"]] = image["id"]
        self.timed("import", began)

    def label_all(self) -> None:
        """All reviewers at once, until nobody is given anything any more."""
        began = time.monotonic()
        failed: list[BaseException] = []
        names = {image: sha for sha, image in self.log.image_of.items()}

        def shift(person: Person) -> None:
            try:
                self._label(person, names)
            except BaseException as error:  # noqa: BLE001 - handed to the test
                failed.append(error)

        threads = [threading.Thread(target=shift, args=(person,)) for person in PEOPLE]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failed:
            raise failed[0]
        self.timed("review", began)

    def _label(self, person: Person, names: dict[str, str]) -> None:
        with self.server.client(self.tokens[person.name]) as client:
            path = f"/projects/{self.code}/assignments"
            while leases := call(client, "POST", path, json={"count": 10})["items"]:
                for number, lease in enumerate(leases):
                    picture = self.pictures[names[lease["image"]["id"]]]
                    size = (lease["image"]["width_px"], lease["image"]["height_px"])
                    assert size == (picture.width_px, picture.height_px)
                    if number == 0:
                        seen = client.get(f"{self.server.address}{lease['image']['preview_url']}")
                        assert seen.content[:2] == b"\xff\xd8"
                    self._submit(client, person, picture, lease)

    def _submit(
        self, client: httpx.Client, person: Person, picture: Picture, lease: dict[str, Any]
    ) -> None:
        judged = judge(person, picture, self.collection, self.seed)
        body = {
            "submission_id": f"{person.name}-{picture.sha256[:24]}",
            "assignment": lease["id"],
            "standard_version": lease["standard_version"],
            "unusable": judged.unusable,
            "judgements": list(judged.judgements),
            "reviewed_at": "2026-03-02T06:00:00Z",
            "elapsed_s": 2.5,
        }
        receipt = call(client, "POST", "/reviews", json=body)
        assert receipt["extra"] is False
        self.log.reviews.setdefault(picture.sha256, []).append((person.name, judged))

    def rule_all(self) -> None:
        """The lead decides every open dispute, round after round, until none is left."""
        began = time.monotonic()
        names = {image: sha for sha, image in self.log.image_of.items()}
        with self.server.client(self.tokens["lea"]) as lead:
            while found := every(lead, f"/projects/{self.code}/disputes"):
                self.log.disputed.append(
                    {(names[d["image"]], d["defect_type"], d["kind"]) for d in found}
                )
                assert len(self.log.disputed) < 10, "rulings do not come to an end"
                for dispute in found:
                    self._rule(lead, dispute["id"], names)
        self.timed("ruling", began)

    def _rule(self, lead: httpx.Client, dispute_id: str, names: dict[str, str]) -> None:
        # Looked at again: an earlier ruling on the same image has changed its version.
        dispute = call(lead, "GET", f"/disputes/{dispute_id}")
        if dispute["state"] != "open":
            return
        picture = self.pictures[names[dispute["image"]]]
        marks = sum(1 for review in dispute["reviews"] if review["unusable"])
        decided = rule(picture, dispute["defect_type"], dispute["kind"], marks)
        body = {**decided, "reason": "Known truth.", "based_on": dispute["version"]}
        call(lead, "POST", f"/disputes/{dispute_id}/ruling", json=body)
        key = (dispute["defect_type"], dispute["kind"])
        self.log.rulings.setdefault(picture.sha256, {})[key] = decided

    def export(self, recipe: dict[str, Any], to: Path) -> Path:
        """Ask for a dataset, wait for it, download it; the zip."""
        began = time.monotonic()
        with self.server.client(self.tokens["emil"]) as engineer:
            asked = call(engineer, "POST", f"/projects/{self.code}/exports", json=recipe)
            end = time.monotonic() + PATIENCE_S
            while (state := call(engineer, "GET", f"/exports/{asked['id']}"))["status"] in (
                "queued",
                "running",
            ):
                assert time.monotonic() < end, state
                time.sleep(0.2)
            assert (state["status"], state["error"]) == ("done", None)
            target = to / f"{self.code}.zip"
            with engineer.stream("GET", f"/exports/{asked['id']}/download") as answer:
                assert answer.headers["etag"] == f'"{state["sha256"]}"'
                with target.open("wb") as file:
                    for piece in answer.iter_bytes():
                        file.write(piece)
        self.timed("export", began)
        return target


def _uploads(pictures: Sequence[Picture]) -> list[tuple[str, tuple[str, bytes]]]:
    files = []
    for picture in pictures:
        files.append(("files", (picture.row["file"], picture.path.read_bytes())))
        if picture.golden is not None:
            files.append(("files", (picture.row["golden"], picture.golden.read_bytes())))
    return files


def unpacked(archive: Path, to: Path) -> tuple[Path, dict[str, Any]]:
    """The dataset's folder and its manifest."""
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(to)
    root = to / archive.stem
    return root, json.loads((root / "manifest.json").read_text("utf-8"))
