"""What is another client's is answered by the same steps as what does not exist, so that no timing tells them apart.

A server over a core that notes its calls is asked about both. The calls of the core, their arguments and what came of
them, the status, its text and metadata, the answer, and what was journalled have to be the same. What the core does in
one call is one look into one table, whichever of the two it is asked for.
"""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, cast

import grpc.aio
import pytest
from google.protobuf import message_factory
from google.protobuf.message import Message

from gateway.core import _core
from gateway.v1 import order_entry_pb2
from tests.integration.api.foreign import FOREIGN, PAIRS
from tests.integration.api.support import METHODS_BY_PATH, Gateway, RawClient

THEIRS, MISSING, BEFORE = 17, 97, 99
"""Ids of orders, as long in text and in bytes: beta's, and two that are nobody's."""
OF_THE_SERVER = {"metrics", "event_fd", "arm_event_fd", "committed_lsn", "oldest_lsn", "sessions"}
"""Calls that the server makes whoever calls, and as often as its loop turns."""
OF_THE_MOMENT = {"lsn", "oldest_lsn", "newest_lsn", "resume_lsn", "as_of_lsn", "snapshot_lsn", "time"}
OWN_ORDERS = {"OrderEntry.SubmitOrder", "OrderEntry.SubmitLinkedOrders"}
"""These make orders of the caller, whose ids are new ones."""


class NotingCore:
    """Passes everything on, and notes which method was called with what, and what came of it."""

    def __init__(self, core: object) -> None:
        self._core = core
        self.notes: list[tuple[str, ...]] = []

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._core, name)
        if name in OF_THE_SERVER:
            return method

        def noted(*args: object, **named: object) -> object:
            try:
                outcome = method(*args, **named)
            except Exception as error:
                self.notes.append((name, *_shape(args), *_shape(named.items()), repr(error)))
                raise
            self.notes.append((name, *_shape(args), *_shape(named.items()), _came_of(outcome)))
            return outcome

        return noted


def _shape(values: Any) -> list[str]:
    """Bytes count by their length, times as such, the core's own objects by their type."""
    return [_shape_of(value) for value in values]


def _shape_of(value: object) -> str:
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, int) and value > 1_000_000_000_000:
        return "a time"
    return re.sub(r" object at 0x\w+", "", repr(value))


def _came_of(outcome: object) -> str:
    """What was found, if anything; lsns and places in tables are of the moment."""
    if isinstance(outcome, int):
        return "a number"
    return "nothing" if outcome is None else _shape_of(outcome)


@asynccontextmanager
async def noting_server(gateway: Gateway) -> AsyncIterator[tuple[NotingCore, RawClient]]:
    core = NotingCore(gateway.core)
    server = gateway.serve(cast(_core.Gateway, core), replace(gateway.settings, port=0))
    async with grpc.aio.insecure_channel(f"127.0.0.1:{await server.start()}") as channel:
        yield core, RawClient(channel)
    await server.stop()


class Seen:
    """What a caller gets of an answer, and what the server did for it; ids and moments are left out."""

    def __init__(self, name: str, order_id: int) -> None:
        self._own_orders = name in OWN_ORDERS
        self._id = order_id
        self.parts: list[str] = []

    def add(self, text: str) -> None:
        self.parts.append(re.sub(rf"\b{self._id}\b|(?<=-){self._id}\b", "ID", text).replace("B9", "B1"))

    def add_message(self, message: Message) -> None:
        self._clear(message)
        self.add(repr(message))
        self.add(f"{message.ByteSize()} bytes")

    def _clear(self, message: Any) -> None:
        for field, value in message.ListFields():
            if field.name in OF_THE_MOMENT or (self._own_orders and field.name == "order_id"):
                message.ClearField(field.name)
            elif field.message_type is not None:
                for each in value if field.is_repeated else [value]:
                    self._clear(each)


async def seen_of(gateway: Gateway, core: NotingCore, raw: RawClient, name: str, order_id: int) -> list[str]:
    make = cast(Callable[[int, int], Message], FOREIGN[name])
    method = f"gateway.v1.{name.replace('.', '/')}"
    seen, before = Seen(name, order_id), gateway.core.committed_lsn()
    core.notes.clear()
    try:
        answer = await raw.first(method, make(order_id, MISSING).SerializeToString())
        seen.add_message(
            message_factory.GetMessageClass(METHODS_BY_PATH[method].output_type).FromString(answer)
        )
    except grpc.aio.AioRpcError as error:
        seen.add(f"{error.code()} {error.details()}")
        seen.add(repr(error.initial_metadata()))
        seen.add(repr(error.trailing_metadata()))
    # Not the messages of FIX, nor what a venue says meanwhile: nobody has asked for those.
    for event in order_entry_pb2.TradeResponse.FromString(gateway.core.events(before, None).data).events:
        if (body := event.WhichOneof("body")) != "execution_reported":
            seen.add(f"journalled: {body}")
    for note in core.notes:
        seen.add(repr(note))
    return seen.parts


@pytest.mark.parametrize("name", PAIRS)
async def test_what_is_anothers_takes_the_same_steps_as_what_does_not_exist(
    gateway: Gateway, channel: grpc.aio.Channel, name: str
) -> None:
    beta = RawClient(channel, "beta")
    for number in range(1, THEIRS + 1):
        result = await beta.submit(client_order_id=f"theirs-{number}", account="B1", instrument="OTHER")
    assert result.order_id == THEIRS
    async with noting_server(gateway) as (core, raw):
        await seen_of(
            gateway, core, raw, name, BEFORE
        )  # the first call of a client is another one: it is recorded
        theirs = await seen_of(gateway, core, raw, name, THEIRS)
        missing = await seen_of(gateway, core, raw, name, MISSING)
    assert theirs == missing
