"""A certificate authority of the plant's own, and the server's certificate signed by it.

Browsers take no certificate of a server in the plant's network from a public authority,
and do without a network only under TLS. So the plant has an authority whose certificate is
installed on its tablets once; its key never leaves the data folder.
"""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_DAYS = 3650
# Apple's systems trust a server's certificate for 398 days at most.
SERVER_DAYS = 397
RENEW_DAYS = 30
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_CLOCK_SKEW = timedelta(hours=1)  # a tablet's clock may be behind


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """Where the server's certificate and key lie, for which names, until when.

    `fingerprint` is the authority's SHA-256 in pairs, to compare on the tablet.
    """

    certificate: Path
    key: Path
    authority: Path
    names: tuple[str, ...]
    expires_at: datetime
    fingerprint: str
    made: bool


class PlantCertificates:
    """The files in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = folder / "plant-ca.crt"
        self._authority_key = folder / "plant-ca.key"
        self.certificate = folder / "server.crt"
        self.key = folder / "server.key"

    def provide(self, names: Iterable[str], now: datetime) -> ServerCertificate:
        """The certificate for `names` and those it had before, made anew where it must be.

        Raises `ValueError` for a name that is neither a host's nor an address, or for files
        that cannot be read.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self.authority.exists():
            self._make_authority(now)
        authority = x509.load_pem_x509_certificate(self.authority.read_bytes())
        present = self._present()
        had = _names_of(present) if present else ()
        wanted = tuple(dict.fromkeys((*had, *(one.strip().lower() for one in names))))
        good = present and self._has_key_of(present) and _serves(present, authority, wanted, now)
        kept = present if good else None
        served = kept or self._make_server(wanted, now, authority)
        return ServerCertificate(
            self.certificate, self.key, self.authority, wanted, served.not_valid_after_utc,
            authority.fingerprint(hashes.SHA256()).hex(":").upper(), made=kept is None,
        )  # fmt: skip

    def _present(self) -> x509.Certificate | None:
        if not (self.certificate.exists() and self.key.exists()):
            return None
        return x509.load_pem_x509_certificate(self.certificate.read_bytes())

    def _has_key_of(self, present: x509.Certificate) -> bool:
        # A power cut between the two files leaves a key that belongs to no certificate.
        try:
            key = serialization.load_pem_private_key(self.key.read_bytes(), None)
        except ValueError:
            return False
        return key.public_key() == present.public_key()

    def _make_authority(self, now: datetime) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        # The number tells the authorities of two installations apart in a tablet's list.
        number = x509.random_serial_number()
        name = _name(f"Labeler plant CA {number % 16**6:06x}")
        made = (
            _begin(name, name, key.public_key(), now, AUTHORITY_DAYS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(authority=True), critical=True)
            .sign(key, hashes.SHA256())
        )
        _write(self._authority_key, _pem(key), 0o600)
        _write(self.authority, made.public_bytes(serialization.Encoding.PEM), 0o644)

    def _make_server(
        self, names: tuple[str, ...], now: datetime, authority: x509.Certificate
    ) -> x509.Certificate:
        if not self._authority_key.exists():  # another authority would be trusted by no tablet
            message = f"{self._authority_key} is missing, and only it can sign: put it back"
            raise ValueError(message)
        signer = serialization.load_pem_private_key(self._authority_key.read_bytes(), None)
        if not isinstance(signer, ec.EllipticCurvePrivateKey):
            message = f"{self._authority_key} is no key of ours"
            raise ValueError(message)  # noqa: TRY004  the file is wrong, not the call
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
        made = (
            _begin(_name("Labeler"), authority.subject, key.public_key(), now, SERVER_DAYS)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(authority=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(
                x509.SubjectAlternativeName([_general(one) for one in names]), critical=False
            )
            .add_extension(issuer, critical=False)
            .sign(signer, hashes.SHA256())
        )
        _write(self.key, _pem(key), 0o600)
        chain = made.public_bytes(serialization.Encoding.PEM) + self.authority.read_bytes()
        _write(self.certificate, chain, 0o644)
        return made


def _serves(
    present: x509.Certificate, authority: x509.Certificate, wanted: Iterable[str], now: datetime
) -> bool:
    lasts = present.not_valid_after_utc - now >= timedelta(days=RENEW_DAYS)
    ours = present.issuer == authority.subject
    return lasts and ours and set(wanted) <= set(_names_of(present))


def _begin(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + timedelta(days=days) - _CLOCK_SKEW)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority, key_cert_sign=authority, crl_sign=authority,
        content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _general(name: str) -> x509.GeneralName:
    if (address := _address(name)) is not None:
        return x509.IPAddress(address)
    if not _is_host(name):
        message = f"{name} is neither the name of a host nor an address"
        raise ValueError(message)
    return x509.DNSName(name)


def _address(name: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(name)
    except ValueError:
        return None


def _is_host(name: str) -> bool:
    # A mistyped address looks like a name, and no browser ever asks for it.
    labels = name.split(".")
    return all(_LABEL.fullmatch(one) for one in labels) and not labels[-1].isdigit()


def _names_of(certificate: x509.Certificate) -> tuple[str, ...]:
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    names = (str(one.value) for one in found)
    return tuple(name for name in names if _address(name) or _is_host(name))


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write(file: Path, content: bytes, mode: int) -> None:
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(file)
