import json
import threading
from pathlib import Path

import pytest

from labeler.core.errors import CheckFailed, InvalidInput
from labeler.flows.checkpoint import FILE, read_checkpoint, verify_audit, write_checkpoint
from labeler.flows.site import Site
from labeler.flows.worker import run_worker
from tests.cast import found, hire


def test_the_worker_signs_the_end_of_the_audit_chain(site: Site) -> None:
    found(site)
    stop = threading.Event()
    thread = threading.Thread(target=run_worker, args=(site, stop))
    file = site.settings.data / FILE
    thread.start()
    try:
        waited = threading.Event()
        for _ in range(200):
            if file.exists():
                break
            waited.wait(0.05)
    finally:
        stop.set()
        thread.join()
    assert read_checkpoint(site, file).number == verify_audit(site).number == 1


def test_a_chain_that_was_cut_after_its_checkpoint_is_found(site: Site, tmp_path: Path) -> None:
    found(site)
    kept = tmp_path / "kept.json"
    hire(site)
    kept.write_bytes(write_checkpoint(site).read_bytes())
    verify_audit(site, kept)
    with site.database.writers.begin() as connection:
        if site.database.is_sqlite:
            connection.exec_driver_sql("DROP TRIGGER event_no_delete")
        else:
            connection.exec_driver_sql("DROP TRIGGER event_append_only ON event")
        connection.exec_driver_sql("DELETE FROM event WHERE number > 3")
    (site.settings.data / FILE).unlink()
    assert verify_audit(site).number == 3  # sound in itself: only the kept file can tell
    with pytest.raises(CheckFailed, match="are gone"):
        verify_audit(site, kept)


def test_a_forged_checkpoint_is_refused(site: Site, tmp_path: Path) -> None:
    found(site)
    forged = tmp_path / "forged.json"
    document = json.loads(write_checkpoint(site).read_text())
    forged.write_text(json.dumps({**document, "events": 2}))
    with pytest.raises(CheckFailed, match="signature"):
        verify_audit(site, forged)
    forged.write_text("not json")
    with pytest.raises(InvalidInput):
        verify_audit(site, forged)
