"""The control plane of risk: portfolio analytics and their limits."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from gateway.config.risk_limits import ApprovalSettings, RiskLimitSettings
from gateway.config.scalars import DecimalNumber, Duration, FilePath, Integer, Name, Text
from gateway.config.section import Section

__all__ = [
    "AnalyticsLimitSettings",
    "AnalyticsSettings",
    "MarketDataSettings",
    "PriceFileSettings",
    "RateSettings",
    "RiskSettings",
]

_Currency = Annotated[
    str, Text("a currency", r"[A-Z0-9]{3,8}", "3 to 8 capital letters or digits, such as USD")
]
_Level = Annotated[
    str,
    Text(
        "a level",
        r"firm|(desk|account|strategy|instrument|class|sector|region|venue|session|currency):[!-~]([ -~]{0,30}[!-~])?",
        "firm, or a kind of level that positions are of (desk, account, strategy, ...), a colon and a name",
    ),
]
_CompId = Annotated[str, Text("a CompID", r"[!-~]{1,64}", "1 to 64 printable characters without spaces")]
_Host = Annotated[str, Text("a host", r"[A-Za-z0-9:._-]{1,253}", "a name or an IP address")]
_Symbol = Annotated[str, Text("a symbol", r"[!-~]([ -~]{0,30}[!-~])?", "1 to 32 printable characters")]
_Money = Annotated[Decimal, DecimalNumber()]
AnalyticsMetric = Literal[
    "gross_exposure",
    "net_exposure",
    "long_exposure",
    "short_exposure",
    "loss",
    "realized_loss",
    "unrealized_loss",
    "historical_var",
    "parametric_var",
    "historical_shortfall",
    "parametric_shortfall",
    "volatility",
    "drawdown",
]


class RateSettings(Section):
    """What a currency is worth."""

    currency: _Currency
    """The currency."""
    rate: _Money
    """Units of the base currency for one unit of it."""


class AnalyticsLimitSettings(Section):
    """At most so much of a metric at a level."""

    level: _Level
    """firm, or a kind of level that positions are of (desk, account, strategy, ...), a colon and a name."""
    metric: AnalyticsMetric
    """What is limited: docs/risk-control.md says how each is made."""
    maximum: _Money
    """In the base currency."""
    action: Literal["warn", "reduce", "halt"] = "warn"
    """What a breach does: a log line and a metric; or the trading state of the level as well."""


class AnalyticsSettings(Section):
    """Portfolio analytics, made from positions and reference prices at regular times, off the order path."""

    base_currency: _Currency = "USD"
    """Currency that everything is shown in."""
    rates: tuple[RateSettings, ...] = ()
    """Rates of the other currencies. What is held in a currency without one is left out of sums, and named."""
    sample_interval: Annotated[timedelta, Duration("1s", "24h")] = timedelta(minutes=1)
    """How long one sample is after the other: the period of returns."""
    samples: Annotated[int, Integer(2, 10_000)] = 500
    """Samples that are kept; older ones are dropped."""
    confidence: Annotated[Decimal, DecimalNumber(high=Decimal("0.9999"))] = Decimal("0.99")
    """Of value at risk and expected shortfall."""
    horizon: Annotated[int, Integer(1, 10_000)] = 1
    """Samples that value at risk looks ahead."""
    limits: Annotated[tuple[AnalyticsLimitSettings, ...], Field(max_length=1_000)] = ()
    """Limits on analytics."""


class MarketDataSettings(Section):
    """A FIX session that reference prices come from: MarketDataRequest(V), answered by W and X."""

    name: Annotated[str, Name("a market data session's name")]
    """How logs and metrics call it."""
    begin_string: Literal["FIX.4.2", "FIX.4.3", "FIX.4.4", "FIXT.1.1"]
    """BeginString(8)."""
    application_version: Literal["FIX.5.0", "FIX.5.0SP1", "FIX.5.0SP2"] | None = None
    """DefaultApplVerID(1137), by name; for FIXT.1.1 only, and needed there."""
    sender_comp_id: _CompId
    """SenderCompID(49): the gateway."""
    target_comp_id: _CompId
    """TargetCompID(56): the venue."""
    host: _Host
    """Where to connect."""
    port: Annotated[int, Integer(1, 65_535)]
    """TCP port."""
    heartbeat_interval: Annotated[timedelta, Duration("1s", "10m", multiple="1s")] = timedelta(seconds=30)
    """HeartBtInt(108), in whole seconds."""
    instruments: Annotated[tuple[_Symbol, ...], Field(min_length=1, max_length=1_000)]
    """Symbols that are subscribed to, each by one session only."""
    depth: Annotated[int, Integer(0, 100)] = 1
    """MarketDepth(264): prices a side; 0 for the whole book."""
    updates: Literal["incremental", "full"] = "incremental"
    """MDUpdateType(265): X after the snapshots, or W only."""
    interval: Annotated[timedelta, Duration("10ms", "1h")] = timedelta(seconds=1)
    """At most one price an instrument and interval is journalled, unless it moves far."""
    threshold_percent: Annotated[Decimal, DecimalNumber(high=Decimal(100))] = Decimal("0.5")
    """A move since the last price that was journalled which does not wait for the interval."""
    confirm_interval: Annotated[timedelta, Duration("100ms", "24h")] = timedelta(seconds=30)
    """How often a price that the venue repeats unchanged is journalled again, so that it does not get too old."""
    stale_after: Annotated[timedelta, Duration("100ms", "24h")] = timedelta(minutes=1)
    """An instrument that the venue says nothing of for so long is shown as stale."""


class PriceFileSettings(Section):
    """A file of reference prices that is read again when it changes."""

    path: Annotated[Path, FilePath()]
    """CSV or YAML, as `gateway prices load` takes it; relative to this file. It may come later."""
    interval: Annotated[timedelta, Duration("100ms", "1h")] = timedelta(seconds=1)
    """How often it is looked at. It is taken once it has stood still for so long."""
    stale_after: Annotated[timedelta, Duration("1s", "168h")] = timedelta(hours=24)
    """A price that no version of the file has said for so long is shown as stale."""


class RiskSettings(Section):
    """The control plane of risk."""

    limits: Annotated[tuple[RiskLimitSettings, ...], Field(max_length=100_000)] = ()
    """Limits of the core, beside those of the section `limits`."""
    approval: ApprovalSettings = ApprovalSettings()

    analytics: AnalyticsSettings = AnalyticsSettings()
    market_data: tuple[MarketDataSettings, ...] = ()
    """Market data sessions."""
    price_file: PriceFileSettings | None = None
    """A file of reference prices that is read again when it changes."""
