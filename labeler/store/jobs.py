"""Rows of jobs: a queue whose holder must keep its heart beating."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlmodel import Session, col

from labeler.store.tables import Job

QUEUED, RUNNING, DONE, FAILED, CANCELLED, REFUSED = (
    "queued", "running", "done", "failed", "cancelled", "refused",
)  # fmt: skip


def add(
    session: Session, *, job_id: str, kind: str, payload: Mapping[str, str], at: datetime
) -> Job:
    """Queue a job."""
    row = Job(id=job_id, kind=kind, payload=dict(payload), state=QUEUED, created_at=at)
    session.add(row)
    session.flush()
    return row


def by_id(session: Session, job_id: str) -> Job:
    """The row of a job that the caller knows of."""
    row: Job = session.execute(select(Job).where(col(Job.id) == job_id)).scalar_one()
    return row


def next_waiting(session: Session, now: datetime) -> Job | None:
    """The oldest job that nobody holds, or whose holder's heart has stopped."""
    statement = (
        select(Job)
        .where(
            or_(
                col(Job.state) == QUEUED,
                (col(Job.state) == RUNNING) & (col(Job.lease_until) < now),
            )
        )
        .order_by(col(Job.created_at), col(Job.id))
        .limit(1)
    )
    return session.execute(statement).scalar_one_or_none()


def take(job: Job, *, worker: str, now: datetime, lease_s: int) -> None:
    """Give a job to a worker for `lease_s` seconds."""
    job.state = RUNNING
    job.worker = worker
    job.attempts += 1
    job.lease_until = now + timedelta(seconds=lease_s)


def beat(job: Job, *, now: datetime, lease_s: int, done: int, total: int) -> None:
    """Prolong a job's lease and write down its progress."""
    job.lease_until = now + timedelta(seconds=lease_s)
    job.done, job.total = done, total


def finish(job: Job, *, state: str, now: datetime, error: str | None = None) -> None:
    """End a job."""
    job.state = state
    job.error = error
    job.lease_until = None
    job.finished_at = now
