"""A venue that says exactly what a test tells it to; of a session it has only what keeps one alive."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

import simplefix

Fields = dict[str, str]

TIMEOUT_S = 20


class ScriptedVenue:
    """Listens on a port; answers Logon, TestRequest, ResendRequest and Logout, and hands on all else."""

    def __init__(
        self,
        port: int = 0,
        *,
        comp_id: str = "SIM",
        begin_string: str = "FIX.4.4",
        appl_ver_id: str = "",
        seconds: bool = False,
        answers_logon: bool = True,
    ) -> None:
        """`appl_ver_id`: DefaultApplVerID(1137) of the Logon. `seconds`: times without milliseconds."""
        self.port = port
        self.begin_string = begin_string
        self.seconds = seconds
        self.logon = "35=A|98=0|108=30" + (f"|1137={appl_ver_id}" if appl_ver_id else "")
        self.comp_id = comp_id
        self.clock_ahead_s = 0
        self.silent = False
        """While True it reads and answers nothing, until it is connected to anew."""
        self.received: list[Fields] = []
        """Every message of the gateway, oldest first."""
        self.answers_logon = answers_logon
        self.answers_resend_requests = True
        self.hung_up = asyncio.Event()
        """The gateway has ended a connection."""
        self.logons = 0
        self.rejects: list[Fields] = []
        """Reject(3) and BusinessMessageReject(j) that the gateway sent."""
        self._requests: asyncio.Queue[Fields] = asyncio.Queue()
        self._writer: asyncio.StreamWriter | None = None
        self._server: asyncio.Server | None = None
        self.next_out = 1
        self._logon_sent = False
        self._serving: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        self.hang_up()

    async def connect(self, port: int) -> None:
        """Connect to an acceptor session and log on, instead of being connected to."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        self._serving = asyncio.create_task(self._serve(reader, writer))
        self._writer = writer
        self.send(self.logon)
        self._logon_sent = True

    async def request(self, msg_type: str) -> Fields:
        """Wait for the next request, which has to be of this type; questions in between stay unanswered."""
        while True:
            message = await asyncio.wait_for(self._requests.get(), TIMEOUT_S)
            if message["35"] != "H" or msg_type == "H":
                assert message["35"] == msg_type, message
                return message

    def send(self, text: str) -> None:
        """Send a message: `35=8|...` without a header, which it gets here."""
        self.send_bytes(self.frame(text))

    def send_bytes(self, data: bytes) -> None:
        """Send exactly this."""
        assert self._writer is not None
        self._writer.write(data)

    async def drained(self) -> None:
        """Wait until what was sent has left this process, or the connection is gone."""
        assert self._writer is not None
        with contextlib.suppress(ConnectionError):
            await self._writer.drain()

    def unsay(self) -> None:
        """Give back the number of a message that was made and not sent."""
        self.next_out -= 1

    def frame(self, text: str) -> bytes:
        """Make a whole message with the next number."""
        message = simplefix.FixMessage()
        body = [part.partition("=") for part in text.split("|")]
        header = {
            "8": self.begin_string,
            "35": body[0][2],
            "49": self.comp_id,
            "56": "GATEWAY",
            "34": str(self.next_out),
        }
        self.next_out += 1
        for tag, value in header.items():
            message.append_pair(tag, value)
        now = self._now().strftime("%Y%m%d-%H:%M:%S.%f")
        message.append_pair(52, now[:-7] if self.seconds else now[:-3])
        for tag, _, value in body[1:]:
            message.append_pair(tag, value)
        data: bytes = message.encode()
        return data

    def _now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.clock_ahead_s)

    def report(self, order: Fields, exec_id: str, exec_type: str, status: str, more: str = "") -> str:
        """Make an ExecutionReport(8) on an order as it was received."""
        terms = f"11={order['11']}|55={order['55']}|54={order['54']}|38={order['38']}"
        return f"35=8|37=V-{order['11']}|17={exec_id}|150={exec_type}|39={status}|{terms}|{more}".strip("|")

    def acknowledge(self, order: Fields) -> None:
        self.send(self.report(order, f"N-{order['11']}", "0", "0", f"151={order['38']}|14=0|6=0"))

    def fill(self, order: Fields) -> None:
        quantity, price = order["38"], order["44"]
        more = f"151=0|14={quantity}|6={price}|32={quantity}|31={price}"
        self.send(self.report(order, f"F-{order['11']}", "F", "2", more))

    def start_anew(self) -> None:
        """Number the next message 1."""
        self.next_out = 1

    def hang_up(self) -> None:
        if self._writer is not None:
            self._writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self.silent = False
        parser = simplefix.FixParser()
        try:
            while data := await reader.read(65_536):
                parser.append_buffer(data)
                while (message := parser.get_message()) is not None:
                    self._take({tag.decode(): value.decode("latin-1") for tag, value in message.pairs})
        except ConnectionError:
            pass
        finally:
            self.hung_up.set()
            writer.close()

    def _take(self, message: Fields) -> None:
        if self.silent:
            return
        self.received.append(message)
        match message["35"]:
            case "A":
                self.logons += 1
                if self.answers_logon and not self._logon_sent:
                    self.send(self.logon)
            case "1":
                self.send(f"35=0|112={message['112']}")
            case "2" if not self.answers_resend_requests:
                pass
            case "2":
                begin, end = int(message["7"]), self.next_out
                self.next_out = begin
                self.send(f"35=4|43=Y|123=Y|36={end}")
                self.next_out = end
            case "5":
                self.send("35=5")
            case "0" | "4":
                pass
            case "3" | "j":
                self.rejects.append(message)
            case _:
                self._requests.put_nowait(message)
