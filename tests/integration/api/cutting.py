"""TCP connections that are cut: after a number of bytes, or at a moment, that is drawn."""

import asyncio
from contextlib import suppress
from random import Random
from types import TracebackType
from typing import Self

_HANDSHAKE_BYTES = 300
"""About what a connection takes before the first message: half of the cuts fall into it or close behind it."""


class Cutter:
    """Passes connections to a port on, and cuts each; once `cuts_max` were cut, the others live."""

    def __init__(self, port: int, random: Random, cuts_max: int, moments_s: float = 0.0) -> None:
        """With `moments_s`, every second connection is cut within that time, whatever has passed."""
        self._port = port
        self._random = random
        self._cuts_max = cuts_max
        self._moments_s = moments_s
        self._tasks: set[asyncio.Task[None]] = set()
        self.cuts = 0
        self.enough = asyncio.Event()
        """All cuts have been made."""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.target = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._port)
        connection = _Connection(self._drawn_bytes())
        both = [
            asyncio.create_task(self._pass_on(connection, reader, there_writer)),
            asyncio.create_task(self._pass_on(connection, there_reader, writer)),
        ]
        drawn = self._moments_s * self._random.random() if self._random.random() < 0.5 else 0.0
        try:
            done, _ = await asyncio.wait(
                both, return_when=asyncio.FIRST_COMPLETED, timeout=drawn if drawn and self._cutting else None
            )
            if not done:
                self._count_cut()
        finally:
            for task in both:
                task.cancel()
            for each in (writer, there_writer):
                each.transport.abort()

    @property
    def _cutting(self) -> bool:
        return self.cuts < self._cuts_max

    def _drawn_bytes(self) -> int:
        return int(self._random.choice([1, 5]) * self._random.uniform(0.7, 5) * _HANDSHAKE_BYTES)

    def _count_cut(self) -> None:
        self.cuts += 1
        if not self._cutting:
            self.enough.set()

    async def _pass_on(
        self, connection: "_Connection", reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65_536):
                if self._cutting:
                    connection.left -= len(data)
                    if connection.left < 0:
                        self._count_cut()
                        writer.write(data[: connection.left])
                        return
                writer.write(data)


class _Connection:
    def __init__(self, left: int) -> None:
        self.left = left
        """Bytes, in both directions, before the cut."""
