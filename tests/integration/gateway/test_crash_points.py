"""The gateway dies at a named point under load, comes back, and nothing is lost and nothing doubled."""

from __future__ import annotations

import signal
from random import Random
from zlib import crc32

import pytest

from gateway.client import AsyncClient
from gateway.core import _core, verify_journal
from gateway.daemon import CRASH_POINT_VARIABLE
from tests.integration.gateway.conftest import StartGateway, StartVenue
from tests.integration.gateway.test_kill import (
    THOUGHTFUL,
    check_books,
    check_each_order_sent_once,
    check_events,
    check_sequence_numbers,
    run_disturbed,
)
from tests.integration.gateway.waiting import eventually

PASSES_MAX = 60
DEATHS = 2


@pytest.mark.parametrize("point", _core.crash_point_names())
async def test_gateway_that_dies_there_loses_and_doubles_nothing(
    start_venue: StartVenue, start_gateway: StartGateway, point: str
) -> None:
    venue = await start_venue(configuration=THOUGHTFUL)
    gateway = await start_gateway(venue.port)
    if point == "synced":
        text = gateway.configuration.read_text()
        gateway.configuration.write_text(text.replace("journal:\n", "journal:\n  durability: disk\n"))

    async def die_there(random: Random, client: AsyncClient) -> None:
        for _ in range(DEATHS):
            gateway.kill()
            passes = random.randint(1, PASSES_MAX)
            gateway.spawn({CRASH_POINT_VARIABLE: f"{point}:{passes}"})
            died = gateway.child
            assert died is not None

            async def is_dead(died: object = died) -> bool:
                return gateway.child is died and gateway.child.exit_code is not None

            await eventually(is_dead, f"it dies at {point}, the {passes}. time")
            assert died.exit_code == -signal.SIGKILL
            assert verify_journal(gateway.journal).clean
        gateway.spawn()
        await gateway.listening()

    found, record = await run_disturbed(gateway, venue, crc32(point.encode()), die_there)
    check_books(found)
    check_sequence_numbers(gateway)
    check_each_order_sent_once(gateway)
    await check_events(gateway, record)
