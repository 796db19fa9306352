"""A price file that is read again when it changes, and how old each of its prices is.

A file is taken once it has stood still from one look to the next: whoever writes it in place is not read half way. It
is taken as a whole or refused as a whole, and refused once: what is wrong is logged with its lines, the prices before
it stay, and the next version is tried. Every price of a file that was taken is set again, changed or not: the file says
that it still holds.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from gateway.risk.market_data.service import PriceCore, PriceState
from gateway.risk.price_file import FilePrice, PriceFileError, price_update, read_prices

__all__ = ["SOURCE", "PriceFileCollector", "PriceFileWatch"]

_log = logging.getLogger(__name__)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

SOURCE = "file"
"""How metrics call it, where a market data session has its name."""

_Signature = tuple[int, int, int]


class PriceFileWatch:
    """One file. Its methods are for one thread at a time but `states`, which any may call."""

    def __init__(
        self,
        core: PriceCore,
        path: Path,
        instruments: Collection[str],
        *,
        interval_s: float,
        stale_after_ns: int,
        now_ns: Callable[[], int],
    ) -> None:
        """`instruments`: those that are configured; a price of another one refuses the file."""
        self._core = core
        self._path = path
        self._instruments = frozenset(instruments)
        self._interval_s = interval_s
        self._stale_after_ns = stale_after_ns
        self._now_ns = now_ns
        self._seen: _Signature | None = None
        self._read: _Signature | None = None
        self._heard_ns: dict[str, int] = {}
        self._is_missing = False
        self.files_taken = 0
        self.files_refused = 0
        self.last_taken_ns = 0
        """UTC; 0: none yet."""

    async def run(self) -> None:
        """Look regularly, until canceled."""
        while True:
            await asyncio.to_thread(self.look)
            await asyncio.sleep(self._interval_s)

    def look(self) -> bool:
        """Take the file if it is another than before and has stood still; whether it was taken."""
        signature = self._signature()
        is_still, self._seen = signature == self._seen, signature
        if signature is None or not is_still or signature == self._read:
            return False
        self._read = signature
        try:
            prices = read_prices(self._path)
            self._check(prices)
        except PriceFileError as error:
            self.files_refused += 1
            _log.error("the prices stay as they are: %s", error)
            return False
        try:
            for price in prices:
                instrument = price.instrument
                self._core.set_references(price_update(price).SerializeToString())
                self._heard_ns = {**self._heard_ns, instrument: self._time_ns(price)}
        except (KeyError, ValueError, RuntimeError) as error:
            self._read = None  # a full disk, say: tried again
            self.files_refused += 1
            _log.error("%s: the prices of %s cannot be set: %s", self._path, instrument, error)
            return False
        self.files_taken += 1
        self.last_taken_ns = self._now_ns()
        _log.info("%s: %d reference prices are set", self._path, len(prices))
        return True

    def states(self) -> list[PriceState]:
        """Say how old each price of the file is, those that are not in it any more included."""
        now_ns = self._now_ns()
        return [
            PriceState(SOURCE, instrument, heard_ns, now_ns - heard_ns > self._stale_after_ns)
            for instrument, heard_ns in self._heard_ns.items()
        ]

    def _signature(self) -> _Signature | None:
        try:
            found = self._path.stat()
        except OSError as error:
            if not self._is_missing:
                _log.warning("%s cannot be read: %s; the prices stay as they are", self._path, error.strerror)
            self._is_missing = True
            return None
        self._is_missing = False
        return found.st_ino, found.st_size, found.st_mtime_ns

    def _time_ns(self, price: FilePrice) -> int:
        """When the line is of: what it says, else now."""
        if price.as_of is None:
            return self._now_ns()
        return (price.as_of - _EPOCH) // timedelta(microseconds=1) * 1_000

    def _check(self, prices: Iterable[FilePrice]) -> None:
        strange = sorted(each.instrument for each in prices if each.instrument not in self._instruments)
        if strange:
            shown = ", ".join(strange[:10])
            raise PriceFileError(
                f"{self._path}: not configured: {shown}; add them to `instruments`, or remove them"
            )


class PriceFileCollector(Collector):
    """The file as Prometheus metrics; the age of each price is in those of market data."""

    def __init__(self, watch: PriceFileWatch) -> None:
        self._watch = watch

    def describe(self) -> Iterable[Metric]:
        """Tell the registry nothing, so that registering does not scrape."""
        return ()

    def collect(self) -> Iterable[Metric]:
        yield GaugeMetricFamily(
            "gateway_price_file_last_taken_timestamp_seconds",
            "When the price file was last taken; 0 before the first time.",
            self._watch.last_taken_ns / 1e9,
        )
        yield CounterMetricFamily(
            "gateway_price_files_taken",
            "Versions of the price file that were taken.",
            self._watch.files_taken,
        )
        yield CounterMetricFamily(
            "gateway_price_files_refused", "Versions that were refused.", self._watch.files_refused
        )
