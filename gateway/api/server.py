"""Puts the servicers together into a grpc.aio server."""

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import grpc
import grpc.aio
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection

from gateway.api.admin import Admin, AdminFacts
from gateway.api.audit import Audit
from gateway.api.bell import Bell
from gateway.api.call import Call, CallEntry
from gateway.api.call_record import CallRecord
from gateway.api.control import AnalyticsPort, Risk
from gateway.api.core_port import Core
from gateway.api.errors import ApiError, Problem
from gateway.api.event_stream import EventStreams
from gateway.api.executions import Executions
from gateway.api.health import Health
from gateway.api.identity import ClientDirectory, Identify
from gateway.api.limits import LimitDesk
from gateway.api.market_data import MarketData
from gateway.api.methods import Methods
from gateway.api.operations import Operations
from gateway.api.order_entry import OrderEntry
from gateway.api.order_watch import OrderWatch
from gateway.api.origins import Origins
from gateway.api.position_watch import PositionWatch
from gateway.api.queries import Orders, Positions
from gateway.api.quotes import Quotes
from gateway.api.rate import CallRates
from gateway.api.rights import ClientAccess, check_commands
from gateway.api.sessions import SessionDesk, Sessions
from gateway.api.settings import ApiSettings
from gateway.api.streams import OpenStreams
from gateway.api.tls import server_credentials
from gateway.api.trade import TradeStreams
from gateway.v1 import (
    admin_pb2,
    audit_pb2,
    control_pb2,
    executions_pb2,
    operations_pb2,
    order_entry_pb2,
    queries_pb2,
    sessions_pb2,
)

__all__ = ["ApiServer", "create_server"]

Answer = TypeVar("Answer")

_STOP_GRACE_S = 1.0
_SETTLE_S = 5.0
"""How long a stop waits for changes under way: with `durability: disk`, for a disk."""


class ApiServer:
    """The gRPC server of a gateway. Start and stop it on one event loop."""

    def __init__(
        self,
        core: Core,
        settings: ApiSettings,
        identify: Identify | None,
        now_ns: Callable[[], int],
        desk: SessionDesk | None,
        facts: AdminFacts | None,
        analytics: AnalyticsPort | None,
        limit_desk: LimitDesk | None,
    ) -> None:
        self._desk = desk
        self._facts = facts
        self._limit_desk = limit_desk
        self._analytics = analytics
        self._now_ns = now_ns
        self._core = core
        self._settings = settings
        self._threads = ThreadPoolExecutor(settings.threads, thread_name_prefix="api")
        self._bell = Bell(core, settings.heartbeat_s)
        self._streams = OpenStreams(settings.streams_per_client_max)
        self._trade = TradeStreams(core, self._bell, self._run_command, settings, self._streams)
        self._health = Health(core, settings.health_interval_s, settings.handshake_timeout_s)
        self._directory = ClientDirectory(settings.clients, settings.identity, settings.accounts)
        self._identify = identify or self._directory
        record = CallRecord(core, settings.identity, time.monotonic)
        self._origins = Origins(record, self._off_loop)
        self._entry = CallEntry(
            self._identify,
            record,
            CallRates(settings.calls_per_second_max, time.monotonic),
            now_ns,
        )
        self._server = grpc.aio.server(options=_options(settings))
        self._services = self._add_services(now_ns)
        self.port = 0
        """Where it listens, once started."""

    async def start(self) -> int:
        """Listen; the port. Raises OSError where the address cannot be bound."""
        address = f"{self._settings.host}:{self._settings.port}"
        try:
            self.port = self._add_port(address)
        except RuntimeError as error:
            raise OSError(
                f"cannot listen on {address}: {error}; free the port or configure another"
            ) from error
        self._bell.open()
        await self._health.start(self._services)
        await self._server.start()
        return self.port

    def replace_clients(self, clients: Mapping[str, ClientAccess]) -> None:
        """Have calls from now on judged by other tokens, certificates and rights.

        Streams of clients that lost any of them end with UNAVAILABLE: whoever still may comes back and resumes.
        Call on the server's event loop.
        """
        for client in self._directory.replace(clients):
            self._streams.end_streams_of(client)

    async def stop(self) -> None:
        """Take no more calls, end streams with UNAVAILABLE, let unary calls finish.

        May be called once, after or before the core's own stop; the core must outlive it.
        """
        await self._health.stop()
        self._streams.stop()
        self._trade.stop()
        await self._server.stop(_STOP_GRACE_S)
        await self._entry.settle(_SETTLE_S)
        self._bell.close()
        self._threads.shutdown(wait=False)

    async def wait_for_termination(self) -> None:
        """Wait until stopped."""
        await self._server.wait_for_termination()

    def _add_port(self, address: str) -> int:
        if self._settings.tls is None:
            return self._server.add_insecure_port(address)
        return self._server.add_secure_port(address, server_credentials(self._settings.tls))

    def _add_services(self, now_ns: Callable[[], int]) -> list[str]:
        events = EventStreams(self._core, self._bell, self._streams, self._settings.event_batch_bytes)
        watch = OrderWatch(self._core, self._off_loop, events)
        positions = PositionWatch(self._core, self._off_loop, self._bell, self._streams)
        order_entry = order_entry_pb2.DESCRIPTOR.services_by_name
        queries = queries_pb2.DESCRIPTOR.services_by_name
        sessions = sessions_pb2.DESCRIPTOR.services_by_name
        control = control_pb2.DESCRIPTOR.services_by_name
        operations = operations_pb2.DESCRIPTOR.services_by_name
        servicers: list[tuple[ServiceDescriptor, object]] = [
            (order_entry["OrderEntry"], OrderEntry(self._core, self._origins, self._run_command)),
            (queries["Orders"], Orders(self._core, self._off_loop, watch)),
            (
                executions_pb2.DESCRIPTOR.services_by_name["Executions"],
                Executions(self._core, self._off_loop, events),
            ),
            (audit_pb2.DESCRIPTOR.services_by_name["Audit"], Audit(self._core, self._off_loop, events)),
            (
                admin_pb2.DESCRIPTOR.services_by_name["Admin"],
                Admin(self._core, self._off_loop, self._facts, self._now_ns),
            ),
            (
                queries["Positions"],
                Positions(self._core, self._off_loop, self._settings.reporting, now_ns, positions),
            ),
            (sessions["Sessions"], Sessions(self._core, self._off_loop, self._desk)),
            (control["Risk"], Risk(self._core, self._off_loop, self._analytics, self._limit_desk)),
            (
                control["MarketData"],
                MarketData(self._core, self._off_loop, Quotes(self._core, self._off_loop, events)),
            ),
            (operations["Operations"], Operations(self._core, self._off_loop, self._origins)),
        ]
        # A caller that is found out by other means than these shows nothing in its headers that could be judged.
        methods = Methods(self._directory.is_known if self._identify is self._directory else lambda _: True)
        methods.add_open(self._health.handlers())
        for service, servicer in servicers:
            for method in service.methods:
                methods.add(
                    f"/{service.full_name}/{method.name}",
                    self._handler(method, servicer),
                    grpc.stream_stream_rpc_method_handler(self._entry.refusal(method.full_name)),
                )
        self._server.add_generic_rpc_handlers((methods,))
        names = [service.full_name for service, _ in servicers]
        if self._settings.reflection:
            health = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name
            reflection.enable_server_reflection([*names, health, reflection.SERVICE_NAME], self._server)
        return names

    def _handler(self, method: MethodDescriptor, servicer: object) -> "grpc.RpcMethodHandler[bytes, bytes]":
        # Nothing is (de)serialised by grpc: bytes that are no message would end there with an unclear status,
        # and the stream's must not be parsed at all.
        if method.client_streaming:
            return grpc.stream_stream_rpc_method_handler(
                self._entry.stream(method.full_name, self._trade.serve)
            )
        answer = getattr(servicer, _snake_case(method.name))
        request_type = message_factory.GetMessageClass(method.input_type)
        if method.server_streaming:
            return grpc.unary_stream_rpc_method_handler(
                self._entry.watch(method.full_name, request_type, answer)
            )
        return grpc.unary_unary_rpc_method_handler(self._entry.unary(method.full_name, request_type, answer))

    async def _run_command(self, call: Call, request: bytes) -> bytes:
        client, deadline_ns = call.caller.client, call.deadline_ns
        request = check_commands(call.caller, request)
        try:
            if self._settings.blocking_commands:
                answer = await self._origins.decide_off_loop(
                    client, call.peer, lambda: self._core.command(client, request, deadline_ns)
                )
            else:
                if not self._origins.is_told(client, call.peer):
                    await self._origins.tell(client, call.peer)
                answer = self._core.command(client, request, deadline_ns)
        except ValueError as error:
            raise ApiError(Problem.MALFORMED, f"{error}; nothing of this message was done") from error
        except KeyError as error:
            raise ApiError(
                Problem.UNKNOWN_CLIENT,
                f"the core knows no client {client!r}; restart the gateway with it configured",
            ) from error
        self._bell.decided()
        return answer

    async def _off_loop(self, work: Callable[[], Answer]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def create_server(
    core: Core,
    settings: ApiSettings,
    *,
    identify: Identify | None = None,
    now_ns: Callable[[], int] = time.time_ns,
    desk: SessionDesk | None = None,
    facts: AdminFacts | None = None,
    analytics: AnalyticsPort | None = None,
    limit_desk: LimitDesk | None = None,
) -> ApiServer:
    """Make the server; call inside the event loop that it is to run on.

    `identify` finds out who calls, in place of what `settings.identity` says. `desk` changes
    what sessions there are; without it nobody can. `facts` is what `Admin` tells of the process;
    without it the core alone. `analytics` makes the answers of Risk.GetAnalytics; `limit_desk`
    shows and changes limits.
    """
    return ApiServer(core, settings, identify, now_ns, desk, facts, analytics, limit_desk)


def _snake_case(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _options(settings: ApiSettings) -> list[tuple[str, int | str]]:
    return [
        ("grpc.max_receive_message_length", settings.message_size_max),
        ("grpc.max_concurrent_streams", settings.calls_per_connection_max),
        ("grpc.max_allowed_incoming_connections", settings.connections_max),
        ("grpc.server_handshake_timeout_ms", int(settings.handshake_timeout_s * 1000)),
        ("grpc.keepalive_time_ms", int(settings.keepalive_s * 1000)),
        ("grpc.keepalive_timeout_ms", int(settings.keepalive_timeout_s * 1000)),
        # The keep-alive's own timeout does not close a connection that is quiet; that of any ping does.
        ("grpc.http2.ping_timeout_ms", int(settings.keepalive_timeout_s * 1000)),
        ("grpc.keepalive_permit_without_calls", 1),
        (
            "grpc.http2.min_recv_ping_interval_without_data_ms",
            int(settings.client_ping_interval_min_s * 1000),
        ),
        ("grpc.so_reuseport", 0),  # a second gateway on the port is a mistake, not a second worker
        *settings.extra_options,
    ]
