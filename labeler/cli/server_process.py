"""One of several server processes."""

import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import wait

from fastapi import FastAPI

from labeler.flows.site import open_site
from labeler.settings import load_settings
from labeler.web.app import create_app


def application() -> FastAPI:
    """The application of this process; the settings come from the environment."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    return create_app(open_site(load_settings()))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)
