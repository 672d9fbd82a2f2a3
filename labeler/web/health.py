"""Is it alive, is it ready, how is it doing: for IT and its monitoring."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from labeler.core.errors import Unavailable
from labeler.flows.health import check_ready
from labeler.web.access import Anybody, SiteOf

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """One word."""

    status: str


@router.get("/healthz")
def healthz(who: Anybody) -> Health:
    """The process answers."""
    del who
    return Health(status="ok")


@router.get("/readyz")
def readyz(site: SiteOf, who: Anybody) -> Health:
    """Database and storage answer; 503 otherwise."""
    del who
    problem = check_ready(site)
    if problem is not None:
        raise Unavailable(problem)
    return Health(status="ready")


@router.get("/metrics", response_class=Response)
def metrics(who: Anybody) -> Response:
    """Counters in the text format of Prometheus; no names, no content."""
    del who
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
