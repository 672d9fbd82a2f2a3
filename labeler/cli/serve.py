"""`serve`, `worker` and `demo`: running an installation."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labeler.cli.opening import environment_of, opened
from labeler.cli.output import note, progress_bar, show, show_json

if TYPE_CHECKING:
    from labeler.cli.listening import Listener
    from labeler.flows.site import Site

Host = Annotated[
    str, typer.Option(help="The address to listen on; 0.0.0.0 lets tablets on the network in.")
]
Port = Annotated[int, typer.Option(min=0, max=65_535, help="0 takes any free port.")]


def add_to(app: typer.Typer) -> None:
    """Give the commands their names."""
    app.command("serve")(serve)
    app.command("worker")(worker)
    app.command("demo")(demo)


def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Annotated[
        int, typer.Option(min=1, help="Server processes; more than one needs PostgreSQL.")
    ] = 1,
    *,
    tls: Annotated[
        bool, typer.Option("--tls", help="Speak https with the plant's own certificate.")
    ] = False,
) -> None:
    """Serve the pages and the API until Ctrl-C, with a worker for exports beside it."""
    with opened(upgrade=True) as site:
        if workers > 1 and site.database.is_sqlite:
            raise typer.BadParameter(
                "several server processes need PostgreSQL: SQLite has one writer, and it lives "
                "in one process. Leave --workers out, or set LABELER_DATABASE_URL."
            )
        _serve(
            site, host, port, workers, tls=tls,
            announce=lambda listener: _announce(site, listener),
        )  # fmt: skip


def _serve(
    site: "Site", host: str, port: int, workers: int, *,
    announce: "Callable[[Listener], None]", tls: bool = False,
) -> None:  # fmt: skip
    from labeler.cli.listening import Listener, run_one, run_several
    from labeler.cli.worker_process import WorkerProcess

    with Listener(host, port) as listener:
        os.environ.update(environment_of(site.settings))
        if tls:
            listener.certificate = _certificate(site, host)
        announce(listener)
        beside = WorkerProcess(environment_of(site.settings))
        if workers > 1:
            run_several(listener, workers, beside)
        else:
            run_one(site, listener, beside)


def _certificate(site: "Site", host: str) -> Any:
    from labeler.cli.listening import EVERYWHERE, own_names
    from labeler.flows.tls import provide_certificate

    named = () if host in EVERYWHERE else (host,)
    return provide_certificate(site.settings, (*own_names(), *named), site.now())


def _announce(site: "Site", listener: "Listener") -> None:
    from labeler.flows.set_up import issue_code, needs_set_up

    if needs_set_up(site):
        show(f"First start: open {listener.address}/setup and enter the set-up code")
        show(f"\n    {issue_code(site)}\n")
    show_addresses(listener)


def show_addresses(listener: "Listener") -> None:
    """Print where the server is reached, with QR codes where tablets can reach it."""
    addresses = listener.lan_addresses
    for address in dict.fromkeys((listener.address, *addresses)):
        show(f"Labeler is at {address}")
    if authority := listener.authority_address:
        show(f"Tablets install the plant's authority once, from {authority}")
        show(listener.qr_code(authority))
        show(f"Then they open {addresses[0]}")
    if addresses:
        show(listener.qr_code(addresses[0]))
    else:
        show("Only this machine reaches it. For tablets: --host 0.0.0.0")


def worker(
    *,
    until_stdin_ends: Annotated[bool, typer.Option("--until-stdin-ends", hidden=True)] = False,
) -> None:
    """Make the exports that are asked for, until Ctrl-C; `serve` starts one of its own."""
    from labeler.cli.worker_process import stop_event

    stop = stop_event(until_stdin_ends=until_stdin_ends)
    with opened() as site:
        from labeler.flows.worker import run_worker

        if not until_stdin_ends:
            note("The worker waits for exports.")
        run_worker(site, stop)


def demo(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Without: LABELER_DATA, else ./data.")
    ] = None,
) -> None:
    """Serve the sample project; its logins are in DATA/demo.json. Again = keeps the data."""
    from labeler.flows.demo import at_address, make_demo, sheet_file
    from labeler.settings import load_settings

    settings = load_settings(**({} if data is None else {"data": data}))
    with opened(settings, upgrade=True) as site:
        with progress_bar("Making the sample project") as bar:
            make_demo(site, progress=bar)

        def announce(listener: "Listener") -> None:
            tablets = next(iter(listener.lan_addresses), None)
            show_json(at_address(site, listener.address, tablets=tablets))
            show(f"The same stands in {sheet_file(site)}.")
            show_addresses(listener)

        _serve(site, host, port, 1, announce=announce)
