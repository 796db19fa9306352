"""A stream whose resume point has left the journal. The core is scripted: a real journal lets go slowly."""

import asyncio
import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import grpc.aio
import pytest

from gateway.api.bell import Bell
from gateway.api.call import Call, Context
from gateway.api.core_port import Core
from gateway.api.errors import ApiError, Problem
from gateway.api.rights import Caller
from gateway.api.settings import ApiSettings
from gateway.api.streams import OpenStreams
from gateway.api.trade import _LOOK_BYTES, TradeStreams
from gateway.v1 import order_entry_pb2 as order_entry
from gateway.v1.events_pb2 import Event

CALL = Call(Caller("alpha", frozenset()), 0)


@dataclass
class Batch:
    data: bytes
    count: int
    resume_lsn: int


class ScriptedCore:
    """A journal of empty events from `oldest` to `newest`."""

    def __init__(self, oldest: int, newest: int) -> None:
        self.oldest = oldest
        self.newest = newest
        self.batch_max = 1_000_000
        self.hidden: Collection[int] = ()
        """What is not for the client of the stream."""
        self.asked: list[int] = []
        self.descriptor = os.eventfd(0, os.EFD_NONBLOCK)

    def event_view(self, **_: object) -> "ScriptedCore":
        return self

    def after(self, lsn: int, max_bytes: int = 0) -> Batch:
        self.asked.append(max_bytes)
        lsns = range(lsn + 1, min(lsn + self.batch_max, self.newest) + 1)
        if not lsns:
            return Batch(b"", 0, lsn)
        events = [Event(lsn=lsn) for lsn in lsns if lsn not in self.hidden]
        data = order_entry.TradeResponse(events=events).SerializeToString()
        return Batch(data, len(events), lsns[-1])

    def event_fd(self) -> int:
        return self.descriptor

    def arm_event_fd(self, after_lsn: int) -> bool:
        return after_lsn >= self.newest

    def committed_lsn(self) -> int:
        return self.newest

    def oldest_lsn(self) -> int:
        return self.oldest

    def journal_id(self) -> str:
        return "J1"


class ScriptedContext:
    """A client that sends one subscription and reads when it is let."""

    def __init__(self, after_lsn: int) -> None:
        subscription = order_entry.Subscription(after_lsn=after_lsn)
        self._requests = [order_entry.TradeRequest(subscription=subscription).SerializeToString()]
        self.reads = asyncio.Semaphore(0)
        self.wrote = asyncio.Event()
        self.written: list[order_entry.TradeResponse] = []

    async def send_initial_metadata(self, metadata: Sequence[tuple[str, str]]) -> None:
        self.metadata = dict(metadata)

    async def read(self) -> bytes:
        if self._requests:
            return self._requests.pop()
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    async def write(self, message: bytes) -> None:
        self.written.append(order_entry.TradeResponse.FromString(message))
        self.wrote.set()
        await self.reads.acquire()


@pytest.fixture
def core() -> Iterator[ScriptedCore]:
    core = ScriptedCore(oldest=100, newest=200)
    yield core
    os.close(core.descriptor)


class CountingBell(Bell):
    """Counts the turns that were asked for."""

    turns = 0

    async def turn(self) -> None:
        type(self).turns += 1
        await super().turn()


async def serve(core: ScriptedCore, context: ScriptedContext, kind: type[Bell] = Bell) -> None:
    async def run_command(call: Call, request: bytes) -> bytes:
        return b""

    port = cast(Core, core)
    bell = kind(port, heartbeat_s=3600)
    bell.open()
    try:
        streams = TradeStreams(port, bell, run_command, ApiSettings(clients={}), OpenStreams(32))
        await streams.serve(CALL, cast(Context, context))
    finally:
        bell.close()


def problem_of(error: BaseException) -> ApiError:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, ApiError)
    return error


@pytest.mark.parametrize("after_lsn", [1, 50, 98])
async def test_resume_point_before_the_oldest_is_refused_with_the_oldest(
    core: ScriptedCore, after_lsn: int
) -> None:
    with pytest.raises(BaseExceptionGroup) as refusal:
        await serve(core, ScriptedContext(after_lsn))
    error = problem_of(refusal.value)
    assert error.problem is Problem.RESUME_POINT_GONE
    assert "the oldest that is kept is 100" in error.text


@pytest.mark.parametrize(("after_lsn", "first"), [(99, 100), (100, 101), (0, 100)])
async def test_resume_point_that_is_kept_gives_what_comes_after_it(
    core: ScriptedCore, after_lsn: int, first: int
) -> None:
    context = ScriptedContext(after_lsn)
    serving = asyncio.create_task(serve(core, context))
    async with asyncio.timeout(10):
        await context.wrote.wait()
    assert [event.lsn for event in context.written[0].events] == list(range(first, 201))
    assert context.written[0].resume_lsn == 200
    assert context.metadata == {"journal": "J1"}
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving


async def test_reader_so_slow_that_the_journal_let_go_is_told_so_and_gets_no_gap(core: ScriptedCore) -> None:
    context = ScriptedContext(150)
    serving = asyncio.create_task(serve(core, context))
    async with asyncio.timeout(10):
        await context.wrote.wait()
    core.newest, core.oldest = 900, 500  # while the client does not read
    context.reads.release()
    with pytest.raises(BaseExceptionGroup) as refusal:
        await serving
    assert problem_of(refusal.value).problem is Problem.RESUME_POINT_GONE
    assert len(context.written) == 1


async def test_broken_connection_is_no_internal_error(core: ScriptedCore) -> None:
    class Broken(ScriptedContext):
        async def write(self, message: bytes) -> None:
            raise grpc.aio.InternalError("execute_batch failed")

    with pytest.raises(BaseExceptionGroup) as end:
        await serve(core, Broken(150))
    assert problem_of(end.value).problem is Problem.CLIENT_GONE


async def test_stream_begins_with_small_messages_that_a_bad_line_lets_through(core: ScriptedCore) -> None:
    core.batch_max = 10
    context = ScriptedContext(100)
    context.reads = asyncio.Semaphore(1_000)
    serving = asyncio.create_task(serve(core, context))
    async with asyncio.timeout(10):
        while not context.written or context.written[-1].resume_lsn < 200:
            context.wrote.clear()
            await context.wrote.wait()
    read = [size for size in core.asked if size > _LOOK_BYTES]
    assert read[:9] == [2_048 << doubled for doubled in (0, 1, 2, 3, 4, 5, 6, 7, 7)]
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving


async def test_stream_that_finds_nothing_for_itself_takes_no_turn(core: ScriptedCore) -> None:
    CountingBell.turns = 0
    context = ScriptedContext(200)
    context.reads = asyncio.Semaphore(1_000)
    serving = asyncio.create_task(serve(core, context, CountingBell))
    async with asyncio.timeout(10):
        await context.wrote.wait()
        core.hidden = range(201, 1_000)
        for newest in (300, 301, 400):
            core.newest = newest
            os.eventfd_write(core.descriptor, 1)
            await asyncio.sleep(0.001)
        core.newest = 1_000
        os.eventfd_write(core.descriptor, 1)
        context.wrote.clear()
        await context.wrote.wait()
    assert [event.lsn for event in context.written[-1].events] == [1_000]
    assert CountingBell.turns == 1
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving
