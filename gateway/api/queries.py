"""Reads of what the core holds. A client sees its own orders and the positions of its accounts.

Answers are the core's bytes, passed on unread.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

from gateway.api.call import Call
from gateway.api.core_port import Core
from gateway.api.errors import ApiError, Problem
from gateway.api.wire import bytes_field
from gateway.v1 import queries_pb2 as queries

__all__ = ["OffLoop", "Orders", "Positions"]

Answer = TypeVar("Answer")

_PAGE_SIZE_DEFAULT = 100
_PAGE_SIZE_MAX = 1000
_ORDER_ID_MAX = 2**64 - 1
_ORDER = queries.GetOrderResponse.DESCRIPTOR.fields_by_name["order"].number
_NEXT_PAGE_TOKEN = queries.ListOrdersResponse.DESCRIPTOR.fields_by_name["next_page_token"].number


class OffLoop(Protocol):
    """Runs what may take long on a thread."""

    async def __call__(self, work: Callable[[], Answer]) -> Answer: ...


class Orders:
    """Orders of the calling client."""

    def __init__(self, core: Core, off_loop: OffLoop) -> None:
        self._core = core
        self._off_loop = off_loop

    async def get_order(self, call: Call, request: queries.GetOrderRequest) -> bytes:
        """Get one order by either id."""
        if bool(request.order_id) == bool(request.client_order_id):
            raise ApiError(
                Problem.INVALID_ARGUMENT,
                f"expected either order_id or client_order_id, "
                f"were {request.order_id} and {request.client_order_id!r}",
            )
        order = self._core.order(call.caller.client, request.order_id, request.client_order_id)
        if order is None:
            raise ApiError(
                Problem.NOT_FOUND,
                f"client {call.caller.client!r} has no order {request.order_id or request.client_order_id!r}",
            )
        return bytes_field(_ORDER, order)

    async def list_orders(self, call: Call, request: queries.ListOrdersRequest) -> bytes:
        """List a page of orders, newest first."""
        before = _before_order_id(request.page_token)
        size = request.page_size or _PAGE_SIZE_DEFAULT
        if size > _PAGE_SIZE_MAX:
            raise ApiError(
                Problem.INVALID_ARGUMENT, f"expected page_size of 1 to {_PAGE_SIZE_MAX}, was {size}"
            )
        orders, next_before = await self._off_loop(
            lambda: self._core.orders(
                call.caller.client,
                open_only=request.open_only,
                instrument=request.instrument,
                account=request.account,
                before_order_id=before,
                limit=size,
            )
        )
        if next_before:
            orders += bytes_field(_NEXT_PAGE_TOKEN, str(next_before).encode())
        return orders


class Positions:
    """Positions of the calling client's accounts."""

    def __init__(self, core: Core, off_loop: OffLoop) -> None:
        self._core = core
        self._off_loop = off_loop

    async def list_positions(self, call: Call, request: queries.ListPositionsRequest) -> bytes:
        """List positions; none, rather than an error, for an account that the client may not see."""
        allowed = call.caller.accounts
        accounts = sorted(allowed & {request.account} if request.account else allowed)
        found = await self._off_loop(lambda: b"".join(self._core.positions(account) for account in accounts))
        if not call.caller.strategies:
            return found
        positions = queries.ListPositionsResponse.FromString(found).positions
        visible = [each for each in positions if call.caller.may_use(each.account, each.strategy)]
        return queries.ListPositionsResponse(positions=visible).SerializeToString()


def _before_order_id(page_token: str) -> int:
    if not page_token:
        return 0
    if page_token.isascii() and page_token.isdecimal() and 0 < int(page_token) <= _ORDER_ID_MAX:
        return int(page_token)
    raise ApiError(
        Problem.INVALID_ARGUMENT,
        f"expected page_token as a page before gave it, was {page_token[:40]!r}; start again without",
    )
