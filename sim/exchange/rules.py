"""What an instrument and the exchange allow."""

from decimal import Decimal

from sim.book import Book, OrderType, TimeInForce
from sim.config.settings import Behaviours, ExchangeSettings, Instrument
from sim.exchange.reports import OrderRejectReason
from sim.exchange.requests import NewOrder, ReplaceOrder
from sim.phases import Phase

__all__ = [
    "Violation",
    "check_instrument",
    "check_offered",
    "check_phase",
    "check_post_only",
    "check_symbol",
    "check_terms",
]

# Why an order is refused: OrdRejReason(103) and Text(58).
Violation = tuple[int, str]

_ZERO = Decimal(0)
_UNSUPPORTED = OrderRejectReason.UNSUPPORTED_CHARACTERISTIC


def check_symbol(symbol: str, instruments: dict[str, Instrument], behaviours: Behaviours) -> Violation | None:
    refusal = behaviours.reject_symbols.get(symbol)
    if refusal is not None:
        return refusal.code, refusal.text
    if symbol not in instruments:
        known = ", ".join(instruments)
        return OrderRejectReason.UNKNOWN_SYMBOL, f"unknown symbol {symbol}; known: {known}"
    return None


def check_offered(request: NewOrder, rules: ExchangeSettings) -> Violation | None:
    """Check OrdType(40) and TimeInForce(59) against what the exchange offers."""
    if request.order_type is None or request.order_type.value not in rules.order_types:
        return _UNSUPPORTED, f"OrdType(40) must be one of {', '.join(rules.order_types)}"
    if request.time_in_force is None or request.time_in_force.value not in rules.times_in_force:
        return _UNSUPPORTED, f"TimeInForce(59) must be one of {', '.join(rules.times_in_force)}"
    return None


def check_phase(request: NewOrder, phase: Phase, has_close: bool) -> Violation | None:
    """Check that the market takes such an order now. `has_close` tells of a closing auction in the calendar."""
    tif = request.time_in_force
    if phase is Phase.CLOSED:
        return OrderRejectReason.EXCHANGE_CLOSED, "the market is closed"
    if tif is TimeInForce.OPG and phase not in (Phase.PRE_OPEN, Phase.OPENING_AUCTION):
        return OrderRejectReason.TOO_LATE_TO_ENTER, "TimeInForce(59)=2 is taken before the opening auction"
    if tif is TimeInForce.CLS and not has_close:
        return _UNSUPPORTED, "there is no closing auction for TimeInForce(59)=7"
    if tif is not None and tif.is_immediate and phase is not Phase.CONTINUOUS:
        return _UNSUPPORTED, f"an immediate order needs continuous trading; the phase is {phase.value}"
    return None


def check_instrument(
    instrument: Instrument, quantity: Decimal, price: Decimal | None, reference: Decimal
) -> Violation | None:
    """Check quantity and price. `reference` is the last trade's price, the middle of the band."""
    if quantity <= _ZERO or quantity > instrument.quantity_max:
        text = f"quantity must be above 0 and at most {instrument.quantity_max}, was {quantity}"
        return OrderRejectReason.INCORRECT_QUANTITY, text
    if quantity % instrument.lot:
        text = f"quantity must be a multiple of lot {instrument.lot}, was {quantity}"
        return OrderRejectReason.INCORRECT_QUANTITY, text
    if price is None:
        return None
    if price <= _ZERO or price % instrument.tick:
        text = f"price must be above 0 and a multiple of tick {instrument.tick}, was {price}"
        return OrderRejectReason.INVALID_PRICE_INCREMENT, text
    if instrument.band_percent is not None:
        half = reference * instrument.band_percent / 100
        if not reference - half <= price <= reference + half:
            text = f"price must be within {instrument.band_percent} percent of {reference}, was {price}"
            return OrderRejectReason.PRICE_EXCEEDS_BAND, text
    return None


def check_terms(request: NewOrder | ReplaceOrder, instrument: Instrument, now: int) -> Violation | None:
    """Check what goes beyond side, quantity, price and time."""
    terms, kind, tif = request.terms, request.order_type, request.time_in_force
    immediate = tif is not None and tif.is_immediate
    if tif is TimeInForce.GTD and (terms.expire_at is None or terms.expire_at <= now):
        return OrderRejectReason.OTHER, "ExpireTime(126) or ExpireDate(432) must lie ahead"
    if terms.stop_price is not None and (terms.stop_price <= _ZERO or terms.stop_price % instrument.tick):
        text = f"StopPx(99) must be above 0 and a multiple of tick {instrument.tick}, was {terms.stop_price}"
        return OrderRejectReason.INVALID_PRICE_INCREMENT, text
    if terms.display is not None:
        if kind is OrderType.MARKET or immediate:
            return _UNSUPPORTED, "MaxFloor(111) or DisplayQty(1138) belongs to an order that can rest"
        if not _ZERO < terms.display <= request.quantity or terms.display % instrument.lot:
            text = f"a multiple of lot {instrument.lot} up to OrderQty(38)"
            return OrderRejectReason.INCORRECT_QUANTITY, f"the displayed quantity must be {text}"
    if terms.min_quantity is not None:
        if tif is not TimeInForce.IOC and (kind is not OrderType.LIMIT or tif is TimeInForce.FOK):
            return _UNSUPPORTED, "MinQty(110) belongs to a limit order, or to TimeInForce(59)=3"
        if kind is OrderType.PEGGED or terms.display is not None or terms.post_only:
            return _UNSUPPORTED, "MinQty(110) goes with neither a peg, a displayed quantity nor post only"
        if not _ZERO < terms.min_quantity <= request.quantity:
            return OrderRejectReason.INCORRECT_QUANTITY, "MinQty(110) must be above 0 and up to OrderQty(38)"
    if terms.peg is not None:
        if immediate:
            return _UNSUPPORTED, "a pegged order cannot be immediate or cancel"
        if terms.peg_offset % instrument.tick:
            text = f"PegOffsetValue(211) must be a multiple of tick {instrument.tick}"
            return OrderRejectReason.INVALID_PRICE_INCREMENT, text
    if terms.post_only and (kind is not OrderType.LIMIT or immediate):
        return _UNSUPPORTED, "post only belongs to a limit order that can rest"
    return None


def check_post_only(request: NewOrder, book: Book) -> Violation | None:
    """Check that an order that must not take liquidity would not."""
    if not request.terms.post_only or request.price is None:
        return None
    best = book.best_ask if request.side.is_buy else book.best_bid
    if best is None or (request.price < best if request.side.is_buy else request.price > best):
        return None
    return OrderRejectReason.OTHER, f"post only, and would trade at once at {best}"
