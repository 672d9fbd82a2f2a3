import json
import os
import threading
import zipfile
from pathlib import Path

import pytest

from labeler.core.errors import Conflict, FieldError, InvalidInput, NotBuilt
from labeler.core.people import Principal
from labeler.flows import export
from labeler.flows.adjudicate import RulingRequest, list_disputes, rule
from labeler.flows.assign import claim
from labeler.flows.checkpoint import signing_key, verify_audit
from labeler.flows.dataset_receipt import ReceiptCheck
from labeler.flows.ingest import ingest, read_manifest
from labeler.flows.review import Submission, submit
from labeler.flows.site import Site
from labeler.flows.verify_dataset import verify
from labeler.flows.work import Ended, run_next, take_job
from labeler.flows.worker import KINDS
from labeler.store.intake import IntakeLimits, walk
from labeler.store.tables import Image
from tests.cast import Cast, found, hire, present
from tests.conftest import TurnableClock
from tests.web.conftest import save_picture


@pytest.fixture(autouse=True)
def one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    """A render process takes seconds to start; `workers` says where several are the point."""
    monkeypatch.setattr(os, "cpu_count", lambda: 1)


@pytest.fixture
def cast(site: Site) -> Cast:
    found(site)
    return hire(site)


def judge_all(site: Site, who: Principal, wanted: dict[str, list[dict]]) -> None:
    """Judge every image; `wanted` gives the judgements by file name."""
    with site.database.read() as session:
        while leases := claim(site, who, "plates", 10):
            for lease in leases:
                file = session.get(Image, lease.image_id).file
                submit(
                    site,
                    who,
                    Submission(
                        f"{who.name}-{lease.id}",
                        lease.id,
                        lease.standard_version,
                        wanted.get(file, []),
                    ),
                )


@pytest.fixture
def settled(site: Site, cast: Cast, tmp_path: Path) -> Site:
    """Twelve pictures of six units: four with a bubble, one of them ruled."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(12):
        save_picture(folder / f"{number:02}.png", number)
    lines = ["file,unit,lot"] + [f"{n:02}.png,U{n // 2},L{n // 4}" for n in range(12)]
    rows = read_manifest(site, cast.lead, "plates", "\n".join(lines))
    results = ingest(site, cast.lead, "plates", walk([folder], IntakeLimits()), manifest=rows)
    assert {r.status for r in results} == {"imported"}
    bubbles = {f"{n:02}.png": [present("bubble", None, (10, 10, 30, 30))] for n in (0, 4, 8)}
    judge_all(site, cast.anna, {**bubbles, "10.png": [present("bubble", None, (5, 5, 20, 20))]})
    judge_all(site, cast.ben, bubbles)
    [dispute] = list_disputes(site, cast.lead, "plates")
    request = RulingRequest("present", "Clearly visible.", based_on=dispute.version)
    rule(site, cast.lead, dispute.id, request)
    return site


RECIPE = {"balance": {"strategy": "equalize"}, "augment": {"preset": "surface"}}


def test_an_export_goes_from_queued_to_a_verified_dataset(settled: Site, cast: Cast) -> None:
    asked = export.request_export(settled, cast.engineer, "plates", RECIPE)
    assert asked.status == "queued"
    with pytest.raises(Conflict):
        export.finished_file(settled, cast.engineer, asked.id, "dataset.zip")
    assert run_next(settled, "w", KINDS)
    info = export.get_export(settled, cast.engineer, asked.id)
    assert (info.status, info.error) == ("done", None)
    path, _ = export.finished_file(settled, cast.engineer, asked.id, "dataset.zip")
    assert verify(path, signing_key(settled)).receipt is ReceiptCheck.SIGNED
    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read("plates/manifest.json"))
    real = {f["image"]: f for f in manifest["files"] if f.get("image") and not f["variant"]}
    assert len(real) == 12
    assert {f["labels"] and "ruled" in json.dumps(f) for f in real.values()} >= {True}
    receipt = export.receipt_of(settled, cast.engineer, asked.id)
    assert receipt["zip"]["sha256"] == info.sha256
    checkpoint = export.export_folder(settled, asked.id) / "receipt.json"
    assert verify_audit(settled, checkpoint).number > 0


def test_the_same_state_and_recipe_give_the_same_bytes(
    settled: Site, cast: Cast, tmp_path: Path
) -> None:
    one = export.export_now(
        settled, cast.engineer, "plates", RECIPE, out_dir=tmp_path / "1", workers=1
    )
    two = export.export_now(
        settled, cast.engineer, "plates", RECIPE, out_dir=tmp_path / "2", workers=2
    )
    assert one.sha256 == two.sha256
    verify(tmp_path / "1" / "plates")
    other = {**RECIPE, "seed": 1}
    three = export.export_now(
        settled, cast.engineer, "plates", other, out_dir=tmp_path / "3", workers=1
    )
    assert three.sha256 != one.sha256


def test_a_recipe_with_an_unknown_key_is_refused_before_anything_happens(
    site: Site, cast: Cast
) -> None:
    with pytest.raises(InvalidInput) as caught:
        export.request_export(site, cast.engineer, "plates", {"formatz": []})
    assert "formatz" in caught.value.fields[0].path
    with pytest.raises(NotBuilt):
        export.request_export(site, cast.engineer, "plates", {"formats": ["voc"]})
    assert export.list_exports(site, cast.engineer, "plates") == []


def test_a_job_that_fails_names_the_fields_of_the_refusal(site: Site, cast: Cast) -> None:
    asked = export.request_export(site, cast.engineer, "plates", {})

    def refuse(*_: object) -> Ended:
        raise InvalidInput(
            "Two are wrong.", fields=[FieldError("a.b", "So."), FieldError("c", "No.")]
        )

    assert run_next(site, "w", {"export": refuse})
    info = export.get_export(site, cast.engineer, asked.id)
    assert (info.status, info.error) == ("failed", "Two are wrong. a.b: So. c: No.")


def test_a_recipe_that_the_project_cannot_follow_is_refused_when_it_is_asked(
    site: Site, cast: Cast, tmp_path: Path
) -> None:
    save_picture(tmp_path / "a.png", 1)
    rows = read_manifest(site, cast.lead, "plates", "file,unit,mould\na.png,U1,M3\n")
    ingest(site, cast.lead, "plates", walk([tmp_path / "a.png"], IntakeLimits()), manifest=rows)
    wishes = {
        "group_by": ["mould", "colour"],
        "balance": {"strategy": "target", "target": {"bubble": 2, "crack": 3}},
        "augment": {"preset": "surface", "per_defect_type": {"bubble": ["melt"], "dnet": ["hue"]}},
    }
    with pytest.raises(InvalidInput) as caught:
        export.request_export(site, cast.engineer, "plates", wishes)
    assert {one.path for one in caught.value.fields} == {
        "group_by", "balance.target.crack", "augment.per_defect_type.bubble",
        "augment.per_defect_type.dnet",
    }  # fmt: skip
    assert export.list_exports(site, cast.engineer, "plates") == []
    good = {"group_by": ["unit", "lot", "line", "station", "mould"]}
    assert export.request_export(site, cast.engineer, "plates", good).status == "queued"


def test_a_gate_that_refuses_ends_as_refused_with_what_is_missing(
    settled: Site, cast: Cast
) -> None:
    asked = export.request_export(settled, cast.engineer, "plates", {"gate": {"on_fail": "refuse"}})
    run_next(settled, "w", KINDS)
    info = export.get_export(settled, cast.engineer, asked.id)
    assert info.status == "refused"
    assert "gate.bubble: Audit about 12 more labels." in (info.error or "")
    assert "gate.stain: No label says present: nothing can be shown." in (info.error or "")


def test_a_job_whose_worker_died_is_taken_over_after_its_lease(
    settled: Site, cast: Cast, clock: TurnableClock
) -> None:
    asked = export.request_export(settled, cast.engineer, "plates", {})
    assert take_job(settled, "dead worker") is not None
    assert not run_next(settled, "second", KINDS)
    clock.turn(seconds=settled.settings.job_lease_s + 1)
    assert run_next(settled, "second", KINDS)
    assert export.get_export(settled, cast.engineer, asked.id).status == "done"


def test_a_waiting_export_can_be_cancelled(site: Site, cast: Cast) -> None:
    asked = export.request_export(site, cast.engineer, "plates", {})
    export.cancel_export(site, cast.engineer, asked.id)
    assert export.get_export(site, cast.engineer, asked.id).status == "cancelled"
    assert not run_next(site, "w", KINDS)


def test_two_workers_never_hold_the_same_job(site: Site, cast: Cast) -> None:
    for _ in range(20):
        export.request_export(site, cast.engineer, "plates", {})
    taken: list[str] = []

    def work(name: str) -> None:
        while (job := take_job(site, name)) is not None:
            taken.append(job[0])

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 20
