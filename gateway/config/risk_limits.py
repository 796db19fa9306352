"""Limits of the core in the configuration, and who has to agree to their change."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal

from gateway.config.scalars import DecimalNumber, Duration, Flag, Integer, Text
from gateway.config.section import Section

__all__ = ["ApprovalSettings", "RiskLimitSettings"]

_COUNT_MAX = 4_294_967_295

_ZeroOrMore = Annotated[Decimal, DecimalNumber(zero_allowed=True)]
_Boolean = Annotated[bool, Flag()]
_LevelText = Annotated[
    str, Text("a level", r"[!-~]([ -~]{0,62}[!-~])?", "firm, or a kind, a colon and a name")
]
LimitKindName = Literal[
    "max_order_quantity",
    "max_order_notional",
    "price_collar",
    "volume_share",
    "duplicate_orders",
    "message_rate",
    "order_to_trade_ratio",
    "cancel_ratio",
    "repeated_executions",
    "open_orders",
    "open_notional",
    "position",
    "gross_exposure",
    "net_exposure",
    "long_exposure",
    "short_exposure",
    "leverage",
    "margin",
    "buying_power",
    "self_trade",
    "realized_loss",
    "unrealized_loss",
    "total_loss",
    "drawdown",
    "loss_streak",
    "accumulated_quantity",
    "accumulated_notional",
    "restricted",
    "permitted",
    "locate",
    "short_sale_marking",
]


class RiskLimitSettings(Section):
    """A limit of the core. What its kind does not need has to be left out; the core judges all of them together."""

    name: Annotated[
        str, Text("a limit's name", r"[A-Za-z0-9._:/-]{1,64}", "1 to 64 letters, digits or . _ : / -")
    ]
    """What it is called by for ever: unique."""
    level: _LevelText
    """firm, or a kind of level (desk, account, strategy, client, venue, instrument, class, ...), a colon and a name."""
    second_level: _LevelText | None = None
    """A second level, of another kind, that has to match as well."""
    kind: LimitKindName
    """What it is on: docs/risk.md."""
    value: _ZeroOrMore | None = None
    """How much, where the kind has a value."""
    count: Annotated[int, Integer(0, _COUNT_MAX)] = 0
    """How many, where the kind counts."""
    window: Annotated[timedelta, Duration("0ms", "168h")] = timedelta(0)
    """The period, where the kind has one; 0ms: none."""
    unit: Literal["percent", "ticks", "absolute"] | None = None
    """Of a collar: what its value is counted in."""
    reference: Literal["last", "mid", "close", "venue_band"] | None = None
    """Of a collar: what a price is measured against."""
    action: Literal["deny", "warn", "resize", "halt", "reduce"] | None = None
    """What a breach does; it denies the order where not given."""
    allow_missing_reference: _Boolean = False
    """Let orders pass where the reference price is missing or too old."""
    crossing: Literal["deny", "cancel_resting", "cancel_both", "decrement"] | None = None
    """Of a self trade: what is done."""
    reserve: Annotated[int, Integer(0, _COUNT_MAX)] = 0
    """Of a message rate: how many of the count are kept for replaces that reduce."""
    capital: Annotated[Decimal, DecimalNumber()] | None = None
    """Of leverage: the capital."""
    include_charges: _Boolean = False
    """Of a loss, but not a streak or what is unrealized: commission and fees count as lost."""
    currency: (
        Annotated[str, Text("a currency", r"[A-Z0-9]{3,8}", "3 to 8 capital letters or digits, such as USD")]
        | None
    ) = None
    """Of a loss, but not a streak: what its value is in; profits of other currencies are converted at the last rate."""
    disabled: _Boolean = False
    """Kept, and not looked at."""


class ApprovalSettings(Section):
    """When a change of limits needs a second person."""

    required: _Boolean = True
    """False: nobody is ever needed, whatever a change loosens."""
    loosening_percent: Annotated[Decimal, DecimalNumber(zero_allowed=True, high=Decimal(1000))] = Decimal(0)
    """A change that loosens a limit by more needs another client with the right risk; 0: each that loosens."""
    expires_after: Annotated[timedelta, Duration("1m", "168h")] = timedelta(hours=24)
    """How long a change waits for approval."""
    override_max: Annotated[timedelta, Duration("1m", "168h")] = timedelta(hours=24)
    """The longest override."""
