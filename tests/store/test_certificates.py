"""The plant's authority and the server's certificate: made once, renewed in time, kept private."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store

from labeler.store.certificates import PlantCertificates

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
NAMES = ("plant.test", "127.0.0.1", "fe80::1")


def chain(made: PlantCertificates) -> tuple[x509.Certificate, x509.Certificate]:
    leaf, authority = x509.load_pem_x509_certificates(made.certificate.read_bytes())
    return leaf, authority


def test_a_browser_that_trusts_the_authority_trusts_the_server(tmp_path: Path) -> None:
    made = PlantCertificates(tmp_path / "tls")
    found = made.provide(NAMES, NOW)
    leaf, authority = chain(made)
    store = Store([x509.load_pem_x509_certificate(found.authority.read_bytes())])
    verifier = PolicyBuilder().store(store).time(NOW + timedelta(days=390))
    verifier.build_server_verifier(x509.DNSName("plant.test")).verify(leaf, [authority])
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc == timedelta(days=397)
    assert authority.not_valid_after_utc > NOW + timedelta(days=3649)
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(found.certificate, found.key)
    assert found.fingerprint.count(":") == 31
    other = PlantCertificates(tmp_path / "another plant").provide(NAMES, NOW)
    assert other.fingerprint != found.fingerprint


def test_the_keys_are_for_their_owner_only(tmp_path: Path) -> None:
    PlantCertificates(tmp_path / "tls").provide(NAMES, NOW)
    modes = {file.name: file.stat().st_mode & 0o777 for file in (tmp_path / "tls").iterdir()}
    assert modes == {
        "plant-ca.key": 0o600, "server.key": 0o600, "plant-ca.crt": 0o644, "server.crt": 0o644,
    }  # fmt: skip
    assert (tmp_path / "tls").stat().st_mode & 0o777 == 0o700


def test_it_is_made_anew_only_when_it_must_be_and_the_authority_stays(tmp_path: Path) -> None:
    made = PlantCertificates(tmp_path / "tls")
    first = made.provide(NAMES, NOW)
    assert first.made
    assert not made.provide(NAMES[:1], NOW + timedelta(days=300)).made
    more = made.provide(["PLANT.test", "labels.plant.test"], NOW)
    assert more.made
    assert more.names == (*NAMES, "labels.plant.test")
    assert not made.provide([], NOW + timedelta(days=366)).made
    renewed = made.provide([], NOW + timedelta(days=368))
    assert renewed.made
    assert renewed.names == more.names
    assert renewed.expires_at > NOW + timedelta(days=760)
    assert renewed.fingerprint == first.fingerprint
    # Whoever keeps the authority's key elsewhere needs it to sign, and for nothing else.
    key = tmp_path / "tls" / "plant-ca.key"
    kept_elsewhere = key.rename(tmp_path / key.name)
    assert made.provide([], NOW + timedelta(days=368)).fingerprint == first.fingerprint
    with pytest.raises(ValueError, match=r"plant-ca\.key is missing"):
        made.provide(["new.plant.test"], NOW + timedelta(days=368))
    kept_elsewhere.rename(key)
    # Half written: the key is no longer the certificate's.
    PlantCertificates(tmp_path / "another plant").provide(NAMES, NOW)
    made.key.write_bytes((tmp_path / "another plant/server.key").read_bytes())
    mended = made.provide([], NOW + timedelta(days=368))
    assert mended.made
    assert mended.names == renewed.names
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(mended.certificate, mended.key)


NO_HOSTS = ("", "two words", "http://x", "é.test", "a/b", "a..b", "-a.test", "300.1.1.1")


@pytest.mark.parametrize("name", NO_HOSTS)
def test_what_is_no_host_is_refused_and_nothing_is_lost(tmp_path: Path, name: str) -> None:
    made = PlantCertificates(tmp_path / "tls")
    made.provide(NAMES, NOW)
    before = made.certificate.read_bytes()
    with pytest.raises(ValueError, match="neither"):
        made.provide([name], NOW)
    assert made.certificate.read_bytes() == before
