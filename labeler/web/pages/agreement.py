"""How far the reviewers agree, per defect type, with what the figures mean beside them."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from markupsafe import Markup
from starlette.responses import Response

from labeler.core.agreement.methods import Method
from labeler.core.errors import InvalidInput
from labeler.flows import projects
from labeler.web.access import Overseer, SiteOf
from labeler.web.pages.audit_samples import draw_context
from labeler.web.problems import Problem, explain
from labeler.web.rendering import render

router = APIRouter(prefix="/projects/{code}/agreement", include_in_schema=False)

COLUMNS = ("line", "station", "lot")
By = Annotated[str | None, Query(min_length=1, max_length=100)]


@router.get("")
def page(
    request: Request,
    code: str,
    site: SiteOf,
    who: Overseer,
    by: By = None,
    method: Method = Method.SMOOTHED,
) -> Response:
    """The figures; `by` a column, week or shift puts its values side by side."""
    # Here, not above: a server starts without NumPy and SciPy.
    from labeler.flows.measure import Intervals, measure  # noqa: PLC0415
    from labeler.flows.measure_periods import periods  # noqa: PLC0415
    from labeler.web.agreement_rows import (  # noqa: PLC0415
        place_chart,
        split_charts,
        type_chart,
        type_rows,
    )

    project = projects.get_project(site, who, code)
    intervals = Intervals(method=method)
    problem: Problem | None = None
    split: list[tuple[str, Markup]] = []
    left_out = 0
    if by is not None:
        try:
            parts = measure(site, who, code, by, intervals=intervals, pairs=False)
            split = split_charts(request, parts, project.standard)
            left_out = parts.left_out
        except InvalidInput as error:
            problem = explain(request, error)
    whole = measure(site, who, code, intervals=intervals)
    rows = type_rows(request, whole, project.standard)
    return render(
        request, "agreement/page.html",
        status_code=problem.status if problem else 200,
        project=project,
        rows=rows,
        chart=type_chart(request, rows, "headline"),
        beside=type_chart(request, rows, "beside"),
        place_chart=place_chart(request, rows),
        split=split,
        by=by,
        columns=(*periods(site), *COLUMNS),
        left_out=left_out,
        problem=problem,
        rated=any(row.agreement.ratings for row in rows),
        compared=any(row.compared for row in rows),
        resampled=whole.resampled,
        groups=whole.groups,
        level=whole.resampling.level,
        **draw_context(request, site, who, code),
    )  # fmt: skip


@router.get("/table.csv")
def table(code: str, site: SiteOf, who: Overseer, method: Method = Method.SMOOTHED) -> Response:
    """Every figure per defect type as CSV."""
    from labeler.flows.measure import Intervals, measure  # noqa: PLC0415
    from labeler.web.agreement_rows import agreement_csv  # noqa: PLC0415

    headers = {"Content-Disposition": f'attachment; filename="{code}-agreement.csv"'}
    text = agreement_csv(measure(site, who, code, intervals=Intervals(method=method)))
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)
