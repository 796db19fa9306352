"""Denials by limit and level, as a Prometheus metric: counted from the journal's events, off the order path.

The core counts denials by code. By limit there can be as many as there are limits, so that is counted here, where a map
may grow: at each scrape, from the denials that the journal has taken since the last one. A scrape reads so much at most
and goes on where it stopped at the next.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import Protocol

from prometheus_client.core import CounterMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from gateway.v1 import events_pb2, order_entry_pb2

__all__ = ["DenialCore", "DenialsCollector"]

SERIES_MAX = 500
"""Pairs of limit and level with a series of their own, the first that deny; the rest count as `other`."""
BATCH_BYTES = 256 * 1024
BATCHES_A_SCRAPE = 64

_KINDS = tuple(
    events_pb2.Event.DESCRIPTOR.fields_by_name[name].number for name in ("order_denied", "request_denied")
)
_OTHER = ("other", "other")


class _Batch(Protocol):
    @property
    def data(self) -> bytes: ...
    @property
    def resume_lsn(self) -> int: ...


class _View(Protocol):
    def after(self, lsn: int, max_bytes: int = ...) -> _Batch: ...


class DenialCore(Protocol):
    """The part of `gateway.core._core.Gateway` that is needed here."""

    def committed_lsn(self) -> int: ...
    def event_view(
        self, *, client: str, every_client: bool, accounts: Sequence[str], kinds: Sequence[int]
    ) -> _View: ...


class DenialsCollector(Collector):
    """Counts at each scrape what was denied since the process began."""

    def __init__(self, core: DenialCore, accounts: Sequence[str]) -> None:
        """`accounts`: all that are configured. What is denied of others is denied by no limit."""
        self._core = core
        self._view = core.event_view(client="", every_client=True, accounts=accounts, kinds=_KINDS)
        self._lsn = core.committed_lsn()
        self._counts: dict[tuple[str, str], int] = {}
        self._lock = threading.Lock()

    def describe(self) -> Iterable[Metric]:
        """Tell the registry nothing, so that registering does not scrape."""
        return ()

    def collect(self) -> Iterable[Metric]:
        denials = CounterMetricFamily(
            "gateway_risk_denials",
            "Orders, replaces and cancels that were denied, by limit and level, since the process began.",
            labels=["name", "level"],
        )
        with self._lock:
            self._read()
            for (name, level), count in sorted(self._counts.items()):
                denials.add_metric([name, level], count)
        yield denials

    def _read(self) -> None:
        for _ in range(BATCHES_A_SCRAPE):
            batch = self._view.after(self._lsn, BATCH_BYTES)
            for event in order_entry_pb2.TradeResponse.FromString(batch.data).events:
                self._count(event)
            if batch.resume_lsn <= self._lsn:
                return
            self._lsn = batch.resume_lsn

    def _count(self, event: events_pb2.Event) -> None:
        denial = (event.order_denied if event.HasField("order_denied") else event.request_denied).denial
        key = denial.limit_name, denial.level
        if key not in self._counts and len(self._counts) >= SERIES_MAX:
            key = _OTHER
        self._counts[key] = self._counts.get(key, 0) + 1
