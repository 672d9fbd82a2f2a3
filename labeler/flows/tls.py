"""TLS with a certificate authority of the plant's own."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from labeler.core.errors import FieldError, InvalidInput, NotFound
from labeler.flows.site import Site
from labeler.settings import Settings
from labeler.store.certificates import PlantCertificates, ServerCertificate

FOLDER = "tls"


def provide_certificate(
    settings: Settings, hosts: Iterable[str], now: datetime
) -> ServerCertificate:
    """The server's certificate for `hosts` and those it had before.

    Made where there is none, and anew when fewer than 30 days are left or a host is new.
    The authority stays as it is. Raises `InvalidInput`.
    """
    try:
        return PlantCertificates(settings.data / FOLDER).provide(hosts, now)
    except ValueError as error:
        raise InvalidInput(
            "The certificate could not be made.", fields=[FieldError("host", str(error))]
        ) from error


def authority_file(site: Site) -> Path:
    """The authority's certificate, for tablets to install. Raises `NotFound` without one."""
    found = PlantCertificates(site.settings.data / FOLDER).authority
    if not found.exists():
        raise NotFound("This installation has no certificate of its own. See `labeler tls`.")
    return found
