"""All commands under their names, and what an error looks like on a terminal.

Exit 0 is ok, 1 is refused or a failed check, 2 is wrong usage. The modules behind the
commands load what they need when they run: `labeler --help` must not wait for NumPy.
"""

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from labeler import __version__
from labeler.cli import (
    datasets,
    imports,
    measuring,
    not_built,
    people,
    projects,
    serve,
    studies,
    tls,
    upkeep,
)
from labeler.cli.output import report_error
from labeler.core.errors import LabelerError


class Commands(TyperGroup):
    """Shows an error that a person can act on as sentences, never as a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; exit 1 on an error of the family."""
        try:
            return super().invoke(ctx)
        except LabelerError as error:
            report_error(error)
            raise typer.Exit(1) from error


def _version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"labeler {__version__}")
        raise typer.Exit


app = typer.Typer(
    name="labeler",
    cls=Commands,
    help="Trustworthy labels for visual inspection: import, review, agree, rule, export.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def _start(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_version, is_eager=True),
    ] = False,
) -> None:
    """Take the options that stand before a command."""


for area in (
    serve,
    tls,
    upkeep,
    people,
    projects,
    imports,
    measuring,
    studies,
    datasets,
    not_built,
):
    area.add_to(app)


def main() -> None:
    """Run the command line of this process."""
    app(prog_name="labeler")
