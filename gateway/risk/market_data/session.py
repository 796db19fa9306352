"""One market data session: connects, logs on, subscribes, and hands on what the venue shows.

It is the core's session state machine over a socket of its own, on the event loop: nothing of it is on the order path
or in the journal but the prices that are taken. Both sequences start at 1 at every Logon (141=Y), since nothing of an
earlier connection is of use: the subscription begins with full snapshots. So resends are within a connection only.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from gateway.core import _core
from gateway.risk.market_data.fields import Field, first

__all__ = ["MarketDataSession", "SessionTerms", "Status", "subscription"]

MSG_TYPE, TEXT = 35, 58
_log = logging.getLogger(__name__)


class Status(Enum):
    """What the session is doing."""

    DISCONNECTED = "disconnected"
    CONNECTED = "connected"
    """Not logged on yet."""
    SUBSCRIBED = "subscribed"
    REFUSED = "refused"
    """Logged on, and the venue refused the subscription."""


@dataclass(frozen=True)
class SessionTerms:
    """How to reach the venue, and what to ask it for."""

    name: str
    begin_string: str
    default_appl_ver_id: str
    """ApplVerID for FIXT.1.1; empty otherwise."""
    sender_comp_id: str
    target_comp_id: str
    host: str
    port: int
    heartbeat_interval_s: int
    instruments: tuple[str, ...]
    depth: int = 1
    """MarketDepth(264); 0: the whole book."""
    incremental: bool = True
    """Ask for X after the snapshots; else for W only."""
    reconnect_min_s: float = 0.25
    reconnect_max_s: float = 30.0
    connect_timeout_s: float = 10.0


def subscription(terms: SessionTerms, request_id: str) -> list[Field]:
    """Make the body of a MarketDataRequest(V): bid, offer and trade, snapshot plus updates, of all instruments."""
    body: list[Field] = [
        (262, request_id.encode()),
        (263, b"1"),
        (264, str(terms.depth).encode()),
        (265, b"1" if terms.incremental else b"0"),
        (267, b"3"),
        *((269, kind) for kind in (b"0", b"1", b"2")),
        (146, str(len(terms.instruments)).encode()),
    ]
    return body + [(55, instrument.encode()) for instrument in terms.instruments]


class MarketDataSession:
    """Runs on one event loop. `run` is to be canceled; it logs out then."""

    def __init__(
        self,
        terms: SessionTerms,
        *,
        on_subscribed: Callable[[], None],
        on_message: Callable[[Sequence[Field]], None],
        now_ns: Callable[[], int],
    ) -> None:
        """`on_subscribed`: the snapshots of a new subscription follow. `on_message`: a W or X."""
        self.terms = terms
        self.status = Status.DISCONNECTED
        self.reason = "not connected yet"
        """Why it is not subscribed, for people."""
        self.connects_failed = 0
        self._on_subscribed = on_subscribed
        self._on_message = on_message
        self._now_ns = now_ns
        self._requests = 0

    async def run(self) -> None:
        """Keep the session up until canceled."""
        pause_s = self.terms.reconnect_min_s
        while True:
            was_subscribed = await self._connect_once()
            pause_s = (
                self.terms.reconnect_min_s if was_subscribed else min(pause_s * 2, self.terms.reconnect_max_s)
            )
            await asyncio.sleep(pause_s)

    async def _connect_once(self) -> bool:
        terms = self.terms
        try:
            reader, writer = await asyncio.wait_for(
                asyncio.open_connection(terms.host, terms.port), terms.connect_timeout_s
            )
        except (OSError, TimeoutError) as error:
            self.connects_failed += 1
            self._set(
                Status.DISCONNECTED, f"cannot reach {terms.host}:{terms.port}: {error or 'no answer in time'}"
            )
            return False
        self._set(Status.CONNECTED, "logging on")
        connection = _Connection(self, _session_core(terms), writer)
        try:
            return await connection.serve(reader)
        except OSError as error:
            self._set(Status.DISCONNECTED, str(error))
            return connection.was_subscribed
        finally:
            writer.close()

    def _set(self, status: Status, reason: str) -> None:
        if (status, reason) != (self.status, self.reason):
            _log.log(
                logging.INFO if status is Status.SUBSCRIBED else logging.WARNING,
                "market data session %s: %s: %s",
                self.terms.name,
                status.value,
                reason,
            )
        self.status, self.reason = status, reason

    def _next_request_id(self) -> str:
        self._requests += 1
        return f"{self.terms.name}-{self._requests}"


def _session_core(terms: SessionTerms) -> _core.SessionCore:
    return _core.SessionCore(
        role="initiator",
        begin_string=terms.begin_string,
        sender_comp_id=terms.sender_comp_id,
        target_comp_id=terms.target_comp_id,
        heartbeat_interval_s=terms.heartbeat_interval_s,
        default_appl_ver_id=terms.default_appl_ver_id,
        reset_on_logon=True,
    )


class _Connection:
    """One connection with its session state."""

    def __init__(
        self, session: MarketDataSession, core: _core.SessionCore, writer: asyncio.StreamWriter
    ) -> None:
        self._session = session
        self._core = core
        self._writer = writer
        self.was_subscribed = False

    async def serve(self, reader: asyncio.StreamReader) -> bool:
        """Until the connection ends; whether it was subscribed."""
        now_ns = self._session._now_ns
        self._carry_out(self._core.connect(now_ns()))
        try:
            while not self._writer.is_closing():
                await self._writer.drain()
                data = await self._receive(reader)
                if data is None:
                    self._carry_out(self._core.tick(now_ns()))
                elif not data:
                    self._carry_out(self._core.disconnect(now_ns()))
                    self._end("the venue hung up")
                    break
                else:
                    self._take(data)
        except asyncio.CancelledError:
            self._carry_out(self._core.log_out("", now_ns()))
            self._session._set(Status.DISCONNECTED, "the gateway is shutting down")
            raise
        return self.was_subscribed

    async def _receive(self, reader: asyncio.StreamReader) -> bytes | None:
        """Give bytes, nothing at the end, or None where the session's next deadline comes first."""
        deadline_ns = self._core.next_deadline_ns
        wait_s = max(0.0, (deadline_ns - self._session._now_ns()) / 1e9)
        try:
            return await asyncio.wait_for(reader.read(65_536), min(wait_s, 60.0))
        except TimeoutError:
            return None

    def _take(self, data: bytes) -> None:
        self._core.feed(data)
        while not self._writer.is_closing():
            output = self._core.take_next(self._session._now_ns())
            if output is None:
                return
            self._carry_out(output)
            if output.delivered is not None:
                self._deliver(output.delivered)

    def _carry_out(self, output: _core.SessionOutput) -> None:
        for message in output.sent:
            self._writer.write(message)
        for kind, *_ in output.notices:
            if kind == "logged_on":
                self._subscribe()
        if output.disconnect:
            self._end(output.disconnect_reason or "the session ended")
            self._writer.close()

    def _subscribe(self) -> None:
        session = self._session
        session._on_subscribed()
        body = subscription(session.terms, session._next_request_id())
        self.was_subscribed = True
        self._carry_out(self._core.send("V", body, [], session._now_ns()))
        session._set(Status.SUBSCRIBED, f"{len(session.terms.instruments)} instruments")

    def _deliver(self, message: bytes) -> None:
        fields = _core.parse_message(message)
        if fields is None:
            return
        msg_type = first(fields, MSG_TYPE)
        if msg_type in ("W", "X"):
            self._session._on_message(fields)
        elif msg_type in ("Y", "j", "3"):
            said = first(fields, TEXT) or f"a message of type {msg_type}"
            self._session._set(Status.REFUSED, f"the venue refused the subscription: {said}")

    def _end(self, reason: str) -> None:
        self._session._set(Status.DISCONNECTED, reason)
