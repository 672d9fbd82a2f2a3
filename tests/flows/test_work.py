"""A job belongs to whoever's heart beats, and stops when somebody cancels it."""

import pytest

from labeler.flows import export
from labeler.flows.site import Site
from labeler.flows.work import Ended, Heartbeat, run_job, take_job
from labeler.store import jobs
from tests.cast import Cast, found, hire
from tests.conftest import TurnableClock


@pytest.fixture
def cast(site: Site) -> Cast:
    found(site)
    return hire(site)


def asked_for(site: Site, cast: Cast) -> str:
    """An export that waits."""
    return export.request_export(site, cast.engineer, "plates", {}).id


def taken(site: Site, worker: str) -> str:
    job = take_job(site, worker)
    assert job is not None
    return job[0]


@pytest.mark.parametrize("beats", [True, False])
def test_a_job_stays_with_the_worker_whose_heart_beats(
    site: Site, cast: Cast, clock: TurnableClock, *, beats: bool
) -> None:
    asked = asked_for(site, cast)
    heart = Heartbeat(site, taken(site, "first"), "first")
    half = site.settings.job_lease_s / 2 + 1
    clock.turn(seconds=half)
    if beats:
        heart.progress(3, 7)
        heart.beat()
        info = export.get_export(site, cast.engineer, asked)
        assert (info.status, info.done, info.total) == ("running", 3, 7)
    clock.turn(seconds=half)
    assert (take_job(site, "second") is None) is beats
    heart.beat()
    assert heart.cancelled is not beats, "whoever lost a job stops working on it"


def test_a_heart_that_came_too_late_takes_nothing_back(
    site: Site, cast: Cast, clock: TurnableClock
) -> None:
    asked_for(site, cast)
    heart = Heartbeat(site, taken(site, "first"), "first")
    clock.turn(seconds=site.settings.job_lease_s + 1)
    job_id = taken(site, "second")
    heart.progress(3, 7)
    heart.beat()
    with site.database.read() as session:
        job = jobs.by_id(session, job_id)
        assert (job.id, job.worker, job.done, job.attempts) == (heart.job_id, "second", 0, 2)


def test_a_running_export_that_somebody_cancels_stops_and_is_cancelled(
    site: Site, cast: Cast
) -> None:
    asked = asked_for(site, cast)
    job_id = taken(site, "first")

    def work(_site: Site, heart: Heartbeat, _payload: dict[str, str]) -> Ended:
        heart.beat()
        assert not heart.cancelled
        export.cancel_export(site, cast.engineer, asked)
        assert export.get_export(site, cast.engineer, asked).status == "running"
        heart.beat()
        return Ended(jobs.CANCELLED if heart.cancelled else jobs.DONE)

    run_job(site, "first", job_id, work, {})
    assert export.get_export(site, cast.engineer, asked).status == "cancelled"
    assert take_job(site, "second") is None, "nobody begins it again"
