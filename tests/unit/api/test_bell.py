"""Streams that are woken together go on one after the other."""

import asyncio
import os
from itertools import pairwise
from typing import cast

import pytest

from gateway.api.bell import FEW_STREAMS, HOLD_MAX_S, HOLD_S, TURNS_BETWEEN, Bell
from gateway.api.core_port import Core
from gateway.client.testing import run
from tests.unit.api.test_trade_stream import ScriptedCore


class Turns:
    """Counts the turns of the event loop."""

    def __init__(self) -> None:
        self.count = 0
        self._handle = asyncio.get_running_loop().call_soon(self._count)

    def _count(self) -> None:
        self.count += 1
        self._handle = asyncio.get_running_loop().call_soon(self._count)

    def stop(self) -> None:
        self._handle.cancel()


def make_bell() -> Bell:
    return Bell(cast(Core, ScriptedCore(oldest=1, newest=1)), heartbeat_s=3600)


async def test_streams_go_on_in_order_with_room_for_an_order_between_them() -> None:
    bell, turns = make_bell(), Turns()
    gone_on: list[tuple[int, int]] = []

    async def stream(number: int) -> None:
        await bell.turn()
        gone_on.append((number, turns.count))

    await asyncio.gather(*(stream(number) for number in range(20)))
    turns.stop()
    assert [number for number, _ in gone_on] == list(range(20))
    turns_of = [turn for _, turn in gone_on]
    assert all(later - earlier > TURNS_BETWEEN for earlier, later in pairwise(turns_of))


async def test_stream_that_ended_while_it_waited_is_passed_over() -> None:
    bell = make_bell()
    tasks = [asyncio.create_task(bell.turn()) for _ in range(4)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    tasks[2].cancel()
    async with asyncio.timeout(10):
        await tasks[3]
    assert tasks[1].cancelled()


async def test_stream_that_is_alone_does_not_wait() -> None:
    bell = make_bell()
    for _ in range(3):
        turns = Turns()
        await bell.turn()
        assert turns.count == 0
        turns.stop()
        for _ in range(TURNS_BETWEEN + 1):
            await asyncio.sleep(0)


class Committing:
    """A bell with streams that wait for it, of which each notes when it was woken."""

    def __init__(self, *, streams: int, traders: int = 0) -> None:
        self.core = ScriptedCore(oldest=1, newest=1)
        self.bell = Bell(cast(Core, self.core), heartbeat_s=3600)
        self.woken_s: list[float] = []
        self.traders_woken_s: list[float] = []
        self._waiting = [(False, self.woken_s)] * streams + [(True, self.traders_woken_s)] * traders

    async def play(self, *commits: tuple[float, bool]) -> None:
        """Commit at these times, some of them by a command, and wait until everybody was woken."""
        self.bell.open()
        tasks = [asyncio.create_task(self._wait(trades, woken_s)) for trades, woken_s in self._waiting]
        await asyncio.sleep(0)
        for at_s, by_command in commits:
            await asyncio.sleep(at_s - _now_s())
            if by_command:
                self.bell.decided()
            os.eventfd_write(self.core.descriptor, 1)
        await asyncio.gather(*tasks)
        self.bell.close()
        os.close(self.core.descriptor)

    async def end_streams(self, count: int) -> None:
        """Have more streams wait, and end while they do."""
        tasks = [asyncio.create_task(self._wait(False, [])) for _ in range(count)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _wait(self, trades: bool, woken_s: list[float]) -> None:
        await self.bell.wait(self.bell.next_ring(trades=trades))
        woken_s.append(_now_s())


def _now_s() -> float:
    return asyncio.get_running_loop().time()


def test_many_streams_are_woken_behind_the_answer_to_an_order() -> None:
    async def scenario() -> None:
        committing = Committing(streams=20)
        await committing.play((1.0, True))
        assert committing.woken_s == pytest.approx([1.0 + HOLD_S] * 20)

    run(scenario())


def test_what_no_command_has_committed_wakes_at_once() -> None:
    async def scenario() -> None:
        committing = Committing(streams=20)
        await committing.play((1.0, False))
        assert committing.woken_s == pytest.approx([1.0] * 20)

    run(scenario())


def test_few_streams_are_woken_at_once() -> None:
    async def scenario() -> None:
        committing = Committing(streams=FEW_STREAMS)
        await committing.play((1.0, True))
        assert committing.woken_s == pytest.approx([1.0] * FEW_STREAMS)

    run(scenario())


def test_stream_that_sends_orders_is_woken_at_once() -> None:
    async def scenario() -> None:
        committing = Committing(streams=20, traders=1)
        await committing.play((1.0, True))
        assert committing.traders_woken_s == pytest.approx([1.0])
        assert committing.woken_s == pytest.approx([1.0 + HOLD_S] * 20)

    run(scenario())


def test_orders_without_a_pause_hold_streams_no_longer_than_the_most() -> None:
    async def scenario() -> None:
        committing = Committing(streams=20)
        await committing.play(*((1.0 + at * HOLD_S / 2, True) for at in range(20)))
        assert committing.woken_s == pytest.approx([1.0 + HOLD_MAX_S] * 20)

    run(scenario())


def test_stream_that_has_ended_is_not_counted() -> None:
    async def scenario() -> None:
        committing = Committing(streams=FEW_STREAMS)
        await committing.end_streams(20)
        await committing.play((1.0, True))
        assert committing.woken_s == pytest.approx([1.0] * FEW_STREAMS)

    run(scenario())
