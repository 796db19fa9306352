"""Connections that do not do what clients do: each ends in time, or is bounded, and others do not notice."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import grpc
import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from gateway.api import ClientAccess, TlsFiles
from gateway.api.health import CALLS_PER_CONNECTION_MAX
from gateway.api.identity import token_digest
from gateway.api.rights import ALL_RIGHTS
from gateway.client import AsyncClient, Settings, Side, Tls
from tests.integration.api.frames import (
    DATA,
    END_STREAM,
    GOAWAY,
    HEADERS,
    PREFACE,
    RST_STREAM,
    SETTINGS,
    SMALLEST_WINDOW,
    call_headers,
    connected,
    ended,
    frame,
    read_frame,
)
from tests.integration.api.support import TIMEOUT_S, Gateway, Venue
from tests.integration.net.certificates import Authority
from tests.support.methods import METHODS, method_path

HANDSHAKE_S = 0.3
CONNECTIONS_MAX = 6
QUICK = Settings(connect_timeout_s=TIMEOUT_S, backoff_min_s=0.01, backoff_max_s=0.1)
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


class World:
    """A gateway with TLS and tokens, and a good client of it."""

    def __init__(self, folder: Path, venue: Venue, handshake_s: float) -> None:
        authority = Authority(folder)
        issued = authority.issue("gateway")
        self.ca = authority.file
        self.context = ssl.create_default_context(cafile=str(self.ca))
        self.context.set_alpn_protocols(["h2"])
        self.gateway = Gateway(folder / "journal", venue.port)
        self.gateway.settings = replace(
            self.gateway.settings,
            clients={
                "alpha": ClientAccess(
                    accounts=frozenset({"A1"}),
                    rights=ALL_RIGHTS,
                    token_hashes=frozenset({token_digest("secret")}),
                )
            },
            identity="token",
            tls=TlsFiles(certificate=issued.certificate, private_key=issued.key),
            handshake_timeout_s=handshake_s,
            connections_max=CONNECTIONS_MAX,
        )

    def client(self) -> AsyncClient:
        return AsyncClient(
            self.gateway.target,
            token="secret",
            account="A1",
            strategy="test",
            tls=Tls(ca=self.ca),
            settings=QUICK,
        )

    def channel(self) -> grpc.aio.Channel:
        credentials = grpc.ssl_channel_credentials(self.ca.read_bytes())
        options = [("grpc.use_local_subchannel_pool", 1)]
        return grpc.aio.secure_channel(self.gateway.target, credentials, options=options)


@pytest.fixture
async def world(venue: Venue, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """Its parameter, where a test gives one: how long a handshake may take, in seconds."""
    world = World(tmp_path, venue, getattr(request, "param", HANDSHAKE_S))
    await world.gateway.start_unready()
    yield world
    async with asyncio.timeout(TIMEOUT_S):  # nobody who stays connected keeps it from stopping
        await world.gateway.stop()


async def denial_of_an_order(client: AsyncClient, name: str) -> object:
    """Send an order that has to get an answer, whether or not the session stands."""
    async with asyncio.timeout(TIMEOUT_S):
        order = await client.submit("ACME", Side.BUY, 5000, price="5.00", client_order_id=name)
    assert order.result is not None
    return order.result.denial


HELLO = bytes.fromhex("16030100c8010000c40303") + bytes(32)
"""A ClientHello's beginning: the record says 200 bytes, and fewer come."""
UNFINISHED: dict[str, tuple[bool, bytes]] = {
    "nothing is sent": (False, b""),
    "garbage in place of TLS": (False, b"GET / HTTP/1.1\r\n\r\n"),
    "half a ClientHello": (False, HELLO),
    "TLS and no more": (True, b""),
    "half a preface": (True, PREFACE[:10]),
    "a preface without settings": (True, PREFACE),
    "half a frame of settings": (True, PREFACE + frame(SETTINGS, SMALLEST_WINDOW)[:11]),
}
"""How far a handshake comes -> whether TLS is through, and what is sent then."""


@pytest.mark.parametrize("how", UNFINISHED)
async def test_handshake_that_is_never_finished_ends_in_time(world: World, how: str) -> None:
    over_tls, sent = UNFINISHED[how]
    async with world.client() as client:
        reader, writer = await connected(world.gateway.port, world.context if over_tls else None)
        writer.write(sent)
        async with asyncio.timeout(TIMEOUT_S):
            await ended(reader)
        writer.transport.abort()
        assert await denial_of_an_order(client, "c-1")


@pytest.mark.parametrize("world", [60.0], indirect=True)
async def test_connection_beyond_the_most_is_closed_and_those_that_stand_are_not(world: World) -> None:
    """Those in their handshake count: here they have all the time."""
    async with world.client() as client, asyncio.timeout(TIMEOUT_S):
        crowd = [await connected(world.gateway.port) for _ in range(3 * CONNECTIONS_MAX)]
        ends = [asyncio.create_task(ended(reader)) for reader, _ in crowd]
        for end in asyncio.as_completed(ends):
            await end
            if sum(end.done() for end in ends) >= 2 * CONNECTIONS_MAX:
                break
        assert await denial_of_an_order(client, "c-1")
        for _, writer in crowd:
            writer.transport.abort()
        await asyncio.gather(*ends)
        async with world.client() as late:  # it tries again until there is room
            assert await denial_of_an_order(late, "c-2")


async def end_of_headers(reader: asyncio.StreamReader, count: int) -> bytes:
    """Read until so many calls have got headers; what they say, all together."""
    said = b""
    while count:
        kind, payload = await read_frame(reader)
        if kind == HEADERS:
            said += payload
            count -= 1
    return said


@pytest.mark.parametrize("metadata", [{}, {"authorization": "Bearer wrong"}, {"client": "alpha"}], ids=str)
async def test_call_of_nobody_is_refused_before_its_message_comes(
    world: World, metadata: dict[str, str]
) -> None:
    reader, writer = await connected(world.gateway.port, world.context)
    calls = [
        call_headers(f"/{method_path(method)}", 2 * at + 1, metadata) for at, method in enumerate(METHODS)
    ]
    writer.write(PREFACE + frame(SETTINGS) + b"".join(calls))
    async with asyncio.timeout(TIMEOUT_S):
        said = await end_of_headers(reader, len(METHODS))
    writer.transport.abort()
    assert said.count(b"authorization") + said.count(b"token") >= 1


STRANGE_HEADERS: dict[str, dict[str, str]] = {
    "no path": {":path": ""},
    "a path that is none": {":path": "gateway.v1.Orders"},
    "a service that is none": {":path": "/gateway.v1.Nothing/Do"},
    "another method": {":method": "DELETE"},
    "another content": {"content-type": "text/html"},
    "time that is none": {"grpc-timeout": "soon"},
    "time below zero": {"grpc-timeout": "-1S"},
    "time without end": {"grpc-timeout": "99999999H"},
    "no time": {"grpc-timeout": "0n"},
    "compression that is none": {"grpc-encoding": "zip"},
    "control characters": {"client": "al\x01pha\x7f"},
    "bytes that are no base64": {"token-bin": "%%%"},
    "no name": {"": "x"},
    "large letters": {"Client": "alpha"},
    "a name of the protocol": {":nonsense": "x"},
    "many": {f"x-{number}": "y" * 100 for number in range(60)},
}


@pytest.mark.parametrize("how", STRANGE_HEADERS)
@pytest.mark.parametrize("proof", [{}, {"authorization": "Bearer secret"}], ids=["nobody", "a client"])
async def test_strange_headers_are_answered_and_others_are_not_touched(
    world: World, how: str, proof: dict[str, str]
) -> None:
    async with world.client() as client:
        reader, writer = await connected(world.gateway.port, world.context)
        call = call_headers("/gateway.v1.Orders/ListOrders", 1, {**proof, **STRANGE_HEADERS[how]})
        writer.write(PREFACE + frame(SETTINGS) + call + frame(DATA, bytes(5), stream=1, flags=END_STREAM))
        async with asyncio.timeout(TIMEOUT_S):
            with suppress(asyncio.IncompleteReadError):  # or the connection is ended
                while (await read_frame(reader))[0] not in (HEADERS, RST_STREAM, GOAWAY):
                    pass
        assert await denial_of_an_order(client, "c-1")
        writer.transport.abort()


async def test_call_of_a_client_waits_for_its_message(world: World) -> None:
    reader, writer = await connected(world.gateway.port, world.context)
    path = "/gateway.v1.Sessions/ListSessions"
    writer.write(PREFACE + frame(SETTINGS) + call_headers(path, 1, {"authorization": "Bearer secret"}))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(2 * HANDSHAKE_S):
            await end_of_headers(reader, 1)
    writer.write(frame(DATA, bytes(5), stream=1, flags=END_STREAM))
    async with asyncio.timeout(TIMEOUT_S):
        await end_of_headers(reader, 2)  # before its answer, and after it
    writer.transport.abort()


async def test_health_of_one_who_does_not_read_is_no_other_ones(world: World) -> None:
    """Nothing is written while others wait: neither those who watch, nor the gateway's own stop."""
    _, writer = await connected(world.gateway.port, world.context)
    asks = health_pb2.HealthCheckRequest(service="gateway.v1.OrderEntry").SerializeToString()
    message = b"\0" + len(asks).to_bytes(4, "big") + asks
    writer.write(PREFACE + frame(SETTINGS, SMALLEST_WINDOW))
    for stream in (1, 3):
        writer.write(
            call_headers("/grpc.health.v1.Health/Watch", stream) + frame(DATA, message, stream=stream)
        )
    async with asyncio.timeout(TIMEOUT_S), world.channel() as channel:
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest.FromString(asks))
        while (await watch.read()).status != SERVING:
            pass
        await asyncio.to_thread(world.gateway.core.stop)
        while (await watch.read()).status != NOT_SERVING:
            pass
        watch.cancel()
        server = world.gateway.server
        assert server is not None
        await server.stop()
    world.gateway.server = None
    writer.transport.abort()


async def test_calls_of_health_on_one_connection_are_bounded(world: World) -> None:
    request = health_pb2.HealthCheckRequest(service="")
    async with asyncio.timeout(TIMEOUT_S), world.channel() as channel, world.channel() as other:
        stub = health_pb2_grpc.HealthStub(channel)
        watches = [stub.Watch(request) for _ in range(CALLS_PER_CONNECTION_MAX)]
        for watch in watches:
            assert (await watch.read()).status == SERVING
        for refused in (stub.Watch(request).read(), stub.Check(request)):
            with pytest.raises(grpc.aio.AioRpcError) as refusal:
                await refused
            assert refusal.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert (await health_pb2_grpc.HealthStub(other).Check(request)).status == SERVING
        watches[0].cancel()
        await eventually_answered(lambda: stub.Check(request))
        for watch in watches:
            watch.cancel()


async def eventually_answered(call: Callable[[], "grpc.aio.UnaryUnaryCall[object, object]"]) -> None:
    """Call until it is answered: what ends a call at the server has no event that its client could wait for."""
    while True:
        with suppress(grpc.aio.AioRpcError):
            await call()
            return


async def test_call_of_health_without_a_request_ends_in_time(world: World) -> None:
    reader, writer = await connected(world.gateway.port, world.context)
    writer.write(PREFACE + frame(SETTINGS) + call_headers("/grpc.health.v1.Health/Check", 1))
    async with asyncio.timeout(TIMEOUT_S):
        await end_of_headers(reader, 1)
    writer.transport.abort()


async def test_health_is_checked_by_name(world: World) -> None:
    async with world.channel() as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        for service in ("", "gateway.v1.Orders"):
            answer = await stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=TIMEOUT_S)
            assert (service, answer.status) == (service, SERVING)
        with pytest.raises(grpc.aio.AioRpcError) as refusal:
            await stub.Check(health_pb2.HealthCheckRequest(service="nobody"), timeout=TIMEOUT_S)
        assert refusal.value.code() is grpc.StatusCode.NOT_FOUND


async def test_health_that_is_asked_for_in_garbage_is_refused(world: World) -> None:
    async with world.channel() as channel, asyncio.timeout(TIMEOUT_S):
        check = channel.unary_unary("/grpc.health.v1.Health/Check")
        for request in (b"\xff\xff", b"\x0a\x02\xff\xfe", b"\x0a\x7fx"):
            with pytest.raises(grpc.aio.AioRpcError) as refusal:
                await check(request)
            assert refusal.value.code() is grpc.StatusCode.INVALID_ARGUMENT
        assert await check(b"") == health_pb2.HealthCheckResponse(status=SERVING).SerializeToString()


async def test_health_of_an_unknown_service_is_watched_as_unknown(world: World) -> None:
    async with world.channel() as channel, asyncio.timeout(TIMEOUT_S):
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(service="nobody"))
        assert (await watch.read()).status == health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
        watch.cancel()
