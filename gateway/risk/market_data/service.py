"""The market data sessions of a gateway: quotes in, reference prices out, and how old each is."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from gateway.risk.market_data.book import Quote, QuoteBook
from gateway.risk.market_data.conflation import Conflation, ConflationTerms
from gateway.risk.market_data.fields import Field
from gateway.risk.market_data.session import MarketDataSession, SessionTerms, Status
from gateway.v1 import control_pb2

__all__ = ["Feed", "MarketDataService", "PriceCore", "PriceState", "update_of"]

_log = logging.getLogger(__name__)


class PriceCore(Protocol):
    """The part of `gateway.core._core.Gateway` that is needed here."""

    def set_references(self, update: bytes) -> int: ...


@dataclass(frozen=True, slots=True)
class PriceState:
    """One instrument of a market data session."""

    session: str
    instrument: str
    heard_ns: int
    """When the venue last spoke of it, UTC; 0: never in this process."""
    is_stale: bool


class Feed:
    """One session with its books."""

    def __init__(
        self,
        core: PriceCore,
        terms: SessionTerms,
        conflation: ConflationTerms,
        stale_after_ns: int,
        *,
        now_ns: Callable[[], int],
    ) -> None:
        self._core = core
        self._now_ns = now_ns
        self._stale_after_ns = stale_after_ns
        self.book = QuoteBook(terms.instruments)
        self.conflation = Conflation(conflation)
        self._heard_ns = dict.fromkeys(terms.instruments, 0)
        self._interval_s = conflation.interval_ns / 1e9
        self._pending: dict[str, control_pb2.ReferencePrice] = {}
        self._has_pending = asyncio.Event()
        self.prices_taken = 0
        self.session = MarketDataSession(
            terms, on_subscribed=self.book.clear, on_message=self.take, now_ns=now_ns
        )

    def take(self, message: Sequence[Field]) -> None:
        """Take a W or X in."""
        now_ns = self._now_ns()
        for instrument in self.book.take(message):
            self._heard_ns[instrument] = now_ns
            reference = self.book.quote(instrument).reference
            if reference is not None:
                self._set(instrument, self.conflation.offer(instrument, reference, now_ns))

    def flush(self) -> None:
        """Take what waited and whose time has come."""
        for instrument, price in self.conflation.due(self._now_ns()):
            self._set(instrument, price)

    def states(self) -> list[PriceState]:
        """Say how old each instrument is, in the order of the configuration."""
        now_ns = self._now_ns()
        return [
            PriceState(
                self.session.terms.name, instrument, heard_ns, now_ns - heard_ns > self._stale_after_ns
            )
            for instrument, heard_ns in self._heard_ns.items()
        ]

    async def run(self) -> None:
        """Keep the session up and take what waits, until canceled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.session.run())
            tasks.create_task(self._flush_regularly())
            tasks.create_task(self._record_pending())

    async def _flush_regularly(self) -> None:
        while True:
            await asyncio.sleep(self._interval_s)
            self.flush()

    def _set(self, instrument: str, price: Decimal | None) -> None:
        if price is not None:
            quote = self.book.quote(instrument)
            self._pending[instrument] = update_of(instrument, price, quote, self._heard_ns[instrument])
            self._has_pending.set()

    async def _record_pending(self) -> None:
        # On a thread: the journal may wait for a disk, and the loop serves clients.
        while True:
            await self._has_pending.wait()
            self._has_pending.clear()
            pending, self._pending = self._pending, {}
            await asyncio.to_thread(self.record, pending)

    def record(self, updates: Mapping[str, control_pb2.ReferencePrice]) -> None:
        """Have the core journal and apply prices. One that fails is logged; its age shows, and the next is tried."""
        for instrument, update in updates.items():
            try:
                self._core.set_references(update.SerializeToString())
                self.prices_taken += 1
            except (KeyError, ValueError, RuntimeError) as error:
                _log.error("the reference price of %s cannot be set: %s", instrument, error)


def update_of(instrument: str, price: Decimal, quote: Quote, heard_ns: int) -> control_pb2.ReferencePrice:
    """Say what is known of an instrument at `heard_ns` (UTC). A side that is missing is taken away, and both sides of a
    crossed book are: nobody could trade at them.
    """
    is_crossed = quote.bid is not None and quote.offer is not None and quote.bid > quote.offer
    bid, ask = (
        f"{side:f}" if side is not None and not is_crossed else "0" for side in (quote.bid, quote.offer)
    )
    update = control_pb2.ReferencePrice(instrument=instrument, price=f"{price:f}")
    update.as_of.FromNanoseconds(heard_ns)
    update.references.bid, update.references.ask = bid, ask
    update.references.quoted_at.FromNanoseconds(heard_ns)
    return update


class MarketDataService:
    """All of them."""

    def __init__(self, feeds: Sequence[Feed]) -> None:
        self.feeds = tuple(feeds)

    async def run(self) -> None:
        """Until canceled."""
        await asyncio.gather(*(feed.run() for feed in self.feeds))

    def states(self) -> list[PriceState]:
        """Every instrument of every session."""
        return [state for feed in self.feeds for state in feed.states()]

    @property
    def is_up(self) -> bool:
        """Whether every session is subscribed."""
        return all(feed.session.status is Status.SUBSCRIBED for feed in self.feeds)
