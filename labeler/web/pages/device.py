"""What this device is to Labeler, what its browser can do, and how large its pixels are."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from labeler.flows.stations import station_of
from labeler.web.access import Anybody, SiteOf
from labeler.web.identity import device_key
from labeler.web.rendering import render

router = APIRouter(include_in_schema=False)


@router.get("/device")
def device(request: Request, site: SiteOf, who: Anybody) -> Response:
    """Enrolled as what, or not; scripts fill in the rest, which only the browser knows."""
    del who
    return render(request, "device/page.html", station=station_of(site, device_key(request)))
