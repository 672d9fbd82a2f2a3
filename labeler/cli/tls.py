"""`tls`: certificates for https in a plant that no public authority knows."""

from typing import Annotated

import typer

from labeler.cli.output import Json, show, show_json
from labeler.settings import load_settings

Hosts = Annotated[
    list[str] | None,
    typer.Option(help="A name or address that tablets use; repeat it for several."),
]
Port = Annotated[
    int, typer.Option(min=1, max=65_535, help="Where it will be served, for the QR code.")
]
_PORT = 8000


def add_to(app: typer.Typer) -> None:
    """Give the command its name."""
    app.command("tls")(tls)


def tls(host: Hosts = None, port: Port = _PORT, *, as_json: Json = False) -> None:
    """Make or renew the certificates for `serve --tls`; again = only what is needed."""
    from labeler.cli.listening import (
        Listener,
        authority_address,
        lan_names,
        own_names,
        url,
    )
    from labeler.flows.site import wall_clock
    from labeler.flows.tls import provide_certificate

    found = provide_certificate(load_settings(), (*own_names(), *(host or ())), wall_clock())
    if as_json:
        show_json(found)
        return
    show(f"{'Made' if found.made else 'Still good'}: {found.certificate}")
    show(f"Until {found.expires_at:%Y-%m-%d}, for {', '.join(found.names)}")
    show(f"The plant's authority for the tablets: {found.authority}")
    show(f"Its SHA-256 fingerprint: {found.fingerprint}")
    show(f"Serve with `labeler serve --tls --host 0.0.0.0{_port_option(port)}`;")
    address = authority_address([url("https", name, port) for name in host or lan_names()])
    if address is None:
        show("then tablets install the authority once, from /plant-ca.crt of its address.")
    else:
        show(f"then tablets install the authority once, from {address}")
        show(Listener.qr_code(address))


def _port_option(port: int) -> str:
    return "" if port == _PORT else f" --port {port}"
