"""Serves /metrics, /healthz and /readyz on one small HTTP server with threads of its own.

Anyone who can connect can send anything, so everything is bounded: the bytes of a request, the time it may
take in all (not only between two bytes), the time to take the answer, and the number of connections that are
served at once. One too many is closed at once; a scraper comes again.
"""

from __future__ import annotations

import hashlib
import hmac
import http
import http.server
import io
import json
import logging
import socket
import socketserver
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from gateway.monitor.health import Health, HealthReport
from gateway.monitor.tls import ServerTls

__all__ = ["MonitorServer", "MonitorSettings"]

REQUEST_BYTES_MAX = 8_192
RECEIVE_BYTES = 2_048
SHOWN_MAX = 200

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MonitorSettings:
    """Where to listen, and what a request has to show."""

    host: str = "127.0.0.1"
    port: int = 7011
    connections_max: int = 8
    request_timeout_s: float = 5.0
    certificate: Path | None = None
    """PEM file; with it and its key the server speaks TLS only. Both are read again when they change."""
    private_key: Path | None = None
    token_hashes: frozenset[bytes] = frozenset()
    """SHA-256 digests of the tokens of which a request has to carry one; empty: none is asked for."""


class MonitorServer:
    """The server and its accepting thread."""

    def __init__(self, registry: CollectorRegistry, health: Health, settings: MonitorSettings) -> None:
        """Bind and listen. Raises OSError where the address cannot be had, or certificate and key are none."""
        self._server = _Server(registry, health, settings)
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port, the latter as given by the system where 0 was asked for."""
        host, port = self._server.server_address[:2]
        return str(host), int(port)

    def start(self) -> None:
        """Start to answer."""
        assert self._thread is None, "a monitor server starts once"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, name="monitor", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Close the port; answers under way end within their timeout. May be called twice."""
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._thread = None
        self._server.server_close()


class _Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    allow_reuse_address = True
    daemon_threads = True
    # Closing waits for nobody: a client may be slow, and the process wants to end.
    block_on_close = False
    request_queue_size = 32

    def __init__(self, registry: CollectorRegistry, health: Health, settings: MonitorSettings) -> None:
        self.registry = registry
        self.health = health
        self.settings = settings
        self._free = threading.BoundedSemaphore(settings.connections_max)
        self.tls = None
        if settings.certificate is not None and settings.private_key is not None:
            self.tls = ServerTls(settings.certificate, settings.private_key)
        if ":" in settings.host:
            self.address_family = socket.AF_INET6
        super().__init__((settings.host, settings.port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:
            # No thread could be started, so none will release it.
            self._free.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        _log.debug("a connection to the monitor failed", exc_info=True)


class _Handler(http.server.BaseHTTPRequestHandler):
    server: _Server
    server_version = "gateway"
    sys_version = ""

    def handle(self) -> None:
        if self.server.tls is None:
            self._handle(time.monotonic() + self.server.settings.request_timeout_s)
            return
        timeout_s = self.server.settings.request_timeout_s
        deadline_s = time.monotonic() + timeout_s
        # In this connection's own thread: whoever does not shake hands holds up nobody else.
        with self.server.tls.accept(self.connection, timeout_s) as self.connection:
            self.wfile = _Writer(self.connection)
            self._handle(deadline_s)

    def _handle(self, deadline_s: float) -> None:
        head = _read_head(self.connection, deadline_s)
        if head is None:
            return
        self.connection.settimeout(self.server.settings.request_timeout_s)
        self.rfile = io.BufferedReader(io.BytesIO(head))
        self.close_connection = True
        self.handle_one_request()

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if not self._is_allowed():
            self._refuse()
        elif path == "/metrics":
            encode, content_type = choose_encoder(self.headers.get("Accept", ""))
            self._answer(http.HTTPStatus.OK, content_type, encode(self.server.registry))
        elif path == "/healthz":
            self._answer_health(self.server.health.live())
        elif path == "/readyz":
            self._answer_health(self.server.health.ready())
        else:
            self._answer(
                http.HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", b"try /metrics, /healthz or /readyz\n"
            )

    do_HEAD = do_GET

    def _is_allowed(self) -> bool:
        known = self.server.settings.token_hashes
        scheme, _, token = (self.headers.get("Authorization") or "").partition(" ")
        if not known or scheme.lower() != "bearer":
            return not known
        digest = hashlib.sha256(token.strip().encode("utf-8", "surrogateescape")).digest()
        return sum(hmac.compare_digest(digest, each) for each in known) > 0  # all are compared

    def _refuse(self) -> None:
        self.send_response(http.HTTPStatus.UNAUTHORIZED)
        self.send_header("WWW-Authenticate", "Bearer")
        self.send_header("Content-Length", "0")
        self.send_header("Connection", "close")
        self.end_headers()

    def _answer_health(self, report: HealthReport) -> None:
        status = http.HTTPStatus.OK if report.healthy else http.HTTPStatus.SERVICE_UNAVAILABLE
        self._answer(status, "application/json", json.dumps(report.as_json(), indent=2).encode() + b"\n")

    def _answer(self, status: http.HTTPStatus, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        # What a stranger sent goes to the log as an escaped text of bounded length, or not at all.
        if _log.isEnabledFor(logging.DEBUG):
            _log.debug("%s: %r", self.client_address[0], (format % args)[:SHOWN_MAX])


class _Writer(io.BufferedIOBase):
    """Writes an answer to a connection, unbuffered and whole."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._connection.sendall(data)
        return len(data)


def _read_head(connection: socket.socket, deadline_s: float) -> bytes | None:
    """Read up to the empty line that ends a request's headers; None where that does not come in time or in
    bounds.
    """
    head = bytearray()
    while b"\r\n\r\n" not in head and b"\n\n" not in head:
        remaining_s = deadline_s - time.monotonic()
        if remaining_s <= 0 or len(head) > REQUEST_BYTES_MAX:
            return None
        connection.settimeout(remaining_s)
        try:
            received = connection.recv(RECEIVE_BYTES)
        except OSError:
            return None
        if not received:
            return None
        head += received
    return bytes(head)
