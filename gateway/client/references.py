"""What is known of an instrument's market: what limits are measured against, and quotes."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from google.protobuf.timestamp_pb2 import Timestamp

from gateway.client.decimals import Number, to_text
from gateway.v1 import types_pb2 as types

__all__ = [
    "MarketReferences",
    "MarketReferencesSet",
    "Quote",
    "ReferencePrice",
    "encode_references",
    "encode_time",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketReferences:
    """Prices and volume beside the reference price, to be set. None leaves what was known; 0 takes it away.

    Each group has the time that it is of, with its time zone; None: when it is set. A bid is not above the ask, and the
    low end of the venue's price band not above its high end.
    """

    bid: Number | None = None
    ask: Number | None = None
    quoted_at: datetime | None = None
    close: Number | None = None
    closed_at: datetime | None = None
    average_daily_volume: Number | None = None
    volume_at: datetime | None = None
    price_band_low: Number | None = None
    price_band_high: Number | None = None
    price_band_at: datetime | None = None
    margin_rate_percent: Number | None = None
    margin_rate_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketReferencesSet:
    """What an event says was set: None was not, 0 took it away. Times that are 0 are those of the event."""

    bid: Decimal | None
    ask: Decimal | None
    quoted_at_ns: int
    close: Decimal | None
    closed_at_ns: int
    average_daily_volume: Decimal | None
    volume_at_ns: int
    price_band_low: Decimal | None
    price_band_high: Decimal | None
    price_band_at_ns: int
    margin_rate_percent: Decimal | None
    margin_rate_at_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferencePrice(MarketReferencesSet):
    """What is known of an instrument's market. Prices and quantities are None where there is none, times 0."""

    instrument: str
    price: Decimal | None
    as_of_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What is known of an instrument's market by which one trades. Prices are None where there is none, times 0."""

    instrument: str
    bid: Decimal | None
    ask: Decimal | None
    mid: Decimal | None
    """Halfway between both, rounded down to eight places."""
    quoted_at_ns: int
    last: Decimal | None
    """The reference price."""
    last_at_ns: int
    close: Decimal | None
    closed_at_ns: int
    price_band_low: Decimal | None
    price_band_high: Decimal | None
    price_band_at_ns: int


def encode_time(time: datetime, name: str) -> Timestamp:
    """Make the API's time. Raises ValueError where there is no time zone."""
    if time.tzinfo is None:
        raise ValueError(f"{name}: expected a time with a time zone, was {time.isoformat()}")
    made = Timestamp()
    made.FromDatetime(time)
    return made


def encode_references(references: MarketReferences) -> types.MarketReferences:
    """Make the API's message. Raises ValueError for what is no number, or a time without a time zone."""
    message = types.MarketReferences()
    for name in (
        "bid",
        "ask",
        "close",
        "average_daily_volume",
        "price_band_low",
        "price_band_high",
        "margin_rate_percent",
    ):
        value = getattr(references, name)
        if value is not None:
            setattr(message, name, to_text(value, name))
    for name in ("quoted_at", "closed_at", "volume_at", "price_band_at", "margin_rate_at"):
        time = getattr(references, name)
        if time is not None:
            getattr(message, name).CopyFrom(encode_time(time, name))
    return message
