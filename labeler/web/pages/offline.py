"""Starting without the network, and the certificate that this needs."""

import json
from functools import lru_cache

from fastapi import APIRouter
from starlette.responses import Response

from labeler.assets import asset_folder
from labeler.flows.tls import authority_file
from labeler.web.access import Anybody, SiteOf
from labeler.web.static_files import version

router = APIRouter(include_in_schema=False)

_KEPT = ("css", "icons", "js", "vendor")


@lru_cache
def _worker() -> str:
    """The service worker of exactly these static files: another file, another worker."""
    root = asset_folder("static")
    files = sorted(
        path.relative_to(root).as_posix()
        for folder in _KEPT
        for path in (root / folder).rglob("*")
        if path.suffix in (".css", ".js", ".svg")
    )
    program = (root / "js/offline_worker.js").read_text("utf-8")
    return f'const VERSION = "{version()}";\nconst FILES = {json.dumps(files)};\n{program}'


@router.get("/sw.js")
def service_worker(who: Anybody) -> Response:
    """The service worker; from here its reach is the whole site."""
    del who
    headers = {"Cache-Control": "no-cache"}
    return Response(_worker(), media_type="text/javascript", headers=headers)


@router.get("/plant-ca.crt")
def plant_authority(site: SiteOf, who: Anybody) -> Response:
    """The plant's certificate authority, for a tablet to install."""
    del who
    headers = {"Content-Disposition": 'attachment; filename="plant-ca.crt"'}
    return Response(
        authority_file(site).read_bytes(), media_type="application/x-x509-ca-cert", headers=headers
    )
