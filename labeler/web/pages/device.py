"""What this device is to Labeler, and what its browser can do."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from labeler.flows.stations import is_enrolled
from labeler.web.access import Anybody, SiteOf
from labeler.web.identity import device_key
from labeler.web.rendering import render

router = APIRouter(include_in_schema=False)


@router.get("/device")
def device(request: Request, site: SiteOf, who: Anybody) -> Response:
    """Enrolled or not; a script fills in what the browser can do."""
    del who
    return render(request, "device/page.html", enrolled=is_enrolled(site, device_key(request)))
