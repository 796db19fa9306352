"""The gateway, the venue or the connection between them ends at any moment; nothing is lost and nothing doubled.

A strategy trades all the time. At the end three books are compared: the venue's ledger, the gateway's, and
the strategy's, which comes from its event stream alone. The moments are drawn from a seed that each test
prints; GATEWAY_TEST_SEED=... repeats them.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import pytest

from gateway.client import AsyncClient
from gateway.core._core import RecordKind
from ops.demo.comparison import Comparison, compare
from ops.demo.configuration import INSTRUMENTS
from ops.demo.record import Record
from ops.demo.strategy import Strategy
from tests.integration.gateway.conftest import StartGateway, StartVenue
from tests.integration.gateway.world import (
    Gateway,
    Venue,
    all_events,
    lines,
    session_ready,
)

KILLS = int(os.environ.get("GATEWAY_TEST_KILLS", "20"))
VENUE_KILLS = 5
DROPS_AFTER_MESSAGES = 40
FINISH_TIMEOUT_S = 20.0
AGREE_TIMEOUT_S = 10.0
MOMENTS_S = {"at start": (0.0, 0.8), "while trading": (0.02, 0.6)}
"""After which event, and how long after it, a kill may come."""
THOUGHTFUL = "behaviours: {acks: {delay_ms: 20, report_pending: true}}\n"
"""A venue that takes its time: at every moment something waits for its answer."""

Disturb = Callable[[Random, AsyncClient], Awaitable[None]]


@pytest.fixture
def seed() -> int:
    seed = int(os.environ.get("GATEWAY_TEST_SEED", "1"))
    print(f"seed {seed}; GATEWAY_TEST_SEED={seed} draws the same moments again")
    return seed


@asynccontextmanager
async def trading(
    gateway: Gateway, seed: int
) -> AsyncIterator[tuple[AsyncClient, Strategy, Record, asyncio.Event]]:
    """A strategy that trades until its event is set."""
    record, stop = Record(), asyncio.Event()
    async with gateway.client("demo") as client, asyncio.TaskGroup() as group:
        strategy = Strategy(client, INSTRUMENTS, seed, record)
        following = group.create_task(strategy.follow())
        running = group.create_task(strategy.run(stop))
        yield client, strategy, record, stop
        stop.set()
        await running
        following.cancel()


async def run_disturbed(
    gateway: Gateway, venue: Venue, seed: int, disturb: Disturb
) -> tuple[Comparison, Record]:
    """Trade while everything is disturbed, then for a moment in peace, then finish and compare."""
    async with trading(gateway, seed) as (client, strategy, record, stop):
        await session_ready(client)
        await disturb(Random(seed), client)
        await session_ready(client)
        await asyncio.sleep(0.5)
        stop.set()
        await strategy.finish(FINISH_TIMEOUT_S)
        return await when_agreed(client, venue, record), record


async def when_agreed(client: AsyncClient, venue: Venue, record: Record) -> Comparison:
    clock = asyncio.get_running_loop().time
    end = clock() + AGREE_TIMEOUT_S
    while True:
        found = compare(await client.list_orders(), await client.positions(), record, venue.ledger())
        if not found.differences or clock() > end:
            return found
        await asyncio.sleep(0.1)


def check_books(found: Comparison) -> None:
    print(f"{found.gateway_orders} orders, {found.gateway_fills} fills; {dict(found.outcomes)}")
    assert not found.differences, lines(found.differences)
    assert found.twice == 0
    assert found.venue_fills > 0


def check_sequence_numbers(gateway: Gateway) -> None:
    """Both directions count on from 1 over all connections: no reset, no number twice, no gap."""
    sent = []
    for message in gateway.messages(RecordKind.MESSAGE_OUT):
        assert not is_reset(message), message
        if message.get("43") != "Y":
            sent.append(int(message["34"]))
    assert len(sent) > 1
    assert sent == list(range(1, len(sent) + 1))
    received = set()
    for message in gateway.messages(RecordKind.MESSAGE_IN):
        assert not is_reset(message), message
        received.add(int(message["34"]))
        if message["35"] == "4":
            received |= set(range(int(message["34"]), int(message["36"])))
    assert received == set(range(1, max(received) + 1))


def is_reset(message: dict[str, str]) -> bool:
    return message.get("141") == "Y" or (message["35"] == "4" and message.get("123") != "Y")


def check_each_order_sent_once(gateway: Gateway) -> None:
    new_orders = [
        message["11"]
        for message in gateway.messages(RecordKind.MESSAGE_OUT)
        if message["35"] == "D" and message.get("43") != "Y"
    ]
    assert new_orders
    assert len(new_orders) == len(set(new_orders))


async def check_events(gateway: Gateway, record: Record) -> None:
    """What the strategy received over all its connections is what the journal holds, and any event resumes."""
    last = record.lsns[-1]
    async with gateway.client("reader") as client:
        whole = [event.lsn for event in await all_events(client, 0, last)]
        assert [lsn for lsn in whole if lsn <= last] == record.lsns
        middle = record.lsns[len(record.lsns) // 2]
        rest = [event.lsn for event in await all_events(client, middle, last)]
        assert rest == [lsn for lsn in whole if lsn > middle]


@pytest.mark.slow
async def test_gateway_killed_at_twenty_moments_loses_and_doubles_nothing(
    start_venue: StartVenue, start_gateway: StartGateway, seed: int
) -> None:
    venue = await start_venue(configuration=THOUGHTFUL)
    gateway = await start_gateway(venue.port)

    async def kill_twenty_times(random: Random, client: AsyncClient) -> None:
        for number in range(KILLS):
            when = random.choice(["at start", "while trading", "while trading"])
            if when == "while trading":
                await gateway.listening()
                await session_ready(client)
            after_s = random.uniform(*MOMENTS_S[when])
            await asyncio.sleep(after_s)
            gateway.kill()
            print(f"kill {number + 1}: {when}, after {after_s:.3f} s")
            gateway.spawn()
        await gateway.listening()

    found, record = await run_disturbed(gateway, venue, seed, kill_twenty_times)
    check_books(found)
    check_sequence_numbers(gateway)
    check_each_order_sent_once(gateway)
    await check_events(gateway, record)


@pytest.mark.slow
async def test_venue_killed_while_trading_comes_back_and_the_books_agree(
    tmp_path: Path, start_venue: StartVenue, start_gateway: StartGateway, seed: int
) -> None:
    venue = await start_venue("--state", tmp_path / "venue-state")
    gateway = await start_gateway(venue.port)

    async def kill_venue(random: Random, client: AsyncClient) -> None:
        for _ in range(VENUE_KILLS):
            await session_ready(client)
            await asyncio.sleep(random.uniform(*MOMENTS_S["while trading"]))
            venue.kill()
            await asyncio.sleep(random.uniform(0, 0.2))
            await venue.start()

    found, record = await run_disturbed(gateway, venue, seed, kill_venue)
    check_books(found)
    check_sequence_numbers(gateway)
    check_each_order_sent_once(gateway)
    await check_events(gateway, record)


@pytest.mark.slow
async def test_gateway_and_venue_killed_in_turn_and_at_once_agree_in_the_end(
    tmp_path: Path, start_venue: StartVenue, start_gateway: StartGateway, seed: int
) -> None:
    """Without waiting for each other: one may die while the other recovers from its own death."""
    venue = await start_venue("--state", tmp_path / "venue-state", configuration=THOUGHTFUL)
    gateway = await start_gateway(venue.port)

    async def kill_both(random: Random, client: AsyncClient) -> None:
        for _ in range(KILLS // 2):
            await asyncio.sleep(random.uniform(0, 1.5))
            whom = random.choice(["gateway", "venue", "both"])
            if whom != "venue":
                gateway.kill()
            if whom != "gateway":
                venue.kill()
                await venue.start()
            if whom != "venue":
                gateway.spawn()
        await gateway.listening()

    found, record = await run_disturbed(gateway, venue, seed, kill_both)
    check_books(found)
    check_sequence_numbers(gateway)
    check_each_order_sent_once(gateway)
    await check_events(gateway, record)


@pytest.mark.parametrize("message_is", ["lost", "processed"])
async def test_connection_dropped_while_trading_loses_and_doubles_nothing(
    start_venue: StartVenue, start_gateway: StartGateway, seed: int, message_is: str
) -> None:
    drop = f"{{after_messages: {DROPS_AFTER_MESSAGES}, message_is: {message_is}, times: 0}}"
    venue = await start_venue(configuration=f"behaviours: {{drop_connection: {drop}}}\n")
    gateway = await start_gateway(venue.port)

    async def trade_on(random: Random, client: AsyncClient) -> None:
        await asyncio.sleep(3)

    found, record = await run_disturbed(gateway, venue, seed, trade_on)
    connections = sum(message["35"] == "A" for message in gateway.messages(RecordKind.MESSAGE_OUT))
    assert connections > 3
    check_books(found)
    check_sequence_numbers(gateway)
    check_each_order_sent_once(gateway)
    await check_events(gateway, record)
