"""`user`, `member`, `token`: people and what they may do."""

import sys
from typing import Annotated

import typer

from labeler.cli.opening import OPERATOR, opened
from labeler.cli.output import Json, note, show, show_json, show_table
from labeler.core.terms import Role, Scope

users = typer.Typer(help="People.", no_args_is_help=True)
members = typer.Typer(help="Who sees which project.", no_args_is_help=True)
tokens = typer.Typer(help="Secrets for programs.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Give the commands their names."""
    app.add_typer(users, name="user")
    app.add_typer(members, name="member")
    app.add_typer(tokens, name="token")


@users.command("add")
def add_user(
    name: Annotated[str, typer.Argument(help="As it stands on the sign-in tile.")],
    role: Annotated[Role, typer.Option(help="What the person is for.")],
    pin: Annotated[
        str | None, typer.Option(metavar="N", help="4 to 6 digits, for a reviewer's tablet.")
    ] = None,
    *,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Add a person: a reviewer with a PIN, anybody else with a password."""
    password = _password(pin, from_stdin=password_stdin)
    from labeler.flows import people

    with opened() as site:
        added = people.add_user(site, name, role, pin=pin, password=password)
    if as_json:
        show_json(added)
    else:
        show(f"Added {added.name} as {added.role}.")
    if pin is None and password is None:
        note("Without a PIN or password this person cannot sign in; a token works.")


@users.command("reset")
def reset_secret(
    name: Annotated[str, typer.Argument(help="Who forgot their PIN or password.")],
    pin: Annotated[
        str | None, typer.Option(metavar="N", help="4 to 6 digits, for a reviewer.")
    ] = None,
    *,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    end_tokens: Annotated[
        bool, typer.Option("--end-tokens", help="End their API tokens too.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Give a person a new PIN or password; without one it is drawn and shown this once."""
    password = _password(pin, from_stdin=password_stdin)
    from labeler.flows import renew_secret

    with opened() as site:
        made = renew_secret.reset_secret(
            site, name, pin=pin, password=password, end_tokens=end_tokens
        )
    if as_json:
        show_json(made)
    else:
        kind = "PIN" if made.kind == "pin" else "password"
        ends = f": {made.secret}" if made.secret else "."
        show(f"{made.name} has a new {kind}{ends}")
    if made.tokens:
        note(f"API tokens that work on: {made.tokens}. To end them too: --end-tokens")


@users.command("badge")
def set_badge(
    name: Annotated[str, typer.Argument(help="A reviewer.")],
    number: Annotated[str | None, typer.Option(metavar="N", help="As the reader types it.")] = None,
    *,
    take_back: Annotated[
        bool, typer.Option("--take-back", help="They have no badge any more.")
    ] = False,
) -> None:
    """Give a reviewer the badge that signs them in on enrolled tablets."""
    if (number is None) != take_back:
        raise typer.BadParameter("give --number or --take-back")
    from labeler.flows import badges

    with opened() as site:
        named = badges.set_badge(site, name, number)
    show(f"{named} has {'no badge' if take_back else 'a badge'}.")


def _password(pin: str | None, *, from_stdin: bool) -> str | None:
    if pin is not None and from_stdin:
        raise typer.BadParameter("give --pin or --password-stdin, not both")
    return sys.stdin.readline().rstrip("\r\n") if from_stdin else None


@users.command("list")
def list_users(*, as_json: Json = False) -> None:
    """Show everybody, with role and projects."""
    from labeler.flows import people

    with opened() as site:
        found = people.list_people(site, OPERATOR)
    if as_json:
        show_json({"items": found})
    else:
        rows = [(one.name, one.role, ", ".join(one.projects)) for one in found]
        show_table(("name", "role", "projects"), rows)


@members.command("add")
def add_member(
    code: Annotated[str, typer.Argument(help="The project.")],
    name: Annotated[str, typer.Argument(help="The person.")],
) -> None:
    """Let a person see a project."""
    from labeler.flows import people

    with opened() as site:
        people.add_member(site, code, name, OPERATOR)
    show(f"{name} sees {code}.")


@tokens.command("create")
def create_token(
    user: Annotated[str, typer.Option(help="Whose right the token has.")],
    scope: Annotated[
        list[Scope] | None,
        typer.Option(help="What it may do; repeat it for several. Without: all the role may."),
    ] = None,
    days: Annotated[int | None, typer.Option(help="Days until it ends. Without: never.")] = None,
) -> None:
    """Make a token and print only it; it is not shown again."""
    from labeler.flows import people

    with opened() as site:
        _info, secret = people.create_token(site, user, tuple(scope or ()), days=days)
    show(secret)
