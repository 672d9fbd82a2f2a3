"""`tls`: certificates for https in a plant that no public authority knows."""

from typing import Annotated

import typer

from labeler.cli.output import Json, show, show_json
from labeler.settings import load_settings

Hosts = Annotated[
    list[str] | None,
    typer.Option(help="A name or address that tablets use; repeat it for several."),
]


def add_to(app: typer.Typer) -> None:
    """Give the command its name."""
    app.command("tls")(tls)


def tls(host: Hosts = None, *, as_json: Json = False) -> None:
    """Make or renew the certificates for `serve --tls`; again = only what is needed."""
    from labeler.cli.listening import own_names  # noqa: PLC0415  cold start
    from labeler.flows.site import wall_clock  # noqa: PLC0415
    from labeler.flows.tls import provide_certificate  # noqa: PLC0415

    found = provide_certificate(load_settings(), (*own_names(), *(host or ())), wall_clock())
    if as_json:
        show_json(found)
        return
    show(f"{'Made' if found.made else 'Still good'}: {found.certificate}")
    show(f"Until {found.expires_at:%Y-%m-%d}, for {', '.join(found.names)}")
    show(f"The plant's authority for the tablets: {found.authority}")
    show(f"Its SHA-256 fingerprint: {found.fingerprint}")
    show("Serve with `labeler serve --tls --host 0.0.0.0`; tablets fetch it at /plant-ca.crt")
