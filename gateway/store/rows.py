"""Rows as the projector holds them while it folds events into them: one TypedDict a table, same names as the
columns.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TypedDict

__all__ = [
    "ChargeRow",
    "DenialRow",
    "EventRow",
    "ExecutionRow",
    "InstrumentRow",
    "LimitChangeRow",
    "LimitRow",
    "OrderRow",
    "OrphanRow",
    "PositionChargesRow",
    "PositionRow",
    "RateRow",
    "ReferencePriceRow",
    "RequestRow",
    "SessionRow",
    "TermsRow",
    "TradingStateRow",
]


class EventRow(TypedDict):
    lsn: int
    time_ns: int
    kind: str
    client: str
    order_id: int | None
    session: str
    payload: bytes


class TermsRow(TypedDict):
    """What few orders have."""

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


class OrderRow(TermsRow):
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


class RequestRow(TermsRow):
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


class ExecutionRow(TypedDict):
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


class PositionRow(TypedDict):
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


class ChargeRow(TypedDict):
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


class PositionChargesRow(TypedDict):
    account: str
    strategy: str
    instrument: str
    currency: str
    commission: Decimal
    fees: Decimal
    updated_ns: int
    lsn: int


class InstrumentRow(TypedDict):
    instrument: str
    venue: str
    currency: str
    multiplier: Decimal
    asset_class: str
    sector: str
    region: str
    changed_ns: int
    lsn: int


class RateRow(TypedDict):
    from_currency: str
    to_currency: str
    rate: Decimal
    source: str
    as_of_ns: int
    changed_ns: int
    lsn: int


class SessionRow(TypedDict):
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


class TradingStateRow(TypedDict):
    level: str
    state: str
    reason: str
    changed_by: str
    changed_ns: int
    lsn: int


class LimitRow(TypedDict):
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
    includes_charges: bool
    currency: str
    is_removed: bool
    version: int
    changed_by: str
    approved_by: str
    changed_ns: int
    lsn: int


class LimitChangeRow(TypedDict):
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


class ReferencePriceRow(TypedDict):
    instrument: str
    price: Decimal
    changed_ns: int
    lsn: int


class OrphanRow(TypedDict):
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


class DenialRow(TypedDict):
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
