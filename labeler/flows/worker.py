"""The worker of an installation: every kind of job, and the audit's checkpoints."""

import threading
from collections.abc import Mapping
from datetime import timedelta

from labeler.flows.checkpoint import write_checkpoint
from labeler.flows.export import export_work
from labeler.flows.site import Site
from labeler.flows.work import Work, run_jobs

KINDS: Mapping[str, Work] = {"export": export_work}
CHECKPOINT_EVERY = timedelta(minutes=1)


def run_worker(site: Site, stop: threading.Event) -> None:
    """Do jobs until `stop` is set, and sign the end of the audit chain every minute."""
    due = site.now()

    def keep_checkpoint() -> None:
        nonlocal due
        if site.now() >= due:
            write_checkpoint(site)
            due = site.now() + CHECKPOINT_EVERY

    run_jobs(site, stop, KINDS, between=keep_checkpoint)
