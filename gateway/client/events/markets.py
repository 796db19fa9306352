"""Instruments, their markets, and rates between currencies."""

from dataclasses import dataclass
from decimal import Decimal

from gateway.client.enums import MarketPhase
from gateway.client.events.base import Event
from gateway.client.references import MarketReferencesSet

__all__ = [
    "InstrumentDefined",
    "InstrumentStatusChanged",
    "MarketPhaseChanged",
    "RateSet",
    "ReferencePriceSet",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentDefined(Event):
    """What an instrument is, by the configuration of a start: its multiplier is money a unit and price step of 1."""

    instrument: str
    venue: str
    currency: str
    multiplier: Decimal
    asset_class: str
    sector: str
    region: str
    max_quantity: Decimal | None = None
    expires_at_ns: int = 0
    margin_rate_percent: Decimal | None = None
    trading_hours: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateSet(Event):
    """What one unit of a currency is worth in another."""

    from_currency: str
    to_currency: str
    rate: Decimal
    source: str
    as_of_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentStatusChanged(Event):
    """A venue halted an instrument, or resumed its trading: SecurityTradingStatus(326) and Text(58)."""

    instrument: str
    venue: str
    halted: bool
    security_trading_status: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferencePriceSet(Event):
    """A reference price was set; None where only `references` were."""

    instrument: str
    price: Decimal | None
    as_of_ns: int = 0
    references: MarketReferencesSet | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketPhaseChanged(Event):
    """A market went into another phase of its day. In the audit trail only."""

    level: str
    phase: MarketPhase
    reason: str
    changed_by: str
