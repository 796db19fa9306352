"""The gateway's core in this process, from YAML: real sockets, no API."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.config import Context, parse_settings
from gateway.config.core_settings import core_settings
from gateway.config.dictionaries import bundled_dictionary, load_dictionary
from gateway.core import _core
from gateway.v1 import events_pb2, order_entry_pb2, queries_pb2, types_pb2
from tests.integration.gateway.waiting import eventually

REST = """\
venues:
{venues}
instruments:
{instruments}
accounts:
  - name: A1
clients:
  - {{name: c1, accounts: [A1]}}
limits:
  - {{level: firm, max_order_quantity: 1000000, max_order_notional: 100000000, price_collar_percent: 100}}
"""


def session_text(name: str, port: int, more: str = "", *, host: str = "127.0.0.1") -> str:
    """Write a session; `more` has its further lines, indented by four."""
    return (
        f"  - name: {name}\n    begin_string: FIX.4.4\n    sender_comp_id: GATEWAY\n"
        f"    target_comp_id: {name}\n    host: '{host}'\n    port: {port}\n"
        f"    reconnect_min: 20ms\n    reconnect_max: 100ms\n{more}"
    )


class Core:
    """A gateway's core with the sessions of a configuration."""

    def __init__(self, folder: Path, sessions: str, *, head: str = "") -> None:
        names = [line.split(": ")[1] for line in sessions.splitlines() if line.startswith("  - name: ")]
        text = f"journal:\n  path: journal\n  segment_size: 4MiB\n{head}sessions:\n{sessions}" + REST.format(
            venues="\n".join(f"  - {{name: V{name}, session: {name}}}" for name in names),
            instruments="\n".join(
                f"  - {{symbol: I{name}, venue: V{name}, tick_size: 0.01, lot_size: 1, currency: USD,"
                " reference_price: 100}"
                for name in names
            ),
        )
        settings = parse_settings(text, "gateway.yaml", Context(folder))
        cache = folder / "cache"

        def compile_dictionary(version: str, file: Path | None, overlay: Path | None, strict: bool) -> bytes:
            return load_dictionary(file or bundled_dictionary(version), cache, overlay, strict_types=strict)

        self.gateway = _core.Gateway(core_settings(settings, compile_dictionary, time.time_ns()))
        self._next_order = 1

    def session(self, name: str) -> queries_pb2.Session:
        response = queries_pb2.ListSessionsResponse.FromString(self.gateway.sessions())
        return next(session for session in response.sessions if session.name == name)

    async def ready(self, name: str) -> None:
        state = events_pb2.SESSION_STATE_READY
        await eventually(lambda: self.session(name).state == state, f"{name} is ready")

    async def down_because(self, name: str, *words: str) -> str:
        """Wait until the session is down for a reason that has all of these words."""

        def matches() -> bool:
            return all(word in self.session(name).reason for word in words)

        try:
            await eventually(matches, f"{name} is down because of {words}", timeout_s=15)
        except AssertionError as error:
            raise AssertionError(f"{error}; its reason is {self.session(name).reason!r}") from None
        assert self.session(name).state != events_pb2.SESSION_STATE_READY
        return self.session(name).reason

    def submit(self, name: str, count: int = 1) -> order_entry_pb2.TradeResponse:
        """Send a batch of orders to a session's venue."""
        request = order_entry_pb2.TradeRequest()
        for _ in range(count):
            order = request.commands.add().new_order
            order.client_order_id = f"o{self._next_order}"
            self._next_order += 1
            order.account, order.strategy, order.instrument = "A1", "test", f"I{name}"
            order.side, order.order_type = types_pb2.SIDE_BUY, types_pb2.ORDER_TYPE_LIMIT
            order.quantity, order.price = "10", "100.00"
        answer = self.gateway.command("c1", request.SerializeToString())
        return order_entry_pb2.TradeResponse.FromString(answer)


@contextmanager
def running(folder: Path, sessions: str, *, head: str = "") -> Iterator[Core]:
    """Start it, and stop it in every case."""
    core = Core(folder, sessions, head=head)
    core.gateway.start()
    try:
        yield core
    finally:
        core.gateway.stop(0)


async def stopped(core: Core) -> None:
    await asyncio.to_thread(core.gateway.stop, 0)
