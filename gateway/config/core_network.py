"""The network settings of a session as the core takes them."""

from __future__ import annotations

from datetime import timedelta

from gateway.config.core_credentials import CredentialError
from gateway.config.network import ConnectionsSettings, SocketSettings, TlsSettings
from gateway.config.settings import SessionSettings
from gateway.core import _core

__all__ = ["admission_settings", "connection_settings", "session_tls", "tls_settings"]


def connection_settings(session: SessionSettings) -> _core.ConnectionSettings:
    """Convert. Reads the files of TLS; raises CredentialError that says which cannot be used."""
    return _core.ConnectionSettings(
        tls=session_tls(session),
        connect_timeout_ms=_milliseconds(session.connect_timeout),
        outbound_buffer_bytes=session.outbound_buffer_size,
        outbound_stall_timeout_ms=_milliseconds(session.outbound_stall_timeout),
        socket=_socket(session.socket),
        backup_hosts=[(address.host, address.port) for address in session.backup_hosts],
        return_to_first=session.return_to_first.policy,
        return_after_ms=_milliseconds(session.return_to_first.after),
        allowed_addresses=session.allowed_addresses,
    )


def session_tls(session: SessionSettings) -> _core.TlsSettings | None:
    """Convert, and read certificates and keys; raises CredentialError that says which cannot be used."""
    if session.tls is None:
        return None
    try:
        return tls_settings(session.tls, is_acceptor=session.role == "acceptor")
    except ValueError as error:
        raise CredentialError(f"session {session.name}: tls: {error}") from error


def admission_settings(connections: ConnectionsSettings) -> _core.AdmissionSettings:
    """Convert."""
    return _core.AdmissionSettings(
        waiting_max=connections.waiting_max,
        waiting_per_address_max=connections.waiting_per_address_max,
        connects_per_minute_max=connections.connects_per_minute_max,
        logon_timeout_ms=_milliseconds(connections.logon_timeout),
        first_message_bytes_max=connections.first_message_size_max,
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
