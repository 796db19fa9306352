"""Streams that are woken together go on one after the other."""

import asyncio
from typing import cast

from gateway.api.bell import Bell
from gateway.api.core_port import Core
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


async def test_one_stream_goes_on_in_each_turn_of_the_loop_in_order() -> None:
    bell, turns = make_bell(), Turns()
    gone_on: list[tuple[int, int]] = []

    async def stream(number: int) -> None:
        await bell.turn()
        gone_on.append((number, turns.count))

    await asyncio.gather(*(stream(number) for number in range(20)))
    turns.stop()
    assert [number for number, _ in gone_on] == list(range(20))
    assert len({turn for _, turn in gone_on}) == 20


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
        for _ in range(3):
            await asyncio.sleep(0)
