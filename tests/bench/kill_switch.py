"""The kill switch with many open orders: prints JSON lines, one a measure.

    python -m tests.bench.kill_switch DIRECTORY VENUE_PORT --orders N

The core runs in this process; between it and the venue stands a relay that takes the time at which each cancel arrives
at the other end of the loopback.
"""

from __future__ import annotations

import argparse
import json
import socket
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

from gateway.core import _core
from gateway.v1 import events_pb2 as events
from gateway.v1 import order_entry_pb2 as order_entry
from gateway.v1 import queries_pb2 as queries
from tests.bench.gateway_settings import CLIENT, core_settings, new_order, session

CANCEL = b"\x0135=F\x01"
BATCH = 64
TIMEOUT_S = 60.0


class Relay:
    """Passes bytes on between a gateway and a venue, and notes when cancels have come by."""

    def __init__(self, venue_port: int) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._venue_port = venue_port
        self._changed = threading.Condition()
        self.arrivals_ns: list[int] = []
        """When each cancel arrived, time.monotonic_ns()."""
        threading.Thread(target=self._accept, daemon=True).start()

    def wait_for(self, cancels: int) -> None:
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.arrivals_ns) >= cancels, TIMEOUT_S):
                raise TimeoutError(f"expected {cancels} cancels on the wire, were {len(self.arrivals_ns)}")

    def _accept(self) -> None:
        gateway, _ = self._listener.accept()
        venue = socket.create_connection(("127.0.0.1", self._venue_port))
        for end in (gateway, venue):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=self._pass_on, args=(venue, gateway), daemon=True).start()
        tail = b""
        with suppress(OSError):
            while data := gateway.recv(1 << 18):
                now_ns = time.monotonic_ns()
                text = tail + data
                with self._changed:
                    self.arrivals_ns += [now_ns] * text.count(CANCEL)
                    self._changed.notify_all()
                tail = text[-(len(CANCEL) - 1) :]
                venue.sendall(data)

    @staticmethod
    def _pass_on(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 18):
                target.sendall(data)


def _wait_until_ready(core: _core.Gateway) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline:
        found = queries.ListSessionsResponse.FromString(core.sessions()).sessions
        if found and found[0].state == events.SESSION_STATE_READY:
            return
        time.sleep(0.01)
    raise TimeoutError("the session is not ready")


def _submit(core: _core.Gateway, orders: int) -> None:
    for start in range(0, orders, BATCH):
        commands = [
            order_entry.Command(new_order=new_order("k", number))
            for number in range(start, min(start + BATCH, orders))
        ]
        request = order_entry.TradeRequest(commands=commands).SerializeToString()
        response = order_entry.TradeResponse.FromString(core.command(CLIENT, request))
        denied = [result.denial for result in response.results if result.HasField("denial")]
        if denied:
            raise RuntimeError(f"an order was denied: {denied[0]}")


def measure(folder: Path, venue_port: int, orders: int) -> list[dict[str, object]]:
    """Open the orders, throw the switch, and say how long it took."""
    relay = Relay(venue_port)
    core = _core.Gateway(core_settings(folder / "journal", session("initiator", relay.port), 100_000))
    core.start()
    try:
        _wait_until_ready(core)
        _submit(core, orders)
        started_ns = time.monotonic_ns()
        _, cancels = core.set_trading_state("firm", events.TRADING_STATE_HALTED, "bench", "bench", True)
        returned_ns = time.monotonic_ns()
        relay.wait_for(cancels)
        if cancels != orders:
            raise RuntimeError(f"expected {orders} cancels, were {cancels}")
    finally:
        core.stop()

    def line(name: str, value_ns: int) -> dict[str, object]:
        return {"measure": name, "subject": "gateway", "unit": "ns", "value": value_ns}

    return [
        line("kill_switch_1000_cancels", relay.arrivals_ns[min(1_000, orders) - 1] - started_ns),
        line("kill_switch_all_cancels", relay.arrivals_ns[-1] - started_ns),
        line("kill_switch_call", returned_ns - started_ns),
    ]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=Path)
    parser.add_argument("venue_port", type=int)
    parser.add_argument("--orders", type=int, default=5_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gateway-bench-", dir=arguments.directory) as folder:
        for line in measure(Path(folder), arguments.venue_port, arguments.orders):
            print(json.dumps(line))


if __name__ == "__main__":
    main()
