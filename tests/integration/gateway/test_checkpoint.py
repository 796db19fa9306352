"""Checkpoints of a journal that a gateway is writing: the start from one is the start from the whole journal."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import pytest

from gateway.client import GatewayError
from tests.integration.gateway.conftest import StartGateway
from tests.integration.gateway.test_kill import check_books, trading, when_agreed
from tests.integration.gateway.test_restart_state import open_core
from tests.integration.gateway.waiting import eventually
from tests.integration.gateway.world import Venue, session_ready
from tests.unit.cli.cli_runner import gateway as command

TRADING_S = 1.0
POLICY = """\
  checkpoint_size: 1MiB
  checkpoint_interval: 1s
  old_segments: delete
  retention: 0s
"""


def state_hash(configuration: Path) -> int:
    """The state as recovered; the journal is let go of at once."""
    core = open_core(configuration)
    try:
        return core.state_hash()
    finally:
        core.stop()


async def test_checkpoint_beside_a_trading_gateway_gives_the_same_state_after_a_kill(
    venue: Venue, start_gateway: StartGateway
) -> None:
    gateway = await start_gateway(venue.port)
    async with trading(gateway, 1) as (client, strategy, record, stop):
        await session_ready(client)
        for number in range(3):
            await asyncio.sleep(TRADING_S)
            made = await asyncio.to_thread(command, "journal", "checkpoint", gateway.journal)
            assert made.code == 0, made.err
            assert re.search(r"checkpoint at lsn \d+: \d+ records applied, \d+ bytes", made.out), number
        gateway.kill()
        checkpoints = sorted(gateway.journal.glob("checkpoint-*"))
        assert len(checkpoints) == 2
        from_checkpoint = state_hash(gateway.configuration)
        aside = [path.rename(gateway.folder / path.name) for path in checkpoints]
        assert state_hash(gateway.configuration) == from_checkpoint
        for path in aside:
            path.rename(gateway.journal / path.name)
        await gateway.start()
        await session_ready(client)
        stop.set()
        await strategy.finish(20.0)
        check_books(await when_agreed(client, venue, record))
    shown = await asyncio.to_thread(command, "journal", "checkpoint", gateway.journal, "--json", "--keep", 1)
    assert json.loads(shown.out)["bytes"] > 0
    assert len(list(gateway.journal.glob("checkpoint-*"))) == 1


def test_checkpoint_of_no_journal_says_so(tmp_path: Path) -> None:
    missing = command("journal", "checkpoint", tmp_path)
    assert missing.code == 6
    assert "no journal in" in missing.err


async def test_old_segments_go_while_trading_and_the_start_without_them_is_right(
    venue: Venue, start_gateway: StartGateway
) -> None:
    gateway = await start_gateway(venue.port)
    await gateway.stop()
    text = gateway.configuration.read_text().replace("segment_size: 4MiB", "segment_size: 1MiB\n" + POLICY)
    gateway.configuration.write_text(text)
    await gateway.start()
    first = gateway.journal / "00000000000000000001.seg"
    async with trading(gateway, 1) as (client, strategy, record, stop):
        await session_ready(client)
        await eventually(lambda: not first.exists(), "the first segment is let go", timeout_s=150)
        gateway.kill()
        core = open_core(gateway.configuration)
        oldest, checkpoint_lsn = core.oldest_lsn(), core.checkpoint_lsn()
        core.stop()
        assert 1 < oldest <= checkpoint_lsn
        await gateway.start()
        await session_ready(client)
        stop.set()
        await strategy.finish(20.0)
        check_books(await when_agreed(client, venue, record))
    async with gateway.client("late") as late:
        with pytest.raises(GatewayError, match="oldest that is kept"):
            async for _ in late.events(after_lsn=1):
                pass
    assert not (gateway.journal / "archived").exists()
    assert await asyncio.to_thread(command, "journal", "verify", gateway.journal)
