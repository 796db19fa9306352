"""A certificate authority of one's own, for the gateway's API: made by `gateway init --tls`, used by
`gateway client add --certificate` and `gateway certificates renew`.

Names are in the SubjectAlternativeName, where the gateway and grpc look for them. Every certificate is of one use:
a client's cannot serve, and the server's cannot call.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

__all__ = ["Authority", "replace_pair", "write_private", "write_public"]

_CA_VALID = timedelta(days=3650)
_VALID = timedelta(days=397)
_CLOCKS_DIFFER = timedelta(minutes=5)
_PEM = serialization.Encoding.PEM


@dataclass(frozen=True)
class Authority:
    """A CA: its certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def make(cls, name: str, now: datetime) -> Authority:
        """Make a CA that vouches for ten years from `now` (UTC)."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _subject(name)
        builder = (
            _builder(subject, subject, key.public_key(), now, _CA_VALID)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
            )
        )
        return cls(builder.sign(key, hashes.SHA256()), key)

    @classmethod
    def load(cls, certificate: bytes, key: bytes) -> Authority:
        """Read a CA from PEM. Raises ValueError where it is none, or the key is not its."""
        loaded = serialization.load_pem_private_key(key, password=None)
        authority = x509.load_pem_x509_certificate(certificate)
        if (
            not isinstance(loaded, ec.EllipticCurvePrivateKey)
            or loaded.public_key() != authority.public_key()
        ):
            raise ValueError("the key is not the certificate's")
        return cls(authority, loaded)

    def issue(self, names: Sequence[str], now: datetime, *, server: bool) -> tuple[bytes, bytes]:
        """Issue a certificate for a server or a client, valid for 397 days; both PEM, certificate and key.

        `names`: IP addresses, DNS names, or URIs such as spiffe://desk/alpha; at least one.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        use = ExtendedKeyUsageOID.SERVER_AUTH if server else ExtendedKeyUsageOID.CLIENT_AUTH
        issuer = self.key.public_key()
        builder = (
            _builder(_subject(names[0]), self.certificate.subject, key.public_key(), now, _VALID)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([use]), critical=False)
            .add_extension(
                x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False
            )
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer), critical=False)
        )
        return builder.sign(self.key, hashes.SHA256()).public_bytes(_PEM), _private_bytes(key)

    @property
    def certificate_bytes(self) -> bytes:
        """The certificate, PEM."""
        return self.certificate.public_bytes(_PEM)

    @property
    def key_bytes(self) -> bytes:
        """The key, PEM, without a password."""
        return _private_bytes(self.key)


def write_private(path: Path, data: bytes) -> None:
    """Write a file that is new and that its owner alone may read, from its first byte on."""
    _write(path, data, 0o600)


def write_public(path: Path, data: bytes) -> None:
    """Write a file that is new."""
    _write(path, data, 0o644)


def replace_pair(certificate: Path, certificate_data: bytes, key: Path, key_data: bytes) -> None:
    """Write a certificate and its key, new or in place of others; each file is whole at every moment.

    The key comes first: whoever reads between the two finds a pair that does not fit, and keeps what he had.
    """
    for path, data, mode in ((key, key_data, 0o600), (certificate, certificate_data, 0o644)):
        new = path.with_name(f".{path.name}.new")
        new.unlink(missing_ok=True)
        _write(new, data, mode)
        new.replace(path)


def _write(path: Path, data: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now: datetime,
    valid: timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_DIFFER)
        .not_valid_after(now + valid)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(name: str) -> x509.GeneralName:
    if "://" in name:
        return x509.UniformResourceIdentifier(name)
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _private_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
