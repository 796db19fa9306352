"""What the gateway answers with: results, orders, positions, sessions. All are values that never change.

Quantities and prices are Decimal; None is a price that there is none of. Times are UTC nanoseconds.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from gateway.client.enums import (
    DenialCode,
    MarketPhase,
    OrderStatus,
    OrderType,
    PartStatus,
    RateState,
    SessionState,
    Side,
    TimeInForce,
    TradingState,
    ValueSource,
)
from gateway.client.errors import DeniedError
from gateway.client.terms import OrderTerms

__all__ = [
    "CancelDenial",
    "CancelsByOrderId",
    "Configuration",
    "ConfigurationValue",
    "CurrencySum",
    "Denial",
    "Health",
    "LinkedOrderResult",
    "MarketPhaseInForce",
    "Metric",
    "Order",
    "PartHealth",
    "Position",
    "PositionCharges",
    "PositionSum",
    "PositionSums",
    "Rate",
    "Result",
    "Session",
    "TradingStateInForce",
    "TradingStateResult",
    "Version",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Denial:
    """A refusal by the gateway."""

    code: DenialCode
    limit_name: str = ""
    level: str = ""
    observed: str = ""
    allowed: str = ""

    def __str__(self) -> str:
        parts = [self.code.name]
        if self.limit_name:
            parts.append(f"{self.limit_name} at {self.level}" if self.level else self.limit_name)
        if self.observed:
            parts.append(f"was {self.observed}")
        if self.allowed:
            parts.append(f"allowed {self.allowed}")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelDenial:
    """An order of which the gateway did not take the cancel."""

    order_id: int
    client: str
    denial: Denial


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelsByOrderId:
    """What came of cancels of orders by their ids."""

    cancels_sent: int
    denials: tuple[CancelDenial, ...]
    """Of the others, why not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedOrderResult:
    """One of the orders of a link; its ClOrdID(11) is on the wire from when it is sent."""

    order_id: int
    cl_ord_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The gateway's answer to one command: taken, or denied."""

    client_request_id: str
    order_id: int = 0
    cl_ord_id: str = ""
    lsn: int = 0
    duplicate: bool = False
    """The command was seen before, and this is the first answer again."""
    denial: Denial | None = None
    link_id: int = 0
    """Of linked orders; `order_id` is that of the first."""
    linked_orders: tuple[LinkedOrderResult, ...] = ()
    """Of linked orders, in the order of the command."""
    requested_quantity: Decimal | None = None
    """Of a new order that a limit reduced: what was asked for."""
    quantity: Decimal | None = None
    """And what was sent."""
    cancels_sent: int = 0
    """Of a mass cancel: how many orders a cancel was sent for; whether it succeeds, events tell."""

    @property
    def denied(self) -> bool:
        """True where the gateway refused."""
        return self.denial is not None

    def raise_if_denied(self) -> Self:
        """Return this result, or raise DeniedError."""
        if self.denial is not None:
            raise DeniedError(self.client_request_id, self.denial)
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order as it was at `lsn`."""

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
    status: OrderStatus
    quantity: Decimal
    price: Decimal | None
    cum_quantity: Decimal
    leaves_quantity: Decimal
    average_price: Decimal | None
    cl_ord_id: str
    venue_order_id: str
    created_at_ns: int
    updated_at_ns: int
    denial: Denial | None
    lsn: int
    pending_requests: int
    terms: OrderTerms | None = None
    link_id: int = 0
    """The link that it belongs to; 0 for none."""

    @property
    def is_open(self) -> bool:
        """True until the order has ended; an UNKNOWN order counts as open, and so does one that is good
        till a later day and done for this one.
        """
        rests = self.status == OrderStatus.DONE_FOR_DAY and self.is_good_till
        return rests or not self.status.is_final

    @property
    def is_good_till(self) -> bool:
        """True where it stays in force beyond the day."""
        return self.time_in_force in (TimeInForce.GTC, TimeInForce.GTD)


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionCharges:
    """What trading in a position cost, in one currency. Paid is positive."""

    currency: str
    commission: Decimal
    fees: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A position of one account, strategy and instrument."""

    account: str
    strategy: str
    instrument: str
    net_quantity: Decimal
    bought_quantity: Decimal
    sold_quantity: Decimal
    average_price: Decimal | None
    realized_profit: Decimal
    open_buy_quantity: Decimal
    open_sell_quantity: Decimal
    currency: str = ""
    """Of the instrument's prices and of both profits; empty where it is not configured."""
    multiplier: Decimal = Decimal(1)
    venue: str = ""
    reference_price: Decimal | None = None
    unrealized_profit: Decimal | None = None
    """None where there is no reference price."""
    charges: tuple[PositionCharges, ...] = ()
    """By currency, since the start of the day."""
    saturated: bool = False
    """True where a sum became larger than can be held: figures are wrong then."""
    asset_class: str = ""
    sector: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrencySum:
    """Sums of positions in one currency; the total has commission and fees taken off."""

    currency: str
    realized_profit: Decimal
    unrealized_profit: Decimal
    commission: Decimal
    fees: Decimal
    total: Decimal
    rate: Decimal | None
    """What one unit of it is worth in the base currency; None where that is not known."""
    rate_as_of_ns: int
    rate_state: RateState


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionSum:
    """A sum of positions; names that were not asked for are empty."""

    account: str
    strategy: str
    instrument: str
    currency: str
    venue: str
    asset_class: str
    sector: str
    region: str
    net_quantity: Decimal | None
    """Where one instrument is summed up."""
    position_count: int
    currencies: tuple[CurrencySum, ...]
    total: Decimal | None
    """In the base currency; None where a rate is missing, or no base currency is configured."""
    stale: bool
    """True where the total uses a rate that is too old."""
    unpriced: tuple[str, ...]
    """Instruments with an open position and no reference price: their unrealised profit is in no sum."""
    saturated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionSums:
    """What summing positions gave."""

    sums: tuple[PositionSum, ...]
    base_currency: str
    """Empty where none is configured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """What one unit of a currency is worth in another."""

    from_currency: str
    to_currency: str
    rate: Decimal
    source: str
    as_of_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One FIX session to a venue."""

    name: str
    begin_string: str
    sender_comp_id: str
    target_comp_id: str
    state: SessionState
    next_in: int
    next_out: int
    outbound_backlog_bytes: int
    venue: str
    reason: str
    role: str
    enabled: bool
    """False after an operator's logout, until his logon."""
    scheduled: bool
    session_day: int
    """YYYYMMDD; 0 where no day was begun."""
    window_closes_ns: int
    """0 where it is in no window."""
    window_opens_ns: int
    """Of the next window; 0 where it is in one, or has no schedule."""
    heartbeat_interval_s: int
    last_received_ns: int
    """0 where no connection stands."""
    round_trip_ns: int
    clock_offset_ns: int
    """Their clock minus ours, good to half the round trip."""
    round_trip_measured_ns: int
    """0 where none was measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketPhaseInForce:
    """The phase of a venue's market, or of one instrument's, which counts before its venue's."""

    level: str
    """ "venue:NAME" or "instrument:NAME"."""
    phase: MarketPhase
    reason: str
    changed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingStateResult:
    """What came of setting a trading state."""

    level: str
    state: TradingState
    lsn: int
    cancels_sent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """Which gateway it is."""

    version: str
    api: str
    journal_id: str
    started_ns: int
    now_ns: int
    """The gateway's clock."""
    client: str
    """Who asked, as its token, certificate or name says."""
    rights: tuple[str, ...]
    """What it may do: "read", "trade", "cancel", "risk", "admin"; by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartHealth:
    """How a part of the gateway does."""

    name: str
    status: PartStatus
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A figure of the gateway."""

    name: str
    value: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How the gateway does."""

    ready: bool
    """A new order would be taken."""
    parts: tuple[PartHealth, ...]
    oldest_lsn: int
    newest_lsn: int
    metrics: tuple[Metric, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationValue:
    """A value of the configuration in force; of a secret, only that there is one."""

    path: str
    value: str
    source: ValueSource
    secret: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """The configuration in force."""

    values: tuple[ConfigurationValue, ...]
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingStateInForce:
    """A level at which trading is not as usual."""

    level: str
    state: TradingState
    reason: str
    changed_by: str
