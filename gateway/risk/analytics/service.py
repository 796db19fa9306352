"""Samples positions and prices at regular times, keeps the newest analytics, and acts on limits that are broken.

One sample is: read positions and reference prices from the core, value them, add a row to the histories, analyse, judge
the limits. A limit acts when it *becomes* broken: whoever lifts a halt while the breach still stands has decided so and
is not overruled; the limit is armed again once its value is back within it. After a restart every limit is armed.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Protocol

from gateway.risk.analytics.history import PriceHistory, PriceSample, ProfitHistory
from gateway.risk.analytics.limits import AnalyticsLimit, Utilisation, utilisation_of
from gateway.risk.analytics.portfolio import LevelAnalytics, Measures, analyse, profits_by_level
from gateway.risk.analytics.samples_file import SamplesFileError, load_samples, save_samples
from gateway.risk.analytics.valuation import Holding, InstrumentFacts, Rates, value_holdings
from gateway.v1 import control_pb2, events_pb2, queries_pb2

__all__ = ["AnalyticsCore", "AnalyticsService", "AnalyticsTerms", "Snapshot"]

CHANGED_BY = "risk analytics"
SAVE_INTERVAL_NS = 600 * 1_000_000_000
"""What of the price history a kill -9 can lose. Positions and profits are in the journal."""

_STATES: Mapping[str, str] = {"halt": "HALTED", "reduce": "REDUCING"}
_log = logging.getLogger(__name__)


class AnalyticsCore(Protocol):
    """The part of `gateway.core._core.Gateway` that is needed here."""

    def positions(self, account: str = "") -> bytes: ...
    def reference_prices(self) -> bytes: ...
    def trading_states(self) -> bytes: ...
    def set_trading_state(
        self, level: str, state: int, reason: str, changed_by: str, cancel_open_orders: bool
    ) -> tuple[int, int]: ...


@dataclass(frozen=True)
class AnalyticsTerms:
    """What is sampled, how often, and what is limited."""

    facts: Mapping[str, InstrumentFacts]
    rates: Rates
    measures: Measures
    sample_interval_s: float
    samples_max: int
    limits: tuple[AnalyticsLimit, ...] = ()
    history_file: Path | None = None
    desks: Mapping[str, str] = field(default_factory=dict)
    """Of accounts that have one."""


@dataclass(frozen=True)
class Snapshot:
    """The analytics of one sample. `time_ns` 0: before the first."""

    time_ns: int
    levels: tuple[LevelAnalytics, ...]
    utilisations: tuple[Utilisation, ...]
    outcomes: Mapping[AnalyticsLimit, str]
    """What was done about each limit that is broken."""
    without_price: frozenset[str]
    without_rate: frozenset[str]


class AnalyticsService:
    """`sample` is for one thread at a time; `snapshot` may be read from any."""

    def __init__(self, core: AnalyticsCore, terms: AnalyticsTerms, *, now_ns: Callable[[], int]) -> None:
        self.terms = terms
        self._core = core
        self._now_ns = now_ns
        self._prices = PriceHistory(terms.samples_max)
        self._profits = ProfitHistory(terms.samples_max)
        self._outcomes: dict[AnalyticsLimit, str] = {}
        self._lock = threading.Lock()
        self._saved_ns = now_ns()
        self._snapshot = Snapshot(0, (), (), {}, frozenset(), frozenset())
        if terms.history_file is not None:
            try:
                load_samples(self._prices, terms.history_file)
            except (SamplesFileError, OSError) as error:
                _log.warning("the price history begins anew: %s", error)
                self._prices = PriceHistory(terms.samples_max)

    @property
    def snapshot(self) -> Snapshot:
        return self._snapshot

    def sample(self) -> Snapshot:
        """Take one sample and act on it. Raises JournalError where a trading state cannot be recorded."""
        with self._lock:
            prices = self._read_prices()
            valuation = value_holdings(self._read_holdings(), self.terms.facts, prices, self.terms.rates)
            time_ns = self._next_time_ns()
            self._prices.add(PriceSample(time_ns, prices))
            self._profits.add(profits_by_level(valuation))
            levels = analyse(valuation, self._prices, self._profits, self.terms.measures)
            utilisations = tuple(utilisation_of(self.terms.limits, levels))
            self._judge(utilisations)
            self._snapshot = Snapshot(
                time_ns,
                levels,
                utilisations,
                dict(self._outcomes),
                valuation.without_price,
                valuation.without_rate,
            )
            return self._snapshot

    async def run(self) -> None:
        """Sample until canceled; then the price history is saved."""
        try:
            while True:
                try:
                    await asyncio.to_thread(self.sample)
                    await asyncio.to_thread(self._save_now_and_then)
                except Exception as error:
                    # Whatever it is, the next sample is due all the same, and the age of the last one is a metric.
                    _log.error("no analytics: %s", error, exc_info=True)
                await asyncio.sleep(self.terms.sample_interval_s)
        finally:
            self.save()

    def save(self) -> None:
        """Keep the price history for the next start."""
        if self.terms.history_file is None:
            return
        try:
            save_samples(self._prices, self.terms.history_file)
        except OSError as error:
            _log.warning("the price history is not kept: %s", error)

    def _save_now_and_then(self) -> None:
        if self._now_ns() - self._saved_ns >= SAVE_INTERVAL_NS:
            self.save()
            self._saved_ns = self._now_ns()

    def _next_time_ns(self) -> int:
        # The clock may have been set back since the last sample, which may be of another life.
        samples = self._prices.samples
        return max(self._now_ns(), samples[-1].time_ns + 1) if samples else self._now_ns()

    def _read_prices(self) -> dict[str, Decimal]:
        answer = control_pb2.ListReferencePricesResponse.FromString(self._core.reference_prices())
        return {each.instrument: Decimal(each.price) for each in answer.prices if each.price}

    def _read_holdings(self) -> list[Holding]:
        answer = queries_pb2.ListPositionsResponse.FromString(self._core.positions())
        return [
            Holding(
                each.account,
                each.strategy,
                each.instrument,
                Decimal(each.net_quantity or 0),
                Decimal(each.average_price) if each.average_price else None,
                Decimal(each.realized_profit or 0),
                self.terms.desks.get(each.account, ""),
            )
            for each in answer.positions
        ]

    def _judge(self, utilisations: tuple[Utilisation, ...]) -> None:
        for each in utilisations:
            if each.value is None:
                continue  # not known: what was done about it stands
            if not each.is_breached:
                self._outcomes.pop(each.limit, None)
            elif each.limit not in self._outcomes:
                self._outcomes[each.limit] = self._act(each)

    def _act(self, broken: Utilisation) -> str:
        limit = broken.limit
        reason = f"{limit.metric} of {broken.value:.2f} is above {limit.maximum:f} {self.terms.rates.base}"
        _log.warning("%s: %s", limit.level, reason)
        if limit.action not in _STATES:
            return "warned"
        name = _STATES[limit.action]
        state = events_pb2.TradingState.Value(f"TRADING_STATE_{name}")
        if self._state_of(limit.level) in (state, events_pb2.TRADING_STATE_HALTED):
            return "was halted already" if name == "HALTED" else "was no more active already"
        try:
            lsn, _ = self._core.set_trading_state(limit.level, state, reason, CHANGED_BY, False)
        except KeyError:
            _log.error("%s cannot be set %s: the core knows no such level", limit.level, name)
            return "failed: the core knows no such level"
        return f"set {name} (lsn {lsn})"

    def _state_of(self, level: str) -> int:
        answer = control_pb2.ListTradingStatesResponse.FromString(self._core.trading_states())
        return next((each.state for each in answer.states if each.level == level), 0)
