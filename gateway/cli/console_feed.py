"""What the console shows, asked of the gateway: tables by polling, fills and alerts from streams (console_events.py).

Everything here blocks and is called in threads; what it gives are plain rows.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from gateway.cli.connection import Connection, View
from gateway.cli.console_events import EventFeed, Take
from gateway.cli.event_text import short_name
from gateway.v1 import (
    control_pb2,
    events_pb2,
    operations_pb2,
    order_entry_pb2,
    queries_pb2,
    risk_pb2,
    types_pb2,
)

__all__ = ["Feed", "Snapshot"]

ORDERS_SHOWN = 500
"""Working orders of a client, or of every client, the newest; more are counted only where it matters."""

Row = tuple[str, ...]


@dataclass(frozen=True)
class Snapshot:
    """All tables at one moment; rows by key."""

    sessions: dict[str, Row]
    orders: dict[str, Row]
    more_orders: bool
    """There are older ones that are not shown."""
    positions: dict[str, Row]
    states: dict[str, Row]
    """Trading states, by level."""
    limits: dict[str, Row]
    """How much of each limit is used, the most used first."""


class Feed:
    """Asks a gateway. For any thread; each call is one question."""

    def __init__(
        self, connection: Connection, any_client: bool | None = None, *, orders_shown: int = ORDERS_SHOWN
    ) -> None:
        """`any_client` as of `Connection.views`. Raises grpc.RpcError."""
        self._orders_shown = orders_shown
        self._connection = connection
        self._views = connection.views(any_client)
        self._events = EventFeed(connection)
        self._own_names = {connection.name_of(client): client for client in connection.clients}

    def snapshot(self) -> Snapshot:
        """Ask for all tables. Raises grpc.RpcError."""
        orders, more = self._orders()
        return Snapshot(self._sessions(), orders, more, self._positions(), self._states(), self._limits())

    def count_orders(self) -> int:
        """Count all working orders. Raises grpc.RpcError."""
        found: set[int] = set()
        for view in self._views:
            request = _open_orders(view, self._orders_shown)
            while True:
                page = self._list(request, view)
                found.update(order.order_id for order in page.orders)
                if not page.next_page_token:
                    break
                request.page_token = page.next_page_token
        return len(found)

    def needs_reason(self, owner: str | None) -> bool:
        """Tell whether a cancel of an order of this client, or (None) of all that are shown, is recorded with why."""
        if owner is None:
            return any(view.any_client for view in self._views)
        return owner not in self._own_names

    def cancel(self, order_id: str, owner: str, reason: str = "") -> str:
        """Ask for a cancel; what came of it, for people. Raises grpc.RpcError."""
        if self.needs_reason(owner):
            return self._cancel_of_another(order_id, reason)
        cancel = order_entry_pb2.CancelCommand(
            client_request_id=f"console-{uuid.uuid4().hex[:24]}", order_id=int(order_id)
        )
        request = order_entry_pb2.CancelOrderRequest(cancel=cancel)
        answer = self._connection.ask(
            "OrderEntry/CancelOrder", request, order_entry_pb2.CancelOrderResponse, self._own_names[owner]
        )
        if answer.result.HasField("denial"):
            return _denied(order_id, answer.result.denial)
        return f"cancel of {order_id} asked for as {answer.result.cl_ord_id}"

    def _cancel_of_another(self, order_id: str, reason: str) -> str:
        request = operations_pb2.CancelOrdersRequest(
            any_client=True, reason=reason, order_ids=[int(order_id)]
        )
        operator = self._connection.operator("cancel")
        answer = self._connection.ask(
            "Operations/CancelOrders", request, operations_pb2.CancelOrdersResponse, operator
        )
        for denial in answer.denials:
            return _denied(order_id, denial.denial)
        return f"cancel of {order_id} asked for"

    def cancel_all(self, reason: str = "") -> str:
        """Ask for a cancel of every open order that is shown. Raises grpc.RpcError."""
        may = [view for view in self._views if "cancel" in self._connection.rights_of(view.client)]
        sent = 0
        for view in may or self._views[:1]:  # who may not is told so by the gateway
            request = operations_pb2.CancelOrdersRequest(
                any_client=view.any_client, reason=reason if view.any_client else ""
            )
            sent += self._connection.ask(
                "Operations/CancelOrders", request, operations_pb2.CancelOrdersResponse, view.client
            ).cancels_sent
        return f"{sent} cancels sent"

    def set_trading(self, level: str, *, halted: bool, reason: str) -> str:
        """Halt or resume trading at a level. Raises grpc.RpcError."""
        state = events_pb2.TRADING_STATE_HALTED if halted else events_pb2.TRADING_STATE_ACTIVE
        request = control_pb2.SetTradingStateRequest(level=level, state=state, reason=reason)
        answer = self._connection.ask("Risk/SetTradingState", request, control_pb2.SetTradingStateResponse)
        return f"trading {'halted' if halted else 'on'} at {level} (lsn {answer.lsn})"

    def followers(self) -> list[Callable[[Take], None]]:
        """Give what follows fills and alerts until `close`, for a thread each. They raise grpc.RpcError."""
        return self._events.followers(self._views)

    def close(self) -> None:
        """End what followers wait for."""
        self._events.close()

    @property
    def whose(self) -> str:
        """Whose orders are shown, for people."""
        every = [self._connection.name_of(view.client) for view in self._views if view.any_client]
        own = [self._connection.name_of(view.client) for view in self._views if not view.any_client]
        parts = [f"every client in the accounts of {', '.join(every)}"] if every else []
        return " and ".join(parts + ([", ".join(own)] if own else []))

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

    def _orders(self) -> tuple[dict[str, Row], bool]:
        found: dict[int, types_pb2.Order] = {}
        more = False
        for view in self._views:
            page = self._list(_open_orders(view, self._orders_shown), view)
            found |= {order.order_id: order for order in page.orders}
            more |= bool(page.next_page_token)
        rows: dict[str, Row] = {
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
            for one in sorted(found.values(), key=lambda order: -order.order_id)
        }
        return rows, more

    def _list(self, request: queries_pb2.ListOrdersRequest, view: View) -> queries_pb2.ListOrdersResponse:
        return self._connection.ask("Orders/ListOrders", request, queries_pb2.ListOrdersResponse, view.client)

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
                    one.unrealized_profit,
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


def _open_orders(view: View, page_size: int) -> queries_pb2.ListOrdersRequest:
    return queries_pb2.ListOrdersRequest(open_only=True, any_client=view.any_client, page_size=page_size)


def _denied(order_id: str, denial: types_pb2.Denial) -> str:
    return f"cancel of {order_id} denied: {short_name(types_pb2.DenialCode, denial.code)}"
