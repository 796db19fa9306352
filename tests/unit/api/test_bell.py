"""Streams that are woken together write one after the other, behind the answers to orders and with room for more."""

import asyncio
import os
from collections import Counter
from itertools import pairwise
from typing import cast

import pytest

from gateway.api.bell import FEW_STREAMS, HOLD_MAX_S, HOLD_S, ORDERS_COME_S, PAUSE_S, PAUSES_A_ROUND, Bell
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


async def write_together(bell: Bell, streams: int) -> list[tuple[int, float]]:
    """Have streams ask for their turn at once; who wrote, and when."""
    wrote = []

    async def stream(number: int) -> None:
        await bell.turn()
        wrote.append((number, _now_s()))

    await asyncio.gather(*(stream(number) for number in range(streams)))
    return wrote


async def test_streams_write_in_order_and_not_in_the_same_turn_of_the_loop() -> None:
    bell, turns = make_bell(), Turns()
    wrote: list[tuple[int, int]] = []

    async def stream(number: int) -> None:
        await bell.turn()
        wrote.append((number, turns.count))

    await asyncio.gather(*(stream(number) for number in range(20)))
    turns.stop()
    assert [number for number, _ in wrote] == list(range(20))
    assert all(later > earlier for (_, earlier), (_, later) in pairwise(wrote))


def test_streams_leave_pauses_while_orders_come() -> None:
    async def scenario() -> None:
        bell = make_bell()
        bell.decided()
        wrote = await write_together(bell, 20)
        assert [number for number, _ in wrote] == list(range(20))
        together = Counter(round(at_s / PAUSE_S) for _, at_s in wrote)
        assert list(together.values()) == [5, 4, 4, 4, 3]

    run(scenario())


@pytest.mark.parametrize("streams", [6, 50, 200])
def test_more_streams_do_not_make_the_round_longer(streams: int) -> None:
    async def scenario() -> None:
        bell = make_bell()
        bell.decided()
        began_s = _now_s()
        wrote = await write_together(bell, streams)
        assert max(at_s for _, at_s in wrote) - began_s <= PAUSES_A_ROUND * PAUSE_S + 1e-9

    run(scenario())


def test_streams_leave_no_pauses_once_orders_come_no_more() -> None:
    async def scenario() -> None:
        bell = make_bell()
        bell.decided()
        await asyncio.sleep(ORDERS_COME_S)
        wrote = await write_together(bell, 20)
        assert len({at_s for _, at_s in wrote}) == 1

    run(scenario())


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
        for _ in range(2):
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
