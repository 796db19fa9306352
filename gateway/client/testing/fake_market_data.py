"""The service MarketData of a fake gateway: reference prices in, quotes out."""

from collections.abc import Callable
from decimal import Decimal

from google.protobuf.message import Message

from gateway.client.testing.fake_ledger import FakeLedger
from gateway.client.testing.fake_order import number
from gateway.v1 import control_pb2 as control
from gateway.v1 import events_pb2 as events

__all__ = ["FakeMarketData"]


class FakeMarketData:
    """What is known of each instrument's market."""

    def __init__(self, ledger: FakeLedger) -> None:
        self._ledger = ledger
        self._prices: dict[str, control.ReferencePrice] = {}
        self.calls: dict[str, Callable[[str, Message], Message]] = {
            "MarketData.SetReferencePrices": self._set_reference_prices,
            "MarketData.ListReferencePrices": self._list_reference_prices,
            "MarketData.ListQuotes": self._list_quotes,
        }

    def reference_price(self, instrument: str) -> Decimal | None:
        """The price that orders are valued at."""
        known = self._prices.get(instrument)
        return Decimal(known.price) if known is not None and known.price else None

    def _set_reference_prices(self, _client: str, request: Message) -> Message:
        assert isinstance(request, control.SetReferencePricesRequest)
        lsn = 0
        for price in request.prices:
            known = self._prices.setdefault(price.instrument, control.ReferencePrice())
            known.MergeFrom(price)
            fact = events.ReferencePriceSet(instrument=price.instrument, price=price.price)
            if price.HasField("as_of"):
                fact.as_of.CopyFrom(price.as_of)
            if price.HasField("references"):
                fact.references.CopyFrom(price.references)
            lsn = self._ledger.record(events.Event(reference_price_set=fact))
        return control.SetReferencePricesResponse(lsn=lsn)

    def _list_reference_prices(self, _client: str, _request: Message) -> Message:
        return control.ListReferencePricesResponse(prices=self._prices.values())

    def _list_quotes(self, _client: str, request: Message) -> Message:
        assert isinstance(request, control.ListQuotesRequest)
        wanted = request.instruments or self._prices
        return control.ListQuotesResponse(
            quotes=[_quote(self._prices[name]) for name in wanted if name in self._prices]
        )


def _quote(known: control.ReferencePrice) -> control.Quote:
    more = known.references
    bid, ask = _unless_zero(more.bid), _unless_zero(more.ask)
    quote = control.Quote(
        instrument=known.instrument,
        bid=bid,
        ask=ask,
        mid=number((Decimal(bid) + Decimal(ask)) / 2) if bid and ask else "",
        last=known.price,
        close=_unless_zero(more.close),
        price_band_low=_unless_zero(more.price_band_low),
        price_band_high=_unless_zero(more.price_band_high),
    )
    for stamp, given in (("quoted_at", more), ("closed_at", more), ("price_band_at", more)):
        if given.HasField(stamp):
            getattr(quote, stamp).CopyFrom(getattr(given, stamp))
    if known.HasField("as_of"):
        quote.last_at.CopyFrom(known.as_of)
    return quote


def _unless_zero(text: str) -> str:
    return text if text and Decimal(text) else ""
