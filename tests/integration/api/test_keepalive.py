"""Pings: a connection that sends too many is closed, and others are not. In frames: grpc's own client holds back."""

import asyncio
import struct

from tests.integration.api.frames import ENHANCE_YOUR_CALM, GOAWAY, PING, PREFACE, SETTINGS, frame, read_frame
from tests.integration.api.support import TIMEOUT_S, Gateway, RawClient

PINGS = 10


async def test_connection_that_pings_too_often_is_closed_and_others_are_not(
    gateway: Gateway, raw: RawClient
) -> None:
    await raw.submit(client_order_id="before-1")
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
    writer.write(PREFACE + frame(SETTINGS))
    writer.write(b"".join(frame(PING, struct.pack(">Q", number)) for number in range(PINGS)))
    async with asyncio.timeout(TIMEOUT_S):
        kind, payload = await read_frame(reader)
        while kind != GOAWAY:
            kind, payload = await read_frame(reader)
    writer.close()
    assert int.from_bytes(payload[4:8], "big") == ENHANCE_YOUR_CALM
    assert b"ping" in payload[8:]
    assert not (await raw.submit(client_order_id="after-1")).HasField("denial")
