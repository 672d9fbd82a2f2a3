"""Pages from templates: language, theme, navigation, asset addresses."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from labeler.assets import asset_folder
from labeler.core.people import Principal
from labeler.core.terms import Language
from labeler.flows.site import Site
from labeler.web.identity import session_mark
from labeler.web.languages import choose_language, translated
from labeler.web.navigation import navigation
from labeler.web.numbers import interval, number
from labeler.web.static_files import asset, modules

LANGUAGE = "labeler_language"


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The one template environment: escaping always on, unknown names an error."""
    made = Environment(
        loader=FileSystemLoader(asset_folder("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["asset"] = asset
    made.globals["modules"] = modules
    made.globals["number"] = number
    made.globals["interval"] = interval
    return made


def language_of(request: Request) -> Language:
    """The person's language, else the browser's cookie, else the installation's."""
    site: Site = request.app.state.site
    who: Principal | None = getattr(request.state, "who", None)
    chosen = who.language if who and who.language else request.cookies.get(LANGUAGE)
    return choose_language(chosen, site.settings.language)


def translate(request: Request, message: str, **values: object) -> str:
    """A sentence in the language of whoever asks."""
    return translated(language_of(request), message, values)


def local_time(request: Request, at: datetime) -> str:
    """An instant in plant time, to the minute."""
    site: Site = request.app.state.site
    return at.astimezone(site.settings.zone).strftime("%Y-%m-%d %H:%M")


def _here(request: Request) -> str:
    """Where the language switch returns to: this page, or the start after a change."""
    if request.method != "GET":
        return "/"
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _lock_of(request: Request, who: Principal | None) -> Mapping[str, Any] | None:
    """What the lock of a shared tablet needs; None elsewhere."""
    session = session_mark(who) if who and who.station_id else None
    if session is None:
        return None
    site: Site = request.app.state.site
    return {"session": session, "idle_lock_s": site.settings.idle_lock_s}


def wants_fragment(request: Request) -> bool:
    """Whether htmx asks for a part of the page."""
    return "hx-request" in request.headers


def page_context(request: Request, context: Mapping[str, Any]) -> dict[str, Any]:
    """What every template may use, with `context` on top."""
    language = language_of(request)

    def gettext(message: str, **values: object) -> str:
        return translated(language, message, values)

    def ngettext(one: str, many: str, n: int, **values: object) -> str:
        return translated(language, one if n == 1 else many, {"n": n, **values})

    who: Principal | None = getattr(request.state, "who", None)
    project = context.get("project")
    return {
        "_": gettext,
        "ngettext": ngettext,
        "local_time": lambda at: local_time(request, at),
        "language": language.value,
        "theme": "auto",
        "user": who,
        "tablet_lock": _lock_of(request, who),
        "nav": navigation(who, project.code if project else None, request.url.path, gettext),
        "project": project,
        "here": _here(request),
        **context,
    }


def render(
    request: Request,
    template: str,
    *,
    status_code: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: Any,
) -> HTMLResponse:
    """A page, or a fragment where htmx asked for one."""
    text = environment().get_template(template).render(page_context(request, context))
    return HTMLResponse(text, status_code, headers={"Vary": "HX-Request", **(headers or {})})
