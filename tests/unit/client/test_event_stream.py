"""A stream of events whose connection ends at an awkward moment."""

import asyncio
import socket
from collections.abc import Iterator

import grpc
import grpc.aio
import pytest

from gateway.client import Settings
from gateway.client.connection import Connection
from gateway.client.event_stream import open_subscription
from gateway.client.identity import Identity


@pytest.fixture
def silent() -> Iterator[str]:
    """An endpoint that takes connections and says nothing."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield f"127.0.0.1:{listener.getsockname()[1]}"


async def test_stream_that_is_given_up_before_it_is_connected_ends(silent: str) -> None:
    connection = Connection([silent, "127.0.0.1:1"], Identity("alpha"), Settings())
    opening = asyncio.create_task(open_subscription(connection, 0))
    await asyncio.sleep(0)  # it has begun to write, and waits for its connection
    connection.fail_over()
    async with asyncio.timeout(10):
        with pytest.raises(grpc.aio.AioRpcError) as ended:
            await opening
    assert ended.value.code() is grpc.StatusCode.CANCELLED
    await connection.close()


async def test_opening_that_is_canceled_is_canceled(silent: str) -> None:
    connection = Connection(silent, Identity("alpha"), Settings())
    opening = asyncio.create_task(open_subscription(connection, 0))
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    await connection.close()
