"""A counterparty of asyncio and Python's ssl module: nothing of it is the gateway's."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import simplefix

Fields = dict[str, str]
TIMEOUT_S = 20


def message(msg_type: str, seq: int, sender: str, body: str = "") -> bytes:
    """Make a message to the gateway; the body is written with `|`."""
    fields = f"35={msg_type}|34={seq}|49={sender}|52={_now()}|56=GATEWAY|{body}".replace("|", "\x01")
    whole = f"8=FIX.4.4\x019={len(fields)}\x01{fields}"
    return f"{whole}10={sum(whole.encode()) % 256:03}\x01".encode()


def logon(sender: str) -> bytes:
    return message("A", 1, sender, "98=0|108=30|")


def _now() -> str:
    return datetime.now(UTC).strftime("%Y%m%d-%H:%M:%S.%f")[:-3]


class Peer:
    """A venue that logs on, answers heartbeats, and keeps what else it is sent."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.logs_on_first = False
        self.port = 0
        self.raw = b""
        """Everything that was received."""
        self.connections = 0
        self.logons = 0
        self.orders: asyncio.Queue[Fields] = asyncio.Queue()
        self.writer: asyncio.StreamWriter | None = None
        self.reading = asyncio.Event()
        """Cleared: it does not read any more."""
        self.reading.set()
        self.errors: list[str] = []
        self.serving: asyncio.Task[None] | None = None
        self._next_out = 1
        self.takes_over: Peer | None = None
        """Another host of the same venue: its numbers go on here."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writer = writer
        if self.takes_over is not None:
            self._next_out = max(self._next_out, self.takes_over._next_out)
        parser = simplefix.FixParser()
        try:
            while data := await reader.read(65_536):
                self.raw += data
                parser.append_buffer(data)
                while (found := parser.get_message()) is not None:
                    self._take({tag.decode(): value.decode() for tag, value in found.pairs})
                await self.reading.wait()
        except (ConnectionError, ssl.SSLError) as error:
            self.errors.append(str(error))
        finally:
            writer.close()

    async def connect(
        self, port: int, tls: ssl.SSLContext | None = None, *, source: str = "127.0.0.1"
    ) -> None:
        """Connect to an acceptor of the gateway and send a Logon."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls, local_addr=(source, 0))
        self.logs_on_first = True
        self.writer = writer
        self.serving = asyncio.create_task(self.serve(reader, writer))
        self._next_out = 1
        self.send("A", "98=0|108=30|")

    def send(self, msg_type: str, body: str = "") -> None:
        assert self.writer is not None
        self.writer.write(message(msg_type, self._next_out, self.name, body))
        self._next_out += 1

    def _take(self, fields: Fields) -> None:
        match fields["35"]:
            case "A":
                self.logons += 1
                if not self.logs_on_first:
                    self.send("A", "98=0|108=30|")
            case "1":
                self.send("0", f"112={fields['112']}|")
            case "2":
                begin, end = int(fields["7"]), self._next_out
                self._next_out = begin
                self.send("4", f"43=Y|123=Y|36={end}|")
                self._next_out = end
            case "D":
                self.orders.put_nowait(fields)
            case _:
                pass


@asynccontextmanager
async def listening(
    name: str, tls: ssl.SSLContext | None = None, *, host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[Peer]:
    """Listen as a venue."""
    peer = Peer(name)
    server = await asyncio.start_server(peer.serve, host, port, ssl=tls)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        peer.reading.set()
        server.close()
        if peer.writer is not None:
            peer.writer.transport.abort()
