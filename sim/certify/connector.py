"""How the kit comes by a connection: by dialling, or by waiting at a door."""

import asyncio
from typing import Protocol

__all__ = ["Connector", "Dialler", "Door", "Streams", "Unmet"]

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Unmet(Exception):
    """What a case demands did not happen."""


class Connector(Protocol):
    """Makes connections: by dialling, or by waiting at a door."""

    initiator: bool

    async def connect(self, within_s: float) -> Streams: ...


class Dialler:
    initiator = True

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port

    async def connect(self, within_s: float) -> Streams:
        try:
            async with asyncio.timeout(within_s):
                return await asyncio.open_connection(self._host, self._port)
        except (OSError, TimeoutError) as error:
            raise Unmet(f"no connection to {self._host}:{self._port}: {error or 'too late'}") from error


class Door:
    """Listens; `connect` takes the newest connection that is still open."""

    initiator = False

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[Streams] = asyncio.Queue()
        self._server: asyncio.Server | None = None

    async def open(self, host: str, port: int) -> int:
        self._server = await asyncio.start_server(self._came, host, port)
        chosen: int = self._server.sockets[0].getsockname()[1]
        return chosen

    async def _came(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._waiting.put_nowait((reader, writer))

    async def connect(self, within_s: float) -> Streams:
        try:
            async with asyncio.timeout(within_s):
                while True:
                    reader, writer = await self._waiting.get()
                    if self._waiting.empty() and not reader.at_eof():
                        return reader, writer
                    writer.close()
        except TimeoutError:
            raise Unmet(f"nobody connected within {within_s:g} s") from None

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
