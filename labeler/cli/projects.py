"""`project` and `standard`: setting up."""

from pathlib import Path
from typing import Annotated

import typer

from labeler.cli.opening import OPERATOR, opened
from labeler.cli.output import Json, read_toml, show, show_json
from labeler.core.terms import DataClass

projects = typer.Typer(help="Inspection tasks.", no_args_is_help=True)
standards = typer.Typer(help="The labeling standard.", no_args_is_help=True)

Code = Annotated[str, typer.Argument(help="The project.")]


def add_to(app: typer.Typer) -> None:
    """Give the commands their names."""
    app.add_typer(projects, name="project")
    app.add_typer(standards, name="standard")


@projects.command("create")
def create(
    code: Annotated[str, typer.Argument(help="1 to 40 of a-z, 0-9, _ and -.")],
    standard: Annotated[Path, typer.Option(metavar="FILE.toml", help="The labeling standard.")],
    name: Annotated[str, typer.Option(help="What people call it. Without: the code.")] = "",
    overlap: Annotated[int, typer.Option(help="Reviewers per image, 2 to 5.")] = 2,
    *,
    majority: Annotated[
        bool, typer.Option("--majority/--no-majority", help="Whether more than half may settle.")
    ] = False,
    data_class: Annotated[
        DataClass, typer.Option(help="What kind of plant data the images are.")
    ] = DataClass.QUALITY,
    as_json: Json = False,
) -> None:
    """Create a project with version 1 of its standard."""
    document = read_toml(standard, what="standard")
    from labeler.flows import projects as flow

    with opened() as site:
        info = flow.create_project(
            site, code, document, name=name, overlap=overlap, majority=majority,
            data_class=data_class,
        )  # fmt: skip
    if as_json:
        show_json({"code": info.code, "name": info.name, "version": info.standard.version})
    else:
        types = ", ".join(info.standard.codes)
        show(f"Created {info.code} with {len(info.standard.codes)} defect types: {types}.")


@standards.command("publish")
def publish(
    code: Code,
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="The next version.")],
    *,
    as_json: Json = False,
) -> None:
    """Publish the next version of a project's standard."""
    document = read_toml(file, what="standard")
    from labeler.flows import projects as flow

    with opened() as site:
        new = flow.publish(site, OPERATOR, code, document)
    if as_json:
        show_json({"code": code, "version": new.version})
    else:
        show(f"Published version {new.version} of {code}.")
