"""A gateway that trades with the simulator: the real core, the API server before it, the simulator as a
process.
"""

import asyncio
import gc
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
from google.protobuf.descriptor import MethodDescriptor
from grpc_health.v1 import health_pb2, health_pb2_grpc

from gateway.api import ApiServer, ApiSettings, ClientAccess, create_server
from gateway.api.admin import AdminFacts
from gateway.api.rights import ALL_RIGHTS
from gateway.core import _core
from gateway.v1 import events_pb2 as events
from gateway.v1 import order_entry_pb2 as order_entry
from gateway.v1 import queries_pb2 as queries
from gateway.v1 import types_pb2 as types
from tests.integration.api.desks import open_desks, write_configuration
from tests.support.methods import METHODS, method_path
from tests.support.status_details import assert_names_the_field

TIMEOUT_S = 20
METHODS_BY_PATH = {method_path(method): method for method in METHODS}
_CONFIG = """
symbols:
  ACME: {price: "10.00", quantity_max: "1000000"}
  OTHER: {price: "20.00", quantity_max: "1000000"}
"""
_ANY_PORTS = ("--port", "0", "--http-port", "0")
_comp_ids = count(1)

TradeCall = Any


class Venue:
    """The simulator. Each gateway talks to it under a CompID of its own, so one serves all tests."""

    def __init__(self, directory: Path) -> None:
        config = directory / "sim.yaml"
        config.write_text(_CONFIG)
        self._log = (directory / "sim.log").open("w")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "sim", "--config", str(config), "--no-liquidity", *_ANY_PORTS],
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self.port = self._announced("listening on 127.0.0.1:")
        self._http_port = self._announced("http on 127.0.0.1:")

    def new_order_arrivals(self, comp_id: str) -> dict[str, int]:
        """How often each ClOrdID(11) of a NewOrderSingle(D) reached the venue."""
        url = f"http://127.0.0.1:{self._http_port}/ledger?comp_id={comp_id}"
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:
            arrivals: dict[str, int] = json.load(answer)["new_order_arrivals"].get(comp_id, {})
        return arrivals

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(TIMEOUT_S)
        self._log.close()

    def _announced(self, start: str) -> int:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line.startswith(start), Path(self._log.name).read_text()
        return int(line.removeprefix(start))


class Gateway:
    """A core and its API server, which can be stopped and started again over the same journal."""

    def __init__(self, journal: Path, venue_port: int) -> None:
        self.comp_id = f"GW{next(_comp_ids)}"
        self.settings = ApiSettings(
            clients={
                "alpha": ClientAccess(accounts=frozenset({"A1", "A2"}), rights=ALL_RIGHTS),
                "beta": ClientAccess(accounts=frozenset({"B1"}), rights=ALL_RIGHTS),
                # Trades an account of alpha's as well, and has no more than the usual rights.
                "gamma": ClientAccess(accounts=frozenset({"A1"})),
            },
            heartbeat_s=0.2,
            health_interval_s=0.02,
        )
        self.accounts = {"alpha": ["A1", "A2"], "beta": ["B1"], "gamma": ["A1"]}
        """Of each client that the core knows."""
        self.durability = "process"
        self.orders_max = 100_000
        self.now_ns: Callable[[], int] = time.time_ns
        self.facts: AdminFacts | None = None
        """What it tells of itself, in place of the truth."""
        self.server: ApiServer | None = None
        self.port = 0
        self._journal = journal
        self._venue_port = venue_port

    @property
    def target(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start on the port that it had before, if any, and wait until it takes orders."""
        await self.start_unready()
        async with asyncio.timeout(TIMEOUT_S), grpc.aio.insecure_channel(self.target) as channel:
            watch = health_pb2_grpc.HealthStub(channel).Watch(
                health_pb2.HealthCheckRequest(service="gateway.v1.OrderEntry")
            )
            async for answer in watch:
                if answer.status == health_pb2.HealthCheckResponse.SERVING:
                    return

    async def start_unready(self) -> None:
        self.core = _core.Gateway(self._core_settings())
        self.core.start()
        self.server = self.serve(self.core, replace(self.settings, port=self.port))
        self.port = await self.server.start()

    def serve(self, core: _core.Gateway, settings: ApiSettings) -> ApiServer:
        """Make a server over a core, with all that a running gateway's has."""
        configuration = write_configuration(
            self._journal, comp_id=self.comp_id, port=self._venue_port, durability=self.durability
        )
        desks = open_desks(core, configuration, self.now_ns)
        if self.facts is not None:
            desks["facts"] = self.facts
        return create_server(core, settings, now_ns=self.now_ns, **desks)

    async def stop(self) -> None:
        if self.server is not None:
            server, self.server = self.server, None
            await server.stop()
            await asyncio.to_thread(self.core.stop)
            del self.core, server
            gc.collect()  # the journal is let go of when nothing refers to the core any more

    def _core_settings(self) -> _core.CoreSettings:
        instrument = {
            "venue": "SIM",
            "tick_size": "0.01",
            "lot_size": "1",
            "min_quantity": "1",
            "currency": "USD",
        }
        return _core.CoreSettings(
            journal_path=str(self._journal),
            sessions=[
                _core.SessionSettings(
                    name="SIM",
                    begin_string="FIX.4.4",
                    sender_comp_id=self.comp_id,
                    target_comp_id="SIM",
                    role="initiator",
                    host="127.0.0.1",
                    port=self._venue_port,
                    reconnect_min_ms=10,
                )
            ],
            venues=[_core.VenueSettings(name="SIM", session="SIM")],
            instruments=[
                _core.InstrumentSettings(symbol=symbol, **instrument) for symbol in ("ACME", "OTHER")
            ],
            clients=[
                _core.ClientSettings(name=name, accounts=accounts) for name, accounts in self.accounts.items()
            ],
            limits=[_core.LimitSettings(level="firm", max_order_quantity="1000")],
            durability=self.durability,
            segment_size_bytes=16 * 1024 * 1024,
            orders_max=self.orders_max,
        )


class RawClient:
    """Calls with chosen bytes and chosen identity: what no SDK would do."""

    def __init__(self, channel: grpc.aio.Channel, client: str | None = "alpha") -> None:
        self._channel = channel
        self._metadata = () if client is None else (("client", client),)

    async def call(self, method: str, request: bytes, timeout_s: float = TIMEOUT_S) -> bytes:
        unary: Any = self._channel.unary_unary(f"/{method}")
        try:
            answer: bytes = await unary(request, metadata=self._metadata, timeout=timeout_s)
        except grpc.aio.AioRpcError as error:
            assert_names_the_field(METHODS_BY_PATH.get(method), error)
            raise
        return answer

    async def status(self, method: str, request: bytes) -> tuple[grpc.StatusCode, str]:
        try:
            await self.call(method, request)
        except grpc.aio.AioRpcError as error:
            return error.code(), error.details() or ""
        return grpc.StatusCode.OK, ""

    async def first(self, method: str, request: bytes) -> bytes:
        """What a method answers: all of it, or the first message of a stream; empty where it ends without one."""
        if not METHODS_BY_PATH[method].server_streaming:
            return await self.call(method, request)
        call = self.watch(method, request)
        async with asyncio.timeout(TIMEOUT_S):
            try:
                answer = await call.read()
            except grpc.aio.AioRpcError as error:
                assert_names_the_field(METHODS_BY_PATH[method], error)
                raise
        call.cancel()
        return b"" if answer is grpc.aio.EOF else bytes(answer)

    async def any_status(self, method: MethodDescriptor, request: bytes) -> tuple[grpc.StatusCode, str]:
        """How a call of one request ends; a stream that begins to answer counts as OK."""
        try:
            await self.first(method_path(method), request)
        except grpc.aio.AioRpcError as error:
            return error.code(), error.details() or ""
        return grpc.StatusCode.OK, ""

    def watch(self, method: str, request: bytes) -> Any:
        """Open a stream that answers one request with bytes."""
        stream: Any = self._channel.unary_stream(f"/{method}")
        return stream(request, metadata=self._metadata)

    def trade(self) -> TradeCall:
        method: Any = self._channel.stream_stream(
            "/gateway.v1.OrderEntry/Trade", response_deserializer=order_entry.TradeResponse.FromString
        )
        return method(metadata=self._metadata)

    async def subscribed(self, after_lsn: int | None, **asked: Any) -> TradeCall:
        call = self.trade()
        subscription = order_entry.Subscription(after_lsn=after_lsn or 0, from_now=after_lsn is None, **asked)
        # It may be refused before it is written: whoever reads is told.
        with suppress(grpc.aio.AioRpcError, asyncio.InvalidStateError):
            await call.write(order_entry.TradeRequest(subscription=subscription).SerializeToString())
        return call

    async def submit(self, **terms: Any) -> order_entry.CommandResult:
        request = order_entry.SubmitOrderRequest(order=new_order(**terms))
        answer = await self.call("gateway.v1.OrderEntry/SubmitOrder", request.SerializeToString())
        return order_entry.SubmitOrderResponse.FromString(answer).result

    async def canceled(self, orders: list[int]) -> None:
        """Wait until these orders are canceled, without a stream: one of the client's would keep them alive."""
        async with asyncio.timeout(TIMEOUT_S):
            for order_id in orders:
                # What ends a stream has no event that a unary call could wait for.
                while await self._order_status(order_id) != types.ORDER_STATUS_CANCELED:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)

    async def _order_status(self, order_id: int) -> int:
        request = queries.GetOrderRequest(order_id=order_id)
        answer = await self.call("gateway.v1.Orders/GetOrder", request.SerializeToString())
        return queries.GetOrderResponse.FromString(answer).order.status


def new_order(client_order_id: str, **terms: Any) -> order_entry.NewOrder:
    """An order that rests on the book, unless the terms say otherwise."""
    usual: dict[str, Any] = {
        "account": "A1",
        "strategy": "test",
        "instrument": "ACME",
        "side": 1,
        "order_type": 2,
        "quantity": "10",
        "price": "5.00",
    }
    return order_entry.NewOrder(client_order_id=client_order_id, **{**usual, **terms})


def trade_request(*orders: order_entry.NewOrder) -> bytes:
    return order_entry.TradeRequest(
        commands=[order_entry.Command(new_order=order) for order in orders]
    ).SerializeToString()


async def read_until(call: TradeCall, lsn: int) -> list[events.Event]:
    """Read events until everything up to an lsn has been sent."""
    received: list[events.Event] = []
    async with asyncio.timeout(TIMEOUT_S):
        while True:
            response = await call.read()
            assert response is not grpc.aio.EOF, "the stream ended"
            received += response.events
            if response.resume_lsn >= lsn:
                return received


async def end_of(call: TradeCall) -> tuple[grpc.StatusCode, str]:
    """Read a stream to its end, and say how it ended."""
    async with asyncio.timeout(TIMEOUT_S):
        try:
            while await call.read() is not grpc.aio.EOF:
                pass
        except grpc.aio.AioRpcError:
            pass
        return await call.code(), await call.details()


async def settled(raw: RawClient, orders: int) -> int:
    """Wait until the venue has answered for this many of the client's orders; the lsn up to which it has."""
    call = await raw.subscribed(0)
    answered: set[int] = set()
    async with asyncio.timeout(TIMEOUT_S):
        while True:
            response = await call.read()
            assert response is not grpc.aio.EOF, "the stream ended"
            answered |= {
                event.execution_reported.order_id
                for event in response.events
                if event.HasField("execution_reported")
            }
            if len(answered) >= orders:
                call.cancel()
                lsn: int = response.resume_lsn
                return lsn
