"""Datasets: ask for one, watch it being made, take it away."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from pydantic import Field
from starlette.responses import RedirectResponse, Response

from labeler.core.datasets.recipe import Recipe
from labeler.core.errors import FieldError, InvalidInput
from labeler.core.people import Principal
from labeler.flows import export, projects
from labeler.flows.export import ExportInfo
from labeler.flows.images import progress
from labeler.flows.site import Site
from labeler.web.access import Exporter, SiteOf
from labeler.web.bodies import Body
from labeler.web.problems import Problem, explain
from labeler.web.rendering import render, wants_fragment

router = APIRouter(prefix="/projects/{code}/exports", include_in_schema=False)

_UNDER_WAY = frozenset({"queued", "running"})
FORMATS = Recipe().formats
GROUPS = ("unit", "lot", "station", "line")
_BALANCED: dict[str, Any] = {
    "balance": {"strategy": "equalize"},
    "augment": {"preset": "surface"},
}
Number = Annotated[str, Field(max_length=20)]


class RecipeForm(Body):
    """The form as the browser sends it: numbers as text, so that a typing error can be shown."""

    preset: Annotated[str, Field(max_length=20)] = "plain"
    train: Number = "70"
    val: Number = "15"
    test: Number = "15"
    group_by: Annotated[str, Field(max_length=40)] = "unit"
    near_duplicates: bool = False
    seed: Number = "0"
    formats: Annotated[list[Annotated[str, Field(max_length=40)]], Field(default_factory=list)]
    on_fail: Annotated[str, Field(max_length=20)] = "mark"


_FRESH = RecipeForm(near_duplicates=True, formats=list(FORMATS))


@router.get("")
def page(request: Request, code: str, site: SiteOf, who: Exporter) -> Response:
    """The form and every export of the project."""
    return _show(request, site, who, code)


@router.get("/list")
def listed(request: Request, code: str, site: SiteOf, who: Exporter) -> Response:
    """The list alone, for the page to look again while something is being made."""
    return render(request, "exports/_list.html", **_list_context(site, who, code))


@router.post("")
def ask(
    request: Request, code: str, site: SiteOf, who: Exporter, form: Annotated[RecipeForm, Form()]
) -> Response:
    """Queue an export; a recipe with faults comes back with them beside its fields."""
    try:
        export.request_export(site, who, code, _recipe(form))
    except InvalidInput as error:
        return _show(request, site, who, code, form=form, problem=explain(request, error))
    return RedirectResponse(f"/projects/{code}/exports#exports-list", 303)


@router.post("/{export_id}/cancel")
def cancel(request: Request, code: str, export_id: str, site: SiteOf, who: Exporter) -> Response:
    """Stop what is waiting or being made; delete what is finished."""
    export.cancel_export(site, who, export_id)
    if wants_fragment(request):
        return render(request, "exports/_list.html", **_list_context(site, who, code))
    return RedirectResponse(f"/projects/{code}/exports", 303)


def _recipe(form: RecipeForm) -> dict[str, Any]:
    faults: list[FieldError] = []

    def whole(name: str, path: str) -> int:
        text = getattr(form, name).strip()
        if text.isascii() and text.isdecimal():
            return int(text)
        faults.append(FieldError(path, "Give a whole number."))
        return 0

    shares = {name: whole(name, f"splits.{name}") for name in ("train", "val", "test")}
    seed = whole("seed", "seed")
    if not faults and sum(shares.values()) != 100:
        faults.append(FieldError("splits", "The shares of train, val and test add up to 100."))
    if faults:
        raise InvalidInput("The recipe has faults.", fields=faults)
    return {
        "formats": form.formats,
        "splits": {name: share / 100 for name, share in shares.items()},
        "group_by": form.group_by,
        "near_duplicates": form.near_duplicates,
        "seed": seed,
        "gate": {"on_fail": form.on_fail},
        **(_BALANCED if form.preset == "balanced" else {}),
    }


def _list_context(site: Site, who: Principal, code: str) -> dict[str, Any]:
    project = projects.get_project(site, who, code)
    found = export.list_exports(site, who, code)
    return {
        "project": project,
        "exports": found,
        "under_way": any(one.status in _UNDER_WAY for one in found),
        "counted": {one.id: _counted(one) for one in found if one.counts},
        "recipes": {one.id: json.dumps(one.recipe, indent=2, ensure_ascii=False) for one in found},
    }


def _counted(one: ExportInfo) -> list[tuple[str, str, dict[str, Any]]]:
    """(kind, split, counts) of everything that is not empty."""
    return [
        (kind, split, counts)
        for kind, splits in (one.counts or {}).items()
        for split, counts in splits.items()
        if counts["images"]
    ]


def _show(
    request: Request,
    site: Site,
    who: Principal,
    code: str,
    *,
    form: RecipeForm = _FRESH,
    problem: Problem | None = None,
) -> Response:
    return render(
        request, "exports/page.html",
        status_code=problem.status if problem else 200,
        headers=problem.headers if problem else None,
        form=form,
        problem=problem,
        formats=FORMATS,
        groups=GROUPS,
        progress=progress(site, who, code),
        **_list_context(site, who, code),
    )  # fmt: skip
