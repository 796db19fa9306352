"""The API server over the real core, as the daemon wires them; no projector, no monitor.

    python -m tests.bench.gateway_grpc_server DIRECTORY VENUE_PORT [--stamps]

Prints its port, ends when its input does. With --stamps it says at its end when each command of one order came to the
core, and when the core had it on the venue's socket: pairs of nanoseconds of the machine's monotonic clock.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

from gateway.api import ApiSettings, ClientAccess, create_server
from gateway.core import _core
from gateway.v1 import events_pb2 as events
from gateway.v1 import queries_pb2 as queries
from tests.bench.gateway_settings import ACCOUNTS, CLIENT, core_settings, session

ORDERS_MAX = 1_000_000
"""The default; the ledger's indexes are sized by it, and faulted in as orders come."""
ONE_ORDER_BYTES_MAX = 256
READY_TIMEOUT_S = 10.0
STREAMS_MAX = 64
"""More than the default: one row has fifty subscribers."""


async def _until_ready(core: _core.Gateway) -> None:
    async with asyncio.timeout(READY_TIMEOUT_S):
        while True:
            sessions = queries.ListSessionsResponse.FromString(core.sessions()).sessions
            if sessions and sessions[0].state == events.SESSION_STATE_READY:
                return
            await asyncio.sleep(0.01)


class StampedGateway(_core.Gateway):
    """Notes when commands come and have gone."""

    def __init__(self, settings: _core.CoreSettings) -> None:
        super().__init__(settings)
        self.stamps: list[tuple[int, int]] = []

    def command(self, client: str, request: bytes, deadline_ns: int = 0) -> bytes:
        came_ns = time.monotonic_ns()
        answer = super().command(client, request, deadline_ns)
        if len(request) <= ONE_ORDER_BYTES_MAX:
            self.stamps.append((came_ns, time.monotonic_ns()))
        return answer


async def _serve(journal: Path, venue_port: int, *, stamps: bool) -> None:
    make = StampedGateway if stamps else _core.Gateway
    core = make(core_settings(journal, session("initiator", venue_port), ORDERS_MAX))
    clients = {CLIENT: ClientAccess(accounts=frozenset(ACCOUNTS))}
    server = create_server(core, ApiSettings(clients=clients, streams_per_client_max=STREAMS_MAX))
    port = await server.start()
    core.start()
    await _until_ready(core)
    print(port, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await asyncio.to_thread(core.stop)
    await server.stop()
    if isinstance(core, StampedGateway):
        print(json.dumps(core.stamps))


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="gateway-bench-", dir=sys.argv[1]) as folder:
        asyncio.run(_serve(Path(folder) / "journal", int(sys.argv[2]), stamps="--stamps" in sys.argv[3:]))


if __name__ == "__main__":
    main()
