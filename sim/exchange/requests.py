"""What a counterparty may ask, free of any FIX version."""

from dataclasses import dataclass
from decimal import Decimal

from sim.book import PLAIN, OrderType, Side, Terms, TimeInForce

__all__ = ["CancelOrder", "NewOrder", "ReplaceOrder", "Request", "StatusRequest"]


@dataclass(frozen=True, slots=True)
class NewOrder:
    """NewOrderSingle(D).

    `order_type` and `time_in_force` are None where the exchange does not offer what was asked.
    """

    cl_ord_id: str
    account: str
    symbol: str
    side: Side
    order_type: OrderType | None
    time_in_force: TimeInForce | None
    quantity: Decimal
    price: Decimal | None
    possible_resend: bool = False
    terms: Terms = PLAIN


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """OrderCancelRequest(F)."""

    cl_ord_id: str
    orig_cl_ord_id: str
    symbol: str
    side: Side


@dataclass(frozen=True, slots=True)
class ReplaceOrder:
    """OrderCancelReplaceRequest(G). `quantity` is the new total, what is filled included."""

    cl_ord_id: str
    orig_cl_ord_id: str
    symbol: str
    side: Side
    order_type: OrderType | None
    time_in_force: TimeInForce | None
    quantity: Decimal
    price: Decimal | None
    terms: Terms = PLAIN


@dataclass(frozen=True, slots=True)
class StatusRequest:
    """OrderStatusRequest(H)."""

    cl_ord_id: str
    symbol: str
    side: Side
    request_id: str | None = None


Request = NewOrder | CancelOrder | ReplaceOrder | StatusRequest
