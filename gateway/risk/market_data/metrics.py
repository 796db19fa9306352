"""Market data sessions as Prometheus metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from gateway.risk.market_data.service import MarketDataService, PriceState
from gateway.risk.market_data.session import Status

__all__ = ["MarketDataCollector"]


class MarketDataCollector(Collector):
    """Reads the sessions at each scrape."""

    def __init__(
        self, service: MarketDataService, others: Callable[[], Iterable[PriceState]] = tuple
    ) -> None:
        """`others` gives instruments whose prices come from elsewhere and grow old as well."""
        self._service = service
        self._others = others

    def describe(self) -> Iterable[Metric]:
        """Tell the registry nothing, so that registering does not scrape."""
        return ()

    def collect(self) -> Iterable[Metric]:
        status = GaugeMetricFamily(
            "gateway_market_data_session_state",
            "1 for the state that the market data session is in, 0 for the others.",
            labels=["session", "state"],
        )
        taken = CounterMetricFamily(
            "gateway_market_data_prices", "Reference prices that were taken.", labels=["session"]
        )
        conflated = CounterMetricFamily(
            "gateway_market_data_conflated", "Prices that a newer one replaced before.", labels=["session"]
        )
        unusable = CounterMetricFamily(
            "gateway_market_data_unusable",
            "Entries without a usable price or instrument.",
            labels=["session"],
        )
        for feed in self._service.feeds:
            name = feed.session.terms.name
            for each in Status:
                status.add_metric([name, each.value], float(feed.session.status is each))
            taken.add_metric([name], feed.prices_taken)
            conflated.add_metric([name], feed.conflation.conflated_count)
            unusable.add_metric([name], feed.book.unusable_count)
        heard = GaugeMetricFamily(
            "gateway_market_data_last_heard_timestamp_seconds",
            "When the venue last spoke of an instrument; 0 where it never did.",
            labels=["session", "instrument"],
        )
        stale = GaugeMetricFamily(
            "gateway_market_data_stale",
            "1 while the venue has said nothing of the instrument for longer than `stale_after`.",
            labels=["session", "instrument"],
        )
        for state in (*self._service.states(), *self._others()):
            heard.add_metric([state.session, state.instrument], state.heard_ns / 1e9)
            stale.add_metric([state.session, state.instrument], float(state.is_stale))
        return status, taken, conflated, unusable, heard, stale
