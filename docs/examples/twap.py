"""TWAP: work a quantity in equal slices over time, and never more than asked for.

    python docs/examples/twap.py AAPL buy 100 --limit 190.50 --slices 5 --interval 2

Each slice rests at the limit for its interval; what it did not get is added to the next one. The last slice is
immediate-or-cancel: when the program ends, nothing is left in the market.
"""

import argparse
import asyncio
from decimal import Decimal

from gateway.client import AsyncClient, Side, TimeInForce


class Twap:
    """Works one quantity of one instrument."""

    def __init__(
        self,
        gateway: AsyncClient,
        instrument: str,
        side: Side,
        quantity: Decimal,
        limit: Decimal,
        lot: Decimal = Decimal(1),
    ) -> None:
        self._gateway = gateway
        self._instrument = instrument
        self._side = side
        self._quantity = quantity
        self._limit = limit
        self._lot = lot
        self.filled = Decimal(0)
        self.cost = Decimal(0)

    @property
    def average_price(self) -> Decimal | None:
        """What was paid, on average."""
        return self.cost / self.filled if self.filled else None

    async def run(self, slices: int, interval_s: float) -> None:
        """Work the quantity; raises DeniedError where the gateway refuses a slice."""
        for number in range(1, slices + 1):
            due = self._quantity * number / slices // self._lot * self._lot  # by now, if all goes well
            if due > self.filled:
                await self._work(due - self.filled, interval_s, last=number == slices)

    async def _work(self, quantity: Decimal, interval_s: float, *, last: bool) -> None:
        order = await self._gateway.submit(
            self._instrument,
            self._side,
            quantity,
            price=self._limit,
            time_in_force=TimeInForce.IOC if last else TimeInForce.DAY,
        )
        order.raise_if_denied()
        try:
            ended = await order.done(timeout_s=30 if last else interval_s)
        except TimeoutError:
            await order.cancel()
            ended = await order.done(timeout_s=30)  # it may still trade until the venue has canceled it
        self.filled += ended.cum_quantity
        self.cost += ended.cum_quantity * (ended.average_price or 0)


async def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("instrument")
    parser.add_argument("side", choices=("buy", "sell"))
    parser.add_argument("quantity", type=Decimal)
    parser.add_argument("--limit", type=Decimal, required=True, metavar="PRICE")
    parser.add_argument("--slices", type=int, default=10)
    parser.add_argument("--interval", type=float, default=60.0, metavar="SECONDS")
    parser.add_argument("--lot", type=Decimal, default=Decimal(1), metavar="QUANTITY")
    parser.add_argument("--target", default="127.0.0.1:7010", metavar="HOST:PORT")
    parser.add_argument("--client", default="demo")
    parser.add_argument("--account", default="DEMO")
    options = parser.parse_args()
    async with AsyncClient(
        options.target, client=options.client, account=options.account, strategy="twap"
    ) as gateway:
        twap = Twap(
            gateway,
            options.instrument,
            Side[options.side.upper()],
            options.quantity,
            options.limit,
            options.lot,
        )
        await twap.run(options.slices, options.interval)
    print(f"filled {twap.filled} of {options.quantity} at {twap.average_price}")


if __name__ == "__main__":
    asyncio.run(main())
