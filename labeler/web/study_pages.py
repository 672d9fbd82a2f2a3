"""A study's report as its page, its sheet and its CSV. Apart, because it loads NumPy and SciPy."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import Request
from starlette.responses import Response

from labeler.core.msa.plan import StudyState
from labeler.core.people import Principal
from labeler.core.terms import Source, Verdict
from labeler.flows import projects
from labeler.flows.site import Site
from labeler.flows.studies import StudyInfo
from labeler.flows.study_report import ReportOfStudy
from labeler.web.rendering import language_of, local_time, translate
from labeler.web.study_rows import Heading, report_context, study_csv_text
from labeler.web.study_sheet import sheet_policy, study_sheet


def csv_answer(found: ReportOfStudy) -> Response:
    """Every figure, a line each, as a download."""
    return Response(
        study_csv_text(found.report),
        media_type="text/csv; charset=utf-8",
        headers=_named(found.info, "csv", kept=True),
    )


def sheet_answer(request: Request, site: Site, who: Principal, found: ReportOfStudy) -> Response:
    """The sheet to print; its one style sheet is named in the security policy by its hash."""
    heading = heading_of(request, site, who, found)
    return Response(
        study_sheet(found.report, heading, language_of(request)),
        media_type="text/html; charset=utf-8",
        headers={
            "Content-Security-Policy": sheet_policy(),
            "Vary": "Accept",
            **_named(found.info, "html"),
        },
    )


def page_context(
    request: Request, site: Site, who: Principal, found: ReportOfStudy
) -> dict[str, Any]:
    """What the report's template needs on the study's page."""
    return report_context(
        found.report,
        heading_of(request, site, who, found),
        lambda message, **values: translate(request, message, **values),
    )


def _named(info: StudyInfo, ending: str, *, kept: bool = False) -> dict[str, str]:
    how = "attachment" if kept else "inline"
    return {"Content-Disposition": f'{how}; filename="{info.project}-study-{info.id}.{ending}"'}


def heading_of(request: Request, site: Site, who: Principal, found: ReportOfStudy) -> Heading:
    """What stands above the report: the defect type, the plan, where the truth comes from."""
    info = found.info

    def gettext(message: str, **values: object) -> str:
        return translate(request, message, **values)

    project = projects.get_project(site, who, info.project)
    standard = projects.get_standard(site, who, info.project, info.standard_version)
    language = language_of(request)
    entry = standard.find(info.defect_type)
    kind = entry.label(language) if entry else info.defect_type
    levels = entry.severity if entry else ()
    named = {level.code: level.name.get(language) or level.code for level in levels}
    planned = local_time(request, info.created_at)
    if info.created_by:
        planned = f"{planned}, {info.created_by}"
    facts = [
        (gettext("Project"), project.name),
        *([] if info.name == info.defect_type else [(gettext("Study"), info.name)]),
        (gettext("Planned"), planned),
        (gettext("Standard"), gettext("version {n}", n=info.standard_version)),
        (gettext("Near the limit"), str(info.near_limit)),
        (gettext("Truth from"), _sources(info.sources, gettext)),
    ]
    if info.ended_at is not None:
        facts.append((gettext("Ended"), local_time(request, info.ended_at)))
    return Heading(
        kind,
        facts,
        {
            Verdict.ABSENT.value: gettext("absent"),
            Verdict.PRESENT.value: gettext("present"),
            Verdict.UNSURE.value: gettext("can't tell"),
            **named,
        },
        _notes(info, gettext),
        {part: one.file for part, one in found.images.items()},
        {part: f"/projects/{info.project}/images/{one.id}" for part, one in found.images.items()},
        info.state is StudyState.RUNNING,
        info.state is StudyState.CLOSED,
    )


def _sources(sources: Mapping[str, int], gettext: Callable[..., str]) -> str:
    words = {
        Source.REFERENCE.value: gettext("reference"),
        Source.RULED.value: gettext("ruling"),
        Source.MAJORITY.value: gettext("majority"),
        Source.UNANIMOUS.value: gettext("unanimous reviews"),
    }
    return ", ".join(f"{words[name]} {sources[name]}" for name in words if sources.get(name))


def _notes(info: StudyInfo, gettext: Callable[..., str]) -> Sequence[str]:
    notes = []
    if info.state == "cancelled":
        notes.append(gettext("This study was cancelled."))
    if info.judged_before:
        notes.append(
            gettext(
                "For {n} of {of} parts the truth is a consensus that appraisers of this study "
                "may have helped to settle: that flatters them. References do not have this fault.",
                n=info.judged_before,
                of=info.parts,
            )
        )
    return notes
