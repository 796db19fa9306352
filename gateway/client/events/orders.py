"""What becomes of orders, and of what is asked of them."""

from dataclasses import dataclass
from decimal import Decimal

from gateway.client.enums import OrderStatus, OrderType, Side, TimeInForce
from gateway.client.events.base import Event
from gateway.client.model import Denial
from gateway.client.terms import OrderTerms

__all__ = [
    "CancelPromiseBroken",
    "CancelRequested",
    "ExternalOrderAdopted",
    "OrderAccepted",
    "OrderDenied",
    "OrderNotSent",
    "OrderReleased",
    "OrderResolved",
    "OrderUncertain",
    "ReplaceRequested",
    "RequestDenied",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAccepted(Event):
    """An order passed validation and risk, and was sent."""

    order_id: int
    client_order_id: str
    cl_ord_id: str
    client: str
    account: str
    strategy: str
    instrument: str
    venue: str
    side: Side
    order_type: OrderType
    time_in_force: TimeInForce
    quantity: Decimal
    price: Decimal | None
    request_id: int
    content_hash: int
    terms: OrderTerms | None = None
    link_id: int = 0
    waiting: bool = False
    """It waits for its session's throttle: OrderReleased or OrderNotSent follows."""
    requested_quantity: Decimal | None = None
    """What was asked for, where a limit reduced it to `quantity`."""
    resized_by: str = ""
    """Name of that limit."""
    reference_price: Decimal | None = None
    """What an order without a price was valued at."""
    override_id: int = 0
    """The override by which it passed limits that it does not hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDenied(Event):
    """An order was refused by the gateway and never sent; its terms as far as they were understood."""

    order_id: int
    client_order_id: str
    client: str
    account: str
    strategy: str
    instrument: str
    venue: str
    side: Side
    order_type: OrderType
    time_in_force: TimeInForce
    quantity: Decimal
    price: Decimal | None
    request_id: int
    content_hash: int
    denial: Denial


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceRequested(Event):
    """A replace was sent."""

    order_id: int
    client_request_id: str
    cl_ord_id: str
    orig_cl_ord_id: str
    quantity: Decimal
    price: Decimal | None
    request_id: int
    content_hash: int
    terms: OrderTerms | None = None
    link_id: int = 0
    reference_price: Decimal | None = None
    """What an order without a price was valued at."""
    override_id: int = 0
    """The override by which it passed limits that it does not hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRequested(Event):
    """A cancel was sent."""

    order_id: int
    client_request_id: str
    cl_ord_id: str
    orig_cl_ord_id: str
    request_id: int
    content_hash: int
    link_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDenied(Event):
    """A replace, cancel or link was refused by the gateway; orders are as they were."""

    order_id: int
    client_request_id: str
    replace: bool
    request_id: int
    content_hash: int
    denial: Denial
    client: str
    linked_orders: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderUncertain(Event):
    """The order's outcome is not known; the venue is being asked."""

    order_id: int
    reason: str
    cancel_promised: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderNotSent(Event):
    """A request is proven not to have reached the venue and is not sent any more."""

    order_id: int
    cl_ord_id: str
    request_id: int
    reason: str = ""
    """Why, for people; empty: the message was filled over."""
    held_again: bool = False
    """Its link releases it anew, under another ClOrdID."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReleased(Event):
    """An order that waited for its session's throttle was sent."""

    order_id: int
    cl_ord_id: str
    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalOrderAdopted(Event):
    """The venue reported on an order that was not made here; it is kept as an order of its own."""

    order_id: int
    client: str
    account: str
    strategy: str
    instrument: str
    venue: str
    side: Side
    order_type: OrderType
    quantity: Decimal
    price: Decimal | None
    cl_ord_id: str
    venue_order_id: str
    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderResolved(Event):
    """An operator ended the doubt about an order."""

    order_id: int
    outcome: OrderStatus
    reason: str
    resolved_by: str
    status: OrderStatus
    leaves_quantity: Decimal
    requests_end: bool = False
    """What waited for an answer is over, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelPromiseBroken(Event):
    """An order works on that the venue promises to cancel on disconnect."""

    order_id: int
    venue: str
    disconnected_ns: int
