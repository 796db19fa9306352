"""A market maker, small enough to learn the SDK from.

For each instrument it keeps one order to buy a little below the price that it last saw and one to sell a
little above. When trades move that price it replaces its quotes; now and then it cancels one, takes what
others offer with an immediate-or-cancel order, or asks for far more than its limits allow. It prefers the
side that brings its position back to zero.

What to look at:

- `Quoter._ask`: one command, and what to do where no answer comes.
- `Strategy._follow`: the event stream, the only source of what is filled and what is open.
- `Strategy.finish`: cancelling everything and waiting for the end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from random import Random
from uuid import uuid4

from gateway.client import (
    AsyncClient,
    Cancel,
    Command,
    Event,
    ExecType,
    ExecutionReported,
    NewOrder,
    NotSentError,
    OutcomeUnknownError,
    Replace,
    Result,
    Side,
    TimeInForce,
)
from ops.demo.configuration import Instrument
from ops.demo.record import Record

__all__ = ["NotQuietError", "Strategy"]

PACE_S = 0.01
"""Between two looks at one instrument."""
TAKE_PROBABILITY = 0.1
CANCEL_PROBABILITY = 0.1
FAT_FINGER_PROBABILITY = 0.001
SPREAD_TICKS_MAX = 2
POSITION_LOTS_MAX = 200
"""From here on only the side that reduces the position is quoted."""


class NotQuietError(Exception):
    """Orders were still open when the time for finishing was over."""


class Quoter:
    """Trades one instrument. It knows only what events told it."""

    def __init__(self, gateway: AsyncClient, instrument: Instrument, random: Random, record: Record) -> None:
        self._gateway = gateway
        self._instrument = instrument
        self._random = random
        self._record = record
        self._last_price = instrument.price
        self._position = Decimal(0)
        self._quotes: dict[Side, str] = {}
        """The client_order_id of the quote on each side."""

    def apply(self, event: ExecutionReported) -> None:
        """Learn from a report."""
        counts = event.exec_type is ExecType.TRADE and not event.in_question
        if counts and event.last_price is not None:
            self._last_price = event.last_price
            self._position += event.last_quantity if event.side is Side.BUY else -event.last_quantity
        if event.status.is_final and self._quotes.get(event.side) == event.client_order_id:
            del self._quotes[event.side]

    async def run(self, stop: asyncio.Event) -> None:
        """Look at the market at a steady pace until told to stop."""
        while not stop.is_set():
            await self._step()
            await asyncio.sleep(PACE_S)

    async def _step(self) -> None:
        side = self._random.choice((Side.BUY, Side.SELL))
        chance = self._random.random()
        if chance < FAT_FINGER_PROBABILITY:
            await self._submit(side, self._quote_quantity() * 1000, self._price(side))
        elif chance < FAT_FINGER_PROBABILITY + TAKE_PROBABILITY:
            await self._take(side)
        elif not self._wants(side):
            await self._withdraw(side)
        elif side not in self._quotes:
            await self._quote(side)
        elif self._random.random() < CANCEL_PROBABILITY:
            await self._withdraw(side)
        else:
            await self._requote(side)

    async def _quote(self, side: Side) -> None:
        client_order_id = uuid4().hex
        self._quotes[side] = client_order_id  # before the answer: its first report may be as fast
        result = await self._submit(side, self._quote_quantity(), self._price(side), client_order_id)
        if result.denied and self._quotes.get(side) == client_order_id:
            del self._quotes[side]

    async def _take(self, side: Side) -> None:
        """Cross the market: immediate-or-cancel, some ticks through the last price."""
        reach = self._instrument.tick * (SPREAD_TICKS_MAX + self._random.randint(1, 5))
        price = self._last_price + (reach if side is Side.BUY else -reach)
        await self._submit(side, self._quote_quantity(), price, time_in_force=TimeInForce.IOC)

    async def _requote(self, side: Side) -> None:
        """Follow the market: same order, new price, where the price has moved away from the quote."""
        client_order_id = self._quotes[side]
        order = self._gateway.order(client_order_id).snapshot  # the SDK keeps it up to date
        if not order.is_open or order.pending_requests or order.price is None:
            return
        price = self._price(side)
        if abs(order.price - self._last_price) > self._instrument.tick * SPREAD_TICKS_MAX:
            await self._ask(
                Replace(client_order_id=client_order_id, price=price, client_request_id=uuid4().hex)
            )

    async def _withdraw(self, side: Side) -> None:
        client_order_id = self._quotes.get(side)
        if client_order_id is not None:
            await self._ask(Cancel(client_order_id=client_order_id, client_request_id=uuid4().hex))

    async def _submit(
        self,
        side: Side,
        quantity: Decimal,
        price: Decimal,
        client_order_id: str = "",
        time_in_force: TimeInForce = TimeInForce.DAY,
    ) -> Result:
        return await self._ask(
            NewOrder(
                client_order_id=client_order_id or uuid4().hex,
                instrument=self._instrument.symbol,
                side=side,
                quantity=quantity,
                price=price,
                time_in_force=time_in_force,
            )
        )

    async def _ask(self, command: Command) -> Result:
        """Send a command until there is an answer.

        The SDK sends it again by itself over connections that break. Where even that brings no answer in
        time, repeating it here is just as safe: it has its id, and the gateway does each id once.
        """
        self._record.asked(command)
        while True:
            try:
                (result,) = await self._gateway.submit_many([command])
            except (OutcomeUnknownError, NotSentError):
                continue
            self._record.answered(command, result)
            return result

    def _wants(self, side: Side) -> bool:
        limit = self._instrument.lot * POSITION_LOTS_MAX
        return self._position < limit if side is Side.BUY else self._position > -limit

    def _price(self, side: Side) -> Decimal:
        distance = self._instrument.tick * self._random.randint(1, SPREAD_TICKS_MAX)
        return self._last_price - distance if side is Side.BUY else self._last_price + distance

    def _quote_quantity(self) -> Decimal:
        return self._instrument.lot * self._random.randint(1, self._instrument.lots_per_quote)


class Strategy:
    """Trades several instruments at once; every decision is drawn from one seed."""

    def __init__(
        self, gateway: AsyncClient, instruments: tuple[Instrument, ...], seed: int, record: Record
    ) -> None:
        self._gateway = gateway
        self._record = record
        self._quoters = {
            instrument.symbol: Quoter(gateway, instrument, Random(f"{seed} {instrument.symbol}"), record)
            for instrument in instruments
        }

    async def run(self, stop: asyncio.Event) -> None:
        """Trade until told to stop. Orders may then still be open: `finish`."""
        async with asyncio.TaskGroup() as group:
            for quoter in self._quoters.values():
                group.create_task(quoter.run(stop))

    async def follow(self, on_event: Callable[[Event], None] = lambda event: None) -> None:
        """Follow the events from the journal's first one on; never ends by itself."""
        async with self._gateway.events(after_lsn=0) as events:
            async for event in events:  # reconnects by itself: each event once, in order
                self._record.apply(event)
                if isinstance(event, ExecutionReported):
                    self._quoters[event.instrument].apply(event)
                on_event(event)

    async def finish(self, timeout_s: float) -> None:
        """Cancel what is open and wait until nothing is. Raises NotQuietError."""
        clock = asyncio.get_running_loop().time
        end = clock() + timeout_s
        while open_orders := await self._gateway.list_orders(open_only=True):
            if clock() > end:
                shown = ", ".join(f"{order.client_order_id} ({order.status})" for order in open_orders[:5])
                raise NotQuietError(f"{len(open_orders)} orders still open after {timeout_s:g} s: {shown}")
            # Denied cancels are no matter here: the order has ended meanwhile, or the next round asks again.
            await self._gateway.submit_many(
                Cancel(client_order_id=order.client_order_id)
                for order in open_orders
                if not order.pending_requests
            )
            await asyncio.sleep(0.1)
