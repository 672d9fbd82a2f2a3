"""`doctor`, `config`, `db`, `audit`, `openapi`: looking after an installation."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from labeler.cli.opening import opened, unprepared
from labeler.cli.output import Json, show, show_json
from labeler.core.errors import CheckFailed
from labeler.settings import load_settings

configs = typer.Typer(help="Settings.", no_args_is_help=True)
databases = typer.Typer(help="The database.", no_args_is_help=True)
audits = typer.Typer(help="The chain of events.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Give the commands their names."""
    app.command("doctor")(doctor)
    app.add_typer(configs, name="config")
    app.command("openapi")(openapi)
    app.add_typer(databases, name="db")
    app.add_typer(audits, name="audit")


def doctor(*, as_json: Json = False) -> None:
    """Examine the installation and say what is wrong; it changes nothing."""
    from labeler.flows.doctor import examine

    with unprepared() as site:
        findings = examine(site)
    if as_json:
        show_json({"ok": all(one.ok for one in findings), "findings": findings})
    else:
        for one in findings:
            show(f"{'ok  ' if one.ok else 'FAIL'}  {one.name}: {one.detail}")
    if not all(one.ok for one in findings):
        raise CheckFailed("Something is wrong; see above.")


@configs.command("show")
def show_settings(*, as_json: Json = False) -> None:
    """Show every setting with its value; secrets are masked."""
    shown = load_settings().masked()
    if as_json:
        show_json(shown)
    else:
        for name, value in shown.items():
            show(f"{name}={value}")


def openapi() -> None:
    """Print the description of the HTTP API (OpenAPI, JSON)."""
    from labeler.flows.site import open_site
    from labeler.web.app import create_app

    with tempfile.TemporaryDirectory() as folder:
        site = open_site(load_settings(data=Path(folder), database_url=""))
        document = create_app(site).openapi()
        site.close()
    show_json(document)


@databases.command("upgrade")
def upgrade() -> None:
    """Bring the database to this version's tables."""
    from labeler.store import schema

    with opened(upgrade=True) as site:
        show(f"The database is at {schema.current_revision(site.database)}.")


@audits.command("verify")
def verify_audit(
    checkpoint: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A signed checkpoint, or a receipt with one."),
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Check the whole chain of events for any edit, deletion, insertion, swap or cut."""
    from labeler.flows import checkpoint as flow

    with opened() as site:
        try:
            head = flow.verify_audit(site, checkpoint)
        except CheckFailed as fault:
            if as_json:
                show_json({"ok": False, "fault": str(fault)})
            raise
    if as_json:
        show_json({"ok": True, **flow.as_document(head)})
    else:
        show(f"The chain holds: {head.number} events, the last one {head.hash}.")
