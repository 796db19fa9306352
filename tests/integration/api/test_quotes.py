"""Quotes out: as they are, and then as they are set, over broken connections and for slow readers."""

import asyncio
from decimal import Decimal

import grpc
import pytest

from gateway.client import AsyncClient, Client, EventsLostError, MarketReferences, Quote, RefusedError, Watch
from gateway.v1 import control_pb2 as control
from gateway.v1 import types_pb2 as types
from tests.integration.api.relay import Relay
from tests.integration.api.support import TIMEOUT_S, Gateway, RawClient, end_of


async def set_prices(raw: RawClient, *prices: control.ReferencePrice) -> int:
    request = control.SetReferencePricesRequest(prices=prices)
    answer = await raw.call("gateway.v1.MarketData/SetReferencePrices", request.SerializeToString())
    return control.SetReferencePricesResponse.FromString(answer).lsn


def price(instrument: str, last: str = "", **references: str) -> control.ReferencePrice:
    return control.ReferencePrice(
        instrument=instrument, price=last, references=types.MarketReferences(**references)
    )


async def read(call: "grpc.aio.UnaryStreamCall[bytes, bytes]") -> control.WatchQuotesResponse:
    async with asyncio.timeout(TIMEOUT_S):
        return control.WatchQuotesResponse.FromString(await call.read())


async def next_with_quotes(
    call: "grpc.aio.UnaryStreamCall[bytes, bytes]",
) -> control.WatchQuotesResponse:
    while not (message := await read(call)).quotes:
        pass
    return message


async def test_quotes_are_what_is_known_of_each_market(raw: RawClient) -> None:
    await set_prices(
        raw,
        price("ACME", "10.25", bid="10.2", ask="10.31", close="10", price_band_low="9", price_band_high="11"),
        price("OTHER", "20"),
    )
    data = await raw.call(
        "gateway.v1.MarketData/ListQuotes",
        control.ListQuotesRequest(instruments=["ACME"]).SerializeToString(),
    )
    (quote,) = control.ListQuotesResponse.FromString(data).quotes
    shown = (quote.instrument, quote.bid, quote.ask, quote.mid, quote.last, quote.close)
    assert shown == ("ACME", "10.2", "10.31", "10.255", "10.25", "10")
    assert (quote.price_band_low, quote.price_band_high) == ("9", "11")
    assert all(map(quote.HasField, ("quoted_at", "last_at", "closed_at", "price_band_at")))
    everything = await raw.call("gateway.v1.MarketData/ListQuotes", b"")
    assert {each.instrument for each in control.ListQuotesResponse.FromString(everything).quotes} >= {
        "ACME",
        "OTHER",
    }
    nothing = control.ListQuotesRequest(instruments=["NONE"]).SerializeToString()
    assert not control.ListQuotesResponse.FromString(
        await raw.call("gateway.v1.MarketData/ListQuotes", nothing)
    ).quotes


async def test_watch_begins_with_quotes_as_they_are_and_goes_on_with_what_is_set(raw: RawClient) -> None:
    await set_prices(raw, price("ACME", "10"), price("OTHER", "20"))
    request = control.WatchQuotesRequest(instruments=["ACME"])
    call = raw.watch("gateway.v1.MarketData/WatchQuotes", request.SerializeToString())
    first = await read(call)
    assert first.snapshot
    assert [(quote.instrument, quote.last) for quote in first.quotes] == [("ACME", "10")]
    await set_prices(raw, price("OTHER", "21"))
    lsn = await set_prices(raw, price("ACME", bid="9.9", ask="10.1"))
    changed = await next_with_quotes(call)
    assert not changed.snapshot
    assert changed.resume_lsn >= lsn
    assert [(each.instrument, each.last, each.mid) for each in changed.quotes] == [("ACME", "10", "10")]
    call.cancel()


async def test_what_was_taken_away_is_told_as_a_quote_of_nothing(raw: RawClient) -> None:
    await set_prices(raw, price("OTHER", bid="19", ask="21"))
    call = raw.watch("gateway.v1.MarketData/WatchQuotes", b"")
    await read(call)
    await set_prices(raw, price("OTHER", bid="0", ask="0"))
    (quote,) = (await next_with_quotes(call)).quotes
    assert (quote.instrument, quote.bid, quote.ask, quote.mid) == ("OTHER", "", "", "")
    assert not quote.HasField("quoted_at")
    call.cancel()


async def test_resumed_watch_tells_each_quote_once_as_it_is_by_then(raw: RawClient) -> None:
    call = raw.watch("gateway.v1.MarketData/WatchQuotes", b"")
    await read(call)
    while not (point := (await read(call)).resume_lsn):
        pass
    call.cancel()
    for last in ("10", "11", "12"):
        await set_prices(raw, price("ACME", last))
    newest = await set_prices(raw, price("OTHER", "20.5"))
    request = control.WatchQuotesRequest(after_lsn=point)
    call = raw.watch("gateway.v1.MarketData/WatchQuotes", request.SerializeToString())
    seen: list[tuple[str, str]] = []
    reached = 0
    while reached < newest:
        message = await read(call)
        assert not message.snapshot
        seen += [(quote.instrument, quote.last) for quote in message.quotes]
        reached = message.resume_lsn
    assert seen == [("ACME", "12"), ("OTHER", "20.5")]
    call.cancel()


async def test_more_instruments_than_a_request_may_name_are_refused(raw: RawClient) -> None:
    names = [f"I{number}" for number in range(1025)]
    request = control.ListQuotesRequest(instruments=names).SerializeToString()
    asked_for_all = raw.watch("gateway.v1.MarketData/WatchQuotes", request)
    for code, text in (
        await raw.status("gateway.v1.MarketData/ListQuotes", request),
        await end_of(asked_for_all),
    ):
        assert code is grpc.StatusCode.INVALID_ARGUMENT
        assert "at most 1024" in text


async def test_client_follows_quotes_over_broken_connections(gateway: Gateway) -> None:
    async with Relay(gateway.port) as relay, AsyncClient(relay.target, client="alpha") as client:
        await client.set_reference_price("ACME", "10.00")
        async with client.watch_quotes("ACME") as quotes, asyncio.timeout(TIMEOUT_S):
            assert (await anext(quotes)).last is not None
            for last in (Decimal("10.50"), Decimal("10.75")):
                relay.cut()
                await client.set_reference_price("ACME", last, references=MarketReferences(bid=9, ask=11))
                quote = await until(quotes, last)
                assert (quote.instrument, quote.mid) == ("ACME", Decimal(10))
        (quote,) = await client.quotes("ACME")
        assert quote.last == Decimal("10.75")
        assert await client.quotes("NONE") == []


async def until(quotes: Watch[Quote], last: Decimal) -> Quote:
    async for quote in quotes:
        if quote.last == last:
            return quote
    raise AssertionError("the watch ended")


async def test_watch_of_quotes_of_another_journal_is_lost(gateway: Gateway) -> None:
    async with AsyncClient(gateway.target, client="alpha") as client:
        with pytest.raises(EventsLostError):
            await anext(client.watch_quotes(after_lsn=1, journal="OTHER"))
        with pytest.raises(RefusedError):
            await client.quotes(*(f"I{number}" for number in range(2000)))


async def test_blocking_client_has_quotes(gateway: Gateway) -> None:
    def play() -> Quote:
        with Client(gateway.target, client="alpha") as client:
            client.set_reference_price("ACME", "10.00")
            assert client.quotes("ACME")[0].last == Decimal(10)
            with client.watch_quotes("ACME") as quotes:
                return next(iter(quotes))

    assert (await asyncio.to_thread(play)).last == Decimal(10)
