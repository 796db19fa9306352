"""Many orders canceled at once."""

from dataclasses import dataclass

from gateway.client.enums import Side
from gateway.client.events.base import Event

__all__ = ["MassCancelAnswered", "MassCancelEnded", "MassCancelRequested", "MassCancelTaken"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MassCancelRequested(Event):
    """An OrderMassCancelRequest(q) was sent; each order that it ends is reported on its own."""

    venue: str
    cl_ord_id: str
    account: str
    instrument: str
    side: Side
    request_id: int
    last_order_id: int
    order_count: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MassCancelAnswered(Event):
    """The venue answered a mass cancel; where it refused, the orders are canceled singly."""

    request_id: int
    accepted: bool
    reject_reason: int
    text: str
    affected_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MassCancelEnded(Event):
    """A mass cancel is over."""

    request_id: int
    single_cancels: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MassCancelTaken(Event):
    """A client's mass cancel was carried out; each cancel that it sent has an event of its own before it."""

    client_request_id: str
    client: str
    account: str
    strategy: str
    instrument: str
    request_id: int
    content_hash: int
    cancels_sent: int
