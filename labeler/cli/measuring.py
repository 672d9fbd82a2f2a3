"""`agreement`: how far reviewers agree, in a project or in any table."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labeler.cli.opening import OPERATOR, opened
from labeler.cli.output import Json, note, show, show_json
from labeler.core.agreement.methods import Method, Weights

if TYPE_CHECKING:
    from labeler.core.agreement.report import AgreementReport
    from labeler.flows.measure_table import AgreementBy

# Those of `core.agreement.place_features`, which loads NumPy.
_IOU, _GROW_PX, _BOUNDARY_PX = 0.5, 2.0, 2.0


def add_to(app: typer.Typer) -> None:
    """Give the command its name."""
    app.command("agreement")(agreement)


def agreement(
    code: Annotated[str | None, typer.Argument(help="The project; or give --csv.")] = None,
    csv: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A table item,rater,label[,defect_type][,trial][,reference], of up to 30 "
            "different labels; no database needed.",
        ),
    ] = None,
    *,
    by: Annotated[
        str | None,
        typer.Option(help="A column, or week or shift of a project: one report per value."),
    ] = None,
    positive: Annotated[
        str | None, typer.Option(help="The label that is the defect (--csv). Or: present, 1, true.")
    ] = None,
    ordered: Annotated[
        str | None, typer.Option(metavar="A,B,C", help="The labels in rank order (--csv).")
    ] = None,
    weights: Annotated[
        Weights | None, typer.Option(help="AC2 and Fleiss' kappa weighted so besides (--ordered).")
    ] = None,
    level: Annotated[float, typer.Option(help="Of the intervals.")] = 0.95,
    replicates: Annotated[int, typer.Option(help="Of the bootstrap; 0: no intervals.")] = 2000,
    seed: Annotated[int, typer.Option(help="Of the bootstrap.")] = 0,
    method: Annotated[Method, typer.Option(help="How intervals are made.")] = Method.SMOOTHED,
    group: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="What is drawn as a whole (--csv): a lot, a part."),
    ] = None,
    iou: Annotated[float, typer.Option(help="From which IoU on marked places match.")] = _IOU,
    grow_px: Annotated[
        float, typer.Option(help="Boxes grown by so much are matched besides; 0: not.")
    ] = _GROW_PX,
    boundary_px: Annotated[
        float, typer.Option(help="Outlines may be so far apart for the boundary F1.")
    ] = _BOUNDARY_PX,
    as_json: Json = False,
) -> None:
    """Show the agreement between reviewers, per defect type, with intervals."""
    if (code is None) == (csv is None):
        raise typer.BadParameter("give a project's CODE or --csv FILE, one of the two")
    found: AgreementReport | AgreementBy
    if csv is not None:
        if (iou, grow_px, boundary_px) != (_IOU, _GROW_PX, _BOUNDARY_PX):
            raise typer.BadParameter(
                "--iou, --grow-px and --boundary-px go with a project: a table has no places"
            )
        from labeler.flows.measure_table import measure_csv

        categories = None if ordered is None else [one.strip() for one in ordered.split(",")]
        found = measure_csv(
            csv, by=by, positive=positive, ordered=categories, level=level,
            replicates=replicates, seed=seed, group=group, method=method, weights=weights,
        )  # fmt: skip
    else:
        if any(one is not None for one in (positive, ordered, weights, group)):
            raise typer.BadParameter(
                "--positive, --ordered, --weights and --group go with --csv: a project has its own"
            )
        from labeler.core.agreement.place_features import place_settings
        from labeler.flows.measure import Intervals, measure

        intervals = Intervals(level, replicates, seed, method)
        how = place_settings(iou, grow_px, boundary_px)
        with opened() as site:
            found = measure(
                site, OPERATOR, code or "", by, intervals=intervals, how=how, others=True
            )
    _show(found, as_json=as_json)


def _show(found: "AgreementReport | AgreementBy", *, as_json: bool) -> None:
    from labeler.core.agreement.text import render_text
    from labeler.flows.measure_table import AgreementBy

    if as_json:
        show_json(found.document())
    else:
        if isinstance(found, AgreementBy) and found.left_out:
            note(f"Earlier ones that are left out: {found.left_out}")
        parts = found.reports if isinstance(found, AgreementBy) else found
        show(render_text(parts).rstrip("\n"))
