"""A grid trader that trades against a recording: as paper trading, or as a backtest, by the same code.

    python -m ops.demo.grid --gateway 127.0.0.1:7010 --seconds 30              paper: the clock decides
    python -m ops.demo.grid --gateway 127.0.0.1:7010 --backtest 127.0.0.1:9880  as fast as it can

It works buy orders below a price and sell orders above it, a step apart; where one is filled it works the opposite
one a step away. It does not know which of the two it is in: orders and fills go through the gateway and its journal,
over FIX to the simulator and back. All that differs is who lets time pass. In a backtest the recording waits, and after
each fill it goes on when the strategy has seen it and its own orders are known to the venue.

How to run it: docs/simulator.md, Paper trading and backtest.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import uuid4

import grpc

from gateway.client import AsyncClient, ExecType, ExecutionReported, NewOrder, SessionState, Side
from sim.control.v1 import control_pb2 as pb
from sim.control.v1 import control_pb2_grpc

__all__ = ["Backtest", "Grid", "Trader", "main"]

_READY_WITHIN_S = 30


@dataclass(frozen=True)
class Grid:
    """What is worked where. Pure: from terms to orders, from a fill to the next order."""

    symbol: str
    middle: Decimal
    step: Decimal
    levels: int
    quantity: Decimal

    def first(self) -> Iterator[NewOrder]:
        for level in range(1, self.levels + 1):
            yield self._order(Side.BUY, self.middle - level * self.step)
            yield self._order(Side.SELL, self.middle + level * self.step)

    def after(self, filled: NewOrder) -> NewOrder:
        assert filled.price is not None
        if filled.side is Side.BUY:
            return self._order(Side.SELL, Decimal(filled.price) + self.step)
        return self._order(Side.BUY, Decimal(filled.price) - self.step)

    def _order(self, side: Side, price: Decimal) -> NewOrder:
        return NewOrder(
            client_order_id=uuid4().hex,
            instrument=self.symbol,
            side=side,
            quantity=self.quantity,
            price=price,
        )


class Trader:
    """Works grids through a gateway. It acts on events alone."""

    def __init__(self, gateway: AsyncClient, grids: Sequence[Grid]) -> None:
        self._gateway = gateway
        self._grids = {grid.symbol: grid for grid in grids}
        self._working: dict[str, NewOrder] = {}
        self._unconfirmed: set[str] = set()
        self._changed = asyncio.Condition()
        self.fills: list[ExecutionReported] = []

    async def run(self) -> None:
        """Send the first orders and follow what becomes of them; never ends by itself."""
        async with self._gateway.events() as events:
            await self._submit([order for grid in self._grids.values() for order in grid.first()])
            async for event in events:
                if isinstance(event, ExecutionReported) and event.client_order_id in self._working:
                    await self._apply(event)

    async def has_seen(self, fills: int) -> None:
        """Wait until so many fills were acted on, and the venue has confirmed every order."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.fills) >= fills and not self._unconfirmed)

    async def confirmed(self) -> None:
        """Wait until the first orders are at the venue."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._working and not self._unconfirmed)

    async def _apply(self, event: ExecutionReported) -> None:
        if event.exec_type is ExecType.TRADE and event.status.is_final:
            filled = self._working.pop(event.client_order_id)
            await self._submit([self._grids[filled.instrument].after(filled)])
        async with self._changed:
            self._unconfirmed.discard(event.client_order_id)
            if event.exec_type is ExecType.TRADE:
                self.fills.append(event)
            self._changed.notify_all()

    async def _submit(self, orders: list[NewOrder]) -> None:
        for order in orders:  # before the answer: the first report may be as fast
            self._working[order.client_order_id] = order
            self._unconfirmed.add(order.client_order_id)
        for result in await self._gateway.submit_many(orders):
            result.raise_if_denied()


class Backtest:
    """Lets a recording go on, step by step."""

    def __init__(self, control: grpc.aio.Channel) -> None:
        self._control = control_pb2_grpc.ControlStub(control)  # type: ignore[no-untyped-call]  # generated

    async def run(self, trader: Trader) -> None:
        await trader.confirmed()
        while True:
            step = await self._control.Advance(pb.AdvanceRequest())
            await trader.has_seen(step.trades_so_far)
            if step.is_over:
                return


async def _trade(options: argparse.Namespace) -> None:
    grids = [
        Grid(symbol, Decimal(middle), Decimal(step), options.levels, Decimal(options.quantity))
        for symbol, middle, step in options.grid
    ]
    async with AsyncClient(options.gateway, client="demo", account="DEMO", strategy="grid") as gateway:
        await _ready(gateway)
        trader = Trader(gateway, grids)
        running = asyncio.create_task(trader.run())
        if options.backtest:
            async with grpc.aio.insecure_channel(options.backtest) as control:
                waiting = asyncio.create_task(Backtest(control).run(trader))
                await _first_of(waiting, running)
        else:
            await _first_of(asyncio.create_task(asyncio.sleep(options.seconds)), running)
        for fill in trader.fills:
            print(f"{fill.instrument} {fill.side.name.lower()} {fill.last_quantity} at {fill.last_price}")


async def _first_of(pacing: asyncio.Task[None], running: asyncio.Task[None]) -> None:
    """Wait for the end of the run; a trader that fails ends it too, with its error."""
    await asyncio.wait([pacing, running], return_when=asyncio.FIRST_COMPLETED)
    for task in (running, pacing):
        if task.done():
            task.result()
        task.cancel()


async def _ready(gateway: AsyncClient) -> None:
    async with asyncio.timeout(_READY_WITHIN_S):
        while not all(  # noqa: ASYNC110  # the gateway is another process, and is asked
            s.state is SessionState.READY for s in await gateway.sessions()
        ):
            await asyncio.sleep(0.02)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m ops.demo.grid",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--gateway", default="127.0.0.1:7010", metavar="HOST:PORT", help="its API (default: %(default)s)")
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("--seconds", type=float, metavar="N", help="paper trading for so long")
    how.add_argument("--backtest", metavar="HOST:PORT", help="backtest; the simulator's control port")
    add(
        "--grid",
        nargs=3,
        action="append",
        metavar=("SYMBOL", "PRICE", "STEP"),
        help="may be given more than once (default: AAPL 190.00 0.03 and MSFT 415.00 0.03)",
    )
    add("--levels", type=int, default=3, metavar="N", help="on each side (default: %(default)s)")
    add("--quantity", default="50", metavar="N", help="of each order (default: %(default)s)")
    options = parser.parse_args(arguments)
    options.grid = options.grid or [("AAPL", "190.00", "0.03"), ("MSFT", "415.00", "0.03")]
    asyncio.run(_trade(options))


if __name__ == "__main__":
    main()
