"""Orders that hang together."""

from dataclasses import dataclass
from decimal import Decimal

from gateway.client.enums import LinkKind, LinkProblem, PartialFillPolicy, ReleasePolicy
from gateway.client.events.base import Event
from gateway.client.events.orders import OrderAccepted

__all__ = ["HeldOrderEnded", "LinkAccepted", "LinkReported"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkAccepted(Event):
    """Linked orders were accepted; each is held until OrderAccepted says that it was sent."""

    link_id: int
    client_request_id: str
    client: str
    kind: LinkKind
    on_partial_fill: PartialFillPolicy
    release: ReleasePolicy
    orders: tuple[OrderAccepted, ...] = ()
    request_id: int
    content_hash: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOrderEnded(Event):
    """An order that was held ended without having been sent."""

    order_id: int
    link_id: int
    reason: str
    client_request_id: str
    request_id: int
    content_hash: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkReported(Event):
    """A link could not do what it is there for."""

    link_id: int
    problem: LinkProblem
    order_id: int
    quantity: Decimal
    text: str
