"""The application in front of a site: made, served on a port, and asked what it answers to."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from labeler.flows.site import Site, open_site
from labeler.settings import Settings
from labeler.store import schema
from labeler.web.app import create_app

_applications: dict[str, FastAPI] = {}


def app_of(site: Site) -> FastAPI:
    """The application, as `create_app` makes it with these settings, in front of this site.

    Made once per process and set of settings, because working out the routes takes longer
    than most tests. A test that changes the application itself calls `create_app`.
    """
    settings = repr(site.settings.model_dump(exclude={"data", "database_url"}))
    if settings not in _applications:
        _applications[settings] = create_app(site)
    app = _applications[settings]
    app.state.site = site
    return app


@dataclass(frozen=True, order=True)
class Door:
    """One method at one address."""

    path: str
    method: str


@contextmanager
def made_app(folder: Path) -> Iterator[FastAPI]:
    """The application over an empty database in `folder`."""
    site = open_site(Settings(data=folder))
    schema.upgrade(site.database)
    yield create_app(site)
    site.close()


@contextmanager
def on_a_port(app: Any) -> Iterator[int]:
    """The port of an application that a thread serves on loopback while the block runs."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(
            app, log_level="critical", access_log=False, lifespan="off", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield int(listening.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join(10)


def served_doors(app: FastAPI) -> set[Door]:
    """Every method and path; HEAD, which goes with GET, and mounted folders left out."""
    return {
        Door(context.path or "", method)
        for context in iter_route_contexts(app.routes)
        for method in context.methods or ()
        if method != "HEAD"
    }
