"""What the keys about access to the API and the monitor demand of one another."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gateway.config.access import ServerTlsSettings
from gateway.config.problem import Location, dotted
from gateway.config.scalars import Bind, Context

__all__ = ["access_faults", "server_tls_faults"]

Fault = tuple[Location, str]

_PROOFS = {"token": "token_hashes", "certificate": "certificate_names"}
"""What each client needs, by api.identity."""
_OTHERS_MAY_READ = 0o077


def access_faults(tree: dict[str, Any]) -> Iterator[Fault]:
    """Find what does not fit together. Reads plain values; what has the wrong shape is skipped."""
    api = tree.get("api")
    api = api if isinstance(api, dict) else {}
    tls = api.get("tls") if isinstance(api.get("tls"), dict) else None
    identity = api.get("identity", "name")
    yield from _exposure(api, tls, identity)
    yield from _monitor_exposure(tree)
    yield from _tls(tls)
    if identity == "certificate" and (tls is None or tls.get("client_certificate") != "required"):
        yield (
            ("api", "identity"),
            "`certificate` needs certificates to look at; add `client_certificate: required` and client_ca to api.tls",
        )
    yield from _proofs(tree, identity)


def _exposure(api: dict[str, Any], tls: dict[str, Any] | None, identity: Any) -> Iterator[Fault]:
    bind = api.get("bind")
    if not _is_open(bind):
        return
    if tls is None:
        yield (
            ("api", "bind"),
            f"{bind} is open to other machines, and without TLS anyone on the way reads and changes orders; add api.tls"
            " with certificate and private_key, or bind it to 127.0.0.1",
        )
    if identity == "name":
        yield (
            ("api", "identity") if "identity" in api else ("api", "bind"),
            f"identity `name` believes whoever connects, and {bind} is open to other machines; set api.identity to"
            " token or certificate, or bind it to 127.0.0.1",
        )


def _monitor_exposure(tree: dict[str, Any]) -> Iterator[Fault]:
    monitor = tree.get("monitor")
    if (
        isinstance(monitor, dict)
        and _is_open(monitor.get("bind"))
        and not isinstance(monitor.get("tls"), dict)
    ):
        yield (
            ("monitor", "bind"),
            f"{monitor['bind']} is open to other machines, and without TLS anyone on the way reads what is traded; add"
            " monitor.tls with certificate and private_key, or bind it to 127.0.0.1",
        )


def _is_open(bind: Any) -> bool:
    """Tell whether other machines reach an address; what is none is reported by its type."""
    try:
        return isinstance(bind, str) and not Bind().read(bind, Context()).is_loopback
    except ValueError:
        return False


def _tls(tls: dict[str, Any] | None) -> Iterator[Fault]:
    if tls is None:
        return
    required = tls.get("client_certificate") == "required"
    if required and "client_ca" not in tls:
        yield (
            ("api", "tls", "client_certificate"),
            "needs client_ca, the CA that clients' certificates are of",
        )
    if "client_ca" in tls and not required:
        yield (
            ("api", "tls", "client_ca"),
            "is used only with `client_certificate: required`; add that, or remove this",
        )


def _proofs(tree: dict[str, Any], identity: Any) -> Iterator[Fault]:
    clients = tree.get("clients")
    owners: dict[str, Location] = {}
    for index, entry in enumerate(clients if isinstance(clients, list) else ()):
        if not isinstance(entry, dict):
            continue
        location: Location = ("clients", index)
        needed = _PROOFS.get(identity) if isinstance(identity, str) else None
        if needed is not None and not entry.get(needed):
            yield (
                location,
                f"has no {needed}, so with `api.identity: {identity}` nobody can call as this client; add them"
                + (" (`gateway client add NAME` makes a token)" if identity == "token" else ""),
            )
        for key in _PROOFS.values():
            proofs = entry.get(key)
            for position, proof in enumerate(proofs if isinstance(proofs, list) else ()):
                where: Location = (*location, key, position)
                if isinstance(proof, str) and owners.setdefault(proof, where) != where:
                    yield where, f"is {dotted(owners[proof])} already; each names one client"


def server_tls_faults(tls: ServerTlsSettings) -> Iterator[tuple[str, str]]:
    """Try the files, and give the key and what is wrong with it for each that cannot be used."""
    mode = tls.private_key.stat().st_mode & 0o777
    if mode & _OTHERS_MAY_READ:
        yield (
            "private_key",
            f"{tls.private_key} may be read by others than its owner (mode {mode:04o}); chmod 600 it, and make a new"
            " key if others could have had it",
        )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        server.load_cert_chain(tls.certificate, tls.private_key, password=_no_password)
    except (ssl.SSLError, OSError, ValueError) as error:
        yield (
            "certificate",
            f"{tls.certificate} and {tls.private_key} are not a PEM certificate and its key without a password"
            f" ({_reason(error)}); make both anew or give the right files",
        )
    client_ca: Path | None = getattr(tls, "client_ca", None)
    if client_ca is not None and (fault := _ca_fault(client_ca)):
        yield "client_ca", f"{client_ca} holds no PEM certificates ({fault}); give the CA's"


def _ca_fault(path: Path) -> str:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_verify_locations(path)
    except (ssl.SSLError, OSError) as error:
        return _reason(error)
    return ""


def _reason(error: Exception) -> str:
    return str(getattr(error, "reason", None) or getattr(error, "strerror", None) or error)


def _no_password() -> str:
    raise ValueError("the key is encrypted")
