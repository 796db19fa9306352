"""Pings: a connection that sends too many is closed, and others are not. In frames: grpc's own client holds back."""

import asyncio
import struct

from tests.integration.api.support import TIMEOUT_S, Gateway, RawClient

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS, PING, GOAWAY = 4, 6, 7
"""Types of frames (RFC 9113, 6)."""
ENHANCE_YOUR_CALM = 11
PINGS = 10


def frame(kind: int, payload: bytes = b"") -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes([kind, 0]) + bytes(4) + payload


async def read_frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readexactly(9)
    return head[3], await reader.readexactly(int.from_bytes(head[:3], "big"))


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
