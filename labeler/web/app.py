"""The application: routes, headers, errors, static files."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Depends, FastAPI
from starlette.middleware.gzip import GZipMiddleware

from labeler import __version__
from labeler.flows.site import Site
from labeler.web import health
from labeler.web.access import require_declarations
from labeler.web.api import (
    agreement,
    audit,
    audit_samples,
    change_requests,
    disputes,
    examples,
    exports,
    good_parts,
    images,
    people,
    projects,
    reviews,
    station,
    studies,
    tiles,
)
from labeler.web.bodies import plain_address
from labeler.web.body_limit import LimitBody
from labeler.web.metrics import CountRequests
from labeler.web.openapi import DescribedApi
from labeler.web.pages import agreement as agreement_page
from labeler.web.pages import (
    agreement_reviewers,
    device,
    docs,
    enrol,
    home,
    language,
    offline,
    patterns,
    review,
    set_up,
    sign_in,
)
from labeler.web.pages import audit_samples as audit_samples_page
from labeler.web.pages import change_requests as change_requests_page
from labeler.web.pages import disputes as disputes_page
from labeler.web.pages import exports as exports_page
from labeler.web.pages import good_parts as good_parts_page
from labeler.web.pages import images as images_page
from labeler.web.pages import new_project as new_project_page
from labeler.web.pages import password as password_page
from labeler.web.pages import people as people_page
from labeler.web.pages import standard as standard_page
from labeler.web.pages import studies as studies_page
from labeler.web.problems import install_problem_handlers
from labeler.web.security import SameOrigin, SecurityHeaders
from labeler.web.static_files import VersionedStaticFiles

_MEGABYTE = 1 << 20


def create_app(site: Site) -> FastAPI:
    """The application for one installation.

    Raises `RuntimeError` when a route does not declare who may use it.
    """

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        # What is loaded by now stays: a full collection that walks all of it would hold up
        # every tablet for a tenth of a second, again and again.
        gc.freeze()
        yield
        gc.unfreeze()
        site.close()

    options: dict[str, Any] = {"docs_url": None, "redoc_url": None, "openapi_url": None}
    app = DescribedApi(
        title="Labeler",
        version=__version__,
        lifespan=lifespan,
        dependencies=[Depends(plain_address)],
        **options,
    )
    app.state.site = site
    install_problem_handlers(app)
    # Routes are matched in this order: the reviewers' loop asks most often.
    for area in (
        reviews,
        images,
        tiles,
        health,
        projects,
        people,
        disputes,
        change_requests,
        examples,
        good_parts,
        agreement,
        exports,
        audit,
        audit_samples,
        station,
        studies,
    ):
        app.include_router(area.router)
    for page in (
        set_up,
        sign_in,
        enrol,
        language,
        offline,
        home,
        people_page,
        password_page,
        new_project_page,
        review,
        device,
        docs,
        patterns,
    ):
        app.include_router(page.router)
    for page in (
        good_parts_page,  # before the page of one image, whose address would fit too
        images_page,
        disputes_page,
        standard_page,
        change_requests_page,
        agreement_page,
        audit_samples_page,
        agreement_reviewers,
        exports_page,
        studies_page,
    ):
        app.include_router(page.router)
    app.mount("/static", GZipMiddleware(VersionedStaticFiles()), name="static")
    require_declarations(app)
    app.add_middleware(LimitBody, most_bytes=site.settings.max_upload_mb * _MEGABYTE)
    app.add_middleware(SameOrigin, origins=site.settings.origins)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(CountRequests)
    return app
