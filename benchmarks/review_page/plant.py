"""Real servers for the benchmark: Labeler with pictures to judge, and the bare page."""

import http.server
import io
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import uvicorn
from PIL import Image

from benchmarks.made_project import CODE, STANDARD
from labeler.core.people import Principal, effective_scopes
from labeler.core.terms import Role
from labeler.flows import people, projects
from labeler.flows.ingest import ingest
from labeler.flows.sign_in import with_password
from labeler.flows.site import Site, open_site
from labeler.settings import Settings
from labeler.store import schema
from labeler.store.intake import IntakeLimits, walk
from labeler.web.app import create_app

HERE = Path(__file__).parent
PASSWORD = "nobody else gets in here"  # noqa: S105  of an installation that lives for a minute
_KINDS = {".html": "text/html", ".js": "text/javascript"}


def plate(seed: int, width_px: int, height_px: int) -> bytes:
    """A picture with the grain of brushed metal, as JPEG."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(150, 18, (height_px, 1))
    grain = rng.normal(0, 6, (height_px // 4, width_px // 4)).repeat(4, 0).repeat(4, 1)
    pixels = np.clip(rows[: grain.shape[0]] + grain, 0, 255).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=88)
    return out.getvalue()


def make_site(folder: Path, sizes: list[tuple[int, int]]) -> tuple[Site, str]:
    """An installation with pictures of these sizes, in this order; a reviewing lead's session."""
    site = open_site(Settings(data=folder / "data"))
    schema.upgrade(site.database)
    pictures = folder / "pictures"
    pictures.mkdir()
    for number, (width_px, height_px) in enumerate(sizes):
        (pictures / f"{number:04}.jpg").write_bytes(plate(number, width_px, height_px))
    added = people.add_user(site, "lea", Role.LEAD, password=PASSWORD)
    lead = Principal(added.id, "lea", Role.LEAD, effective_scopes(Role.LEAD, None))
    projects.create_project(site, CODE, STANDARD, by=lead)
    ingest(site, lead, CODE, walk([pictures], IntakeLimits()))
    return site, with_password(site, "lea", PASSWORD)


@contextmanager
def serving(site: Site) -> Iterator[int]:
    """Labeler in a thread; its port."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(create_app(site), log_level="warning", access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield int(listening.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def serving_bare(size: tuple[int, int]) -> Iterator[int]:
    """The bare page with two pictures of the size that Labeler's previews have; its port."""
    pictures = [plate(number, *size) for number in range(2)]

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/picture/"):
                kind, content = "image/jpeg", pictures[int(self.path[-1])]
            else:
                file = HERE / ("bare.js" if self.path == "/bare.js" else "bare.html")
                kind, content = _KINDS[file.suffix], file.read_bytes()
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_words: object) -> None:
            """Quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
