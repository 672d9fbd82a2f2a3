"""The worker of an installation: every kind of job that exists."""

import threading
from collections.abc import Mapping

from labeler.flows.export import export_work
from labeler.flows.site import Site
from labeler.flows.work import Work, run_jobs

KINDS: Mapping[str, Work] = {"export": export_work}


def run_worker(site: Site, stop: threading.Event) -> None:
    """Do jobs until `stop` is set."""
    run_jobs(site, stop, KINDS)
