"""A market maker: a bid and an offer around a price, moved by what it holds.

    python docs/examples/market_maker.py AAPL --price 190.00 --tick 0.01 --seconds 60

After every fill it moves its price to where it traded and both quotes with it, against its position: who is long
quotes lower. When the time is up it cancels everything, and says what it did.
"""

import argparse
import asyncio
from decimal import Decimal

from gateway.client import AsyncClient, LiveOrder, Order, Side


class MarketMaker:
    """Quotes one instrument."""

    def __init__(
        self,
        gateway: AsyncClient,
        instrument: str,
        price: Decimal,
        tick: Decimal,
        *,
        quantity: Decimal = Decimal(10),
        spread_ticks: int = 4,
        position_max: Decimal = Decimal(50),
    ) -> None:
        self._gateway = gateway
        self._instrument = instrument
        self._price = price
        self._tick = tick
        self._quantity = quantity
        self._spread_ticks = spread_ticks
        self._position_max = position_max
        self._quotes: dict[Side, LiveOrder] = {}
        self._stopping = False
        self._moved = asyncio.Event()
        self.position = Decimal(0)
        self.cash = Decimal(0)

    async def run(self, seconds: float) -> None:
        """Quote for so long, then withdraw. Raises DeniedError where the gateway refuses a quote."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._quote(Side.BUY))
            group.create_task(self._quote(Side.SELL))
            await asyncio.sleep(seconds)
            self._stopping = True
            self._moved.set()
            for order in list(self._quotes.values()):
                await order.cancel()

    async def _quote(self, side: Side) -> None:
        """Keep one order on one side, a new one when it has ended; whatever it trades is counted to its end."""
        while not self._stopping:
            if not self._wants(side):
                self._moved.clear()
                await self._moved.wait()
                continue
            price = self._quote_price(side)
            order = await self._gateway.submit(self._instrument, side, self._quantity, price=price)
            self._quotes[side] = order.raise_if_denied()
            if self._stopping:
                await order.cancel()
            before = None
            async for change in order:
                if self._count(side, before, change.order):
                    await self._requote()
                before = change.order
            del self._quotes[side]

    def _count(self, side: Side, before: Order | None, now: Order) -> bool:
        """Take what an order has traded since it was looked at last; True where it has."""
        traded = now.cum_quantity - (before.cum_quantity if before else 0)
        if not traded:
            return False
        paid = _cost(now) - (_cost(before) if before else 0)
        self.position += traded if side is Side.BUY else -traded
        self.cash -= paid if side is Side.BUY else -paid
        self._price = paid / traded // self._tick * self._tick
        self._moved.set()
        return True

    async def _requote(self) -> None:
        """Move the quotes to where the market is now."""
        for side, order in list(self._quotes.items()):
            price = self._quote_price(side)
            if (
                order.is_open
                and not order.snapshot.pending_requests
                and order.price != price
                and not self._stopping
            ):
                await order.replace(price=price)

    def _wants(self, side: Side) -> bool:
        held = self.position if side is Side.BUY else -self.position
        return held + self._quantity <= self._position_max

    def _quote_price(self, side: Side) -> Decimal:
        """Half the spread away from the price; who is long wants to sell rather than to buy."""
        lean = self.position / self._quantity // 1
        away = -self._spread_ticks if side is Side.BUY else self._spread_ticks
        return self._price + (away - lean) * self._tick


def _cost(order: Order) -> Decimal:
    return order.cum_quantity * (order.average_price or 0)


async def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("instrument")
    parser.add_argument("--price", type=Decimal, required=True, help="where to begin")
    parser.add_argument("--tick", type=Decimal, default=Decimal("0.01"), metavar="PRICE")
    parser.add_argument("--quantity", type=Decimal, default=Decimal(10))
    parser.add_argument("--spread-ticks", type=int, default=4, metavar="TICKS")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--target", default="127.0.0.1:7010", metavar="HOST:PORT")
    parser.add_argument("--client", default="demo")
    parser.add_argument("--account", default="DEMO")
    options = parser.parse_args()
    async with AsyncClient(
        options.target, client=options.client, account=options.account, strategy="market-maker"
    ) as gateway:
        maker = MarketMaker(
            gateway,
            options.instrument,
            options.price,
            options.tick,
            quantity=options.quantity,
            spread_ticks=options.spread_ticks,
        )
        await maker.run(options.seconds)
    print(f"position {maker.position}, cash {maker.cash}")


if __name__ == "__main__":
    asyncio.run(main())
