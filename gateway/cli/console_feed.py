"""What the console shows, asked of the gateway: tables by polling, fills and alerts from the event stream.

Everything here blocks and is called in threads; what it gives are plain rows.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import grpc

from gateway.cli.connection import CALL_TIMEOUT_S, Connection
from gateway.cli.event_text import event_sentence, short_name, time_text
from gateway.client.identity import Identity
from gateway.v1 import (
    control_pb2,
    events_pb2,
    operations_pb2,
    order_entry_pb2,
    queries_pb2,
    risk_pb2,
    types_pb2,
)

__all__ = ["Alert", "Feed", "Fill", "Snapshot"]

ORDERS_MAX = 500
HISTORY_LSNS = 20_000
"""How far back fills and alerts are looked for when the console starts."""

_ALERTS = frozenset(
    {
        "OrderDenied",
        "RequestDenied",
        "RequestRejected",
        "OrderUncertain",
        "OrderNotSent",
        "ExecutionOrphaned",
        "ExternalOrderAdopted",
        "CancelPromiseBroken",
        "LinkReported",
        "TradingStateChanged",
        "SessionChanged",
    }
)

Row = tuple[str, ...]


@dataclass(frozen=True)
class Snapshot:
    """All tables at one moment; rows by key."""

    sessions: dict[str, Row]
    orders: dict[str, Row]
    positions: dict[str, Row]
    states: dict[str, Row]
    """Trading states, by level."""
    limits: dict[str, Row]
    """How much of each limit is used, the most used first."""


@dataclass(frozen=True)
class Fill:
    """One execution that traded: lsn, and its cells."""

    lsn: int
    cells: Row


@dataclass(frozen=True)
class Alert:
    """Something that somebody should see."""

    lsn: int
    time: str
    kind: str
    text: str


class Feed:
    """Asks a gateway. For any thread; each call is one question."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._streams: list[Any] = []

    def snapshot(self) -> Snapshot:
        """Ask for all tables. Raises grpc.RpcError."""
        return Snapshot(self._sessions(), self._orders(), self._positions(), self._states(), self._limits())

    def cancel(self, order_id: str, client: str) -> str:
        """Ask for a cancel; what came of it, for people. Raises grpc.RpcError."""
        cancel = order_entry_pb2.CancelCommand(
            client_request_id=f"console-{uuid.uuid4().hex[:24]}", order_id=int(order_id)
        )
        request = order_entry_pb2.CancelOrderRequest(cancel=cancel)
        owner = client if client in self._connection.clients else None
        answer = self._connection.ask(
            "OrderEntry/CancelOrder", request, order_entry_pb2.CancelOrderResponse, owner
        )
        if answer.result.HasField("denial"):
            return (
                f"cancel of {order_id} denied: {short_name(types_pb2.DenialCode, answer.result.denial.code)}"
            )
        return f"cancel of {order_id} asked for as {answer.result.cl_ord_id}"

    def cancel_all(self) -> str:
        """Ask for a cancel of every open order of these clients. Raises grpc.RpcError."""
        request = operations_pb2.CancelOrdersRequest()
        sent = sum(
            self._connection.ask(
                "Operations/CancelOrders", request, operations_pb2.CancelOrdersResponse, client
            ).cancels_sent
            for client in self._connection.clients
        )
        return f"{sent} cancels sent"

    def set_trading(self, level: str, *, halted: bool, reason: str) -> str:
        """Halt or resume trading at a level. Raises grpc.RpcError."""
        state = events_pb2.TRADING_STATE_HALTED if halted else events_pb2.TRADING_STATE_ACTIVE
        request = control_pb2.SetTradingStateRequest(level=level, state=state, reason=reason)
        answer = self._connection.ask("Risk/SetTradingState", request, control_pb2.SetTradingStateResponse)
        return f"trading {'halted' if halted else 'on'} at {level} (lsn {answer.lsn})"

    def follow(self, client: str, take: Callable[[Fill | Alert], None]) -> None:
        """Give fills and alerts of a client, a few earlier ones first, until `close`. Raises grpc.RpcError."""
        newest = self._newest_lsn(client)
        after = max(newest - HISTORY_LSNS, 0)
        try:
            self._follow(client, order_entry_pb2.Subscription(after_lsn=after), take)
        except grpc.RpcError as error:
            if not isinstance(error, grpc.Call) or error.code() is not grpc.StatusCode.OUT_OF_RANGE:
                raise
            self._follow(client, order_entry_pb2.Subscription(from_now=True), take)

    def close(self) -> None:
        """End what `follow` waits for."""
        for stream in self._streams:
            stream.cancel()

    @property
    def clients(self) -> tuple[str, ...]:
        """On whose behalf it asks."""
        return self._connection.clients

    def _newest_lsn(self, client: str) -> int:
        stream = self._stream(client, order_entry_pb2.Subscription(from_now=True), timeout=CALL_TIMEOUT_S)
        try:
            return int(next(stream).resume_lsn)
        finally:
            stream.cancel()

    def _follow(
        self, client: str, subscription: order_entry_pb2.Subscription, take: Callable[[Fill | Alert], None]
    ) -> None:
        stream = self._stream(client, subscription)
        self._streams.append(stream)
        try:
            for response in stream:
                for event in response.events:
                    for told in _told(event):
                        take(told)
        finally:
            self._streams.remove(stream)

    def _stream(
        self, client: str, subscription: order_entry_pb2.Subscription, timeout: float | None = None
    ) -> Any:
        call = self._connection.channel.stream_stream(
            "/gateway.v1.OrderEntry/Trade",
            request_serializer=order_entry_pb2.TradeRequest.SerializeToString,
            response_deserializer=order_entry_pb2.TradeResponse.FromString,
        )
        request = order_entry_pb2.TradeRequest(subscription=subscription)
        identity = Identity(client, self._connection.token)
        return call(iter([request]), metadata=identity.metadata, timeout=timeout)

    def _sessions(self) -> dict[str, Row]:
        answer = self._connection.ask(
            "Sessions/ListSessions", queries_pb2.ListSessionsRequest(), queries_pb2.ListSessionsResponse
        )
        return {
            one.name: (
                one.name,
                short_name(events_pb2.SessionState, one.state),
                one.venue,
                f"{one.next_in}/{one.next_out}",
                f"{one.round_trip_ns / 1e6:.2f} ms" if one.round_trip_ns else "",
                one.reason,
            )
            for one in answer.sessions
        }

    def _orders(self) -> dict[str, Row]:
        found: list[types_pb2.Order] = []
        for client in self._connection.clients:
            request = queries_pb2.ListOrdersRequest(open_only=True, page_size=ORDERS_MAX)
            answer = self._connection.ask(
                "Orders/ListOrders", request, queries_pb2.ListOrdersResponse, client
            )
            found.extend(answer.orders)
        return {
            str(one.order_id): (
                str(one.order_id),
                one.client,
                f"{one.account}/{one.strategy}",
                one.instrument,
                short_name(types_pb2.Side, one.side),
                one.quantity,
                one.price or "market",
                one.cum_quantity,
                short_name(types_pb2.OrderStatus, one.status),
                one.client_order_id,
            )
            for one in sorted(found, key=lambda order: -order.order_id)
        }

    def _positions(self) -> dict[str, Row]:
        found = {}
        for client in self._connection.clients:
            answer = self._connection.ask(
                "Positions/ListPositions",
                queries_pb2.ListPositionsRequest(),
                queries_pb2.ListPositionsResponse,
                client,
            )
            for one in answer.positions:
                key = f"{one.account}/{one.strategy}/{one.instrument}"
                found[key] = (
                    f"{one.account}/{one.strategy}",
                    one.instrument,
                    one.net_quantity,
                    one.average_price,
                    one.realized_profit,
                    f"{one.open_buy_quantity}/{one.open_sell_quantity}",
                )
        return dict(sorted(found.items()))

    def _limits(self) -> dict[str, Row]:
        found = {}
        for client in self._connection.clients:
            answer = self._connection.ask(
                "Risk/ListLimitUtilization",
                risk_pb2.ListLimitUtilizationRequest(),
                risk_pb2.ListLimitUtilizationResponse,
                client,
            )
            for one in answer.utilizations:
                found[f"{one.name} {one.level} {one.instrument}"] = one
        used = sorted(found.items(), key=lambda item: -Decimal(item[1].share_percent or 0))
        return {
            key: (
                one.name,
                f"{one.level} {one.instrument}".strip(),
                one.value,
                one.limit,
                f"{Decimal(one.share_percent):.1f} %" if one.share_percent else "",
            )
            for key, one in used
        }

    def _states(self) -> dict[str, Row]:
        answer = self._connection.ask(
            "Risk/ListTradingStates",
            control_pb2.ListTradingStatesRequest(),
            control_pb2.ListTradingStatesResponse,
        )
        return {
            one.level: (
                one.level,
                short_name(events_pb2.TradingState, one.state),
                one.reason,
                one.changed_by,
            )
            for one in answer.states
        }


def _told(event: events_pb2.Event) -> Iterator[Fill | Alert]:
    which = event.WhichOneof("body")
    if which is None:
        return
    body = getattr(event, which)
    time = time_text(event.time.ToNanoseconds())[11:]
    if which == "execution_reported" and body.last_quantity:
        cells = (
            time,
            str(body.order_id),
            f"{body.account}/{body.strategy}",
            body.instrument,
            short_name(types_pb2.Side, body.side),
            body.last_quantity,
            body.last_price,
            short_name(types_pb2.ExecType, body.exec_type),
        )
        yield Fill(event.lsn, cells)
    name = type(body).DESCRIPTOR.name
    rejected = which == "execution_reported" and body.exec_type == types_pb2.EXEC_TYPE_REJECTED
    if name in _ALERTS or rejected:
        yield Alert(event.lsn, time, name, event_sentence(event))
