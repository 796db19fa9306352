"""Who may call the API, how callers prove it, and what they may do there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from gateway.config.scalars import FilePath, Text
from gateway.config.section import Section

__all__ = ["ApiTlsSettings", "CertificateName", "Right", "ServerTlsSettings", "TokenHash"]

_ExistingFile = Annotated[Path, FilePath(must_exist=True)]

Right = Literal["read", "trade", "cancel", "risk", "admin"]
"""What a client may do: see, send and replace orders, cancel them, halt trading and set prices, operate."""

TokenHash = Annotated[
    str,
    Text(
        "the hash of a token", r"sha256:[0-9a-f]{64}", "sha256: and the 64 hex digits of the token's SHA-256"
    ),
]
CertificateName = Annotated[
    str,
    Text(
        "a certificate's name",
        r"(DNS|URI):[!-~]{1,253}",
        "DNS:NAME or URI:NAME, as in the certificate's SubjectAlternativeName",
    ),
]


class ServerTlsSettings(Section):
    """TLS of a server. The files are read again when they change; connections that stand are not cut."""

    certificate: _ExistingFile
    """PEM file of the server's certificate and its chain."""
    private_key: _ExistingFile
    """PEM file of its private key, readable by its owner only."""


class ApiTlsSettings(ServerTlsSettings):
    """TLS of the API. The files are read again when they change; connections that stand are not cut."""

    client_ca: _ExistingFile | None = None
    """PEM file of the CAs that may vouch for clients."""
    client_certificate: Literal["none", "required"] = "none"
    """Whether a client has to show a certificate of `client_ca`."""
