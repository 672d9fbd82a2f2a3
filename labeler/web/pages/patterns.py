"""Every component in every state, for those who build and check pages."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from labeler.web.access import Admin
from labeler.web.rendering import render

router = APIRouter(include_in_schema=False)


@router.get("/patterns")
def patterns(request: Request, who: Admin) -> Response:
    """The catalogue that new pages take their parts from."""
    del who
    return render(request, "patterns/page.html")
