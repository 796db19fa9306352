"""Quotes as they are, and then those of which something was set.

A quote is what the core holds of an instrument's market; the events `reference_price_set` say of which instruments it
has changed, and the journal is the queue: a reader that is slow finds many events in one batch, and is sent each quote
once, as it is by then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import ROUND_FLOOR, Decimal

from gateway.api.batch_size import FIRST_BYTES, FIRST_ROWS, BatchSize
from gateway.api.call import Call, Context
from gateway.api.core_port import Core, View
from gateway.api.errors import ApiError, Problem
from gateway.api.event_stream import EventStreams, write
from gateway.api.off_loop import OffLoop
from gateway.api.resume import start_of
from gateway.api.views import KINDS, own_view
from gateway.v1 import control_pb2 as control
from gateway.v1 import order_entry_pb2 as order_entry

__all__ = ["Quotes", "quote_of"]

_INSTRUMENTS_MAX = 1024
_ROWS_MAX = 500
_EIGHT_PLACES = Decimal("0.00000001")
_RESUME_LSN = control.WatchQuotesResponse.DESCRIPTOR.fields_by_name["resume_lsn"].number


class Quotes:
    """Serves ListQuotes and WatchQuotes."""

    def __init__(self, core: Core, off_loop: OffLoop, streams: EventStreams) -> None:
        self._core = core
        self._off_loop = off_loop
        self._streams = streams

    def list_quotes(self, request: control.ListQuotesRequest) -> control.ListQuotesResponse:
        """List quotes; holds the engine's lock while it reads."""
        return control.ListQuotesResponse(quotes=_read(self._core, _asked(request.instruments)))

    async def watch_quotes(self, call: Call, request: control.WatchQuotesRequest, context: Context) -> None:
        """Send quotes until the stream ends."""
        instruments = _asked(request.instruments)
        view = own_view(
            self._core,
            call.caller,
            kinds=[KINDS["reference_price_set"]],
            in_instruments=instruments,
        )
        begins = not request.after_lsn
        cursor = start_of(self._core, request.after_lsn, from_now=begins, journal=request.journal)
        changes = _Changes(self._core, view)

        async def send_all() -> None:
            if not begins:
                return
            quotes = await self._off_loop(lambda: _read(self._core, instruments))
            rows = BatchSize(FIRST_ROWS, _ROWS_MAX)
            for part in _parts(quotes, rows):
                changes.note(part)
                answer = control.WatchQuotesResponse(quotes=part, snapshot=True)
                await write(context, answer.SerializeToString())
                rows.grow()

        size = BatchSize(FIRST_BYTES, self._streams.batch_bytes)
        await self._streams.serve(call, context, cursor, changes.read_on, _RESUME_LSN, size, send_all)


class _Changes:
    def __init__(self, core: Core, view: View) -> None:
        self._core = core
        self._view = view
        self._sent: dict[str, bytes] = {}
        """Instrument -> the quote that was sent last. Bounded by the instruments that there are."""

    def note(self, quotes: Iterable[control.Quote]) -> None:
        """Remember what is sent."""
        for quote in quotes:
            self._sent[quote.instrument] = quote.SerializeToString(deterministic=True)

    def read_on(self, cursor: int, bytes_max: int) -> tuple[bytes, int, int]:
        batch = self._view.after(cursor, bytes_max)
        events = order_entry.TradeResponse.FromString(batch.data).events
        named = dict.fromkeys(event.reference_price_set.instrument for event in events)
        changed = [each for each in self._quotes(list(named)) if self._is_new(each)]
        self.note(changed)
        data = control.WatchQuotesResponse(quotes=changed).SerializeToString()
        return data, len(changed), batch.resume_lsn

    def _quotes(self, instruments: Sequence[str]) -> Sequence[control.Quote]:
        # What was wiped out altogether has no row any more, and is told as a quote in which nothing is known.
        if not instruments:
            return ()
        known = {quote.instrument: quote for quote in _read(self._core, instruments)}
        return [known.get(name) or control.Quote(instrument=name) for name in instruments]

    def _is_new(self, quote: control.Quote) -> bool:
        return self._sent.get(quote.instrument) != quote.SerializeToString(deterministic=True)


def quote_of(known: control.ReferencePrice) -> control.Quote:
    """Make the quote of what is known of an instrument."""
    more = known.references
    quote = control.Quote(
        instrument=known.instrument,
        bid=more.bid,
        ask=more.ask,
        mid=_mid(more.bid, more.ask),
        last=known.price,
        close=more.close,
        price_band_low=more.price_band_low,
        price_band_high=more.price_band_high,
    )
    if (more.bid or more.ask) and more.HasField("quoted_at"):
        quote.quoted_at.CopyFrom(more.quoted_at)
    if known.price and known.HasField("as_of"):
        quote.last_at.CopyFrom(known.as_of)
    if more.close and more.HasField("closed_at"):
        quote.closed_at.CopyFrom(more.closed_at)
    if (more.price_band_low or more.price_band_high) and more.HasField("price_band_at"):
        quote.price_band_at.CopyFrom(more.price_band_at)
    return quote


def _mid(bid: str, ask: str) -> str:
    if not (bid and ask):
        return ""
    middle = ((Decimal(bid) + Decimal(ask)) / 2).quantize(_EIGHT_PLACES, rounding=ROUND_FLOOR)
    return f"{middle:f}".rstrip("0").rstrip(".")


def _read(core: Core, instruments: Sequence[str]) -> list[control.Quote]:
    known = control.ListReferencePricesResponse.FromString(core.reference_prices(instruments))
    return [quote_of(each) for each in known.prices]


def _asked(instruments: Iterable[str]) -> list[str]:
    names = list(dict.fromkeys(instruments))
    if len(names) > _INSTRUMENTS_MAX:
        raise ApiError(
            Problem.INVALID_ARGUMENT,
            f"expected at most {_INSTRUMENTS_MAX} instruments, were {len(names)}; ask for all, or in several calls",
            field="instruments",
        )
    return names


def _parts(quotes: Sequence[control.Quote], rows: BatchSize) -> Iterator[Sequence[control.Quote]]:
    """Cut into parts of the size that is allowed by the time each is asked for; one even where there is no quote."""
    part = quotes[: rows.now]
    yield part
    at = len(part)
    while at < len(quotes):
        part = quotes[at : at + rows.now]
        at += len(part)
        yield part
