"""Whether an installation can work right now."""

import os

from sqlalchemy import text

from labeler.core.errors import Unavailable
from labeler.flows.site import Site
from labeler.store import schema

_MIN_FREE_BYTES = 100 << 20


def check_ready(site: Site) -> str | None:
    """The reason why it cannot, or None."""
    try:
        with site.database.read() as session:
            session.execute(text("SELECT 1"))
        revision = schema.current_revision(site.database)
    except Unavailable as problem:
        return str(problem)
    if revision != schema.head_revision():
        return "The database needs `labeler db upgrade`."
    disk = os.statvfs(site.settings.data)
    if disk.f_bavail * disk.f_frsize < _MIN_FREE_BYTES:
        return "The disk is nearly full. Free some space; nothing is lost meanwhile."
    return None
