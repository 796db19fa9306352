"""The gateway itself, and who calls it."""

from dataclasses import dataclass

from gateway.client.enums import NameKind
from gateway.client.events.base import Event

__all__ = ["ApiCalled", "ClientConnected", "ClientDisconnected", "GatewayStarted", "NameRegistered"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCalled(Event):
    """A client called for a change, or was refused. In the audit trail only."""

    client: str
    peer: str
    method: str
    request: str
    status: str
    reason: str
    unrecorded: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientConnected(Event):
    """A client began to send commands from an address. In the audit trail only."""

    client: str
    peer: str
    identity: str
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientDisconnected(Event):
    """The last command stream of a client from an address ended. In the audit trail only."""

    client: str
    peer: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRegistered(Event):
    """A name got its number in the journal."""

    kind: NameKind
    number: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayStarted(Event):
    """The gateway opened its journal."""

    version: str
    cl_ord_id_prefix: str
