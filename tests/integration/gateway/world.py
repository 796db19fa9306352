"""A venue and a gateway as processes, which a test may kill, cut off and start again.

The gateway keeps its API's port over restarts, and the simulator its FIX port, as they do in a configuration
that people write: clients and sessions then find their way back by themselves.
"""

from __future__ import annotations

import asyncio
import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from gateway.client import AsyncClient, Event, EventStream, SessionState, Settings
from gateway.core import _core
from gateway.v1 import events_pb2, order_entry_pb2
from ops.demo.configuration import ACCOUNT, CLIENT, COMP_ID, SessionTerms, write_configuration
from ops.demo.processes import Child, python
from ops.demo.run import ready_of, start_gateway
from tests.integration.gateway.waiting import eventually

TIMEOUT_S = 30.0
SIM_COMP_ID = "SIM"

E = TypeVar("E", bound=Event)

PATIENT = Settings(backoff_max_s=0.2, connect_timeout_s=TIMEOUT_S, query_timeout_s=TIMEOUT_S)
"""A client that outlives restarts of the gateway and comes back quickly."""


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


class Venue:
    """The simulator; the same port in every life."""

    def __init__(self, folder: Path, *options: object, port: int = 0) -> None:
        self.port = port or free_port()
        self._folder = folder
        self._options = options
        self._http_port = 0
        self.child: Child | None = None

    def _command(self) -> list[str]:
        where = ("--port", self.port, "--http-port", self._http_port)
        return python("sim", *where, "--seed", 1, *self._options)

    async def start(self) -> None:
        child = self.child = Child("venue", self._command(), self._folder / "venue.log")
        http = await child.wait_for(lambda: child.line_after("http on "), "it serves")
        self._http_port = int(http.rpartition(":")[2])

    def kill(self) -> None:
        assert self.child is not None
        self.child.kill()

    async def stop(self) -> None:
        if self.child is not None:
            await self.child.stop()

    def ledger(self) -> dict[str, Any]:
        url = f"http://127.0.0.1:{self._http_port}/ledger?comp_id={COMP_ID}"
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:
            content: dict[str, Any] = json.load(answer)
            return content

    def verdict(self) -> dict[str, Any]:
        """How the scenario stands that it was started with."""
        url = f"http://127.0.0.1:{self._http_port}/verdict"
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:
            content: dict[str, Any] = json.load(answer)
            return content

    def arrivals(self) -> dict[str, int]:
        """How often each ClOrdID(11) of a NewOrderSingle(D) reached the venue."""
        counts: dict[str, int] = self.ledger()["new_order_arrivals"].get(COMP_ID, {})
        return counts


class QuickfixVenue(Venue):
    """The demo's venue on QuickFIX."""

    def _command(self) -> list[str]:
        where = ("--port", self.port, "--http-port", self._http_port, "--folder", self._folder / "quickfix")
        return python("ops.demo.quickfix_venue", *where, "--seed", 1, *self._options)


ORDERS_MAX = 100_000


class Gateway:
    """`gateway run` over one journal."""

    def __init__(
        self,
        folder: Path,
        terms: SessionTerms,
        *,
        database_url: str | None = None,
        more_sessions: str = "",
    ) -> None:
        self.folder = folder
        self.terms = terms
        self.port = free_port()
        self.configuration = write_configuration(
            folder,
            terms,
            api_port=self.port,
            database_url=database_url,
            segment_size="4MiB",
            more_sessions=more_sessions,
            rights="read, trade, cancel, risk, admin",  # the tests' client is its operator, too
        )
        with self.configuration.open("a") as file:  # tables of a size that a test fills
            file.write(f"\ncapacity:\n  orders: {ORDERS_MAX}\n")
        self.child: Child | None = None
        self.ready: dict[str, Any] = {}

    @property
    def target(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def journal(self) -> Path:
        return self.folder / "journal"

    def spawn(self, environment: Mapping[str, str] | None = None) -> None:
        """Start it and do not wait for anything."""
        self.child = start_gateway(self.configuration, environment)

    async def start(self) -> None:
        """Start it and wait until it listens."""
        self.spawn()
        await self.listening()

    async def listening(self) -> None:
        assert self.child is not None
        self.ready = await ready_of(self.child, self.folder)

    def kill(self) -> None:
        assert self.child is not None
        self.child.kill()

    async def stop(self) -> int | None:
        return None if self.child is None else await self.child.stop()

    def client(self, strategy: str = "test", *, settings: Settings = PATIENT) -> AsyncClient:
        return AsyncClient(self.target, client=CLIENT, account=ACCOUNT, strategy=strategy, settings=settings)

    def health(self, path: str = "/healthz") -> int:
        """The status of the monitor's answer."""
        try:
            with urllib.request.urlopen(f"http://{self.ready['monitor']}{path}", timeout=10) as answer:
                status: int = answer.status
                return status
        except urllib.error.HTTPError as error:
            return error.code

    def journaled_events(self) -> Iterator[events_pb2.Event]:
        """All events of the journal, also those that no client is sent."""
        for record in _core.JournalReader(self.journal):
            if record.kind == _core.RecordKind.EVENT:
                yield from order_entry_pb2.TradeResponse.FromString(record.payload).events

    def messages(self, kind: _core.RecordKind) -> Iterator[dict[str, str]]:
        """The FIX messages of the journal, fields by tag; of repeated fields the last.

        A record without content says only that a number was used: of a message that is in the journal before it.
        """
        for record in _core.JournalReader(self.journal):
            if record.kind == kind and record.payload:
                pairs = (
                    part.partition("=") for part in record.payload.decode("latin-1").split("\x01") if part
                )
                yield {tag: value for tag, _, value in pairs}


async def session_ready(client: AsyncClient, name: str = "venue") -> None:
    """Wait until a session takes orders."""

    async def is_ready() -> bool:
        return any(s.name == name and s.state is SessionState.READY for s in await client.sessions())

    await eventually(is_ready, "the session is ready")


async def next_event(events: EventStream, kind: type[E]) -> E:
    """Wait for the next event of a kind."""
    async with asyncio.timeout(TIMEOUT_S):
        async for event in events:
            if isinstance(event, kind):
                return event
    raise AssertionError("the stream ended")


async def all_events(client: AsyncClient, after_lsn: int, up_to_lsn: int) -> list[Event]:
    """Read a client's events from one lsn to another over a stream of its own."""
    received: list[Event] = []
    if after_lsn >= up_to_lsn:
        return received
    async with client.events(after_lsn) as events:
        async for event in events:
            received.append(event)
            if event.lsn >= up_to_lsn:
                break
    return received


async def stop_all(*parts: Venue | Gateway) -> None:
    for part in parts:
        with suppress(ProcessLookupError):
            await part.stop()


def lines(texts: Sequence[str], most: int = 20) -> str:
    """Make a readable message of a failed comparison."""
    more = f"\n... and {len(texts) - most} more" if len(texts) > most else ""
    return "\n".join(texts[:most]) + more
