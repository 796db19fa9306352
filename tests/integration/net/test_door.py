"""Connections without a Logon: how many, how fast, how long, from where."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.gateway.waiting import eventually
from tests.integration.net.core import Core, running, session_text
from tests.integration.net.peer import TIMEOUT_S, Peer, listening, logon

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def acceptor(more: str = "") -> str:
    return session_text("Y", 0, "    role: acceptor\n" + more)


def limits(**keys: object) -> str:
    return "connections:\n" + "".join(f"  {key}: {value}\n" for key, value in keys.items())


async def knock(core: Core, source: str = "127.0.0.1", sent: bytes = b"") -> Ends:
    port = core.gateway.listening_port(0)
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
    writer.write(sent)
    return reader, writer


async def is_shut(ends: Ends) -> bool:
    """Wait until the gateway closes the connection, having said nothing."""
    async with asyncio.timeout(TIMEOUT_S):
        try:
            return await ends[0].read() == b""
        except ConnectionError:
            return True


def refused(core: Core, reason: str) -> int:
    return core.gateway.metrics()[f"connections_refused_{reason}"]


@pytest.fixture
async def venue() -> AsyncIterator[Peer]:
    async with listening("X") as peer:
        yield peer


async def test_connections_of_one_address_are_bounded_and_another_gets_in(tmp_path: Path) -> None:
    with running(tmp_path, acceptor(), head=limits(waiting_per_address_max=2)) as core:
        waiting = [await knock(core) for _ in range(2)]
        assert await is_shut(await knock(core))
        assert refused(core, "too_many_of_address") == 1
        assert core.gateway.metrics()["connections_waiting"] == 2
        other = Peer("Y")
        await other.connect(core.gateway.listening_port(0), source="127.0.0.2")
        await core.ready("Y")
        notices = core.gateway.take_network_notices()
        assert [(subject, text) for _, subject, text in notices] == [
            ("127.0.0.1", "refused: too many connections without a Logon from this address")
        ]
        for _, writer in waiting:
            writer.close()
        await eventually(lambda: core.gateway.metrics()["connections_waiting"] == 0, "they have gone")


async def test_connections_in_total_are_bounded(tmp_path: Path) -> None:
    with running(tmp_path, acceptor(), head=limits(waiting_max=3)) as core:
        waiting = [await knock(core, f"127.0.0.{number}") for number in range(2, 5)]
        assert await is_shut(await knock(core, "127.0.0.9"))
        assert refused(core, "too_many_waiting") == 1
        assert len(waiting) == core.gateway.metrics()["connections_waiting"] == 3


@pytest.mark.parametrize("drip", [b"", b"8=FIX.4.4\x019=100\x0135=A\x01"])
async def test_logon_has_to_come_in_time(tmp_path: Path, drip: bytes) -> None:
    with running(tmp_path, acceptor(), head=limits(logon_timeout="300ms")) as core:
        assert await is_shut(await knock(core, sent=drip))
        assert refused(core, "no_logon_in_time") == 1


async def test_logon_has_to_come_within_its_bytes(tmp_path: Path) -> None:
    with running(tmp_path, acceptor(), head=limits(first_message_size_max="256B")) as core:
        endless = b"8=FIX.4.4\x019=60000\x0135=A\x01" + b"58=" + b"x" * 1000
        assert await is_shut(await knock(core, sent=endless))
        assert refused(core, "too_many_bytes") == 1


async def test_pace_of_an_address_is_bounded(tmp_path: Path) -> None:
    with running(tmp_path, acceptor(), head=limits(connects_per_minute_max=3)) as core:
        for _ in range(3):
            (await knock(core))[1].close()
        assert await is_shut(await knock(core))
        assert refused(core, "too_fast") == 1
        other = Peer("Y")
        await other.connect(core.gateway.listening_port(0), source="127.0.0.2")
        await core.ready("Y")


async def test_addresses_that_are_not_allowed_are_refused(tmp_path: Path) -> None:
    with running(tmp_path, acceptor("    allowed_addresses: ['127.0.0.8/29']\n")) as core:
        assert await is_shut(await knock(core, sent=logon("Y")))
        assert refused(core, "address_not_allowed") == 1
        other = Peer("Y")
        await other.connect(core.gateway.listening_port(0), source="127.0.0.9")
        await core.ready("Y")


async def test_unknown_identity_is_refused_and_named(tmp_path: Path) -> None:
    with running(tmp_path, acceptor()) as core:
        assert await is_shut(await knock(core, sent=logon("STRANGER")))
        assert refused(core, "unknown_identity") == 1
        ((_, subject, text),) = core.gateway.take_network_notices()
        assert subject == "127.0.0.1"
        assert text.startswith("refused: no session for this Logon")


async def test_flood_at_the_door_does_not_disturb_a_session(tmp_path: Path, venue: Peer) -> None:
    text = acceptor() + session_text("X", venue.port)
    with running(tmp_path, text, head=limits(waiting_max=20, connects_per_minute_max=100)) as core:
        await core.ready("X")

        async def flood() -> None:
            for number in range(300):
                await knock(core, f"127.0.0.{number % 3 + 2}", b"8=FIX")

        flooding = asyncio.create_task(flood())
        for _ in range(100):
            core.submit("X")
            await asyncio.wait_for(venue.orders.get(), TIMEOUT_S)
        await flooding
        counted = core.gateway.metrics
        await eventually(lambda: counted()["connections_accepted"] == 300, "all have been looked at")
        assert core.gateway.metrics()["connections_waiting"] <= 20
        assert core.session("X").reason == ""
