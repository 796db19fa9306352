"""What the exchange tells a counterparty, free of any FIX version.

A report is a snapshot: it stays true of its moment whatever happens to the order afterwards.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, IntEnum, auto

from sim.book import PLAIN, Order, OrderType, Side, Status, Terms, TimeInForce
from sim.book.order import ZERO

__all__ = ["CancelReject", "CancelRejectReason", "Execution", "ExecutionKind", "OrderRejectReason", "Report"]

NO_ORDER_ID = "NONE"


class ExecutionKind(Enum):
    """Why an ExecutionReport(8) is sent; each version words it with its own ExecType(150)."""

    PENDING_NEW = auto()
    NEW = auto()
    TRADE = auto()
    TRADE_CANCEL = auto()
    TRADE_CORRECT = auto()
    CANCELED = auto()
    PENDING_CANCEL = auto()
    REPLACED = auto()
    PENDING_REPLACE = auto()
    REJECTED = auto()
    EXPIRED = auto()
    TRIGGERED = auto()
    RESTATED = auto()
    DONE_FOR_DAY = auto()
    STATUS = auto()


class OrderRejectReason(IntEnum):
    """OrdRejReason(103) as of FIX 5.0 SP2; older versions lack some of them."""

    BROKER_OPTION = 0
    UNKNOWN_SYMBOL = 1
    EXCHANGE_CLOSED = 2
    TOO_LATE_TO_ENTER = 4
    UNKNOWN_ORDER = 5
    DUPLICATE_ORDER = 6
    UNSUPPORTED_CHARACTERISTIC = 11
    INCORRECT_QUANTITY = 13
    PRICE_EXCEEDS_BAND = 16
    INVALID_PRICE_INCREMENT = 18
    OTHER = 99


class CancelRejectReason(IntEnum):
    """CxlRejReason(102)."""

    TOO_LATE = 0
    UNKNOWN_ORDER = 1
    BROKER_OPTION = 2
    PENDING = 3
    DUPLICATE_CL_ORD_ID = 6
    OTHER = 99


@dataclass(slots=True)
class Execution:
    """An ExecutionReport(8). Not frozen, since that would double the time that it takes to make one."""

    owner: str
    kind: ExecutionKind
    exec_id: str
    order_id: str
    cl_ord_id: str
    orig_cl_ord_id: str | None
    account: str
    symbol: str
    side: Side
    order_type: OrderType | None
    time_in_force: TimeInForce | None
    quantity: Decimal
    price: Decimal | None
    status: Status
    leaves: Decimal
    cum: Decimal
    average_price: Decimal
    at: int
    last_quantity: Decimal | None = None
    last_price: Decimal | None = None
    reject_reason: int | None = None
    text: str | None = None
    request_id: str | None = None
    restatement: int | None = None
    """ExecRestatementReason(378)"""
    terms: Terms = PLAIN
    fee: Decimal | None = None
    """What the fill cost its side; negative is a rebate."""
    is_maker: bool | None = None
    exec_ref_id: str | None = None
    """ExecRefID(19): the execution that a bust or a correction is about."""


@dataclass(frozen=True, slots=True)
class CancelReject:
    """An OrderCancelReject(9)."""

    owner: str
    order_id: str
    cl_ord_id: str
    orig_cl_ord_id: str
    account: str
    status: Status
    to_replace: bool
    reason: CancelRejectReason
    text: str
    at: int


Report = Execution | CancelReject


def execution_of(
    order: Order,
    kind: ExecutionKind,
    exec_id: str,
    at: int,
    *,
    cl_ord_id: str | None = None,
    orig_cl_ord_id: str | None = None,
    last: tuple[Decimal, Decimal] | None = None,
    reject_reason: int | None = None,
    text: str | None = None,
    request_id: str | None = None,
    restatement: int | None = None,
    exec_ref_id: str | None = None,
) -> Execution:
    """Take the snapshot of an order. `last` is quantity and price of a trade."""
    return Execution(
        owner=order.owner,
        kind=kind,
        exec_id=exec_id,
        order_id=order.order_id,
        cl_ord_id=order.cl_ord_ids[-1] if cl_ord_id is None else cl_ord_id,
        orig_cl_ord_id=orig_cl_ord_id,
        account=order.account,
        symbol=order.symbol,
        side=order.side,
        order_type=order.order_type,
        time_in_force=order.time_in_force,
        quantity=order.quantity,
        price=order.price,
        status=order.status,
        leaves=order.quantity - order.cum if order.ended is None else ZERO,
        cum=order.cum,
        average_price=order.average_price,
        at=at,
        last_quantity=None if last is None else last[0],
        last_price=None if last is None else last[1],
        reject_reason=reject_reason,
        text=text,
        request_id=request_id,
        restatement=restatement,
        terms=order.terms,
        exec_ref_id=exec_ref_id,
    )
