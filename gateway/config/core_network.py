"""The network settings of a session as the core takes them."""

from __future__ import annotations

from datetime import timedelta

from gateway.config.network import SocketSettings, TlsSettings
from gateway.config.settings import SessionSettings
from gateway.core import _core

__all__ = ["connection_settings", "tls_settings"]


def connection_settings(session: SessionSettings) -> _core.ConnectionSettings:
    """Convert. Reads the files of TLS; raises ValueError that says which cannot be used."""
    return _core.ConnectionSettings(
        tls=None
        if session.tls is None
        else tls_settings(session.tls, is_acceptor=session.role == "acceptor"),
        connect_timeout_ms=_milliseconds(session.connect_timeout),
        outbound_buffer_bytes=session.outbound_buffer_size,
        socket=_socket(session.socket),
    )


def tls_settings(tls: TlsSettings, *, is_acceptor: bool) -> _core.TlsSettings:
    """Convert, and read certificates and keys; raises ValueError that says which cannot be used."""
    password = tls.private_key_password
    return _core.TlsSettings(
        acceptor=is_acceptor,
        ca_file=str(tls.ca_file or ""),
        pins=tls.pins,
        server_name=tls.server_name or "",
        verify_host_name=tls.verify_host_name,
        certificate=str(tls.certificate or ""),
        private_key=str(tls.private_key or ""),
        private_key_password="" if password is None else password.get_secret_value(),
        require_client_certificate=tls.client_certificate == "required",
        client_name=tls.client_name or "",
        tls_1_3_only=tls.minimum_version == "1.3",
        handshake_timeout_ms=_milliseconds(tls.handshake_timeout),
    )


def _socket(socket: SocketSettings) -> _core.SocketSettings:
    return _core.SocketSettings(
        source_address=socket.source_address or "",
        no_delay=socket.no_delay,
        keep_alive=socket.keep_alive,
        keep_alive_idle_s=_seconds(socket.keep_alive_idle),
        keep_alive_interval_s=_seconds(socket.keep_alive_interval),
        keep_alive_count=socket.keep_alive_count or 0,
        user_timeout_ms=_milliseconds(socket.user_timeout),
        send_buffer_bytes=socket.send_buffer_size or 0,
        receive_buffer_bytes=socket.receive_buffer_size or 0,
    )


def _milliseconds(value: timedelta | None) -> int:
    return 0 if value is None else value // timedelta(milliseconds=1)


def _seconds(value: timedelta | None) -> int:
    return 0 if value is None else value // timedelta(seconds=1)
