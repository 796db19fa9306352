"""What the parts of a fake gateway share."""

import asyncio
import time

from gateway.client.testing.fake_desk import FakeDesk
from gateway.client.testing.fake_ledger import FakeLedger
from gateway.client.testing.fake_watch import FakeWatch
from gateway.client.testing.fake_wire import FakeStream
from gateway.v1 import order_entry_pb2 as order_entry
from gateway.v1 import types_pb2 as types

__all__ = ["FakeState"]


class FakeState:
    """A fake gateway, as its groups of methods see it."""

    def __init__(self, venue: str, start_ns: int) -> None:
        self._start_ns = start_ns
        self._began_s: float | None = None
        self._ledger = FakeLedger(venue, self.now_ns)
        self._desk = FakeDesk(self._ledger, self._scripted_denial)
        self._denials: list[types.Denial] = []
        self._streams: set[FakeStream] = set()
        self._watches: set[FakeWatch] = set()

    def now_ns(self) -> int:
        """The gateway's time."""
        now_s = _loop_time_s()
        if self._began_s is None:
            self._began_s = now_s
        return self._start_ns + int((now_s - self._began_s) * 1e9)

    def _scripted_denial(self, _command: order_entry.NewOrder) -> types.Denial | None:
        return self._denials.pop(0) if self._denials else None

    def _react(self, before: int) -> None:
        """Have the venue do what it does with the requests that were recorded after an lsn."""
        raise NotImplementedError

    def _wake(self) -> None:
        """Do what follows for linked orders, and have everybody look for news."""
        with self._ledger.lock:
            before = self._ledger.lsn
            self._desk.links.work()
            if self._ledger.lsn > before:
                self._react(before)
        for stream in list(self._streams):
            stream.wake()
        for watch in list(self._watches):
            watch.wake()


def _loop_time_s() -> float:
    try:
        return asyncio.get_running_loop().time()
    except RuntimeError:  # no loop here: that of a blocking client goes by the same clock
        return time.monotonic()
