"""A change is carried to its end and recorded, whatever becomes of its caller."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest

from gateway.api.call import Call, CallEntry, Context
from gateway.api.call_record import CallRecord
from gateway.api.core_port import Core
from gateway.api.errors import ApiError, Problem
from gateway.api.rate import CallRates
from gateway.api.rights import ALL_RIGHTS, Caller
from gateway.v1 import control_pb2 as control

HALT = "gateway.v1.Risk.SetTradingState"
LIST = "gateway.v1.Risk.ListTradingStates"
Handle = Callable[[bytes, Context], Awaitable[bytes]]


class RecordingCore:
    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []

    def record_call(self, **fields: Any) -> int:
        self.calls.append((fields["status"], fields["reason"]))
        return 1


class CallContext:
    """Of a call from nowhere, without metadata and deadline."""

    def invocation_metadata(self) -> tuple[()]:
        return ()

    def auth_context(self) -> dict[str, list[bytes]]:
        return {}

    def peer(self) -> str:
        return "test"

    def time_remaining(self) -> None:
        return None


class Work:
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.began = asyncio.Event()
        self.go_on = asyncio.Event()
        self.error: Exception | None = None
        self.ended = False

    async def answer(self, call: Call, request: Any) -> bytes:
        self.began.set()
        await self.go_on.wait()
        self.ended = True
        if self.error:
            raise self.error
        return b"done"


@pytest.fixture
def core() -> RecordingCore:
    return RecordingCore()


@pytest.fixture
def entry(core: RecordingCore) -> CallEntry:
    caller = Caller("alpha", frozenset({"A1"}), ALL_RIGHTS)
    record = CallRecord(cast(Core, core), "name", lambda: 0.0)
    return CallEntry(lambda metadata, names: caller, record, CallRates(100, lambda: 0.0), lambda: 1)


async def canceled(entry: CallEntry, method: str, work: Work) -> None:
    handle = entry.unary(method, control.SetTradingStateRequest, work.answer)
    task = asyncio.ensure_future(handle(b"", cast(Context, CallContext())))
    await work.began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_change_that_ends_after_its_caller_is_recorded_then(
    entry: CallEntry, core: RecordingCore
) -> None:
    work = Work()
    await canceled(entry, HALT, work)
    assert core.calls == []
    work.go_on.set()
    await entry.settle(10)
    ((status, reason),) = core.calls
    assert (status, work.ended) == ("OK", True)
    assert "the caller canceled it" in reason


async def test_change_that_fails_after_its_caller_is_recorded_as_refused(
    entry: CallEntry, core: RecordingCore
) -> None:
    work = Work()
    work.error = ApiError(Problem.NOT_FOUND, "no such level")
    await canceled(entry, HALT, work)
    work.go_on.set()
    await entry.settle(10)
    assert core.calls == [("NOT_FOUND", "no such level")]


async def test_read_whose_caller_is_gone_is_not_gone_on_with(entry: CallEntry, core: RecordingCore) -> None:
    work = Work()
    await canceled(entry, LIST, work)
    work.go_on.set()
    await entry.settle(10)
    assert (work.ended, core.calls) == (False, [])
