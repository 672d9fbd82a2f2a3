"""Commands that the contract names and this version does not have: exit 1 that says so."""

from typing import Annotated

import typer

from labeler.core.errors import NotBuilt

# Whatever somebody wrote behind the name, the answer is about the name.
_ANYTHING = {"ignore_unknown_options": True, "allow_extra_args": True}
_Rest = Annotated[list[str] | None, typer.Argument(metavar="", hidden=True)]


def add_to(app: typer.Typer) -> None:
    """Give the commands their names."""
    for command in (backup, restore):
        app.command(command.__name__, context_settings=_ANYTHING)(command)


def backup(_rest: _Rest = None) -> None:
    """Not built in this version."""
    raise NotBuilt(
        "backup is not built in this version. Copy the data folder while the server is "
        "stopped, or use your database's own backup."
    )


def restore(_rest: _Rest = None) -> None:
    """Not built in this version."""
    raise NotBuilt(
        "restore is not built in this version. Put the copied data folder back while the "
        "server is stopped."
    )
