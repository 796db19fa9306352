"""TLS of the server, with certificates that can be replaced while it runs.

grpc asks before each handshake. The files are read again when their time or size has changed; a pair that cannot be
used (half replaced, or damaged) is logged, and the one before stays in force.
"""

from __future__ import annotations

import logging
import ssl
import threading
from dataclasses import dataclass
from pathlib import Path

import grpc

__all__ = ["CertificateFiles", "TlsFiles", "server_credentials"]

_log = logging.getLogger(__name__)

Stamp = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """PEM files. With `client_ca`, clients have to show a certificate of one of its CAs."""

    certificate: Path
    private_key: Path
    client_ca: Path | None = None


class CertificateFiles:
    """Watches the files. Any thread may call it."""

    def __init__(self, files: TlsFiles) -> None:
        """Read them for the first time. Raises OSError or ssl.SSLError where they cannot be used."""
        self._files = files
        self._lock = threading.Lock()
        self._stamp = self._look()
        self.initial = self._read()
        """The configuration to start with."""

    def changed(self) -> grpc.ServerCertificateConfiguration | None:
        """Give the configuration anew where the files have changed and fit together, else None."""
        with self._lock:
            try:
                stamp = self._look()
                if stamp == self._stamp:
                    return None
                fresh = self._read()
            except (OSError, ssl.SSLError) as error:
                _log.error("the API's new certificate is not taken, the one before stays: %s", error)
                return None
            self._stamp = stamp
            _log.info("the API's certificate was read again from %s", self._files.certificate)
            return fresh

    def _paths(self) -> list[Path]:
        files = self._files
        return [path for path in (files.certificate, files.private_key, files.client_ca) if path is not None]

    def _look(self) -> Stamp:
        stats = [path.stat() for path in self._paths()]
        return tuple((stat.st_mtime_ns, stat.st_size, stat.st_ino) for stat in stats)

    def _read(self) -> grpc.ServerCertificateConfiguration:
        files = self._files
        # grpc would take a certificate with another's key and fail every handshake.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(files.certificate, files.private_key)
        return grpc.ssl_server_certificate_configuration(
            [(files.private_key.read_bytes(), files.certificate.read_bytes())],
            files.client_ca.read_bytes() if files.client_ca else None,
        )


def server_credentials(files: TlsFiles) -> grpc.ServerCredentials:
    """Make credentials that follow the files. Raises OSError or ssl.SSLError where they cannot be used."""
    watched = CertificateFiles(files)
    return grpc.dynamic_ssl_server_credentials(
        watched.initial,
        watched.changed,  # type: ignore[arg-type]  # None keeps what there is: the stubs leave it out
        require_client_authentication=files.client_ca is not None,
    )
