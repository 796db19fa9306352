"""A session with several hosts: where it goes when one fails, and when it comes back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.integration.gateway.waiting import eventually
from tests.integration.gateway.world import free_port
from tests.integration.net.core import Core, running, session_text
from tests.integration.net.peer import TIMEOUT_S, Peer, listening


def session(first: int, backup: int, policy: str) -> str:
    more = f"    backup_hosts: ['127.0.0.1:{backup}']\n    return_to_first: {policy}\n"
    return session_text("X", first, more)


async def order_arrives(core: Core, venue: Peer) -> None:
    core.submit("X")
    await asyncio.wait_for(venue.orders.get(), TIMEOUT_S)


async def test_next_host_is_tried_when_the_first_does_not_answer(tmp_path: Path) -> None:
    async with listening("X") as backup:
        with running(tmp_path, session(free_port(), backup.port, "never")) as core:
            await core.ready("X")
            await order_arrives(core, backup)
            assert core.gateway.metrics()["failovers"] == 1
            notices = [text for _, subject, text in core.gateway.take_network_notices() if subject == "X"]
            assert any("Connection refused" in text for text in notices)
            assert f"goes on to 127.0.0.1:{backup.port}" in notices


@pytest.mark.parametrize(("policy", "returns"), [("never", False), ("at_next_logon", True)])
async def test_first_host_has_its_turn_after_a_loss_by_policy(
    tmp_path: Path, policy: str, returns: bool
) -> None:
    first_port = free_port()
    async with listening("X") as backup:
        with running(tmp_path, session(first_port, backup.port, policy)) as core:
            await core.ready("X")
            async with listening("X", port=first_port) as first:
                first.takes_over = backup
                assert backup.writer is not None
                backup.writer.transport.abort()
                there, elsewhere = (first, backup) if returns else (backup, first)
                before = there.logons
                await eventually(lambda: there.logons > before, "it logs on again")
                await core.ready("X")
                await order_arrives(core, there)
                assert elsewhere.logons == (1 if elsewhere is backup else 0)


async def test_session_goes_back_once_the_first_host_answers(tmp_path: Path) -> None:
    """By a Logout, and only after the first host has taken a connection."""
    first_port = free_port()
    async with listening("X") as backup:
        with running(tmp_path, session(first_port, backup.port, "{after: 1s}")) as core:
            await core.ready("X")
            await asyncio.sleep(1.5)  # it looks, and the first host is not there
            assert core.session("X").reason == ""
            await order_arrives(core, backup)
            async with listening("X", port=first_port) as first:
                first.takes_over = backup
                await eventually(lambda: first.logons == 1, "it is back on the first host")
                await core.ready("X")
                await order_arrives(core, first)
                assert b"\x0135=5\x01" in backup.raw


async def test_ipv6(tmp_path: Path) -> None:
    async with listening("X", host="::1") as venue:
        with running(tmp_path, session_text("X", venue.port, host="::1")) as core:
            await core.ready("X")
            await order_arrives(core, venue)


async def test_name_is_resolved(tmp_path: Path) -> None:
    async with listening("X") as venue:
        with running(tmp_path, session_text("X", venue.port, host="localhost")) as core:
            await core.ready("X")


async def test_unknown_name_is_told(tmp_path: Path) -> None:
    with running(tmp_path, session_text("X", 1, host="no-such-host.invalid")) as core:
        await core.down_because("X", "cannot resolve no-such-host.invalid")
