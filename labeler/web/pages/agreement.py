"""How far the reviewers agree, per defect type, with what the figures mean beside them."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from labeler.core.agreement.methods import Method
from labeler.core.errors import InvalidInput, NotFound
from labeler.core.people import Principal
from labeler.flows import projects
from labeler.flows.differences import list_differences
from labeler.flows.mix_ups import list_mix_ups, list_mixed_up
from labeler.flows.projects import ProjectInfo
from labeler.flows.site import Site
from labeler.web.access import Overseer, SiteOf
from labeler.web.api.cursors import Cursor, number_after
from labeler.web.pages.audit_samples import draw_context
from labeler.web.problems import Problem, explain
from labeler.web.rendering import language_of, render, wants_fragment

if TYPE_CHECKING:
    from labeler.core.agreement.place_features import PlaceSettings
    from labeler.web.agreement_rows import SideBySide

router = APIRouter(prefix="/projects/{code}/agreement", include_in_schema=False)

COLUMNS = ("line", "station", "lot")
_ON_A_PAGE = 48
By = Annotated[str | None, Query(min_length=1, max_length=100)]
Word = Annotated[str, Query(min_length=1, max_length=100)]


@dataclass(frozen=True, slots=True)
class Comparing:
    """How places are compared, as the address asks for it."""

    iou: float = 0.5
    grow_px: float = 2.0
    boundary_px: float = 2.0

    @property
    def settings(self) -> "PlaceSettings":
        """The settings behind. Raises `InvalidInput`."""
        from labeler.core.agreement.place_features import place_settings

        return place_settings(self.iou, self.grow_px, self.boundary_px)

    @property
    def unusual(self) -> dict[str, str]:
        """What differs from the usual, for other addresses of the page."""
        usual = asdict(Comparing())
        return {name: f"{one:g}" for name, one in asdict(self).items() if one != usual[name]}


Compared = Annotated[Comparing, Depends()]


@router.get("")
def page(
    request: Request,
    code: str,
    site: SiteOf,
    who: Overseer,
    places: Compared,
    by: By = None,
    method: Method = Method.SMOOTHED,
) -> Response:
    """The figures; `by` a column, week or shift puts its values side by side."""
    # Here, not above: a server starts without NumPy and SciPy.
    from labeler.core.agreement.marginals import marks_more
    from labeler.core.agreement.reference import FEWEST_KNOWN
    from labeler.core.datasets.gate import pass_gate
    from labeler.core.datasets.recipe import GateSettings
    from labeler.flows.measure import Intervals, measure
    from labeler.flows.measure_periods import periods
    from labeler.web import agreement_rows as shown
    from labeler.web.agreement_matrix import matrix
    from labeler.web.strips import strip_scale

    project = projects.get_project(site, who, code)
    intervals = Intervals(method=method)
    problem: Problem | None = None
    split: list[SideBySide] = []
    left_out = 0
    try:
        how = places.settings
    except InvalidInput as error:
        problem, places = explain(request, error), Comparing()
        how = places.settings
    if by is not None:
        try:
            parts = measure(site, who, code, by, intervals=intervals, how=how, pairs=False)
            split = shown.split_charts(request, parts, project.standard)
            left_out = parts.left_out
        except InvalidInput as error:
            problem = problem or explain(request, error)
    whole = measure(site, who, code, intervals=intervals, how=how)
    audited = draw_context(request, site, who, code)
    outcomes = {one.defect_type: one.outcome for one in audited["accuracy"].types}
    gate = pass_gate(project.standard.codes, outcomes, GateSettings())
    book = shown.type_rows(
        request, whole, project.standard, {one.defect_type: one for one in gate.types}
    )
    pairs = marks_more(whole)
    return render(
        request, "agreement/page.html",
        status_code=problem.status if problem else 200,
        project=project,
        book=book,
        rows=shown.worst_first(book),
        standings=shown.standing_counts(book),
        scale=strip_scale(),
        alpha=shown.alpha_chart(request, book),
        place_chart=shown.place_chart(request, book),
        matrix=matrix(whole, [one for one in pairs if one.named]),
        has_known=whole.versus_reference is not None,
        fewest_known=FEWEST_KNOWN,
        corrected={
            (one.defect_type, names): one.corrected
            for one in pairs
            for names in ((one.more, one.less), (one.less, one.more))
        },
        split=split,
        by=by,
        columns=(*periods(site), *COLUMNS),
        left_out=left_out,
        problem=problem,
        rated=any(row.agreement.ratings for row in book),
        compared=any(row.compared for row in book),
        method=method,
        methods=tuple(Method),
        # What every other address of the page carries on, where it is not the usual one.
        with_method=urlencode(
            places.unusual | ({} if method is Method.SMOOTHED else {"method": method.value})
        ),
        unusual=places.unusual,
        resampled=whole.resampled,
        groups=whole.groups,
        level=whole.resampling.level,
        **audited,
    )  # fmt: skip


@router.get("/differences")
def differences(
    request: Request,
    code: str,
    site: SiteOf,
    who: Overseer,
    defect_type: By = None,
    one: By = None,
    other: By = None,
    taken_for: By = None,
    cursor: Cursor = None,
) -> Response:
    """The images that `one` of two reviewers marked and the `other` left.

    With `taken_for`, a second defect type, those where people take the two for one another.
    Without a defect type all such pairs; for htmx the part of the page alone.
    """
    project = projects.get_project(site, who, code)
    if defect_type is None:
        return _mix_ups(request, site, who, project)
    language = language_of(request)
    entry = project.standard.find(defect_type)
    second = entry if taken_for is None else project.standard.find(taken_for)
    if entry is None or second is None:
        raise NotFound("The standard has no such defect type.")
    after, limit = number_after(cursor, start=-1), _ON_A_PAGE + 1
    if taken_for is not None:
        types = (defect_type, taken_for)
        found = list_mixed_up(site, who, code, defect_types=types, after=after, limit=limit)
    elif one is not None and other is not None:
        found = list_differences(
            site, who, code, defect_type=defect_type, reviewers=(one, other), after=after,
            limit=limit,
        )  # fmt: skip
    else:
        raise NotFound("There is no such person for you.")
    images = found[:_ON_A_PAGE]
    return render(
        request, "agreement/differences.html",
        project=project,
        images=images,
        code=defect_type,
        name=entry.label(language),
        pair=(one, other),
        taken_for=taken_for,
        taken_name=second.label(language),
        next_cursor=str(images[-1].number) if len(found) > _ON_A_PAGE else None,
        is_first_page=cursor is None,
    )  # fmt: skip


def _mix_ups(request: Request, site: Site, who: Principal, project: ProjectInfo) -> Response:
    language = language_of(request)
    return render(
        request, f"agreement/{'_mixed' if wants_fragment(request) else 'part'}.html", part="mixed",
        project=project,
        mix_ups=list_mix_ups(site, who, project.code),
        names={one.code: one.label(language) for one in project.standard.defect_types},
    )  # fmt: skip


@router.get("/trend")
def trend(request: Request, code: str, site: SiteOf, who: Overseer, by: Word = "week") -> Response:
    """Disputes and missed defects by week or shift; for htmx the part of the page alone."""
    from labeler.flows.drift import drift as follow
    from labeler.flows.measure_periods import periods
    from labeler.web.drift_rows import drift_rows

    project = projects.get_project(site, who, code)
    problem, drift, shown = None, None, None
    try:
        drift = follow(site, who, code, by)
        shown = drift_rows(request, drift, project.standard)
    except InvalidInput as error:
        problem = explain(request, error)
    return render(
        request, f"agreement/{'_trend' if wants_fragment(request) else 'part'}.html", part="trend",
        status_code=problem.status if problem else 200,
        project=project,
        drift=drift,
        shown=shown,
        periods=periods(site),
        problem=problem,
    )  # fmt: skip


@router.get("/trend.csv")
def trend_table(code: str, site: SiteOf, who: Overseer, by: Word = "week") -> Response:
    """Every point of the charts with its limits as CSV."""
    from labeler.flows.drift import drift
    from labeler.web.drift_rows import drift_csv

    return _csv(f"{code}-trend", drift_csv(drift(site, who, code, by)))


@router.get("/table.csv")
def table(
    code: str, site: SiteOf, who: Overseer, places: Compared, method: Method = Method.SMOOTHED
) -> Response:
    """Every figure per defect type as CSV."""
    from labeler.flows.measure import Intervals, measure
    from labeler.web.agreement_csv import agreement_csv

    intervals = Intervals(method=method)
    report = measure(site, who, code, intervals=intervals, how=places.settings)
    return _csv(f"{code}-agreement", agreement_csv(report))


@router.get("/by.csv")
def by_table(
    code: str,
    site: SiteOf,
    who: Overseer,
    places: Compared,
    by: Word,
    method: Method = Method.SMOOTHED,
) -> Response:
    """Every figure per value of a column, week or shift as CSV."""
    from labeler.flows.measure import Intervals, measure
    from labeler.web.agreement_csv import by_csv

    intervals = Intervals(method=method)
    report = measure(site, who, code, by, intervals=intervals, how=places.settings)
    return _csv(f"{code}-agreement-by", by_csv(report))


@router.get("/pairs.csv")
def pairs_table(
    code: str, site: SiteOf, who: Overseer, method: Method = Method.SMOOTHED
) -> Response:
    """Every two reviewers on every defect type, and whether one marks more, as CSV."""
    from labeler.flows.measure import Intervals, measure
    from labeler.web.agreement_csv import pairs_csv

    report = measure(site, who, code, intervals=Intervals(method=method))
    return _csv(f"{code}-pairs", pairs_csv(report))


@router.get("/accuracy.csv")
def accuracy_table(code: str, site: SiteOf, who: Overseer) -> Response:
    """Precision and recall of the labels per defect type, as far as audited, as CSV."""
    from labeler.flows.label_accuracy import accuracy
    from labeler.web.agreement_csv import accuracy_csv

    return _csv(f"{code}-label-accuracy", accuracy_csv(accuracy(site, who, code)))


@router.get("/reviewers.csv")
def reviewers_table(code: str, site: SiteOf, who: Overseer) -> Response:
    """What each reviewer marked, found of what is known, and shares with others, as CSV."""
    from labeler.flows.measure import measure
    from labeler.web.agreement_csv import matrix_csv
    from labeler.web.agreement_matrix import matrix

    report = measure(site, who, code, others=True)
    codes = [one.defect_type for one in report.defect_types]
    return _csv(f"{code}-reviewers", matrix_csv(codes, matrix(report, ())))


def _csv(name: str, text: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)
