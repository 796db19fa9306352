"""What a fill costs."""

from decimal import ROUND_HALF_EVEN, Decimal

from sim.book.order import EXACT
from sim.config.venue import Fees

__all__ = ["fee"]

_STEP = Decimal("1e-8")
_TEN_THOUSAND = Decimal(10_000)


def fee(fees: Fees, is_maker: bool, quantity: Decimal, price: Decimal) -> Decimal:
    """Give the fee of one side in the price's currency, to eight decimals; negative is a rebate.

    The minimum holds for fees only: a rebate is paid as it comes out.
    """
    bps = fees.maker_bps if is_maker else fees.taker_bps
    per_unit = fees.maker_per_unit if is_maker else fees.taker_per_unit
    value = EXACT.multiply(quantity, price)
    amount = EXACT.add(
        EXACT.divide(EXACT.multiply(value, bps), _TEN_THOUSAND), EXACT.multiply(quantity, per_unit)
    )
    if amount >= 0:
        amount = max(amount, fees.minimum)
    return amount.quantize(_STEP, ROUND_HALF_EVEN, EXACT)
