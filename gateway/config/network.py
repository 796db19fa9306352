"""The network of a FIX session: TLS, the socket."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import SecretStr
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema

from gateway.config.scalars import Address, Context, Duration, FilePath, Flag, Integer, Scalar, Size, Text
from gateway.config.secrets import Secret
from gateway.config.section import Section

__all__ = [
    "ConnectionsSettings",
    "HostPort",
    "IpAddress",
    "IpNetwork",
    "Pin",
    "Return",
    "ReturnToFirst",
    "SocketSettings",
    "TlsSettings",
]


@dataclass(frozen=True)
class Pin(Scalar):
    """SHA-256 of a certificate or of its public key, as `openssl x509 -fingerprint -sha256` shows it."""

    @property
    def expected(self) -> str:
        return "sha256: and 64 hexadecimal digits, colons between them allowed"

    def read(self, text: str, context: Context) -> str:
        match = re.fullmatch(r"sha256:([0-9A-Fa-f:]+)", text)
        digits = match[1].replace(":", "").lower() if match else ""
        if len(digits) != 64:
            raise ValueError
        return digits

    def write(self, value: str) -> str:
        return value if value.startswith("sha256:") else f"sha256:{value}"

    def json_schema(self) -> JsonSchemaValue:
        return {"type": "string", "pattern": "^sha256:[0-9A-Fa-f:]{64,95}$"}


@dataclass(frozen=True)
class IpAddress(Scalar):
    """An address in numbers, IPv4 or IPv6."""

    @property
    def expected(self) -> str:
        return "an IP address such as 192.0.2.7 or 2001:db8::7"

    def read(self, text: str, context: Context) -> str:
        return str(ipaddress.ip_address(text))

    def json_schema(self) -> JsonSchemaValue:
        return {"type": "string", "pattern": "^[0-9A-Fa-f.:]{2,45}$"}


@dataclass(frozen=True)
class IpNetwork(Scalar):
    """An address or a network in numbers."""

    @property
    def expected(self) -> str:
        return "an IP address or network such as 192.0.2.0/24 or 2001:db8::/32"

    def read(self, text: str, context: Context) -> str:
        return str(ipaddress.ip_network(text))

    def json_schema(self) -> JsonSchemaValue:
        return {"type": "string", "pattern": "^[0-9A-Fa-f.:]{2,45}(/[0-9]{1,3})?$"}


@dataclass(frozen=True)
class HostPort(Scalar):
    """Where to connect."""

    @property
    def expected(self) -> str:
        return "a host and port such as fix.example:9880 or [2001:db8::7]:9880"

    def read(self, text: str, context: Context) -> Address:
        match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]{1,253})):([0-9]{1,5})", text)
        if match is None or not 0 < int(match[3]) <= 65_535:
            raise ValueError
        return Address(match[1] or match[2], int(match[3]))

    def json_schema(self) -> JsonSchemaValue:
        return {"type": "string", "pattern": r"^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}$"}


@dataclass(frozen=True)
class Return:
    """When a session that stands on a backup host goes back to the first."""

    policy: Literal["never", "at_next_logon", "after"]
    after: timedelta = timedelta()


@dataclass(frozen=True)
class ReturnToFirst(Scalar):
    """`never`, `at_next_logon`, or `after: 5m` (also written `after 5m`)."""

    @property
    def expected(self) -> str:
        return "never, at_next_logon or `after: DURATION` from 1s to 24h"

    def _validate(self, value: Any, info: core_schema.ValidationInfo) -> Any:
        if isinstance(value, dict) and list(value) == ["after"] and isinstance(value["after"], str):
            value = f"after {value['after']}"
        return super()._validate(value, info)

    def read(self, text: str, context: Context) -> Return:
        if text == "never":
            return Return("never")
        if text == "at_next_logon":
            return Return("at_next_logon")
        word, _, duration = text.partition(" ")
        if word != "after":
            raise ValueError
        return Return("after", Duration("1s", "24h").read(duration.strip(), context))

    def write(self, value: Any) -> str:
        if isinstance(value, Return):
            return (
                value.policy
                if value.policy != "after"
                else f"after {Duration('1s', '24h').write(value.after)}"
            )
        return str(value)

    def json_schema(self) -> JsonSchemaValue:
        duration = Duration("1s", "24h").json_schema()
        mapping = {
            "type": "object",
            "properties": {"after": duration},
            "required": ["after"],
            "additionalProperties": False,
        }
        words = {"type": "string", "pattern": "^(never|at_next_logon|after [0-9]+ ?(ms|s|m|h))$"}
        return {"anyOf": [words, mapping]}


_ExistingFile = Annotated[Path, FilePath(must_exist=True)]
_Boolean = Annotated[bool, Flag()]
_HostName = Annotated[
    str, Text("a host name", r"[A-Za-z0-9._:-]{1,253}", "a name or an IP address as certificates have it")
]
_PeerName = Annotated[str, Text("a certificate's name", r"[!-~]([ -~]{0,252}[!-~])?", "printable characters")]
_BufferSize = Annotated[int, Size("4KiB", "1GiB")]


class TlsSettings(Section):
    """TLS of a session. Nothing is ever sent in plain text where this section is there."""

    minimum_version: Literal["1.2", "1.3"] = "1.2"
    """The oldest TLS version that is taken."""
    ca_file: _ExistingFile | None = None
    """PEM file of the CAs that may vouch for the counterparty; the system's trust store where not given."""
    pins: tuple[Annotated[str, Pin()], ...] = ()
    """The counterparty's certificate or public key is one of these: sha256:HEX. Without ca_file they suffice."""
    server_name: _HostName | None = None
    """Initiator: the name to ask for (SNI) and to find in the certificate; `host` where not given."""
    verify_host_name: _Boolean = True
    """Initiator: the certificate is for that name. Off only together with ca_file or pins."""
    certificate: _ExistingFile | None = None
    """PEM file of our certificate and its chain. An acceptor needs it; an initiator shows it if asked."""
    private_key: _ExistingFile | None = None
    """PEM file of its private key, mode 0600."""
    private_key_password: Annotated[SecretStr, Secret()] | None = None
    """Password of the private key, by reference: ${env:NAME} or ${file:PATH}."""
    client_certificate: Literal["none", "required"] = "none"
    """Acceptor: whether the counterparty has to show a certificate, checked against ca_file or pins."""
    client_name: _PeerName | None = None
    """Acceptor: the common or alternative name that it must have, so that only its owner gets this session."""
    handshake_timeout: Annotated[timedelta, Duration("100ms", "2m")] = timedelta(seconds=10)
    """How long a handshake may take."""


class SocketSettings(Section):
    """TCP of a session. What is not given is the kernel's own value."""

    source_address: Annotated[str, IpAddress()] | None = None
    """Initiator: the address of this machine to connect from."""
    no_delay: _Boolean = True
    """Send small messages at once (TCP_NODELAY)."""
    keep_alive: _Boolean = True
    """Have the kernel probe a silent connection (SO_KEEPALIVE)."""
    keep_alive_idle: Annotated[timedelta, Duration("1s", "2h", multiple="1s")] | None = None
    """Silence before its first probe (TCP_KEEPIDLE)."""
    keep_alive_interval: Annotated[timedelta, Duration("1s", "1h", multiple="1s")] | None = None
    """Time between probes (TCP_KEEPINTVL)."""
    keep_alive_count: Annotated[int, Integer(1, 127)] | None = None
    """Probes without an answer until the connection counts as lost (TCP_KEEPCNT)."""
    user_timeout: Annotated[timedelta, Duration("1s", "1h")] | None = None
    """How long sent bytes may stay unacknowledged until the connection is lost (TCP_USER_TIMEOUT)."""
    send_buffer_size: _BufferSize | None = None
    """The kernel's buffer for what is sent (SO_SNDBUF)."""
    receive_buffer_size: _BufferSize | None = None
    """The kernel's buffer for what is received (SO_RCVBUF)."""


class ConnectionsSettings(Section):
    """Connections to acceptors that have not yet said, by a Logon, whose they are."""

    waiting_max: Annotated[int, Integer(1, 10_000)] = 64
    """How many may wait, in total."""
    waiting_per_address_max: Annotated[int, Integer(1, 10_000)] = 8
    """How many of one address (of one /64 with IPv6)."""
    connects_per_minute_max: Annotated[int, Integer(1, 1_000_000)] = 120
    """How many of one address in a minute."""
    logon_timeout: Annotated[timedelta, Duration("100ms", "5m")] = timedelta(seconds=10)
    """How long the whole Logon may take, from the connection on, TLS included."""
    first_message_size_max: Annotated[int, Size("256B", "64KiB")] = 8 << 10
    """How many bytes it may have."""
