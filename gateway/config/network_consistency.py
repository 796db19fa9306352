"""What the network keys of a session demand of one another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.config.problem import Location, dotted

__all__ = ["network_faults"]

Fault = tuple[Location, str]

INITIATOR_KEYS = ("backup_hosts", "return_to_first")
ACCEPTOR_KEYS = ("allowed_addresses",)
INITIATOR_TLS = ("server_name", "verify_host_name")
ACCEPTOR_TLS = ("client_certificate", "client_name")
LISTENER_TLS = (
    "minimum_version",
    "ca_file",
    "certificate",
    "private_key",
    "client_certificate",
    "handshake_timeout",
)


def network_faults(tree: dict[str, Any]) -> Iterator[Fault]:
    """Find what does not fit together. Reads plain values; what has the wrong shape is skipped."""
    sessions = tree.get("sessions")
    listeners: dict[tuple[str, str], tuple[Location, dict[str, Any]]] = {}
    for index, entry in enumerate(sessions if isinstance(sessions, list) else ()):
        if not isinstance(entry, dict):
            continue
        location: Location = ("sessions", index)
        is_acceptor = entry.get("role", "initiator") == "acceptor"
        if isinstance(entry.get("tls"), dict):
            yield from _tls_faults((*location, "tls"), entry["tls"], is_acceptor)
        socket = entry.get("socket")
        if is_acceptor and isinstance(socket, dict) and "source_address" in socket:
            yield (
                (*location, "socket", "source_address"),
                "is an initiator's; an acceptor listens on `host`; remove it",
            )
        for key in INITIATOR_KEYS if is_acceptor else ACCEPTOR_KEYS:
            if key in entry:
                whose = "an initiator's" if is_acceptor else "an acceptor's"
                yield (*location, key), f"is {whose}, and this session is not one; remove it"
        if "return_to_first" in entry and "backup_hosts" not in entry and not is_acceptor:
            yield (*location, "return_to_first"), "says nothing without `backup_hosts:`; add them"
        host, port = entry.get("host"), entry.get("port")
        if is_acceptor and isinstance(host, str) and isinstance(port, str) and port != "0":
            first, other = listeners.setdefault((host, port), (location, entry))
            if first != location and _listener(other) != _listener(entry):
                yield (
                    location,
                    f"listens on the address of {dotted(first)} and must have the same socket section and"
                    f" the same {', '.join(LISTENER_TLS)} in tls; make them equal or take another port",
                )


def _listener(entry: dict[str, Any]) -> tuple[Any, ...]:
    tls = entry.get("tls")
    shared = tuple(tls.get(key) for key in LISTENER_TLS) if isinstance(tls, dict) else None
    return shared, entry.get("socket")


def _tls_faults(location: Location, tls: dict[str, Any], is_acceptor: bool) -> Iterator[Fault]:
    has_trust = "ca_file" in tls or "pins" in tls
    for key in INITIATOR_TLS if is_acceptor else ACCEPTOR_TLS:
        if key in tls:
            whose = "an initiator's" if is_acceptor else "an acceptor's"
            yield (*location, key), f"is {whose}, and this session is not one; remove it"
    if "certificate" in tls and "private_key" not in tls:
        yield (*location, "certificate"), "a certificate without its private key; add `private_key:`"
    if "private_key" in tls and "certificate" not in tls:
        yield (*location, "private_key"), "a private key without its certificate; add `certificate:`"
    if "private_key_password" in tls and "private_key" not in tls:
        yield (*location, "private_key_password"), "a password without `private_key:`; add it"
    if not is_acceptor:
        if tls.get("verify_host_name") == "false" and not has_trust:
            yield (
                (*location, "verify_host_name"),
                "any certificate of any public CA would do then; give ca_file or pins, or leave it on",
            )
        return
    if "certificate" not in tls:
        yield location, "an acceptor needs a certificate; add `certificate:` and `private_key:`"
    required = tls.get("client_certificate") == "required"
    if required and not has_trust:
        yield (
            (*location, "client_certificate"),
            "is checked against ca_file or pins, and there is neither; add one",
        )
    for key in ("ca_file", "pins", "client_name"):
        if key in tls and not required:
            yield (*location, key), "says nothing without `client_certificate: required`; add it"
