"""A client leaves a connection on which the gateway is silent: its machine is gone, and nobody has closed it."""

import asyncio
from contextlib import suppress

from gateway.client import AsyncClient, Settings
from tests.integration.api.frames import PREFACE, SETTINGS, frame, read_frame
from tests.integration.api.support import TIMEOUT_S

ACK = 1


class SilentGateway:
    """Takes connections, and answers nothing on them: no call, no ping."""

    def __init__(self) -> None:
        self.connections: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            await reader.readexactly(len(PREFACE))
            writer.write(frame(SETTINGS))
            await self.connections.put(writer)
            while True:
                kind, payload = await read_frame(reader)
                if kind == SETTINGS and payload:
                    writer.write(frame(SETTINGS, flags=ACK))


async def test_client_connects_anew_where_its_ping_is_not_answered() -> None:
    gateway = SilentGateway()
    server = await asyncio.start_server(gateway.serve, "127.0.0.1", 0)
    settings = Settings(
        keepalive_s=1.0,
        keepalive_timeout_s=1.0,
        query_timeout_s=60.0,
        connect_timeout_s=60.0,
        backoff_max_s=0.1,
    )

    async def call() -> None:
        target = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with AsyncClient(
            target, client="alpha", account="A1", strategy="t", settings=settings
        ) as client:
            await client.version()

    calling = asyncio.create_task(call())
    async with asyncio.timeout(TIMEOUT_S):
        for _ in range(2):
            await gateway.connections.get()
    calling.cancel()
    await asyncio.wait([calling])
    server.close()
