"""TCP connections passed on to a port, for as long and as far as a test wants."""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self


class Relay:
    """Listens on a port of its own and passes on what comes. Breaks, refuses, swallows or redirects by command."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open = True
        self._swallows = False
        self._withholds = False
        self._cuts_answer = False
        self._connections: set[tuple[asyncio.StreamWriter, ...]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.accepted = 0
        """Connections that were passed on."""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.target = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.refuse()
        self._server.close()

    def cut(self) -> None:
        """Reset every connection."""
        for writers in list(self._connections):
            for writer in writers:
                writer.transport.abort()

    def refuse(self) -> None:
        """Cut, and let nobody in."""
        self._open = False
        self.cut()

    def admit(self) -> None:
        """Let everybody in again."""
        self._open = True

    def swallow(self) -> None:
        """Take connections from now on, and pass nothing on."""
        self._swallows = True

    def withhold_answers(self) -> None:
        """Pass requests on, and keep back what is answered."""
        self._withholds = True

    def cut_at_next_answer(self) -> None:
        """Pass on what is asked for, and reset every connection in place of what comes back next."""
        self._cuts_answer = True

    def turn_to(self, port: int) -> None:
        """Cut, and pass on to another port."""
        self._port, self._withholds = port, False
        self.cut()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._open:
            writer.transport.abort()
            return
        if self._swallows:
            self._connections.add((writer,))
            return
        try:
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._port)
        except ConnectionError:
            writer.transport.abort()
            return
        self.accepted += 1
        writers = (writer, there_writer)
        self._connections.add(writers)
        both = [
            asyncio.create_task(self._pass_on(reader, there_writer, answers=False)),
            asyncio.create_task(self._pass_on(there_reader, writer, answers=True)),
        ]
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._connections.discard(writers)
            for task in both:
                task.cancel()
            for each in writers:
                each.transport.abort()

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool
    ) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65_536):
                if answers and self._cuts_answer:
                    self._cuts_answer = False
                    self.cut()
                if not (answers and self._withholds):
                    writer.write(data)
