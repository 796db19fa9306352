"""Requests that come while earlier ones are answered: decided in order, answered together, never without bound."""

import asyncio
from collections.abc import Sequence
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
from gateway.api.trade import TradeStreams
from gateway.v1 import order_entry_pb2 as order_entry
from tests.unit.api.test_trade_stream import ScriptedCore, problem_of

CALL = Call(Caller("alpha", frozenset()), 0)
REFUSED = "refused"


def request(name: str, padding: int = 0) -> bytes:
    order = order_entry.NewOrder(client_order_id=name, account="x" * padding)
    return order_entry.TradeRequest(commands=[order_entry.Command(new_order=order)]).SerializeToString()


class Line:
    """A client that sends all it has at once, ends its side, and takes one answer for each `let`."""

    def __init__(self, requests: Sequence[bytes]) -> None:
        self._requests = list(requests)
        self.read_count = 0
        self.reads = asyncio.Semaphore(0)
        self.wrote = asyncio.Event()
        self.written: list[list[str]] = []

    async def send_initial_metadata(self, metadata: Sequence[tuple[str, str]]) -> None:
        """Take it."""

    async def read(self) -> object:
        await asyncio.sleep(0)
        if not self._requests:
            return grpc.aio.EOF
        self.read_count += 1
        return self._requests.pop(0)

    async def write(self, message: bytes) -> None:
        results = order_entry.TradeResponse.FromString(message).results
        self.written.append([result.client_request_id for result in results])
        self.wrote.set()
        await self.reads.acquire()


async def run_command(call: Call, data: bytes) -> bytes:
    (command,) = order_entry.TradeRequest.FromString(data).commands
    name = command.new_order.client_order_id
    if name == REFUSED:
        raise ApiError(Problem.PERMISSION_DENIED, "not that one")
    result = order_entry.CommandResult(client_request_id=name)
    return order_entry.TradeResponse(results=[result]).SerializeToString()


@pytest.fixture
def core() -> ScriptedCore:
    return ScriptedCore(oldest=1, newest=1)


async def serve(core: ScriptedCore, line: Line, *, blocking: bool = False) -> None:
    port = cast(Core, core)
    bell = Bell(port, heartbeat_s=3600)
    bell.open()
    settings = ApiSettings(clients={}, blocking_commands=blocking)
    try:
        await TradeStreams(port, bell, run_command, settings, OpenStreams(32)).serve(
            CALL, cast(Context, line)
        )
    finally:
        bell.close()


async def first_answer(line: Line) -> None:
    async with asyncio.timeout(10):
        await line.wrote.wait()
    for _ in range(20):  # turns of the loop, in which what may be read is read
        await asyncio.sleep(0)


async def test_what_came_while_an_answer_was_written_is_answered_in_one(core: ScriptedCore) -> None:
    line = Line([request(f"c-{number}") for number in range(6)])
    serving = asyncio.create_task(serve(core, line))
    await first_answer(line)
    assert line.written == [["c-0"]]
    line.reads.release()
    line.reads.release()
    async with asyncio.timeout(10):
        await serving
    assert line.written == [["c-0"], [f"c-{number}" for number in range(1, 6)]]


async def test_each_is_answered_by_itself_where_each_waits_for_the_disk(core: ScriptedCore) -> None:
    line = Line([request(f"c-{number}") for number in range(4)])
    for _ in range(4):
        line.reads.release()
    async with asyncio.timeout(10):
        await serve(core, line, blocking=True)
    assert line.written == [[f"c-{number}"] for number in range(4)]


async def test_answers_before_a_request_that_ends_the_stream_are_sent(core: ScriptedCore) -> None:
    line = Line([request("c-0"), request("c-1"), request(REFUSED), request("c-3")])
    serving = asyncio.create_task(serve(core, line))
    await first_answer(line)
    for _ in range(4):
        line.reads.release()
    with pytest.raises(BaseExceptionGroup) as refusal:
        await serving
    assert problem_of(refusal.value).problem is Problem.PERMISSION_DENIED
    assert line.written == [["c-0"], ["c-1"]]


async def test_client_that_takes_no_answers_is_read_no_further(core: ScriptedCore) -> None:
    line = Line([request(f"c-{number}", padding=30_000) for number in range(20)])
    serving = asyncio.create_task(serve(core, line))
    await first_answer(line)
    assert line.read_count == 4  # the one that is answered, and 64 KiB with the message that passes them
    for _ in range(20):
        line.reads.release()
    async with asyncio.timeout(10):
        await serving
    assert [name for names in line.written for name in names] == [f"c-{number}" for number in range(20)]
    assert max(map(len, line.written)) == 1  # no more than 16 KiB are decided without a break


class PingPong(Line):
    """A client that sends a request when it has the answer to the one before; the last `rest` of them all at once."""

    def __init__(self, requests: Sequence[bytes], rest: int = 0) -> None:
        super().__init__(requests)
        self._rest = rest
        self._answered = asyncio.Semaphore(1)
        self.readers: list[object] = []

    async def read(self) -> object:
        self.readers.append(asyncio.current_task())
        if len(self._requests) > self._rest:
            await self._answered.acquire()
        return await super().read()

    async def write(self, message: bytes) -> None:
        self.reads.release()
        await super().write(message)
        for _ in range(5):  # turns of the loop, in which what was sent ahead is read
            await asyncio.sleep(0)
        self._answered.release()


async def test_client_that_waits_for_each_answer_has_its_requests_read_directly(core: ScriptedCore) -> None:
    line = PingPong([request(f"c-{number}") for number in range(300)])
    async with asyncio.timeout(10):
        await serve(core, line)
    assert line.written == [[f"c-{number}"] for number in range(300)]
    ahead = line.readers.count(line.readers[0])
    assert ahead < len(line.readers) / 3


async def test_client_that_sends_ahead_again_is_answered_together_again(core: ScriptedCore) -> None:
    line = PingPong([request(f"c-{number}") for number in range(300)], rest=250)
    async with asyncio.timeout(10):
        await serve(core, line)
    assert [name for names in line.written for name in names] == [f"c-{number}" for number in range(300)]
    assert max(map(len, line.written[:50])) == 1
    assert max(map(len, line.written)) > 1
