"""A tiny read-only HTTP endpoint: `GET /health`, `GET /ledger` and `GET /verdict`."""

import asyncio
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sim.commands import Core
from sim.scenario import Play, verdict_of

__all__ = ["serve"]

_REQUEST_BYTES_MAX = 8192
_REQUEST_TIMEOUT_S = 5


async def serve(simulator: Core, host: str, port: int, play: Play | None = None) -> asyncio.Server:
    """Listen beside the exchange, on the same loop."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_REQUEST_TIMEOUT_S):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(_respond(simulator, play, head))
                await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # a client that does not ask properly gets no answer
        finally:
            writer.close()

    return await asyncio.start_server(handle, host, port, limit=_REQUEST_BYTES_MAX)


def _respond(simulator: Core, play: Play | None, head: bytes) -> bytes:
    words = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
    if len(words) != 3 or words[0] != "GET":
        return _answer("405 Method Not Allowed", {"error": "only GET; paths: /health, /ledger, /verdict"})
    url = urlsplit(words[1])
    if url.path == "/health":
        return _answer("200 OK", {"status": "ok", "logged_on": simulator.logged_on})
    if url.path == "/ledger":
        owner = parse_qs(url.query).get("comp_id", [None])[0]
        return _answer("200 OK", simulator.ledger.as_json(owner))
    if url.path == "/verdict" and play is not None:
        return _answer("200 OK", verdict_of(play).as_json())
    paths = "/health, /ledger?comp_id=NAME, and with --scenario /verdict"
    return _answer("404 Not Found", {"error": f"no {url.path}; paths: {paths}"})


def _answer(status: str, content: dict[str, Any]) -> bytes:
    body = json.dumps(content).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Connection: close\r\n\r\n".encode() + body
