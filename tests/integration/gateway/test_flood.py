"""Hundreds of connections that are no clients, at once, against a gateway that trades over TLS.

A good client goes on: each order is answered and filled once, over the connection that it had. Then everything that the
crowd took is given back. And where the process may open few files, connections are what it goes without.
"""

from __future__ import annotations

import asyncio
import os
import random
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from gateway.api.identity import token_digest
from gateway.client import (
    AsyncClient,
    EventStream,
    ExecType,
    ExecutionReported,
    OrderStatus,
    Side,
    TimeInForce,
    Tls,
)
from ops.demo.configuration import ACCOUNT, CLIENT
from ops.demo.processes import Child, python
from tests.integration.api.frames import (
    PREFACE,
    SETTINGS,
    SMALLEST_WINDOW,
    call_headers,
    connected,
    ended,
    frame,
)
from tests.integration.api.relay import Relay
from tests.integration.gateway.conftest import StartGateway
from tests.integration.gateway.waiting import eventually
from tests.integration.gateway.world import PATIENT, TIMEOUT_S, Gateway, Venue, session_ready
from tests.integration.net.certificates import Authority

TOKEN, OTHERS_TOKEN = "secret", "another secret"
CONNECTIONS_MAX = 150
CROWD = 240
ROUNDS = 3
FILES_MAX = 330
"""With these the gateway has what it needs itself, and some connections."""
CALLS = 200
TRADE = "/gateway.v1.OrderEntry/Trade"
SUBMIT = "/gateway.v1.OrderEntry/SubmitOrder"
WATCH = "/grpc.health.v1.Health/Watch"


class Door:
    """A gateway's configuration with TLS and a token, and who comes to it."""

    def __init__(self, gateway: Gateway, folder: Path, *, connections: int, handshake: str) -> None:
        self.gateway = gateway
        self.stay_s = 4.0
        """How long a stranger stays that is let be."""
        authority = Authority(folder)
        issued = authority.issue("gateway")
        issued.key.chmod(0o600)
        self.ca = authority.file
        self.context = ssl.create_default_context(cafile=str(self.ca))
        self.context.set_alpn_protocols(["h2"])
        text = gateway.configuration.read_text()
        bind = f"  bind: 127.0.0.1:{gateway.port}\n"
        assert bind in text
        text = text.replace(
            bind,
            f"{bind}  identity: token\n  handshake_timeout: {handshake}\n"
            f"  limits: {{connections: {connections}}}\n"
            f"  tls: {{certificate: {issued.certificate}, private_key: {issued.key}}}\n",
        )
        own, others = (f'["sha256:{token_digest(token).hex()}"]' for token in (TOKEN, OTHERS_TOKEN))
        ours = f"  - {{name: {CLIENT},"
        assert ours in text
        other = f"  - {{name: other, token_hashes: {others}, accounts: [{ACCOUNT}]}}\n"
        text = text.replace(ours, f"{other}{ours} token_hashes: {own},")
        gateway.configuration.write_text(text)

    def client(self, target: str) -> AsyncClient:
        tls = Tls(ca=self.ca)
        return AsyncClient(target, token=TOKEN, account=ACCOUNT, strategy="test", tls=tls, settings=PATIENT)

    async def say_nothing(self) -> None:
        await self._visit(b"", over_tls=False)

    async def stop_in_tls(self) -> None:
        await self._visit(bytes.fromhex("16030100c8010000c40303"), over_tls=False)

    async def send_garbage(self) -> None:
        await self._visit(random.Random(5).randbytes(4096), over_tls=False)

    async def stop_in_http(self) -> None:
        await self._visit(PREFACE + frame(SETTINGS)[:5], over_tls=True)

    async def send_garbage_over_tls(self) -> None:
        await self._visit(PREFACE + frame(SETTINGS) + random.Random(6).randbytes(4096), over_tls=True)

    async def open_calls_of_nobody(self) -> None:
        await self._open_calls("wrong")

    async def open_calls_of_another_client(self) -> None:
        await self._open_calls(OTHERS_TOKEN)

    async def _open_calls(self, token: str) -> None:
        """Far more than the streams that a client may have: without a message, and unread."""
        calls = [
            call_headers((TRADE, SUBMIT, WATCH)[at % 3], 2 * at + 1, {"authorization": f"Bearer {token}"})
            for at in range(CALLS)
        ]
        await self._visit(PREFACE + frame(SETTINGS, SMALLEST_WINDOW) + b"".join(calls), over_tls=True)

    async def _visit(self, sent: bytes, *, over_tls: bool) -> None:
        """Come, send, and stay until the gateway ends it or it is time to go."""
        with suppress(OSError, ssl.SSLError, TimeoutError):
            async with asyncio.timeout(self.stay_s):
                reader, writer = await connected(self.gateway.port, self.context if over_tls else None)
                try:
                    writer.write(sent)
                    await ended(reader)
                finally:
                    writer.transport.abort()

    @property
    def crowd(self) -> list[Callable[[], Awaitable[None]]]:
        kinds = [
            self.say_nothing,
            self.stop_in_tls,
            self.send_garbage,
            self.stop_in_http,
            self.send_garbage_over_tls,
            self.open_calls_of_nobody,
            self.open_calls_of_another_client,
        ]
        return [kinds[at % len(kinds)] for at in range(CROWD)]


def files_of(pid: int) -> int:
    return len(os.listdir(f"/proc/{pid}/fd"))


def segments_of(gateway: Gateway) -> int:
    return len(list(gateway.journal.glob("*.seg")))


def resident_bytes(pid: int) -> int:
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("RssAnon:"))


async def trade_a_pair(client: AsyncClient, name: str) -> None:
    """One order rests, and another one of ours takes it."""
    async with asyncio.timeout(TIMEOUT_S):
        resting = await client.submit("AAPL", Side.BUY, 1, price="190.00", client_order_id=f"{name}-buy")
        await resting.wait(lambda each: each.status is OrderStatus.NEW, TIMEOUT_S)
        taking = await client.submit(
            "AAPL",
            Side.SELL,
            1,
            price="190.00",
            client_order_id=f"{name}-sell",
            time_in_force=TimeInForce.IOC,
        )
        await taking.filled(TIMEOUT_S)
        await resting.filled(TIMEOUT_S)


async def fills_until(events: EventStream, lsn: int) -> list[str]:
    found = []
    async with asyncio.timeout(TIMEOUT_S):
        async for event in events:
            if isinstance(event, ExecutionReported) and event.exec_type is ExecType.TRADE:
                found.append(event.exec_id)
            if event.lsn >= lsn:
                return found
    raise AssertionError("the stream ended")


async def test_crowd_of_strangers_costs_a_client_nothing_and_leaves_nothing_behind(
    quiet_venue: Venue, tmp_path: Path, start_gateway: StartGateway
) -> None:
    gateway = await unstarted(start_gateway, quiet_venue)
    door = Door(gateway, tmp_path, connections=CONNECTIONS_MAX, handshake="1s")
    await gateway.start()
    pid = gateway.child.pid if gateway.child else 0
    async with Relay(gateway.port) as relay, door.client(relay.target) as client, client.events() as events:
        await session_ready(client)
        await asyncio.gather(*(visit() for visit in door.crowd))  # what is made once is made
        await trade_a_pair(client, "before")
        await eventually(lambda: files_of(pid) < CONNECTIONS_MAX, "the first crowd is gone")
        files, memory = files_of(pid), resident_bytes(pid)

        async def flood() -> None:
            for _ in range(ROUNDS):
                await asyncio.gather(*(visit() for visit in door.crowd))

        flooding = asyncio.create_task(flood())
        pairs = 0
        while not flooding.done():
            await trade_a_pair(client, f"during-{pairs}")
            pairs += 1
        await flooding
        assert pairs >= ROUNDS
        last = await client.set_reference_price("AAPL", "190.00")
        fills = await fills_until(events, last)
        assert relay.accepted == 1  # its connection never broke
        await eventually(lambda: files_of(pid) <= files, "files are closed")
        assert gateway.child is not None
        assert " ERROR " not in gateway.child.output()
        assert resident_bytes(pid) < memory + 48 * 2**20
    assert len(fills) == len(set(fills)) == 2 * (pairs + 1)
    arrivals = quiet_venue.arrivals()
    assert sorted(arrivals.values()) == [1] * (2 * (pairs + 1))


async def unstarted(start_gateway: StartGateway, venue: Venue) -> Gateway:
    """A gateway of the fixture's, which ends it, that is to be started once more by the test."""
    gateway = await start_gateway(venue.port)
    await gateway.stop()
    return gateway


async def test_crowd_takes_no_files_that_the_gateway_needs_itself(
    quiet_venue: Venue, tmp_path: Path, start_gateway: StartGateway
) -> None:
    gateway = await unstarted(start_gateway, quiet_venue)
    door = Door(gateway, tmp_path, connections=1000, handshake="1m")
    door.stay_s = TIMEOUT_S
    log = await started_with_files(gateway, FILES_MAX)
    assert gateway.child is not None
    assert f"may open {FILES_MAX} files" in log
    assert "api.limits.connections" in log
    async with door.client(gateway.target) as client:
        await session_ready(client)
        visits = [asyncio.create_task(door.say_nothing()) for _ in range(2 * FILES_MAX)]
        try:
            await eventually(lambda: sum(each.done() for each in visits) >= FILES_MAX, "most are refused")
            assert files_of(gateway.child.pid) < FILES_MAX
            segments, pairs = segments_of(gateway), 0
            while segments_of(gateway) == segments:  # the journal makes a new file
                await asyncio.gather(*(trade_a_pair(client, f"pair-{pairs + at}") for at in range(20)))
                pairs += 20
            await client.logout_session("venue", "test")
            await client.logon_session("venue", "test")
            await session_ready(client)  # the session gets a new socket
            await trade_a_pair(client, "after")
            assert gateway.health() == 200
            assert not all(each.done() for each in visits)  # they are there still
        finally:
            for each in visits:
                each.cancel()
            await asyncio.gather(*visits, return_exceptions=True)


async def started_with_files(gateway: Gateway, files: int) -> str:
    """Start it with a limit of open files that it cannot raise; what it said."""
    command = python("gateway.cli", "run", "-c", gateway.configuration)
    bounded = ["/bin/sh", "-c", f'ulimit -n {files} && exec "$@"', "sh", *command]
    gateway.child = Child("gateway", bounded, gateway.folder / "gateway.log")
    await gateway.listening()
    return gateway.child.output()


async def test_gateway_that_may_open_too_few_files_trades_and_says_so(
    quiet_venue: Venue, start_gateway: StartGateway
) -> None:
    gateway = await unstarted(start_gateway, quiet_venue)
    assert "takes 1 connections in place of the 1000" in await started_with_files(gateway, 100)
    async with gateway.client() as client:
        await session_ready(client)
        await trade_a_pair(client, "pair")
