"""What an instrument allows."""

from decimal import Decimal

from sim.config.settings import Behaviours, Instrument
from sim.exchange.reports import OrderRejectReason

__all__ = ["Violation", "check_instrument", "check_symbol"]

# Why an order is refused: OrdRejReason(103) and Text(58).
Violation = tuple[int, str]

_ZERO = Decimal(0)


def check_symbol(symbol: str, instruments: dict[str, Instrument], behaviours: Behaviours) -> Violation | None:
    refusal = behaviours.reject_symbols.get(symbol)
    if refusal is not None:
        return refusal.code, refusal.text
    if symbol not in instruments:
        known = ", ".join(instruments)
        return OrderRejectReason.UNKNOWN_SYMBOL, f"unknown symbol {symbol}; known: {known}"
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
