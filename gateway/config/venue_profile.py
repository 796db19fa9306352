"""What a venue takes and how it says it, where that is not FIX's own way."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from gateway.config.scalars import Duration, Flag, Integer, Name, Text
from gateway.config.section import Section

__all__ = [
    "ORDER_TYPES",
    "TERMS",
    "TIMES_IN_FORCE",
    "CancelOnDisconnectSettings",
    "CustomFieldSettings",
    "OrderTypeCodeSettings",
    "TagSettings",
    "TimeInForceCodeSettings",
    "VenueProfileSettings",
]

OrderTypeName = Literal[
    "market",
    "limit",
    "stop",
    "stop_limit",
    "market_to_limit",
    "market_if_touched",
    "limit_if_touched",
    "trailing_stop",
    "pegged",
]
TimeInForceName = Literal["day", "gtc", "ioc", "fok", "opg", "gtx", "gtd", "cls"]
TermName = Literal[
    "stop_price",
    "display_quantity",
    "min_quantity",
    "offset",
    "expire_time",
    "expire_date",
    "exec_inst",
    "target_strategy",
    "strategy_parameters",
]
MassCancelScopeName = Literal["all", "account", "instrument", "instrument_side"]
ORDER_TYPES: tuple[str, ...] = OrderTypeName.__args__  # type: ignore[attr-defined]
TIMES_IN_FORCE: tuple[str, ...] = TimeInForceName.__args__  # type: ignore[attr-defined]
TERMS: tuple[str, ...] = TermName.__args__  # type: ignore[attr-defined]

_Tag = Annotated[int, Integer(1, 99_999)]
_Code = Annotated[str, Text("a code", r"[!-~]{1,8}", "1 to 8 printable characters without spaces")]
_TradingSession = Annotated[
    str, Text("a TradingSessionID(336)", r"[!-~]{1,32}", "1 to 32 printable characters without spaces")
]
_FieldText = Annotated[str, Text("a field's text", r"[ -~]{1,64}", "1 to 64 printable characters")]


class OrderTypeCodeSettings(Section):
    """The venue's own code for an order type."""

    order_type: OrderTypeName
    """The order type."""
    code: _Code
    """OrdType(40) as the venue wants it."""


class TimeInForceCodeSettings(Section):
    """The venue's own code for a time in force."""

    time_in_force: TimeInForceName
    """The time in force."""
    code: _Code
    """TimeInForce(59) as the venue wants it."""


class TagSettings(Section):
    """The venue's own tag for a term."""

    term: TermName
    """The term."""
    tag: _Tag
    """The tag that carries it."""


class CustomFieldSettings(Section):
    """A field that the venue wants in every new order and replace."""

    tag: _Tag
    """Its tag."""
    value: _FieldText
    """Its value."""


class CancelOnDisconnectSettings(Section):
    """What the venue promises to cancel when the session ends."""

    within: Annotated[timedelta, Duration("1ms", "24h")]
    """By when it has done so."""
    excludes: tuple[TimeInForceName, ...] | None = None
    """Times in force that it keeps; none where not given."""


class VenueProfileSettings(Section):
    """A venue's way of taking orders; venues name it."""

    name: Annotated[str, Name("a profile's name")]
    """How venues call it."""
    order_types: Annotated[tuple[OrderTypeName, ...] | None, Field(min_length=1)] = None
    """Order types that the venue takes; all that its version of FIX can say where not given."""
    times_in_force: Annotated[tuple[TimeInForceName, ...] | None, Field(min_length=1)] = None
    """Times in force that the venue takes; all where not given."""
    terms: tuple[TermName, ...] | None = None
    """Rare terms that the venue takes; all where not given."""
    order_type_codes: tuple[OrderTypeCodeSettings, ...] = ()
    """OrdType(40) where the venue has a code of its own."""
    time_in_force_codes: tuple[TimeInForceCodeSettings, ...] = ()
    """TimeInForce(59) where the venue has a code of its own."""
    tags: tuple[TagSettings, ...] = ()
    """Tags where the venue has its own."""
    custom_fields: tuple[CustomFieldSettings, ...] = ()
    """Fields that the venue wants in every new order and replace."""
    exec_id_per_account: Annotated[bool, Flag()] = False
    """ExecID(17) is unique per account only."""
    exec_id_per_trade_date: Annotated[bool, Flag()] = False
    """ExecID(17) is unique per trade date only."""
    dont_know_trades: Annotated[bool, Flag()] = False
    """Answer trades that fit no order, or contradict what was reported, with DontKnowTrade(Q)."""
    adopt_orphans: Annotated[bool, Flag()] = True
    """Keep orders that were not made here as external orders, with a position of their own."""
    orphan_client: Annotated[str, Name("a client's name")] | None = None
    """Whose external orders are; nobody's where not given."""
    orphan_strategy: Annotated[str, Name("a strategy's name")] | None = None
    """The strategy that their position is kept for; `(external)` where not given."""
    inferred_fill_after: Annotated[timedelta, Duration("0ms", "24h")] = timedelta(seconds=10)
    """How long a missing execution may take before it is inferred from CumQty(14); 0 for never."""
    day_orders_end: Annotated[bool, Flag()] = True
    """Day orders end with the session's day: of which nothing was heard by then is UNKNOWN, and asked about."""
    expiry_grace: Annotated[timedelta, Duration("0ms", "24h")] = timedelta(seconds=10)
    """How long after ExpireTime(126) the venue may take to say that an order has expired."""
    commission: Literal["per_fill", "cumulative", "none"] = "per_fill"
    """How reports tell of Commission(12) and MiscFees(136): of their fill, of the order so far, or not to be booked."""
    drop_copy_exec_id_tag: _Tag | None = None
    """Where a drop copy has the order session's ExecID(17); in 17 where not given."""
    drop_copy_exec_ref_id_tag: _Tag | None = None
    """Where a drop copy has the order session's ExecRefID(19); in 19 where not given."""
    drop_copy_cl_ord_id_tag: _Tag | None = None
    """Where a drop copy has our ClOrdID(11); in 11 where not given."""
    mass_cancel: tuple[MassCancelScopeName, ...] | None = None
    """What an OrderMassCancelRequest(q) may be limited to; none is sent where not given. From FIX 4.3 on."""
    mass_status: Annotated[bool, Flag()] = False
    """Ask by one OrderMassStatusRequest(AF) after a logon, before single questions. From FIX 4.3 on."""
    cancel_on_disconnect: CancelOnDisconnectSettings | None = None
    """The venue promises to cancel orders when the session ends; it promises nothing where not given."""
    trading_session: _TradingSession | None = None
    """TradingSessionID(336) of the TradingSessionStatus(h) that say the market's phase; none do where not given."""
