"""The worker: takes jobs one at a time and keeps its heart beating while it works."""

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self

from sqlmodel import Session

from labeler.core.errors import InvalidInput, LabelerError, Unavailable
from labeler.flows.site import Site
from labeler.store import jobs

MAX_ATTEMPTS = 3
_IDLE_S = 1.0


@dataclass(slots=True)
class Heartbeat:
    """A held job's progress, written down every few seconds from a thread of its own.

    `cancelled` becomes true when somebody asked for it, or when the job was lost to
    another worker after a long pause: either way the work must stop.
    """

    site: Site
    job_id: str
    worker: str
    done: int = 0
    total: int = 0
    cancelled: bool = False
    listener: Callable[[int, int], None] | None = None
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Start beating."""
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop beating."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def progress(self, done: int, total: int) -> None:
        """Note how far the work is; written down with the next beat."""
        self.done, self.total = done, total
        if self.listener is not None:
            self.listener(done, total)

    def beat(self) -> None:
        """Prolong the lease, and learn whether to go on."""

        def deed(session: Session) -> bool:
            job = jobs.by_id(session, self.job_id)
            if job.worker != self.worker or job.state != jobs.RUNNING:
                return True
            jobs.beat(
                job, now=self.site.now(), lease_s=self.site.settings.job_lease_s,
                done=self.done, total=self.total,
            )  # fmt: skip
            return job.cancel_requested

        self.cancelled = self.site.database.write(deed) or self.cancelled

    def _run(self) -> None:
        pause = min(self.site.settings.job_lease_s / 3, 1.0)
        while not self._stop.wait(pause):
            try:
                self.beat()
            except Unavailable:
                continue  # the lease outlasts a short absence of the database


@dataclass(frozen=True, slots=True)
class Ended:
    """How a job ended: one of the states of `store.jobs`, and why if not done."""

    state: str
    error: str | None = None


Work = Callable[[Site, Heartbeat, dict[str, str]], Ended]


def worker_name(site: Site) -> str:
    """A name that no other worker has."""
    return f"{os.getpid()}-{site.entropy(4).hex()}"


def take_job(site: Site, worker: str) -> tuple[str, str, dict[str, str]] | None:
    """(id, kind, payload) of the next job, now held by `worker`; None when there is none."""

    def deed(session: Session) -> tuple[str, str, dict[str, str]] | None:
        job = jobs.next_waiting(session, site.now())
        if job is None:
            return None
        if job.attempts >= MAX_ATTEMPTS:
            jobs.finish(
                job, state=jobs.FAILED, now=site.now(),
                error="The worker ended three times while doing this.",
            )  # fmt: skip
            return None
        jobs.take(job, worker=worker, now=site.now(), lease_s=site.settings.job_lease_s)
        return job.id, job.kind, dict(job.payload)

    return site.database.write(deed)


def run_next(site: Site, worker: str, kinds: Mapping[str, Work]) -> bool:
    """Do the next job, if there is one. A job that fails never ends the worker."""
    taken = take_job(site, worker)
    if taken is None:
        return False
    job_id, kind, payload = taken
    run_job(site, worker, job_id, kinds[kind], payload)
    return True


def run_job(site: Site, worker: str, job_id: str, work: Work, payload: dict[str, str]) -> None:
    """Do one job that `worker` holds and write down how it ended."""
    with Heartbeat(site, job_id, worker) as heart:
        try:
            ended = work(site, heart, payload)
        except LabelerError as refusal:
            ended = Ended(jobs.FAILED, explained(refusal))
        except Exception as fault:  # noqa: BLE001 - one broken job must not stop the others
            ended = Ended(jobs.FAILED, f"{type(fault).__name__}: {fault}")

    def deed(session: Session) -> None:
        job = jobs.by_id(session, job_id)
        if job.worker == worker and job.state == jobs.RUNNING:
            jobs.beat(
                job, now=site.now(), lease_s=site.settings.job_lease_s, done=heart.done,
                total=heart.total,
            )  # fmt: skip
            jobs.finish(job, state=ended.state, now=site.now(), error=ended.error)

    site.database.write(deed)


def explained(refusal: LabelerError) -> str:
    """A refusal as one text, with each field that it names."""
    fields = refusal.fields if isinstance(refusal, InvalidInput) else ()
    return " ".join([str(refusal), *(f"{one.path}: {one.message}" for one in fields)])


def run_jobs(
    site: Site,
    stop: threading.Event,
    kinds: Mapping[str, Work],
    *,
    between: Callable[[], None] = lambda: None,
) -> None:
    """Do jobs until `stop` is set, and `between` them, every second or so."""
    worker = worker_name(site)
    while not stop.is_set():
        try:
            between()
            busy = run_next(site, worker, kinds)
        except Unavailable:
            busy = False
        if not busy:
            stop.wait(_IDLE_S)
