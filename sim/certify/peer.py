"""The kit's end of the connection: says exactly what a case tells it to, and writes everything down.

Of a session it has only what keeps one alive. What arrives and is not what the case waits for is answered as the
standard wants (TestRequest(1), ResendRequest(2)), so that a case has to speak only of its own matter.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from sim.certify.connector import Connector, Streams, Unmet
from sim.certify.profile import Profile
from sim.certify.trace import Trace
from sim.wire import Fields, Frame, Framer, Message, encode, format_utc, parse

__all__ = ["Peer"]

_MESSAGE_BYTES_MAX = 1_048_576
_READ_BYTES = 65_536
# After a case that failed the other side may have any number in mind; one that is too high can be filled.
_GAP_AFTER_FAILURE = 100

_LOGON_ATTEMPTS = 4
_LOGOUT_S = 2
_LOGON_AGAIN_S = 0.5
# Between two parts of a message, so that they come in two packets.
_APART_S = 0.05

Where = Callable[[Message], bool]


class Peer:
    """One counterparty over all cases: its numbers outlive a connection."""

    def __init__(self, profile: Profile, connector: Connector) -> None:
        self.profile = profile
        self.connector = connector
        self.trace = Trace()
        self.next_out = 1
        self.next_in = 1
        self.heartbeat_s = profile.heartbeat_s
        self.rejects: list[Message] = []
        """Reject(3) and BusinessMessageReject(j) that no case waited for."""
        self.silent = False
        """Answer nothing by itself."""
        self._began = time.monotonic()
        self._framer = Framer(_MESSAGE_BYTES_MAX)
        self._inbox: list[Message] = []
        self._streams: Streams | None = None
        self._names = 0
        self._ahead_of: int | None = None
        """The number that the other side may still wait for, after a case that failed."""

    # --- connections ---------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Start a new case's record."""
        self.trace = Trace()
        self.rejects = []
        self.silent = False
        self._began = time.monotonic()

    def note(self, text: str) -> None:
        self.trace.note(self._at_ms(), text)

    async def connect(self) -> None:
        """Have a connection on which nothing was said yet."""
        self._streams = await self.connector.connect(self.profile.connect_within / 1e9)
        self._framer = Framer(_MESSAGE_BYTES_MAX)
        self._inbox = []
        self.note("connected" if self.connector.initiator else "the counterparty connected")

    async def logon(self, heartbeat_s: int | None = None, *, reset: bool = False) -> Message:
        """Connect and log on; gives the other side's Logon(A).

        With `reset`, where the kit connects, both sides begin at 1, whatever the profile says.
        """
        if self.connector.initiator:
            return await self._dial_and_log_on(heartbeat_s, reset or self.profile.reset)
        await self.connect()
        while True:
            try:
                message = await self.expect("A", why="the first message is a Logon(A)")
                break
            except Unmet:
                if not self.closed:
                    raise
                await self.connect()  # one that gave up while the kit was busy with the case before
        self.heartbeat_s = int(message.get(108) or self.profile.heartbeat_s)
        if message.flag(141):
            self.next_out = 1
        body = self._logon_body(self.heartbeat_s)
        if message.flag(141):
            body.append((141, "Y"))
        self.send("A", body)
        await self._settle()
        return message

    async def _dial_and_log_on(self, heartbeat_s: int | None, reset: bool) -> Message:
        for attempt in range(_LOGON_ATTEMPTS):
            await self.connect()
            if reset:
                self.next_out = self.next_in = 1
                self._ahead_of = None
            body = self._logon_body(heartbeat_s or self.profile.heartbeat_s)
            self.send("A", [*body, (141, "Y")] if reset else body)
            try:
                answer = await self.expect("A", why="the Logon(A) is answered")
            except Unmet:
                if not self.closed or attempt + 1 == _LOGON_ATTEMPTS:
                    raise
                # The other side may not have noticed yet that the connection before this one has ended.
                self.leave_gap()  # and nobody can tell whether it counted this Logon(A)
                await asyncio.sleep(_LOGON_AGAIN_S)
                continue
            await self._settle()
            return answer
        raise AssertionError

    async def _settle(self) -> None:
        """Have the gap asked for and filled that the case before left, so that it does not take this one's messages."""
        if self._ahead_of is None:
            return
        self._ahead_of = None
        with suppress(Unmet):
            asked = await self.expect("2", why="what the case before left out is asked for")
            self.fill_gap(int(asked.get(7) or 1))

    def _logon_body(self, heartbeat_s: int) -> Fields:
        self.heartbeat_s = heartbeat_s
        body: Fields = [(98, "0"), (108, str(heartbeat_s))]
        body += self.version_fields()
        if self.connector.initiator:
            body += self.profile.logon_fields()
        return body

    def version_fields(self) -> Fields:
        """Give what a Logon(A) of this version needs beyond others."""
        version = self.profile.default_appl_ver_id
        return [] if version is None else [(1137, version)]

    async def end(self, failed: bool) -> None:
        """Log out in order where that is still possible, and close."""
        if self._streams is not None and not failed and not self.closed:
            try:
                await self.log_out(within_s=_LOGOUT_S)
            except Unmet:
                failed = True  # nobody can tell what of the kit's last messages was read
        self.cut()
        if failed:
            self.leave_gap()

    async def log_out(self, within_s: float | None = None) -> None:
        """Send a Logout(5) and wait for its answer.

        Nothing follows it. An order that crosses it is not answered: the other side may have stopped reading, and
        the answer's number would be a gap in the next connection.
        """
        self.send("5", [])
        self.silent = True
        await self.expect("5", why="a Logout(5) is answered by a Logout(5)", within_s=within_s)

    def leave_gap(self) -> None:
        """Take a number that is certainly too high: nobody can tell which one the other side has in mind."""
        self._ahead_of = self.next_out
        self.next_out += _GAP_AFTER_FAILURE

    def cut(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    @property
    def closed(self) -> bool:
        return self._streams is None or self._streams[0].at_eof()

    # --- messages out --------------------------------------------------------------------------------------------

    def send(
        self,
        msg_type: str,
        body: Fields,
        *,
        seq: int | None = None,
        head: Mapping[int, str] | None = None,
        data: Callable[[bytes], bytes] = lambda data: data,
        counts: bool = True,
    ) -> bytes:
        """Send a message. `head` changes header fields, `data` the finished bytes.

        With `seq`, or without `counts`, the next number stays what it is.
        """
        header: dict[int, str] = {
            49: self.profile.sender_comp_id,
            56: self.profile.target_comp_id,
            34: str(self.next_out if seq is None else seq),
            52: format_utc(time.time_ns()),
        }
        begin_string = self.profile.begin_string
        for tag, value in (head or {}).items():
            if tag == 8:
                begin_string = value  # type: ignore[assignment]
            else:
                header[tag] = value
        if seq is None and counts:
            self.next_out += 1
        whole = data(encode(begin_string, msg_type, header.items(), body))
        self.send_bytes(whole)
        return whole

    def send_bytes(self, data: bytes) -> None:
        if self._streams is None:
            raise Unmet("the connection has ended")
        self.trace.message(self._at_ms(), "sent", data)
        self._streams[1].write(data)

    async def drain(self) -> None:
        """Let what was sent leave by itself, and reach the other side alone."""
        if self._streams is not None:
            await self._streams[1].drain()
            await asyncio.sleep(_APART_S)

    def name(self) -> str:
        """Give an id that no case has used, in this run or an earlier one."""
        self._names += 1
        return f"C{time.time_ns() // 1_000_000:x}-{self._names}"

    # --- messages in ---------------------------------------------------------------------------------------------

    async def expect(
        self,
        msg_types: str,
        *,
        why: str,
        where: Where | None = None,
        within_s: float | None = None,
        noted: bool = True,
    ) -> Message:
        """Wait for a message of one of the types (`8`, or `3,j`). Raises Unmet with `why`."""
        wanted = msg_types.split(",")
        limit = within_s if within_s is not None else self.profile.timeout_s
        try:
            async with asyncio.timeout(limit):
                while True:
                    message = await self._next()
                    if message.msg_type in wanted and (where is None or where(message)):
                        if noted:
                            self.note(f"as expected: {why}")
                        return message
                    self._by_itself(message)
        except TimeoutError:
            raise Unmet(f"not within {limit:g} s: {why}") from None
        except EOFError:
            raise Unmet(f"the connection ended before: {why}") from None

    async def answered(self, msg_types: str, *, why: str, where: Where | None = None) -> Message:
        """Wait for the answer to what was just sent.

        A TestRequest(1) is sent behind it: messages are processed in order, so the Heartbeat(0) says that no answer
        will come, and nobody has to wait for that.
        """
        asked = self.name()
        self.send("1", [(112, asked)])

        def fits(message: Message) -> bool:
            if message.msg_type == "0":
                return message.get(112) == asked
            return where is None or where(message)

        message = await self.expect(f"{msg_types},0", why=why, where=fits, noted=False)
        if message.msg_type == "0":
            raise Unmet(f"what was sent after it is answered, it is not: {why}")
        self.note(f"as expected: {why}")
        return message

    async def expect_end(self, why: str, within_s: float | None = None) -> list[Message]:
        """Wait until the other side closes; gives what it said before."""
        limit = within_s if within_s is not None else self.profile.timeout_s
        said: list[Message] = []
        try:
            async with asyncio.timeout(limit):
                while True:
                    said.append(await self._next())
        except TimeoutError:
            raise Unmet(f"not within {limit:g} s: {why}") from None
        except EOFError:
            self.note(f"as expected: {why}")
            self.cut()
            return said

    async def quiet(self, seconds: float, why: str, unwanted: str) -> None:
        """Demand that a message of these types does not come."""
        try:
            message = await self.expect(unwanted, why=f"unwanted: {why}", within_s=seconds)
        except Unmet:
            if self.closed:
                raise Unmet(f"the connection ended: {why}") from None
            self.note(f"as expected: {why}")
            return
        raise Unmet(f"{message.msg_type} came: {why}")

    async def alive(self, why: str = "the session goes on") -> None:
        """Ask with a TestRequest(1) and wait for its Heartbeat(0)."""
        asked = self.name()
        self.send("1", [(112, asked)])
        await self.expect("0", why=why, where=lambda m: m.get(112) == asked)

    async def _next(self) -> Message:
        while not self._inbox:
            if self._streams is None:
                raise EOFError
            try:
                data = await self._streams[0].read(_READ_BYTES)
            except ConnectionError:
                data = b""
            if not data:
                self.note("the counterparty closed the connection")
                raise EOFError
            self._framer.feed(data)
            for item in self._framer.frames():
                self.trace.message(self._at_ms(), "received", item.data)
                message = parse(item.data) if isinstance(item, Frame) else item.reason
                if isinstance(message, str):
                    raise Unmet(f"the counterparty sent what is no message: {message}")
                self._inbox.append(message)
        message = self._inbox.pop(0)
        self.next_in = max(self.next_in, (message.number(34) or 0) + 1)
        return message

    def _by_itself(self, message: Message) -> None:
        """Answer what no case waits for."""
        if self.silent:
            return
        if message.msg_type == "1":
            self.send("0", [(112, message.get(112) or "")])
        elif message.msg_type == "2":
            self.fill_gap(int(message.get(7) or 1))
        elif message.msg_type == "5":
            self.send("5", [])
        elif message.msg_type in ("3", "j"):
            self.rejects.append(message)
        elif message.msg_type in ("D", "F", "G", "H"):
            self._refuse(message)

    def _refuse(self, message: Message) -> None:
        """Answer a request that no case is about, so that a client with open questions comes to rest."""
        kept = [(tag, message.get(tag) or "") for tag in (11, 55, 54) if message.get(tag)]
        text = (58, "no case is about this")
        if message.msg_type in ("F", "G"):
            ids = [(37, "NONE"), *kept[:1], (41, message.get(41) or ""), (39, "8")]
            response = "2" if message.msg_type == "G" else "1"
            self.send("9", [*ids, (434, response), (102, "1"), text])
            return
        status = [(150, "8" if message.msg_type == "D" else "I"), (39, "8"), (103, "5")]
        if self.profile.begin_string == "FIX.4.2":
            status = [(20, "0" if message.msg_type == "D" else "3"), (150, "8"), (39, "8"), (103, "5")]
        quantities = [(38, message.get(38) or "0"), (151, "0"), (14, "0"), (6, "0")]
        exec_id = self.name() if message.msg_type == "D" else "0"
        self.send("8", [(37, "NONE"), (17, exec_id), *status, *kept, *quantities, text])

    def fill_gap(self, begin: int) -> None:
        """Answer a ResendRequest(2): everything from there was administrative."""
        now = format_utc(time.time_ns())
        head = {43: "Y", 122: now}
        self.send("4", [(123, "Y"), (36, str(self.next_out))], seq=begin, head=head)

    def _at_ms(self) -> int:
        return int((time.monotonic() - self._began) * 1000)
