"""`msa`: an attribute agreement study in any table."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labeler.cli.output import Json, note, show, show_json
from labeler.core.errors import InvalidInput

if TYPE_CHECKING:
    from labeler.core.msa.acceptance import Limits
    from labeler.flows.study_table import StudyReports


def add_to(app: typer.Typer) -> None:
    """Give the command its name."""
    app.command("msa")(msa)


def msa(
    csv: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help="A table part,appraiser,trial,rating,reference, or with agreement's columns.",
        ),
    ],
    bad: Annotated[
        str | None,
        typer.Option(metavar="VALUE", help="The rating that means a bad part; A,B for several."),
    ] = None,
    ordered: Annotated[
        str | None, typer.Option(metavar="A,B,C", help="The ratings in rank order.")
    ] = None,
    convention: Annotated[
        str,
        typer.Option(help="A match is a part in all_trials, or the decision of each_trial."),
    ] = "all_trials",
    interval: Annotated[
        str, typer.Option(help="wilson or exact (Clopper and Pearson), for shares of parts.")
    ] = "wilson",
    limit: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIGURE=GOOD,MARGINAL",
            help="Other acceptance limits, like effectiveness=0.9,0.8; repeat it for several.",
        ),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the report to print as one file.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Report an attribute agreement study: within, against the standard, between appraisers."""
    from labeler.core.msa.settings import Convention, Interval, StudySettings
    from labeler.core.msa.text import render_text
    from labeler.flows.study_table import study_csv

    if convention not in set(Convention):
        raise typer.BadParameter("give all_trials or each_trial", param_hint="--convention")
    if interval not in set(Interval):
        raise typer.BadParameter("give wilson or exact", param_hint="--interval")
    found = study_csv(
        csv,
        bad=_names(bad) or (),
        ordered=_names(ordered),
        settings=StudySettings(Convention(convention), Interval(interval)),
        limits=_limits(limit or []),
    )
    if html is not None:
        _write_sheet(found, html, csv)
    if as_json:
        show_json(found.document())
        return
    for name, report in found.reports.items():
        if found.typed:
            show(f"[{name}]")
        show(render_text(report).rstrip("\n"))


def _names(text: str | None) -> list[str] | None:
    return None if text is None else [one.strip() for one in text.split(",")]


def _plain(name: str) -> str:
    """A defect type as part of a file's name."""
    return re.sub(r"[^\w-]+", "_", name)


def _limits(given: list[str]) -> "Limits":
    from labeler.core.msa.acceptance import parse_limits

    found: dict[str, object] = {}
    for text in given:
        figure, equals, numbers = text.partition("=")
        try:
            found[figure.strip()] = [float(one) for one in numbers.split(",")]
        except ValueError:
            equals = ""
        if not equals:
            raise typer.BadParameter(
                f"{text} is not like effectiveness=0.9,0.8", param_hint="--limit"
            )
    return parse_limits(found)


def _write_sheet(found: "StudyReports", html: Path, csv: Path) -> None:
    """One file; of several defect types one file each, the type before the ending."""
    from labeler.settings import load_settings
    from labeler.web.study_rows import Heading
    from labeler.web.study_sheet import study_sheet

    language = load_settings().language
    for name, report in found.reports.items():
        file = html.with_stem(f"{html.stem}-{_plain(name)}") if found.typed else html
        subject = f"{csv.name} · {name}" if found.typed else csv.name
        try:
            file.write_text(study_sheet(report, Heading(subject), language), "utf-8")
        except OSError as error:
            raise InvalidInput(
                "The file {file} cannot be written: {reason}.",
                file=str(file),
                reason=error.strerror or "unknown",
            ) from error
        note(f"Written: {file}")
