"""Reads of what the core holds. A client sees its own orders and the positions of its accounts; with `admin`, other
clients' orders in its accounts.

Answers are the core's bytes, passed on unread.
"""

from collections.abc import Callable

from gateway.api.call import Call, Context
from gateway.api.core_port import Core
from gateway.api.enumerators import enumerators
from gateway.api.errors import ApiError, Problem
from gateway.api.off_loop import OffLoop
from gateway.api.order_watch import OrderWatch
from gateway.api.pages import page_of
from gateway.api.position_sums import GROUP_FIELDS, RateTable, sum_positions
from gateway.api.position_watch import PositionWatch, visible_positions
from gateway.api.settings import Reporting
from gateway.api.views import time_ns, view_of
from gateway.api.wire import bytes_field
from gateway.v1 import control_pb2 as control
from gateway.v1 import queries_pb2 as queries

__all__ = ["Orders", "Positions"]

_ORDER = queries.GetOrderResponse.DESCRIPTOR.fields_by_name["order"].number
_NEXT_PAGE_TOKEN = queries.ListOrdersResponse.DESCRIPTOR.fields_by_name["next_page_token"].number


class Orders:
    """Orders that the caller may see."""

    def __init__(self, core: Core, off_loop: OffLoop, watch: OrderWatch) -> None:
        self._core = core
        self._off_loop = off_loop
        self._watch = watch

    async def get_order(self, call: Call, request: queries.GetOrderRequest) -> bytes:
        """Get one order by either id."""
        if bool(request.order_id) == bool(request.client_order_id):
            raise ApiError(
                Problem.INVALID_ARGUMENT,
                f"expected either order_id or client_order_id, "
                f"were {request.order_id} and {request.client_order_id!r}",
                field="order_id",
            )
        if request.any_client and request.client_order_id:
            raise ApiError(
                Problem.INVALID_ARGUMENT,
                "expected order_id with any_client: a client_order_id is one client's own",
                field="client_order_id",
            )
        view = view_of(self._core, call.caller, any_client=request.any_client)
        order = self._core.find_order(view, request.order_id, request.client_order_id)
        if order is None:
            raise ApiError(
                Problem.NOT_FOUND,
                f"client {call.caller.client!r} has no order {request.order_id or request.client_order_id!r}",
            )
        return bytes_field(_ORDER, order)

    async def list_orders(self, call: Call, request: queries.ListOrdersRequest) -> bytes:
        """List a page of orders, newest first."""
        page = page_of(request)
        view = view_of(
            self._core,
            call.caller,
            any_client=request.any_client,
            client=request.client,
            in_accounts=[request.account] if request.account else [],
            in_strategies=[request.strategy] if request.strategy else [],
            in_instruments=[request.instrument] if request.instrument else [],
        )
        statuses = enumerators(request, "statuses")
        created_from, created_before = time_ns(request, "created_from"), time_ns(request, "created_before")
        orders, next_before = await self._off_loop(
            lambda: self._core.list_orders(
                view,
                open_only=request.open_only,
                venues=[request.venue] if request.venue else [],
                statuses=statuses,
                created_from_ns=created_from,
                created_before_ns=created_before,
                before_order_id=page.position,
                limit=page.size,
            )
        )
        if next_before:
            orders += bytes_field(_NEXT_PAGE_TOKEN, page.token(next_before).encode())
        return orders

    async def watch_orders(self, call: Call, request: queries.WatchOrdersRequest, context: Context) -> None:
        """Send the orders that fit, and each again whenever it changes."""
        await self._watch.watch_orders(call, request, context)


class Positions:
    """Positions of the calling client's accounts."""

    def __init__(
        self,
        core: Core,
        off_loop: OffLoop,
        reporting: Reporting,
        now_ns: Callable[[], int],
        watch: PositionWatch,
    ) -> None:
        self._core = core
        self._off_loop = off_loop
        self._reporting = reporting
        self._now_ns = now_ns
        self._watch = watch

    async def watch_positions(
        self, call: Call, request: queries.WatchPositionsRequest, context: Context
    ) -> None:
        """Send the positions that fit, and each again when it has changed."""
        await self._watch.watch_positions(call, request, context)

    async def summarize_positions(
        self, call: Call, request: queries.SummarizePositionsRequest
    ) -> queries.SummarizePositionsResponse:
        """Sum up the positions that the client may see."""
        for index, group in enumerate(request.group_by):
            if group not in GROUP_FIELDS:
                raise ApiError(
                    Problem.INVALID_ARGUMENT,
                    f"group_by[{index}]: {group} is no group to sum by",
                    field=f"group_by[{index}]",
                )
        listed = await self.list_positions(call, queries.ListPositionsRequest(account=request.account))
        rates = control.ListRatesResponse.FromString(await self._off_loop(self._core.rates)).rates
        base = self._reporting.base_currency
        table = RateTable(rates, base, self._reporting.rate_max_age_ns, self._now_ns())
        positions = queries.ListPositionsResponse.FromString(listed).positions
        sums = await self._off_loop(lambda: sum_positions(positions, request.group_by, table))
        return queries.SummarizePositionsResponse(sums=sums, base_currency=base)

    async def list_positions(self, call: Call, request: queries.ListPositionsRequest) -> bytes:
        """List positions; none, rather than an error, for an account that the client may not see."""
        return await self._off_loop(lambda: visible_positions(self._core, call.caller, request.account))
