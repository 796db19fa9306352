"""State after reopening the journal is the state before: recovery applies what is there and decides nothing."""

from __future__ import annotations

import asyncio
import gc
import time
from pathlib import Path

from gateway.api import ApiSettings, ClientAccess, create_server
from gateway.client import AsyncClient
from gateway.config import load_settings
from gateway.config.core_settings import core_settings
from gateway.config.dictionaries import bundled_dictionary, load_dictionary
from gateway.core import _core
from ops.demo.configuration import ACCOUNT, CLIENT, INSTRUMENTS, SessionTerms, write_configuration
from ops.demo.record import Record
from ops.demo.strategy import Strategy
from tests.integration.gateway.conftest import StartGateway
from tests.integration.gateway.test_kill import trading
from tests.integration.gateway.world import SIM_COMP_ID, Venue, session_ready

TRADING_S = 1.5


def open_core(configuration: Path) -> _core.Gateway:
    """Open the journal of a configuration; no session starts."""
    cache = configuration.parent / "cache"

    def compile_dictionary(version: str, file: Path | None, overlay: Path | None, strict: bool) -> bytes:
        return load_dictionary(file or bundled_dictionary(version), cache, overlay, strict_types=strict)

    return _core.Gateway(core_settings(load_settings(configuration), compile_dictionary, time.time_ns()))


async def trade_and_stop(configuration: Path) -> tuple[int, int, bytes]:
    """Trade for a moment and stop in order; state hash, last lsn and positions after that."""
    core = open_core(configuration)
    empty = core.state_hash()
    server = create_server(
        core, ApiSettings(clients={CLIENT: ClientAccess(accounts=frozenset({ACCOUNT}))}, port=0)
    )
    target = f"127.0.0.1:{await server.start()}"
    core.start()
    stop = asyncio.Event()
    async with AsyncClient(target, client=CLIENT, account=ACCOUNT, strategy="test") as client:
        await session_ready(client)
        strategy = Strategy(client, INSTRUMENTS, 1, Record())
        async with asyncio.TaskGroup() as group:
            following = group.create_task(strategy.follow())
            running = group.create_task(strategy.run(stop))
            await asyncio.sleep(TRADING_S)
            stop.set()
            await running
            following.cancel()
    await server.stop()
    await asyncio.to_thread(core.stop)
    assert core.state_hash() != empty
    return core.state_hash(), core.committed_lsn(), core.positions()


async def test_state_is_the_same_after_a_stop_and_each_reopening(venue: Venue, tmp_path: Path) -> None:
    configuration = write_configuration(tmp_path, SessionTerms(SIM_COMP_ID, venue.port), segment_size="4MiB")
    before, lsn, positions = await trade_and_stop(configuration)
    gc.collect()  # the journal is let go of with the last reference to its core
    for _ in range(2):
        core = open_core(configuration)
        assert (core.state_hash(), core.positions()) == (before, positions)
        assert core.committed_lsn() >= lsn
        del core


async def test_state_after_a_kill_is_the_same_at_each_reopening(
    venue: Venue, start_gateway: StartGateway
) -> None:
    """With orders open and requests under way: nothing of it is decided anew by looking at it."""
    gateway = await start_gateway(venue.port)
    async with trading(gateway, 1) as (client, _, record, stop):
        await session_ready(client)
        await asyncio.sleep(TRADING_S)
        gateway.kill()
        lsn = record.lsns[-1]
        core = open_core(gateway.configuration)
        first = core.state_hash()
        assert core.committed_lsn() >= lsn
        del core
        core = open_core(gateway.configuration)
        assert core.state_hash() == first
        del core
        await gateway.start()
        stop.set()
