"""What venues report."""

from dataclasses import dataclass
from decimal import Decimal

from gateway.client.enums import ChargeKind, ExecType, OrderStatus, Side
from gateway.client.events.base import Event

__all__ = ["Charge", "ExecutionOrphaned", "ExecutionReported", "ExtraField", "RequestRejected"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What an execution cost: paid is positive, a rebate negative."""

    kind: ChargeKind
    amount: Decimal
    currency: str
    type: str
    """MiscFeeType(139), of a fee."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraField:
    """A field of a venue's own: its tag, and its value of up to 128 printable characters."""

    tag: int
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionReported(Event):
    """The venue reported on an order."""

    order_id: int
    cl_ord_id: str
    exec_id: str
    exec_type: ExecType
    venue_order_id: str
    last_quantity: Decimal
    last_price: Decimal | None
    status: OrderStatus
    quantity: Decimal
    price: Decimal | None
    cum_quantity: Decimal
    leaves_quantity: Decimal
    average_price: Decimal | None
    reject_reason: int
    text: str
    request_id: int
    client_order_id: str
    account: str
    strategy: str
    instrument: str
    side: Side
    transact_time_ns: int
    execution_state: OrderStatus
    cum_quantity_differs: bool
    exec_ref_id: str
    venue: str
    cum_quantity_restated: bool = False
    restatement_reason: str = ""
    busted_before: bool = False
    execution_scope: str = ""
    leaves_quantity_differs: bool = False
    average_price_differs: bool = False
    inferred: bool = False
    replaces_exec_id: str = ""
    in_question: bool = False
    """A trade that does not count, unless a later event with its ExecID says so (`question`)."""
    reported_cum_quantity: Decimal | None = None
    question: int = 0
    extra_fields: tuple[ExtraField, ...] = ()
    """Fields that the dictionary does not know, where the session passes them on; the first 16."""
    charges: tuple[Charge, ...] = ()
    """Commission and fees as booked with it."""
    charges_incomplete: bool = False
    """True where the report tells of some that cannot be booked."""
    charges_restated: bool = False
    """True where those of a correction take the place of those of the trade that it corrects."""
    drop_copy: str = ""
    """The drop copy session that told of it first; empty where the order session did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRejected(Event):
    """The venue refused a cancel or replace."""

    order_id: int
    cl_ord_id: str
    client_request_id: str
    replace: bool
    reject_reason: int
    text: str
    status: OrderStatus
    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionOrphaned(Event):
    """The venue reported on an order that is not known."""

    session: str
    cl_ord_id: str
    venue_order_id: str
    exec_id: str
    exec_type: ExecType
    instrument: str
    side: Side
    last_quantity: Decimal
    last_price: Decimal | None
    text: str
    account: str
