"""A signal generator with a position sizer: hold what the trend of prices asks for.

    python docs/examples/momentum.py AAPL prices.txt --lot 1 --risk 100

`prices.txt` has a price a line, oldest first. The signal compares a fast moving average with a slow one; the sizer
turns it into a position that moves by about `--risk` money from one price to the next; the trader buys or sells the
difference with immediate-or-cancel orders, so that nothing is left in the market.
"""

import argparse
import asyncio
from collections import deque
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from statistics import mean

from gateway.client import AsyncClient, DeniedError, Side, TimeInForce


class Signal:
    """Says long (1), short (-1) or nothing (0)."""

    def __init__(self, fast: int = 5, slow: int = 20) -> None:
        self._fast = fast
        self._prices: deque[Decimal] = deque(maxlen=slow)

    def update(self, price: Decimal) -> int:
        """Take the next price."""
        self._prices.append(price)
        if len(self._prices) < (self._prices.maxlen or 0):
            return 0
        fast, slow = mean(list(self._prices)[-self._fast :]), mean(self._prices)
        return (fast > slow) - (fast < slow)


class Sizer:
    """Says how much: the same risk whatever the instrument's price and volatility."""

    def __init__(self, risk: Decimal, lot: Decimal, position_max: Decimal, window: int = 20) -> None:
        self._risk = risk
        self._lot = lot
        self._position_max = position_max
        self._moves: deque[Decimal] = deque(maxlen=window)
        self._last: Decimal | None = None

    def update(self, price: Decimal) -> None:
        """Take the next price."""
        if self._last is not None:
            self._moves.append(abs(price - self._last))
        self._last = price

    def target(self, signal: int) -> Decimal:
        """The position to hold, in whole lots."""
        move = mean(self._moves) if self._moves else Decimal(0)
        if not signal or not move:
            return Decimal(0)
        return signal * min(self._risk / move, self._position_max) // self._lot * self._lot


class Trader:
    """Holds a position in one instrument."""

    def __init__(self, gateway: AsyncClient, instrument: str, slippage: Decimal) -> None:
        self._gateway = gateway
        self._instrument = instrument
        self._slippage = slippage
        self.position = Decimal(0)
        self.orders = 0

    async def move_to(self, target: Decimal, price: Decimal) -> None:
        """Trade the difference, at most `slippage` worse than the price. What was missed is tried next time."""
        difference = target - self.position
        if not difference:
            return
        side = Side.BUY if difference > 0 else Side.SELL
        limit = price + self._slippage if difference > 0 else price - self._slippage
        order = await self._gateway.submit(
            self._instrument, side, abs(difference), price=limit, time_in_force=TimeInForce.IOC
        )
        self.orders += 1
        try:
            ended = await order.raise_if_denied().done(timeout_s=30)
        except DeniedError as error:
            print(error)
            return
        self.position += ended.cum_quantity if side is Side.BUY else -ended.cum_quantity


async def run(prices: Iterable[Decimal], signal: Signal, sizer: Sizer, trader: Trader) -> None:
    """Trade along with the prices, and close the position at the end."""
    price = None
    for price in prices:
        sizer.update(price)
        await trader.move_to(sizer.target(signal.update(price)), price)
    if price is not None:
        await trader.move_to(Decimal(0), price)


async def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("instrument")
    parser.add_argument("prices", type=Path)
    parser.add_argument("--risk", type=Decimal, default=Decimal(100), metavar="MONEY")
    parser.add_argument("--lot", type=Decimal, default=Decimal(1), metavar="QUANTITY")
    parser.add_argument("--position-max", type=Decimal, default=Decimal(50), metavar="QUANTITY")
    parser.add_argument("--slippage", type=Decimal, default=Decimal("1.00"), metavar="PRICE")
    parser.add_argument("--target", default="127.0.0.1:7010", metavar="HOST:PORT")
    parser.add_argument("--client", default="demo")
    parser.add_argument("--account", default="DEMO")
    options = parser.parse_args()
    prices = [Decimal(line) for line in options.prices.read_text().split()]
    sizer = Sizer(options.risk, options.lot, options.position_max)
    async with AsyncClient(
        options.target, client=options.client, account=options.account, strategy="momentum"
    ) as gateway:
        trader = Trader(gateway, options.instrument, options.slippage)
        await run(prices, Signal(), sizer, trader)
    print(f"{trader.orders} orders, position {trader.position}")


if __name__ == "__main__":
    asyncio.run(main())
