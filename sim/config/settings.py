"""The settings, their ranges and their defaults."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.book import Prevention
from sim.config.calendar import CalendarSettings
from sim.config.frozen import Frozen, Positive
from sim.config.venue import VenueSettings

__all__ = [
    "Acks",
    "Behaviours",
    "DropConnection",
    "ExchangeSettings",
    "Instrument",
    "LiquiditySettings",
    "SessionRole",
    "SessionSettings",
    "Settings",
    "SymbolReject",
]

_CompId = Annotated[str, Field(min_length=1, max_length=64)]


class SessionSettings(Frozen):
    """The FIX session layer."""

    sender_comp_id: _CompId = "SIM"
    logon_timeout_s: Annotated[int, Field(ge=1, le=3600)] = 10
    logout_timeout_s: Annotated[int, Field(ge=1, le=3600)] = 2
    sending_time_tolerance_s: Annotated[int, Field(ge=0, le=86_400)] = 120
    message_bytes_max: Annotated[int, Field(ge=256, le=1_048_576)] = 16_384
    unread_bytes_max: Annotated[int, Field(ge=4096)] = 67_108_864


class Instrument(Frozen):
    """One symbol and its rules."""

    price: Positive
    tick: Positive = Decimal("0.01")
    lot: Positive = Decimal(1)
    quantity_max: Positive = Decimal(1_000_000)
    band_percent: Annotated[Decimal, Field(gt=0, le=1000)] | None = None
    matching: Literal["price_time", "pro_rata"] = "price_time"
    halt_percent: Annotated[Decimal, Field(gt=0, le=1000)] | None = None

    @model_validator(mode="after")
    def _check_multiples(self) -> "Instrument":
        if self.price % self.tick:
            raise ValueError(f"price must be a multiple of tick {self.tick}, was {self.price}")
        if self.quantity_max % self.lot:
            raise ValueError(f"quantity_max must be a multiple of lot {self.lot}, was {self.quantity_max}")
        return self


class ExchangeSettings(Frozen):
    """Rules of the exchange as a whole."""

    replace_below_filled: Literal["reject", "done"] = "reject"
    replace_priority: Literal["keep_on_decrease", "lose"] = "keep_on_decrease"
    self_trade_prevention: Prevention = Prevention.ALLOW
    gtx: Literal["post_only", "crossing"] = "post_only"
    order_types: tuple[Literal["1", "2", "3", "4", "K", "P"], ...] = ("1", "2", "3", "4", "K", "P")
    times_in_force: tuple[Literal["0", "1", "2", "3", "4", "5", "6", "7"], ...] = (
        *("0", "1", "2", "3"),
        *("4", "5", "6", "7"),
    )
    halt_s: Annotated[int, Field(ge=1, le=86_400)] = 300


class LiquiditySettings(Frozen):
    """The background market makers and noise takers."""

    enabled: bool = True
    interval_ms: Annotated[int, Field(ge=1, le=60_000)] = 100
    makers: Annotated[int, Field(ge=0, le=20)] = 2
    levels: Annotated[int, Field(ge=1, le=20)] = 3
    spread_ticks: Annotated[int, Field(ge=1, le=1000)] = 2
    lots_min: Annotated[int, Field(ge=1)] = 10
    lots_max: Annotated[int, Field(ge=1)] = 100
    move_probability: Annotated[Decimal, Field(ge=0, le=1)] = Decimal("0.2")
    trend_probability: Annotated[Decimal, Field(ge=0, le=1)] = Decimal(0)
    trend_steps: Annotated[int, Field(ge=1, le=100_000)] = 50
    taker_probability: Annotated[Decimal, Field(ge=0, le=1)] = Decimal("0.3")
    taker_lots_max: Annotated[int, Field(ge=1)] = 80

    @model_validator(mode="after")
    def _check_lots(self) -> "LiquiditySettings":
        if self.lots_min > self.lots_max:
            raise ValueError(f"lots_max must be at least lots_min {self.lots_min}, was {self.lots_max}")
        return self


class SessionRole(Frozen):
    """What a counterparty is for, other than sending orders."""

    drop_copy_of: Annotated[tuple[_CompId, ...], Field(min_length=1)]


class SymbolReject(Frozen):
    """Reject every order of a symbol."""

    code: Annotated[int, Field(ge=0, le=99)] = 0
    text: str = "rejected by configuration"


class DropConnection(Frozen):
    """Cut the TCP connection at an application message."""

    after_messages: Annotated[int, Field(ge=1)]
    message_is: Literal["lost", "processed", "answered"] = "answered"
    times: Annotated[int, Field(ge=0)] = 1


class Acks(Frozen):
    """How long the exchange thinks about a request."""

    delay_ms: Annotated[int, Field(ge=0, le=600_000)] = 0
    report_pending: bool = False


class Behaviours(Frozen):
    """Misbehaviour on request, for the test of a counterparty."""

    reject_symbols: dict[str, SymbolReject] = Field(default_factory=dict)
    drop_connection: DropConnection | None = None
    acks: Acks = Acks()


def _default_symbols() -> dict[str, Instrument]:
    return {
        "AAPL": Instrument(price=Decimal("190.00"), band_percent=Decimal(10)),
        "MSFT": Instrument(price=Decimal("415.00"), band_percent=Decimal(10)),
        "EUR/USD": Instrument(
            price=Decimal("1.08500"),
            tick=Decimal("0.00001"),
            lot=Decimal(1000),
            quantity_max=Decimal(50_000_000),
        ),
        "BTC-USD": Instrument(
            price=Decimal("64000.00"), tick=Decimal("0.01"), lot=Decimal("0.0001"), quantity_max=Decimal(1000)
        ),
    }


class Settings(Frozen):
    """Everything."""

    session: SessionSettings = SessionSettings()
    exchange: ExchangeSettings = ExchangeSettings()
    calendar: CalendarSettings = CalendarSettings()
    venue: VenueSettings = VenueSettings()
    roles: dict[str, SessionRole] = Field(default_factory=dict)
    symbols: Annotated[dict[str, Instrument], Field(min_length=1)] = Field(default_factory=_default_symbols)
    liquidity: LiquiditySettings = LiquiditySettings()
    behaviours: Behaviours = Behaviours()
