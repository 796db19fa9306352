"""Rows as the queries give them: one frozen dataclass a table, its columns in their order; times in UTC
nanoseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Generic, TypeVar

__all__ = [
    "Charge",
    "Denial",
    "DenialCount",
    "Difference",
    "Event",
    "Execution",
    "Instrument",
    "Limit",
    "LimitChange",
    "Order",
    "OrderLife",
    "Orphan",
    "Page",
    "Position",
    "PositionCharges",
    "ProjectionPosition",
    "Rate",
    "ReferencePrice",
    "Request",
    "Session",
    "TradingState",
]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Order:
    """An order as the journal has it; times in UTC nanoseconds."""

    order_id: int
    client: str
    client_order_id: str
    account: str
    strategy: str
    instrument: str
    venue: str
    side: str
    order_type: str
    time_in_force: str
    status: str
    execution_state: str
    is_open: bool
    quantity: Decimal | None
    price: Decimal | None
    cum_quantity: Decimal
    leaves_quantity: Decimal
    average_price: Decimal | None
    pending_replaces: int
    pending_cancels: int
    cl_ord_id: str
    venue_order_id: str
    denial_code: str
    reason: str
    created_ns: int
    updated_ns: int
    created_lsn: int
    lsn: int
    stop_price: Decimal | None
    display_quantity: Decimal | None
    min_quantity: Decimal | None
    price_offset: Decimal | None
    offset_type: str | None
    expire_ns: int | None
    expire_date: str | None
    exec_inst: str | None
    target_strategy: str | None
    target_strategy_parameters: str | None
    strategy_parameters: str | None


@dataclass(frozen=True, slots=True)
class Request:
    """One ClOrdID(11) of an order, or a request that was denied."""

    request_id: int
    order_id: int | None
    client: str
    kind: str
    client_request_id: str
    cl_ord_id: str
    orig_cl_ord_id: str
    quantity: Decimal | None
    price: Decimal | None
    state: str
    denial_code: str
    reject_reason: int
    reason: str
    created_ns: int
    updated_ns: int
    created_lsn: int
    lsn: int
    stop_price: Decimal | None
    display_quantity: Decimal | None
    min_quantity: Decimal | None
    price_offset: Decimal | None
    offset_type: str | None
    expire_ns: int | None
    expire_date: str | None
    exec_inst: str | None
    target_strategy: str | None
    target_strategy_parameters: str | None
    strategy_parameters: str | None


@dataclass(frozen=True, slots=True)
class Execution:
    """A report by the venue, and the order as it was after it."""

    lsn: int
    time_ns: int
    order_id: int
    request_id: int
    exec_id: str
    exec_ref_id: str
    exec_type: str
    cl_ord_id: str
    venue_order_id: str
    client: str
    client_order_id: str
    account: str
    strategy: str
    instrument: str
    venue: str
    side: str
    last_quantity: Decimal | None
    last_price: Decimal | None
    is_live: bool
    ended_by_lsn: int | None
    status: str
    quantity: Decimal | None
    price: Decimal | None
    cum_quantity: Decimal
    leaves_quantity: Decimal
    average_price: Decimal | None
    cum_quantity_differs: bool
    reject_reason: int
    text: str
    transact_ns: int | None
    drop_copy: str | None
    charges_incomplete: bool | None


@dataclass(frozen=True, slots=True)
class Event:
    """An event as it stands in the journal; `payload` holds the bytes of a gateway.v1.Event."""

    lsn: int
    time_ns: int
    kind: str
    client: str
    order_id: int | None
    session: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class OrderLife:
    """Everything that is known of one order, each part oldest first."""

    order: Order
    requests: tuple[Request, ...]
    executions: tuple[Execution, ...]
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Position:
    """Sums of the live trades of one account, strategy and instrument. Money is quantity times price,
    unrounded.
    """

    account: str
    strategy: str
    instrument: str
    net_quantity: Decimal
    bought_quantity: Decimal
    sold_quantity: Decimal
    bought_money: Decimal
    sold_money: Decimal
    updated_ns: int
    lsn: int


@dataclass(frozen=True, slots=True)
class Charge:
    """Commission or a fee; `is_live` until a cancel or correction of its trade takes it back."""

    lsn: int
    ordinal: int
    time_ns: int
    order_id: int | None
    trade_lsn: int | None
    account: str
    strategy: str
    instrument: str
    kind: str
    amount: Decimal
    currency: str
    type: str
    is_live: bool
    ended_by_lsn: int | None


@dataclass(frozen=True, slots=True)
class PositionCharges:
    """Live charges of one position since its last start of the day, in one currency."""

    account: str
    strategy: str
    instrument: str
    currency: str
    commission: Decimal
    fees: Decimal
    updated_ns: int
    lsn: int


@dataclass(frozen=True, slots=True)
class Instrument:
    """What an instrument is, by the configuration of the newest start."""

    instrument: str
    venue: str
    currency: str
    multiplier: Decimal
    asset_class: str
    sector: str
    region: str
    changed_ns: int
    lsn: int


@dataclass(frozen=True, slots=True)
class Rate:
    """What one unit of a currency is worth in another; the newest of its pair."""

    from_currency: str
    to_currency: str
    rate: Decimal
    source: str
    as_of_ns: int
    changed_ns: int
    lsn: int


@dataclass(frozen=True, slots=True)
class Session:
    """A FIX session as the events last spoke of it."""

    session: str
    state: str
    reason: str
    changed_ns: int | None
    next_in: int | None
    next_out: int | None
    sequence_reason: str
    sequence_ns: int | None
    reset_ns: int | None
    ready_count: int
    lsn: int


@dataclass(frozen=True, slots=True)
class TradingState:
    """The kill switch at one level."""

    level: str
    state: str
    reason: str
    changed_by: str
    changed_ns: int
    lsn: int


@dataclass(frozen=True, slots=True)
class ReferencePrice:
    """The reference price in force."""

    instrument: str
    price: Decimal
    changed_ns: int
    lsn: int


@dataclass(frozen=True, slots=True)
class Orphan:
    """A report that fits no order."""

    lsn: int
    time_ns: int
    session: str
    cl_ord_id: str
    venue_order_id: str
    exec_id: str
    exec_type: str
    account: str
    instrument: str
    side: str
    last_quantity: Decimal | None
    last_price: Decimal | None
    text: str


@dataclass(frozen=True, slots=True)
class Denial:
    """A refusal by the gateway."""

    lsn: int
    time_ns: int
    kind: str
    client: str
    order_id: int | None
    request_id: int
    client_request_id: str
    account: str
    strategy: str
    instrument: str
    code: str
    limit_name: str
    level: str
    observed: str
    allowed: str


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit as it was set last; `is_removed` where it is not in force any more."""

    name: str
    level: str
    second_level: str
    kind: str
    value: Decimal | None
    count: int
    window_ns: int
    unit: str
    reference: str
    action: str
    crossing: str
    reserve: int
    capital: Decimal | None
    is_disabled: bool
    allows_missing_reference: bool
    includes_charges: bool | None
    """None in a row of an older version, until a rebuild; so is `currency`."""
    currency: str | None
    is_removed: bool
    version: int
    changed_by: str
    approved_by: str
    changed_ns: int
    lsn: int


@dataclass(frozen=True, slots=True)
class LimitChange:
    """One change of one limit; `before` and `after` are JSON of a gateway.v1.Limit, or empty."""

    lsn: int
    ordinal: int
    time_ns: int
    version: int
    part: int
    is_effective: bool
    name: str
    changed_by: str
    approved_by: str
    reason: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class DenialCount:
    """How often one code was given, and when last."""

    code: str
    count: int
    newest_ns: int


@dataclass(frozen=True, slots=True)
class ProjectionPosition:
    """How far the database is."""

    journal_id: str
    lsn: int
    events_count: int
    updated_ns: int


@dataclass(frozen=True, slots=True)
class Difference:
    """An order whose cumulative quantity is not the sum of its live trades."""

    order_id: int
    cum_quantity: Decimal
    traded_quantity: Decimal


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows, and the key to ask the next page with; None on the last."""

    rows: tuple[T, ...]
    before: int | None
