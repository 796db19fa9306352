"""Orders as they are, and then their changes.

The journal is read from the lsn at which the orders were listed: an order that an event speaks of is sent as it is by
then. `sent` remembers the few orders that were sent with changes which the cursor has not passed yet, so that none is
sent twice for one change.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import partial

from gateway.api.batch_size import FIRST_ROWS, BatchSize
from gateway.api.call import Call, Context
from gateway.api.core_port import Core, View
from gateway.api.errors import ApiError, Problem
from gateway.api.event_stream import EventStreams, write
from gateway.api.off_loop import OffLoop
from gateway.api.resume import start_of
from gateway.api.views import view_of
from gateway.v1 import queries_pb2 as queries
from gateway.v1 import types_pb2 as types

__all__ = ["OrderWatch"]

_ROWS_MAX = 500
_RESUME_LSN = queries.WatchOrdersResponse.DESCRIPTOR.fields_by_name["resume_lsn"].number


class OrderWatch:
    """Serves WatchOrders."""

    def __init__(self, core: Core, off_loop: OffLoop, streams: EventStreams) -> None:
        self._core = core
        self._off_loop = off_loop
        self._streams = streams

    async def watch_orders(self, call: Call, request: queries.WatchOrdersRequest, context: Context) -> None:
        """Send the orders that fit, and each again whenever it changes."""
        view = view_of(
            self._core,
            call.caller,
            any_client=request.any_client,
            client=request.client,
            in_accounts=[request.account] if request.account else [],
            in_strategies=[request.strategy] if request.strategy else [],
            in_instruments=[request.instrument] if request.instrument else [],
        )
        begins, before = not request.after_lsn, request.snapshot_before_order_id
        if begins and before:
            raise ApiError(
                Problem.INVALID_ARGUMENT,
                "expected after_lsn with snapshot_before_order_id: the snapshot_lsn of the message that gave it",
                field="snapshot_before_order_id",
            )
        cursor = start_of(self._core, request.after_lsn, from_now=begins, journal=request.journal)
        changes = _Changes(self._core, view)
        size = BatchSize(FIRST_ROWS, _ROWS_MAX)

        async def send_all() -> None:
            if begins or before:
                await self._send_all(
                    context, view, changes, cursor, before, size, open_only=request.open_only
                )

        await self._streams.serve(call, context, cursor, changes.read_on, _RESUME_LSN, size, send_all)

    async def _send_all(
        self,
        context: Context,
        view: View,
        changes: _Changes,
        cursor: int,
        before: int,
        size: BatchSize,
        *,
        open_only: bool,
    ) -> None:
        while True:
            data, before = await self._off_loop(
                partial(
                    self._core.list_orders,
                    view,
                    open_only=open_only,
                    before_order_id=before,
                    limit=size.now,
                )
            )
            orders = queries.ListOrdersResponse.FromString(data).orders
            changes.note(orders, cursor)
            answer = queries.WatchOrdersResponse(
                orders=orders, snapshot=True, snapshot_lsn=cursor, snapshot_before_order_id=before
            )
            await write(context, answer.SerializeToString())
            size.grow()
            if not before:
                return
            await asyncio.sleep(0)


class _Changes:
    def __init__(self, core: Core, view: View) -> None:
        self._core = core
        self._view = view
        self._sent: dict[int, int] = {}

    def note(self, orders: Iterable[types.Order], cursor: int) -> None:
        """Remember what was sent with more than the cursor has passed."""
        for order in orders:
            if order.lsn > cursor:
                self._sent[order.order_id] = order.lsn

    def read_on(self, cursor: int, rows_max: int) -> tuple[bytes, int, int]:
        ids, passed = self._view.changed_orders(cursor, rows_max)
        changed = [
            order for order in map(self._order, ids) if order is not None and self._is_new(order, cursor)
        ]
        self._sent = {order: lsn for order, lsn in self._sent.items() if lsn > passed}
        self.note(changed, passed)
        return queries.WatchOrdersResponse(orders=changed).SerializeToString(), len(changed), passed

    def _order(self, order_id: int) -> types.Order | None:
        data = self._core.find_order(self._view, order_id)
        return None if data is None else types.Order.FromString(data)

    def _is_new(self, order: types.Order, cursor: int) -> bool:
        return order.lsn > max(cursor, self._sent.get(order.order_id, 0))
