"""TLS of the monitor, with a certificate that can be replaced while it runs."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
from pathlib import Path

__all__ = ["ServerTls"]

_log = logging.getLogger(__name__)

Stamp = tuple[tuple[int, int, int], ...]


class ServerTls:
    """Shakes hands with whoever connects. Any thread may call it.

    The files are looked at before each handshake; a pair that cannot be used (half replaced, or damaged) is logged, and
    the one before stays in force.
    """

    def __init__(self, certificate: Path, private_key: Path) -> None:
        """Read both for the first time. Raises OSError (ssl.SSLError is one) where they cannot be used."""
        self._files = (certificate, private_key)
        self._lock = threading.Lock()
        self._stamp = self._look()
        self._context = self._read()

    def accept(self, connection: socket.socket, timeout_s: float) -> ssl.SSLSocket:
        """Shake hands within a time in all. The connection is the answer's from here on. Raises OSError."""
        secured = self._current().wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        try:
            secured.settimeout(timeout_s)
            secured.do_handshake()
        except BaseException:
            secured.close()
            raise
        return secured

    def _current(self) -> ssl.SSLContext:
        with self._lock:
            try:
                stamp = self._look()
                if stamp != self._stamp:
                    self._context = self._read()
                    self._stamp = stamp
                    _log.info("the monitor has a new certificate from %s", self._files[0])
            except OSError as error:
                _log.error(
                    "the monitor keeps its certificate: %s and %s cannot be used (%s); give a pair that fits",
                    *self._files,
                    error,
                )
            return self._context

    def _look(self) -> Stamp:
        return tuple(
            (stat.st_mtime_ns, stat.st_size, stat.st_ino) for stat in (path.stat() for path in self._files)
        )

    def _read(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(*self._files, password=_no_password)
        return context


def _no_password() -> str:
    raise OSError("the key is encrypted; give one without a password")
