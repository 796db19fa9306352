"""HTTP/2 in single frames (RFC 9113): what grpc's own client would never send."""

import asyncio
import ssl
import struct
from collections.abc import Mapping

__all__ = [
    "DATA", "END_STREAM", "ENHANCE_YOUR_CALM", "GOAWAY", "HEADERS", "PING", "PREFACE", "RST_STREAM", "SETTINGS",
    "SMALLEST_WINDOW", "call_headers", "connected", "ended", "frame", "read_frame",
]  # fmt: skip

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY = 0, 1, 3, 4, 6, 7
"""Types of frames."""
ENHANCE_YOUR_CALM = 11
SMALLEST_WINDOW = struct.pack(">HI", 4, 0)
"""A setting: nothing may be sent to us on any stream."""
END_STREAM = 1
_END_HEADERS = 4


def frame(kind: int, payload: bytes = b"", *, stream: int = 0, flags: int = 0) -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def call_headers(path: str, stream: int, metadata: Mapping[str, str] | None = None) -> bytes:
    """The frame that begins a call, and none of its message; `stream` is odd and grows."""
    fields = {
        ":method": "POST",
        ":scheme": "https",
        ":path": path,
        ":authority": "127.0.0.1",
        "content-type": "application/grpc",
        "te": "trailers",
        **(metadata or {}),
    }
    block = b"".join(b"\0" + _text(name) + _text(value) for name, value in fields.items())
    return frame(HEADERS, block, stream=stream, flags=_END_HEADERS)


def _text(text: str) -> bytes:
    assert len(text) < 127
    return bytes([len(text)]) + text.encode()


async def read_frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readexactly(9)
    return head[3], await reader.readexactly(int.from_bytes(head[:3], "big"))


async def connected(
    port: int, context: ssl.SSLContext | None = None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect, with the handshake of TLS where there is a context, and send nothing."""
    return await asyncio.open_connection("127.0.0.1", port, ssl=context)


async def ended(reader: asyncio.StreamReader) -> None:
    """Wait until the server has closed the connection, whatever it sends before."""
    try:
        while await reader.read(65_536):
            pass
    except OSError:
        pass
