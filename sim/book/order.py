"""An order as the exchange holds it."""

from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_EVEN, Context, Decimal
from enum import StrEnum

from sim.book.terms import PLAIN, Peg, Terms

__all__ = ["EXACT", "ZERO", "Order", "OrderType", "Side", "Status", "TimeInForce"]

ZERO = Decimal(0)
# Averages rarely end; eight decimals is what the common order systems keep.
_AVERAGE_STEP = Decimal("1e-8")
# The default 28 digits would round the sum of large products; this many hold any that the decoder lets in.
EXACT = Context(prec=80)


class Side(StrEnum):
    """Side(54)."""

    BUY = "1"
    SELL = "2"
    SELL_SHORT = "5"
    SELL_SHORT_EXEMPT = "6"

    @property
    def is_buy(self) -> bool:
        return self is Side.BUY


class OrderType(StrEnum):
    """OrdType(40)."""

    MARKET = "1"
    LIMIT = "2"
    STOP = "3"
    STOP_LIMIT = "4"
    MARKET_TO_LIMIT = "K"
    PEGGED = "P"

    @property
    def is_stop(self) -> bool:
        return self in (OrderType.STOP, OrderType.STOP_LIMIT)

    @property
    def needs_price(self) -> bool:
        return self in (OrderType.LIMIT, OrderType.STOP_LIMIT)


class TimeInForce(StrEnum):
    """TimeInForce(59). GTX is "good till crossing"; what that means is set by the exchange."""

    DAY = "0"
    GTC = "1"
    OPG = "2"
    IOC = "3"
    FOK = "4"
    GTX = "5"
    GTD = "6"
    CLS = "7"

    @property
    def is_immediate(self) -> bool:
        return self in (TimeInForce.IOC, TimeInForce.FOK)


class Status(StrEnum):
    """OrdStatus(39), save the pending ones, which belong to a request rather than to the order."""

    NEW = "0"
    PARTIALLY_FILLED = "1"
    FILLED = "2"
    CANCELED = "4"
    REJECTED = "8"
    EXPIRED = "C"


@dataclass(slots=True, eq=False)
class Order:
    """One order through all its replaces. `cl_ord_ids` holds each accepted ClOrdID(11), the latest last."""

    order_id: str
    owner: str
    account: str
    symbol: str
    side: Side
    order_type: OrderType
    time_in_force: TimeInForce
    quantity: Decimal
    price: Decimal | None
    entered_at: int
    cl_ord_ids: list[str] = field(default_factory=list)
    cum: Decimal = ZERO
    notional: Decimal = ZERO
    ended: Status | None = None
    """How it ended short of a full fill: canceled, rejected or expired."""
    background: bool = False
    """From the built-in liquidity: traded with, but not reported to anybody."""
    by_hand: bool = False
    """Worked by somebody at the venue: it is in no book and meets nobody there."""
    terms: Terms = PLAIN
    triggered: bool = False
    """Of a stop order: its price was reached."""
    tranche: Decimal = ZERO
    """What an iceberg shows now."""
    is_buy: bool = field(init=False)
    display: Decimal | None = field(init=False)
    peg: Peg | None = field(init=False)
    least: Decimal | None = field(init=False)
    """MinQty(110): what one taker has to bring while it rests."""

    def __post_init__(self) -> None:
        self.is_buy = self.side is Side.BUY
        self.amend(self.terms)

    def amend(self, terms: Terms) -> None:
        """Give the order other terms; matching reads some of them so often that they lie on the order."""
        self.terms = terms
        self.display, self.peg, self.least = terms.display, terms.peg, terms.min_quantity

    @property
    def cl_ord_id(self) -> str:
        return self.cl_ord_ids[-1]

    @property
    def remaining(self) -> Decimal:
        return self.quantity - self.cum

    @property
    def shown(self) -> Decimal:
        """What others see of it while it rests."""
        if self.is_hidden:
            return ZERO
        return self.quantity - self.cum if self.display is None else self.tranche

    @property
    def is_hidden(self) -> bool:
        """Whether nobody sees it while it rests: at a price that is nobody's, or not there for everybody."""
        return self.peg is Peg.MID or self.least is not None

    def takes(self, other: "Order") -> bool:
        """Tell whether `other` brings as much as this resting order asks for."""
        return self.least is None or other.remaining >= min(self.least, self.remaining)

    @property
    def is_open(self) -> bool:
        return self.ended is None and self.cum < self.quantity

    @property
    def leaves(self) -> Decimal:
        """LeavesQty(151): nothing, once the order has ended."""
        return self.quantity - self.cum if self.ended is None else ZERO

    @property
    def average_price(self) -> Decimal:
        if not self.cum:
            return ZERO
        return EXACT.divide(self.notional, self.cum).quantize(_AVERAGE_STEP, ROUND_HALF_EVEN, EXACT)

    @property
    def status(self) -> Status:
        if self.ended is not None:
            return self.ended
        if self.cum >= self.quantity:
            return Status.FILLED
        return Status.PARTIALLY_FILLED if self.cum else Status.NEW

    def is_self_match(self, other: "Order") -> bool:
        if self.background or self.owner != other.owner:
            return False
        return self.terms.self_match_id == other.terms.self_match_id

    def refresh(self) -> None:
        """Show the next tranche of an iceberg."""
        assert self.display is not None
        self.tranche = min(self.display, self.quantity - self.cum)

    def take_back(self, quantity: Decimal, price: Decimal) -> None:
        """Undo a fill."""
        assert quantity <= self.cum, f"{quantity} of {self.cum} filled is taken back from {self.order_id}"
        self.cum -= quantity
        self.notional = EXACT.fma(-quantity, price, self.notional)

    def split(self, ratio: Decimal, tick: Decimal, rounding: str) -> None:
        """Turn old shares into new ones; what was paid stays, prices are rounded to ticks.

        `ratio` is new shares for an old one. `rounding` is one of the decimal module.
        """
        self.quantity *= ratio
        self.cum *= ratio
        if self.price is not None:
            self.price = _to_tick(self.price / ratio, tick, rounding)
        terms = self.terms
        if terms is not PLAIN:
            stop, display = terms.stop_price, terms.display
            self.amend(
                replace(
                    terms,
                    stop_price=None if stop is None else _to_tick(stop / ratio, tick, rounding),
                    display=None if display is None else display * ratio,
                    min_quantity=None if terms.min_quantity is None else terms.min_quantity * ratio,
                )
            )

    def fill(self, quantity: Decimal, price: Decimal) -> None:
        assert ZERO < quantity <= self.remaining, (
            f"fill of {quantity} beyond {self.remaining} of {self.order_id}"
        )
        self.cum += quantity
        self.notional = EXACT.fma(quantity, price, self.notional)


def _to_tick(price: Decimal, tick: Decimal, rounding: str) -> Decimal:
    return max((price / tick).to_integral_value(rounding), Decimal(1)) * tick
